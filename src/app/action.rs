//! What can happen to the window, and what it then asks of the world.

use std::path::PathBuf;
use std::sync::Arc;

use super::desktop::Clip;
use super::state::{CardId, Loaded, NoticeId, Request, Shown, View};
use super::viewport::Viewport;
use crate::picture::Picture;
use crate::picture::metadata::Metadata;
use crate::studio::project::{Held, Project};
use crate::studio::{Event, Frame, Hardware, JobId, Recipe, Settings, StyleBalance};

/// Something that happened: a person's wish, or news from a thread.
#[derive(Clone, Debug)]
pub enum Action {
    /// Pictures arrived, from a drop, a dialog, the command line or the samples.
    Add {
        /// Where each one is to be read from.
        origins: Vec<Origin>,
        /// Where they are to go.
        target: Target,
    },
    /// A picture was read, or not.
    Loaded {
        /// Which reading this answers.
        request: Request,
        /// The picture, or one sentence.
        result: Result<Box<Loaded>, String>,
    },
    /// The small picture of a sample is ready, or could not be made.
    SampleReady {
        /// Index into [`super::samples::ALL`].
        index: usize,
        /// The small picture.
        thumbnail: Option<Arc<Picture>>,
    },
    /// Open a dialog to choose pictures.
    Choose(Target),
    /// Look for a picture on the clipboard.
    Paste,
    /// What the clipboard held, or one sentence.
    Pasted(Result<Clip, String>),
    /// Take the photo away.
    RemovePhoto,
    /// Take a painting away.
    RemovePainting(CardId),
    /// Give a painting its share.
    SetWeight(CardId, f32),
    /// Set how to paint.
    SetSettings(Settings),
    /// Set where to paint.
    SetHardware(Hardware),
    /// Set everything on the settings panel back.
    ResetAll,
    /// Begin to paint.
    Start,
    /// The painter took the job.
    Began(JobId),
    /// Hold, or go on.
    TogglePause,
    /// End the run and keep what is painted.
    Stop,
    /// The painter says something.
    Painter(Event),
    /// The painter shows the picture so far.
    Painted(Arc<Frame>),
    /// Save the picture that is shown.
    Export,
    /// A dialog was closed.
    Chosen(Answer),
    /// A picture was written, or not.
    Saved(Result<SavedFile, SaveError>),
    /// Write over the file that is in the way.
    Overwrite,
    /// Look at another side of the picture.
    SetView(View),
    /// Move the divider between photo and result, from 0 to 1.
    SetDivider(f32),
    /// Zoom or pan.
    SetViewport(Viewport),
    /// Take a notice away.
    Dismiss(NoticeId),
    /// Open or close the list of shortcuts.
    ToggleHelp,
    /// Work was found that a program left behind which did not end well.
    WorkFound(Box<Project>),
    /// Go on with it.
    GoOn,
    /// The window was asked to close.
    CloseRequested,
    /// Close it although a run goes on.
    ConfirmClose,
    /// Leave the question that is open without doing anything.
    Cancel,
}

/// Where a picture is read from.
#[derive(Clone, Debug)]
pub enum Origin {
    /// A file.
    File(PathBuf),
    /// A sample, an index into [`super::samples::ALL`].
    Sample(usize),
    /// A picture that a project holds.
    Held {
        /// What a person calls it.
        name: String,
        /// The picture.
        held: Held,
    },
    /// Pixels from the clipboard.
    Pixels {
        /// Width in pixels.
        width: u32,
        /// Height in pixels.
        height: u32,
        /// RGBA, 8 bits each, row by row.
        rgba: Arc<Vec<u8>>,
    },
}

/// Where arriving pictures go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// The first becomes the photo if there is none; the others are paintings.
    Anywhere,
    /// The first becomes the photo; the others are paintings.
    Photo,
    /// The first takes this painting's place; the others are added.
    Painting(CardId),
    /// All are added as paintings.
    NewPainting,
}

/// What a dialog is open for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// To choose pictures to open.
    Open(Target),
    /// To choose the file to save to.
    Export,
}

/// How a dialog was closed.
#[derive(Clone, Debug)]
pub struct Answer {
    /// What it was open for.
    pub purpose: Purpose,
    /// What was chosen; nothing when it was cancelled.
    pub paths: Vec<PathBuf>,
    /// It was gone before a person could have seen it.
    pub at_once: bool,
}

/// A picture that was written.
#[derive(Clone, Debug)]
pub struct SavedFile {
    /// The file.
    pub path: PathBuf,
    /// Its width in pixels.
    pub width: u32,
    /// Its height in pixels.
    pub height: u32,
}

/// Why a picture was not written.
#[derive(Clone, Debug)]
pub enum SaveError {
    /// A file of that name is there, and nobody was asked about it yet.
    Exists(PathBuf),
    /// Anything else, in one sentence.
    Refused(String),
}

/// What the state asks of the world around it.
#[derive(Clone, Debug)]
pub enum Effect {
    /// Read a picture.
    Load(Request, Origin),
    /// Open a dialog.
    OpenDialog {
        /// What for.
        purpose: Purpose,
        /// The file name to suggest; empty when opening.
        suggestion: String,
    },
    /// Read the clipboard.
    ReadClipboard,
    /// Paint.
    Start(Box<Recipe>),
    /// Give the run other weights.
    Adjust(Settings, Vec<StyleBalance>),
    /// Hold the run.
    Pause,
    /// Let the run go on.
    Resume,
    /// End the run.
    Stop,
    /// Write a picture.
    Save(SaveJob),
    /// Keep the work that was found as this window's own.
    Adopt,
    /// Do not close the window, although it was asked to.
    StayOpen,
    /// Close the window.
    Close,
}

/// A picture to be written.
#[derive(Clone, Debug)]
pub struct SaveJob {
    /// The file.
    pub path: PathBuf,
    /// The picture.
    pub shown: Shown,
    /// What the file says of how it was painted.
    pub metadata: Metadata,
    /// Files that must not be written over.
    pub inputs: Vec<PathBuf>,
    /// A person agreed to write over the file.
    pub replace: bool,
}
