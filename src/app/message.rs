//! The messages between the state, the panels and the services: what happened, and what is to be done about it.

use std::path::PathBuf;
use std::sync::Arc;

use super::model::arrival::{Arrival, SearchResult};
use super::model::card::{CardId, LoadedPicture, Origin, Request, Target};
use super::model::dialog::{Answer, Purpose};
use super::model::document::{ProjectFile, ProjectJob};
use super::model::export::{ExportJob, ExportedFile, SaveError};
use super::model::history::ResultId;
use super::model::mask::MaskAction;
use super::model::notices::NoticeId;
use super::model::queue::QueueId;
use super::model::view::Side;
use super::preferences::{Appearance, ExportChoice};
use super::services::desktop::Clip;
use super::viewport::Viewport;
use crate::engine::device::Processors;
use crate::picture::Picture;
use crate::studio::project::{Project, Source, Unfinished};
use crate::studio::{Event, Frame, Hardware, JobId, Pace, Recipe, Settings, StyleBalance, WrittenRecipe};

/// Something that happened: what a person did, or news from a service.
#[derive(Clone, Debug)]
pub enum Action {
    /// The processors of this machine were found.
    ProcessorsFound(Processors),
    /// Add pictures or a project, from a drop, a dialog, the command line or the samples.
    Add {
        /// Where each one is read from.
        origins: Vec<Origin>,
        /// Where they go.
        target: Target,
    },
    /// A picture was read, or could not be.
    Loaded {
        /// The request that this answers.
        request: Request,
        /// The picture, or one sentence.
        result: Result<Box<LoadedPicture>, String>,
    },
    /// The thumbnail of a sample is ready, or could not be made.
    SampleReady {
        /// Index into [`super::samples::ALL`].
        index: usize,
        /// The thumbnail.
        thumbnail: Option<Arc<Picture>>,
    },
    /// Open a dialog to choose pictures.
    Choose(Target),
    /// Look for a picture on the clipboard.
    Paste,
    /// The content of the clipboard or of a drop, or why it cannot be used, in one sentence.
    Pasted(Result<Clip, String>),
    /// Remove the photo.
    RemovePhoto,
    /// Remove a painting.
    RemovePainting(CardId),
    /// Remove all paintings.
    RemovePaintings,
    /// Move a painting to another place in the order.
    MovePainting(CardId, usize),
    /// Set a painting's share and the size of its strokes.
    SetBalance(CardId, StyleBalance),
    /// Edit a mask.
    Mask(MaskAction),
    /// Set how to paint.
    SetSettings(Settings),
    /// Set where to paint.
    SetHardware(Hardware),
    /// Reset everything on the settings panel.
    ResetAll,
    /// Undo the last change of settings, pictures or masks.
    Undo,
    /// Redo what was undone.
    Redo,
    /// Edit or apply the person's own presets.
    Preset(PresetAction),
    /// Set how the window looks.
    SetAppearance(Appearance),
    /// The time, in seconds since the window opened.
    Tick(f64),
    /// The speed at which this machine paints, once it is known.
    Paced(Option<Pace>),
    /// Start a run; while another is active, the new one waits for its turn.
    Start,
    /// Continue from the picture that is shown.
    Continue,
    /// Continue from the picture that is shown, at a size with this long side in pixels.
    PaintLarger(u32),
    /// Pause or resume the run.
    TogglePause,
    /// Stop the run and keep what is painted.
    Stop,
    /// An event of a run.
    Painter(Event),
    /// The latest frame of a run.
    Painted(Arc<Frame>),
    /// Edit the queue of runs.
    Queue(QueueAction),
    /// Look at, restore or edit results.
    History(HistoryAction),
    /// Ask how to export the picture that is shown.
    Export,
    /// Set how to export it.
    SetExport(ExportChoice),
    /// Ask where to export it.
    ChooseFile,
    /// A dialog was closed.
    Chosen(Answer),
    /// A picture was written, or could not be.
    Exported(Result<ExportedFile, SaveError>),
    /// Replace the file that exists.
    Overwrite,
    /// Look at another side of the picture.
    SetSide(Side),
    /// Move the divider between photo and result, from 0 to 1.
    SetDivider(f32),
    /// Zoom or pan.
    SetViewport(Viewport),
    /// Dismiss a notice.
    Dismiss(NoticeId),
    /// Put back what was removed last.
    PutBack,
    /// Show or hide the curve of the losses.
    ToggleLosses,
    /// Open or close the list of shortcuts.
    ToggleHelp,
    /// The preferences were written, or could not be.
    PreferencesSaved(Result<(), String>),
    /// Edit, save or open projects.
    Project(ProjectAction),
    /// A project or the settings in a finished picture were read; or the file could not be, in one sentence.
    Arrived(Result<Box<Arrival>, (PathBuf, String)>),
    /// The search for missing pictures ended.
    Searched(Vec<(usize, SearchResult)>),
    /// A project was written, or could not be.
    ProjectSaved(Result<ProjectFile, SaveError>),
    /// The search for work of a program that did not end well is over.
    WorkFound(Option<Box<Arrival>>),
    /// The setup of the next run was kept, or could not be, in one sentence.
    Kept(Result<(), String>),
    /// The window was asked to close.
    CloseRequested,
    /// Close it although a run is active.
    ConfirmClose,
    /// Close the question on top without doing anything.
    Cancel,
    /// A background job ended and has nothing to tell.
    Nothing,
}

/// What can be done with projects.
#[derive(Clone, Debug)]
pub enum ProjectAction {
    /// Begin a new project.
    New,
    /// Open a dialog to choose one.
    Choose,
    /// Open this one.
    Open(PathBuf),
    /// Save it to its file, or ask where.
    Save,
    /// Ask where to export it.
    SaveAs,
    /// Save, then do what the question is about.
    SaveFirst,
    /// Do what the question is about without saving.
    Leave,
    /// Replace the file that exists.
    Replace,
    /// Choose a file for a missing picture, an index into [`Arrival::pictures`].
    Find(usize),
    /// Use the picture that is in the place of the missing one.
    Take(usize),
    /// Go on with what was found.
    GoAhead,
    /// Restore the settings in the finished picture that was added.
    Restore,
    /// Use the finished picture as a photo or painting.
    UseAsPicture,
}

/// What can be done with the person's own presets.
#[derive(Clone, Debug)]
pub enum PresetAction {
    /// Ask for a name to keep the settings under.
    Ask,
    /// Set the name, as far as it is typed.
    Name(String),
    /// Keep the settings under that name.
    Save,
    /// Use the settings of the preset at this index.
    Apply(usize),
    /// Delete the preset at this index.
    Delete(usize),
}

/// What can be done with the queue of runs.
#[derive(Clone, Copy, Debug)]
pub enum QueueAction {
    /// Remove it.
    Cancel(QueueId),
    /// Move it one place forward.
    Earlier(QueueId),
    /// Move it one place back.
    Later(QueueId),
    /// Remove all.
    Clear,
}

/// What can be done with results.
#[derive(Clone, Debug)]
pub enum HistoryAction {
    /// Look at it.
    Look(ResultId),
    /// Look at the active run's picture, or at the latest result.
    LookAtLatest,
    /// Compare it with the one that is shown, with the divider.
    Compare(ResultId),
    /// Restore its settings, its photo and its paintings.
    Restore(ResultId),
    /// Keep it however many newer ones there are, or stop keeping it.
    ToggleKept(ResultId),
    /// Delete it.
    Delete(ResultId),
    /// Its thumbnail is ready.
    Thumbnail(ResultId, Arc<Picture>),
}

/// What the state asks of the services.
#[derive(Clone, Debug)]
pub enum Effect {
    /// Read a picture.
    Load(Request, Origin),
    /// Open a file dialog.
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
    /// Start a run.
    Start(Box<StartRun>),
    /// Adjust the settings and balances of the active run.
    Adjust(Settings, Vec<StyleBalance>),
    /// Pause the run.
    Pause,
    /// Resume the run.
    Resume,
    /// Stop the run.
    Stop,
    /// Write a picture.
    Export(Box<ExportJob>),
    /// Make a thumbnail of a result.
    MakeThumbnail(ResultId, Arc<Picture>),
    /// Read a project.
    OpenProject {
        /// Its file.
        path: PathBuf,
        /// Files in which missing pictures may be.
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
        /// Files in which missing pictures may be.
        known: Vec<PathBuf>,
    },
    /// Look at a file that was chosen for a missing picture, and beside it for the others.
    Search {
        /// The missing picture and its file.
        chosen: (usize, PathBuf),
        /// All missing pictures.
        sources: Vec<(usize, Source)>,
    },
    /// Write a project.
    SaveProject(Box<ProjectJob>),
    /// Keep the recovered work as this window's own.
    AdoptWork,
    /// Delete the kept work: it is in a project now, or was given up.
    ForgetWork {
        /// The project that new work belongs to, once it has a file.
        project: Option<PathBuf>,
        /// Whether the work of the active run stays.
        keep_run: bool,
    },
    /// Keep the window open although it was asked to close.
    StayOpen,
    /// Close the window.
    Close,
}

/// A run to start.
#[derive(Clone, Debug)]
pub struct StartRun {
    /// Its number.
    pub job: JobId,
    /// What to paint.
    pub recipe: Recipe,
    /// The progress of an earlier run with this recipe, to continue from.
    pub unfinished: Option<Unfinished>,
    /// What is kept of it while it paints.
    pub project: Project,
    /// The file of the project that it belongs to.
    pub belongs_to: Option<PathBuf>,
}
