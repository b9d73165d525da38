//! What can happen to the window, and what it then asks of the world.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::SystemTime;

use super::desktop::Clip;
use super::preferences::{Appearance, ExportChoice};
use super::state::{Arrival, CardId, Found, Loaded, MaskAction, NoticeId, QueueId, Request, ResultId, Shown, View};
use super::viewport::Viewport;
use crate::engine::device::Processors;
use crate::picture::Picture;
use crate::picture::encode::Export;
use crate::picture::metadata::{Disclosure, Exif};
use crate::studio::project::{Project, Setup, Source};
use crate::studio::{Event, Frame, Hardware, JobId, Pace, Recipe, Settings, StyleBalance, WrittenRecipe};

/// Something that happened: a person's wish, or news from a thread.
#[derive(Clone, Debug)]
pub enum Action {
    /// These processors can paint, and others cannot.
    ProcessorsFound(Processors),
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
    /// Take all paintings away.
    RemovePaintings,
    /// Put a painting at another place in the order.
    MovePainting(CardId, usize),
    /// Give a painting its share, and the size of its strokes.
    SetPart(CardId, StyleBalance),
    /// Something about the mask that is painted by hand.
    Mask(MaskAction),
    /// Set how to paint.
    SetSettings(Settings),
    /// Set where to paint.
    SetHardware(Hardware),
    /// Set everything on the settings panel back.
    ResetAll,
    /// Set the settings back to what they were before the last change.
    Undo,
    /// Take an undo back.
    Redo,
    /// Something about the person's own presets.
    Preset(PresetAction),
    /// Set how the window looks.
    SetAppearance(Appearance),
    /// So many seconds have passed since the window opened.
    Tick(f64),
    /// How fast this machine paints, as far as is known.
    Paced(Option<Pace>),
    /// Begin to paint; while a picture is being painted, the next one waits its turn.
    Start,
    /// Paint on, from the picture that is shown.
    Continue,
    /// Paint on, from the picture that is shown, at a size with this long side in pixels.
    PaintLarger(u32),
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
    /// Something about the runs that wait.
    Queue(QueueAction),
    /// Something about what was painted.
    History(HistoryAction),
    /// Ask how to save the picture that is shown.
    Export,
    /// Set how to save it.
    SetExport(ExportChoice),
    /// Ask where to save it.
    ChooseFile,
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
    /// Put back what was taken away last.
    PutBack,
    /// Fold the curve of the losses in or out.
    ToggleLosses,
    /// Open or close the list of shortcuts.
    ToggleHelp,
    /// What is to be remembered was written, or not.
    Remembered(Result<(), String>),
    /// Something about the project that is open.
    Project(ProjectAction),
    /// A project, or what a finished picture says, was read; or the file could not be, in one sentence.
    Arrived(Result<Box<Arrival>, (PathBuf, String)>),
    /// Pictures that were asked for were looked for.
    Looked(Vec<(usize, Found)>),
    /// A project was written, or not.
    ProjectSaved(Result<ProjectFile, ProjectSaveError>),
    /// Work was found that a program left behind which did not end well.
    WorkFound(Option<Box<Arrival>>),
    /// Work in progress was kept, or cannot be, in one sentence.
    Kept(Result<(), String>),
    /// The window was asked to close.
    CloseRequested,
    /// Close it although a run goes on.
    ConfirmClose,
    /// Leave the question that is open without doing anything.
    Cancel,
    /// Work in the background ended without an answer that anybody waits for.
    Nothing,
}

/// What can be done with projects.
#[derive(Clone, Debug)]
pub enum ProjectAction {
    /// Begin anew.
    New,
    /// Open a dialog to choose one.
    Choose,
    /// Open this one.
    Open(PathBuf),
    /// Save it to its file, or ask where.
    Save,
    /// Ask where to save it.
    SaveAs,
    /// Save before what was asked about.
    SaveFirst,
    /// Do what was asked about without saving.
    Leave,
    /// Write over the file that is in the way.
    Replace,
    /// Choose a file for a picture that is missing, an index into [`Arrival::wanted`].
    Find(usize),
    /// Take the picture that is in the place of the one that is missing.
    Take(usize),
    /// Go on with what is there.
    GoAhead,
    /// Paint as the finished picture was painted that was brought in.
    Restore,
    /// Use the finished picture as a photo or painting.
    UseAsPicture,
}

/// What can be done with the person's own presets.
#[derive(Clone, Debug)]
pub enum PresetAction {
    /// Ask for a name to keep the settings under.
    Ask,
    /// The name, as far as it is typed.
    Name(String),
    /// Keep the settings under the name that was typed.
    Save,
    /// Take the settings of the preset at this place in the list.
    Apply(usize),
    /// Take the preset at this place away.
    Delete(usize),
}

/// What can be done with the runs that wait.
#[derive(Clone, Copy, Debug)]
pub enum QueueAction {
    /// Let it wait no longer, and do not paint it.
    Cancel(QueueId),
    /// One place nearer to its turn.
    Earlier(QueueId),
    /// One place farther from its turn.
    Later(QueueId),
    /// Let none of them wait any longer.
    Clear,
}

/// What can be done with what was painted.
#[derive(Clone, Debug)]
pub enum HistoryAction {
    /// Look at it.
    Look(ResultId),
    /// Look at what is being painted, or was painted last.
    LookAtLatest,
    /// Look at it beside the one that is shown, with the divider.
    Compare(ResultId),
    /// Take its settings, its photo and its paintings.
    Restore(ResultId),
    /// Never let it give way to newer ones, or let it again.
    ToggleKept(ResultId),
    /// Take it away.
    Delete(ResultId),
    /// Its small picture is ready.
    Small(ResultId, Arc<Picture>),
}

/// Where a picture is read from.
#[derive(Clone, Debug)]
pub enum Origin {
    /// A file.
    File(PathBuf),
    /// A sample, an index into [`super::samples::ALL`].
    Sample(usize),
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
    /// To choose a project to open.
    OpenProject,
    /// To choose the file to save the project to.
    SaveProject,
    /// To choose a picture that is missing, an index into [`Arrival::wanted`].
    Find(usize),
}

impl Purpose {
    /// It is asked for the work that is open, so it means nothing once that is put away.
    pub(in crate::app) fn is_about_the_open_work(self) -> bool {
        matches!(self, Self::Export | Self::SaveProject)
    }
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
        /// The folder to begin in, where one is remembered.
        folder: Option<PathBuf>,
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
    Save(Box<SaveJob>),
    /// Make a small picture of what was painted.
    Shrink(ResultId, Arc<Picture>),
    /// Read a project.
    OpenProject {
        /// Its file.
        path: PathBuf,
        /// Files that may be a picture that is not where it was.
        known: Vec<PathBuf>,
    },
    /// Read the pictures that a finished picture was painted from.
    OpenRecipe {
        /// How it was painted.
        recipe: Box<WrittenRecipe>,
        /// Its file.
        picture: PathBuf,
        /// What a person calls it.
        name: String,
        /// Files that may be what it was painted from.
        known: Vec<PathBuf>,
    },
    /// Look at a file that was chosen for a missing picture, and beside it for the others.
    Find {
        /// The missing picture and its file.
        chosen: (usize, PathBuf),
        /// All that are missing.
        sources: Vec<(usize, Source)>,
    },
    /// Write a project.
    SaveProject(Box<ProjectJob>),
    /// Keep the work that was found as this window's own.
    Adopt,
    /// What is kept is in a project, or was given up; what comes belongs to this project.
    ForgetWork {
        /// The project, once it has a file.
        project: Option<PathBuf>,
    },
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
    /// The long side it is written with, in pixels; its own when not given.
    pub long_side: Option<u32>,
    /// How it is encoded.
    pub export: Export,
    /// How it was painted.
    pub setup: Setup,
    /// What the camera noted in the photo.
    pub exif: Option<Exif>,
    /// How much of that the file says.
    pub disclosure: Disclosure,
    /// Files that must not be written over.
    pub inputs: Vec<PathBuf>,
    /// A person agreed to write over the file.
    pub replace: bool,
}

/// A project's file, as it was when it was read or written last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProjectFile {
    /// The file.
    pub path: PathBuf,
    /// When it was written, and its length in bytes, where the system tells.
    pub stamp: Option<(SystemTime, u64)>,
}

/// A project to be written.
#[derive(Clone, Debug)]
pub struct ProjectJob {
    /// The file.
    pub path: PathBuf,
    /// The project, but for where the run stands.
    pub project: Project,
    /// A run goes on, and is to be in the file too.
    pub with_run: bool,
    /// How the file was when it was read or written last; no other program may have changed it.
    pub known: Option<(SystemTime, u64)>,
    /// A person agreed to write over the file.
    pub replace: bool,
    /// Files that must not be written over.
    pub inputs: Vec<PathBuf>,
}

/// Why a project was not written.
#[derive(Clone, Debug)]
pub enum ProjectSaveError {
    /// A file of that name is there, and nobody was asked about it yet.
    Exists(PathBuf),
    /// Another program wrote the file since.
    ChangedOutside(PathBuf),
    /// Anything else, in one sentence.
    Refused(String),
}
