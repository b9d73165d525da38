//! The messages between the state, the panels and the services: actions and effects.

use std::path::PathBuf;
use std::sync::Arc;

use super::map_view::MapView;
use super::model::arrival::{Arrival, SearchResult, UnfinishedWork};
use super::model::card::{CardId, LoadedPicture, Origin, ReadFrame, Request, Target};
use super::model::clip::ClipJob;
use super::model::dialog::{Answer, Purpose};
use super::model::document::{ProjectFile, ProjectJob};
use super::model::export::{ExportJob, ExportedFile, SaveError};
use super::model::folder::{FolderChoices, FolderJob};
use super::model::folder_painting::ReadResult;
use super::model::history::ResultId;
use super::model::instant::InstantRequest;
use super::model::map_making::MapJob;
use super::model::mask::MaskAction;
use super::model::notices::NoticeId;
use super::model::open_map::ReadMap;
use super::model::photo_folder::PhotoFolder;
use super::model::queue::QueueId;
use super::model::styles::OwnStyle;
use super::model::training::{Thoroughness, TrainingRequest};
use super::model::unfinished_clip::UnfinishedClip;
use super::model::unfinished_folder::UnfinishedFolder;
use super::model::view::Side;
use super::preferences::{Appearance, ExportChoice};
use super::services::desktop::Clip;
use super::viewport::Viewport;
use crate::clip::ClipSource;
use crate::engine::device::Processors;
use crate::picture::Picture;
use crate::picture::style_map::StyleMap;
use crate::studio::batch::{BatchNews, ItemReport};
use crate::studio::map::MapNews;
use crate::studio::project::{Project, Source, Unfinished};
use crate::studio::training::TrainingEvent;
use crate::studio::video::{VideoNews, VideoProgress};
use crate::studio::{Event, Frame, Hardware, Method, Pace, Recipe, RunId, Settings, StyleBalance, WrittenRecipe};

/// An action of the user, or an answer or event of a service.
#[derive(Clone, Debug)]
pub enum Action {
    /// The processors of this machine were found.
    ProcessorsFound(Processors),
    /// Add pictures or a project, from a drop, a dialog, the command line or the samples.
    Add {
        /// The origin of each one.
        origins: Vec<Origin>,
        /// Where they go.
        target: Target,
    },
    /// A picture was read, or could not be read.
    Loaded {
        /// The answered request.
        request: Request,
        /// The picture, or why it could not be read, in one sentence.
        result: Result<Box<LoadedPicture>, String>,
    },
    /// The thumbnail of a sample was made, or could not be made.
    SampleReady {
        /// Index into [`crate::studio::samples::ALL`].
        index: usize,
        /// The thumbnail.
        thumbnail: Option<Arc<Picture>>,
    },
    /// Open a dialog to choose pictures for a target.
    Choose(Target),
    /// Read a picture from the clipboard.
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
    /// Set a painting's weight and brush scale.
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
    /// Edit or apply the user's presets.
    Preset(PresetAction),
    /// Set how the window looks.
    SetAppearance(Appearance),
    /// The time, in seconds since the window opened.
    Tick(f64),
    /// The speed at which this machine paints, if it is known.
    Paced(Option<Pace>),
    /// Start a run, or queue it while another is active.
    Start,
    /// Continue from the shown picture.
    Continue,
    /// Continue from the shown picture, at a size with this long side in pixels.
    PaintLarger(u32),
    /// Pause or resume the run.
    TogglePause,
    /// Stop the run and keep its picture.
    Stop,
    /// An event of a run.
    Painter(Event),
    /// An event of an instant picture.
    InstantPainter(Event),
    /// The latest frame of a run.
    Painted(Arc<Frame>),
    /// Train a style.
    Training(TrainingAction),
    /// An event of a training.
    Trainer(TrainingEvent),
    /// Look at a clip, or paint it.
    Clip(ClipAction),
    /// Look at a folder of photos, or paint it.
    Folder(FolderAction),
    /// Edit or use the trained styles in the program's folder.
    Style(StyleAction),
    /// Make a style map, look at one, or take a place on it.
    Map(MapAction),
    /// Edit the queue of runs.
    Queue(QueueAction),
    /// View, restore or edit results.
    History(HistoryAction),
    /// Ask how to export the shown picture.
    Export,
    /// Set the export options.
    SetExport(ExportChoice),
    /// Ask where to export it.
    ChooseFile,
    /// A dialog was closed.
    Chosen(Answer),
    /// A picture was written, or could not be written.
    Exported(Result<ExportedFile, SaveError>),
    /// Replace the file that exists.
    Overwrite,
    /// Show another side of the picture.
    SetSide(Side),
    /// Move the divider between photo and result, from 0 to 1.
    SetDivider(f32),
    /// Zoom or pan.
    SetViewport(Viewport),
    /// Dismiss a notice.
    Dismiss(NoticeId),
    /// Put back what was removed last.
    PutBack,
    /// Show or hide the loss curve.
    ToggleLosses,
    /// Open or close the list of shortcuts.
    ToggleHelp,
    /// The preferences were written, or could not be, in one sentence.
    PreferencesSaved(Result<(), String>),
    /// Edit, save or open projects.
    Project(ProjectAction),
    /// A project or the settings in a finished picture were read; or the file and why it could not be, in one sentence.
    ArrivalRead(Result<Box<Arrival>, (PathBuf, String)>),
    /// The search for missing pictures ended.
    Searched(Vec<(usize, SearchResult)>),
    /// A project was written, or could not be written.
    ProjectSaved(Result<ProjectFile, SaveError>),
    /// The search for the work of a crashed program ended.
    WorkFound(Option<Box<Arrival>>),
    /// The setup of the next run was kept, or could not be, in one sentence.
    WorkSaved(Result<(), String>),
    /// The window system asks to close the window.
    CloseRequested,
    /// Close it although a run is active.
    ConfirmClose,
    /// Close the question on top without doing anything.
    Cancel,
    /// A background job ended without a result.
    Nothing,
}

/// An action on projects.
#[derive(Clone, Debug)]
pub enum ProjectAction {
    /// Start a new project.
    New,
    /// Choose a project in a dialog.
    Choose,
    /// Open this project.
    Open(PathBuf),
    /// Save to its file, or ask where.
    Save,
    /// Ask where to save.
    SaveAs,
    /// Save, then do what the question asks about.
    SaveFirst,
    /// Do what the question asks about without saving.
    Leave,
    /// Replace the file that exists.
    Replace,
    /// Choose a file for a missing picture, an index into [`Arrival::pictures`].
    Find(usize),
    /// Use the different picture in place of the missing one.
    UseChanged(usize),
    /// Proceed with the pictures that were found.
    Proceed,
    /// Restore the settings in the finished picture that was added.
    Restore,
    /// Use the finished picture as a photo or painting.
    UseAsPicture,
}

/// An action on the user's presets.
#[derive(Clone, Debug)]
pub enum PresetAction {
    /// Ask for the name of a new preset.
    Ask,
    /// Set the name as typed so far.
    Name(String),
    /// Save the settings under that name.
    Save,
    /// Use the settings of the preset at this index.
    Apply(usize),
    /// Delete the preset at this index.
    Delete(usize),
}

/// An action on the training of a style.
#[derive(Clone, Copy, Debug)]
pub enum TrainingAction {
    /// Ask how thoroughly to train on this painting.
    Ask(CardId),
    /// Set how thoroughly.
    SetThoroughness(Thoroughness),
    /// Set how much the adversary counts, in percent of the most.
    SetAdversary(u8),
    /// Set how far the network learns to ignore noise, in percent of the most.
    SetStability(u8),
    /// Start the training that is asked about.
    Begin,
    /// Pause or resume the training.
    TogglePause,
    /// Stop the training and keep what was learned.
    Stop,
}

/// An action on the clip that is the photo, or on the one that is being painted.
#[derive(Clone, Debug)]
pub enum ClipAction {
    /// Show the frame at this time, in seconds from the first.
    Seek(f64),
    /// A frame was read, or could not be, in one sentence.
    FrameRead(Request, Result<ReadFrame, String>),
    /// Set when the part to paint begins.
    BeginAt(f64),
    /// Set when the part to paint ends.
    EndAt(f64),
    /// Set how much frames take from those before them, from 0 to 100.
    SetSteadiness(f32),
    /// Set whether the first frame follows the last one.
    SetLoop(bool),
    /// Set how to paint its frames.
    SetMethod(Method),
    /// Ask where to write the painted clip.
    AskWhere,
    /// Pause or resume the painting.
    TogglePause,
    /// Stop the painting and keep its frames.
    Stop,
    /// News of the painting.
    News(VideoNews),
    /// The latest painted frame.
    Progress(VideoProgress),
    /// The painting that was not finished has kept so many frames, of so many in all where the clip says it.
    Unfinished(u64, Option<u64>),
    /// Go on with the painting that was not finished.
    GoOn,
    /// Do not ask about it again.
    Forget,
    /// What it needs was read, or could not be, in one sentence.
    WorkRead(Result<Box<UnfinishedWork>, String>),
    /// Open its pictures as single photos.
    OpenAsPhotos,
    /// Choose the folder in which ffmpeg is looked for first.
    ChooseFfmpegFolder,
    /// Set or forget that folder.
    SetFfmpegFolder(Option<PathBuf>),
}

/// An action on the folder of photos that is the photo, or on the one that is being painted.
#[derive(Clone, Debug)]
pub enum FolderAction {
    /// Choose a folder in a dialog.
    Choose,
    /// Show the photo at this index.
    Seek(usize),
    /// A photo was read, or could not be, in one sentence.
    PhotoRead(Request, Result<Box<LoadedPicture>, String>),
    /// Open its pictures as the frames of a clip.
    OpenAsClip,
    /// Ask how to paint it, and where to.
    Ask,
    /// Set how to paint it, and where to.
    Set(FolderChoices),
    /// Choose the folder for the painted pictures in a dialog.
    ChooseOutput,
    /// Paint it as chosen, or queue it while something else is being painted.
    Paint,
    /// Pause or resume the painting.
    TogglePause,
    /// Stop the painting.
    Stop,
    /// Paint what is missing of the folder that was painted last.
    GoOn,
    /// Show no more of the folder that was painted last.
    Close,
    /// News of the painting.
    News(BatchNews),
    /// Show or hide the list of pictures.
    ToggleList,
    /// Show the picture of this row.
    Show(usize),
    /// The picture of a row of the painting with this number was read, or could not be, in one sentence.
    ResultRead(Request, usize, Result<Box<ReadResult>, String>),
    /// Read the thumbnail of this row, which is visible.
    ReadThumbnail(usize),
    /// The thumbnail of a row of the painting with this number was read; `None` if it could not be.
    Thumbnail(Request, usize, Option<Arc<Picture>>),
    /// The painting that was not finished can go on.
    Unfinished,
    /// Go on with it.
    GoOnWithUnfinished,
    /// Do not ask about it again.
    Forget,
    /// What it needs was read, or could not be, in one sentence.
    WorkRead(Result<Box<UnfinishedWork>, String>),
}

/// An action on the trained styles in the program's folder.
#[derive(Clone, Debug)]
pub enum StyleAction {
    /// The styles were listed.
    Listed(Vec<OwnStyle>),
    /// Go on with an unfinished training.
    GoOn(PathBuf),
    /// Ask for another name.
    AskName(PathBuf),
    /// Set the name as typed so far.
    Name(String),
    /// Rename the style that is asked about.
    Rename,
    /// Delete it.
    Delete(PathBuf),
    /// Ask where to export a copy.
    AskWhere(PathBuf),
    /// A style was renamed: its file before, and its new file, or why it could not be, in one sentence.
    Renamed(PathBuf, Result<PathBuf, String>),
    /// A style was deleted: its file before, and where it is now, or why it could not be, in one sentence.
    Deleted(PathBuf, Result<PathBuf, String>),
    /// A deleted style was put back, or could not be, in one sentence.
    Restored(Result<PathBuf, String>),
    /// A copy was written to this file, or could not be, in one sentence.
    Copied(Result<PathBuf, String>),
}

/// An action on style maps.
#[derive(Clone, Debug)]
pub enum MapAction {
    /// Choose a folder of paintings to make a map of.
    ChooseFolder,
    /// Choose the file of a map.
    Choose,
    /// Open the map in a file.
    Open(PathBuf),
    /// A map was read, or its file and why it could not be, in one sentence.
    Read(Result<Box<ReadMap>, (PathBuf, String)>),
    /// Close the map.
    Close,
    /// Zoom or pan.
    SetView(MapView),
    /// Try a place on the photo; `is_added` if it is to be added to the paintings.
    Try {
        /// The coordinates.
        place: [f32; 2],
        /// Whether it is added; otherwise it takes the place of the one before.
        is_added: bool,
    },
    /// Take the place that is tried.
    Take,
    /// Take this place.
    GoTo {
        /// The coordinates.
        place: [f32; 2],
        /// Whether it is added; otherwise it takes the place of the one before.
        is_added: bool,
    },
    /// Take a place drawn from the prior.
    Surprise,
    /// Paint with the place of the cursor, after it was taken if it was not.
    PaintWith,
    /// Make the place of the cursor a favourite, or no longer one.
    ToggleFavourite,
    /// Read the thumbnail of this painting, which is visible.
    ReadThumbnail(usize),
    /// The thumbnail of a painting of the map in this file was read; `None` if it could not be.
    Thumbnail(Arc<StyleMap>, usize, Option<Arc<Picture>>),
    /// Choose paintings to add.
    ChoosePaintings,
    /// Add these paintings, and those in these folders.
    AddPaintings(Vec<PathBuf>),
    /// Remove a painting.
    Remove(usize),
    /// Learn the plane again.
    LearnAgain,
    /// Ask where to export a copy.
    AskWhere,
    /// A copy was written to this file, or could not be, in one sentence.
    Copied(Result<PathBuf, String>),
    /// News of the map that is being made or changed.
    News(MapNews),
    /// Stop making or changing a map.
    Stop,
}

/// An action on the queue of runs.
#[derive(Clone, Copy, Debug)]
pub enum QueueAction {
    /// Remove a run.
    Cancel(QueueId),
    /// Move a run one place forward.
    Earlier(QueueId),
    /// Move a run one place back.
    Later(QueueId),
    /// Remove all runs.
    Clear,
}

/// An action on results.
#[derive(Clone, Debug)]
pub enum HistoryAction {
    /// Show it.
    Show(ResultId),
    /// Show the active run's picture, or the latest result.
    LookAtLatest,
    /// Compare it with the shown result, with the divider.
    Compare(ResultId),
    /// Restore its settings, its photo and its paintings.
    Restore(ResultId),
    /// Keep it from being dropped for newer ones, or stop keeping it.
    ToggleKept(ResultId),
    /// Delete it.
    Delete(ResultId),
    /// Its thumbnail was made.
    Thumbnail(ResultId, Arc<Picture>),
}

/// A request of the state to the services.
#[derive(Clone, Debug)]
pub enum Effect {
    /// Read a picture.
    Load(Request, Origin),
    /// Open a file dialog.
    OpenDialog {
        /// Its purpose.
        purpose: Purpose,
        /// The file name to suggest; empty when opening.
        suggestion: String,
        /// The folder to open in, if one is remembered.
        folder: Option<PathBuf>,
    },
    /// Read the clipboard.
    ReadClipboard,
    /// Start a run.
    Start(Box<StartRun>),
    /// Paint an instant picture, in the place of the one being painted.
    PaintInstant(Box<InstantRequest>),
    /// Stop painting the instant picture.
    StopInstant,
    /// Start a training.
    Train(Box<TrainingRequest>),
    /// Pause the training.
    PauseTraining,
    /// Resume the training.
    ResumeTraining,
    /// Stop the training.
    StopTraining,
    /// List the trained styles in the program's folder.
    ListStyles,
    /// Give a trained style another name, or that name with a number if another style has it.
    RenameStyle {
        /// Its file.
        path: PathBuf,
        /// The name.
        name: String,
    },
    /// Move a trained style to the deleted ones.
    DeleteStyle(PathBuf),
    /// Move a deleted style back.
    RestoreStyle {
        /// Its file among the deleted ones.
        deleted: PathBuf,
        /// Its name before.
        name: String,
    },
    /// Copy a trained style to a file.
    CopyStyle {
        /// Its file.
        from: PathBuf,
        /// The file to write.
        to: PathBuf,
        /// Whether the user agreed to replace it.
        may_replace: bool,
    },
    /// Look at a clip, or paint it.
    Clip(ClipEffect),
    /// Look at a folder of photos, or paint it.
    Folder(FolderEffect),
    /// Read or make a style map.
    Map(MapEffect),
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
        /// Its name for the user.
        name: String,
        /// Files in which missing pictures may be.
        known: Vec<PathBuf>,
    },
    /// Search the file that was chosen for a missing picture, and its folder for the others.
    Search {
        /// The index of the missing picture, and the chosen file.
        chosen: (usize, PathBuf),
        /// All missing pictures, with their indices.
        sources: Vec<(usize, Source)>,
    },
    /// Write a project.
    SaveProject(Box<ProjectJob>),
    /// Take over the recovered work, so that it is kept for this window.
    AdoptWork,
    /// Delete the work kept for recovery: it is in a project now, or was discarded.
    ForgetWork {
        /// The project that new work belongs to, once it has a file.
        project: Option<PathBuf>,
        /// Whether to keep that of the active run.
        keep_run: bool,
    },
    /// Keep the window open although closing was requested.
    StayOpen,
    /// Close the window.
    Close,
}

/// A request of the state about clips.
#[derive(Clone, Debug)]
pub enum ClipEffect {
    /// Read a frame of a clip.
    ReadFrame {
        /// The request to answer.
        request: Request,
        /// The clip.
        clip: Arc<ClipSource>,
        /// The time of the frame, in seconds from the first.
        time: f64,
    },
    /// Count the frames of a clip whose file does not say how many it has.
    CountFrames(Arc<ClipSource>),
    /// Paint a clip.
    Paint(Box<ClipJob>),
    /// Pause the painting of the clip.
    Pause,
    /// Resume the painting of the clip.
    Resume,
    /// Stop the painting of the clip.
    Stop,
    /// Read what an unfinished painting of a clip needs.
    ReadWork(UnfinishedClip),
    /// Forget what the painting of a clip to this file needs.
    ForgetWork(PathBuf),
    /// Look for ffmpeg in this folder first.
    FindFfmpegIn(Option<PathBuf>),
}

/// A request about a folder of photos.
#[derive(Clone, Debug)]
pub enum FolderEffect {
    /// Read a photo.
    ReadPhoto {
        /// The request to answer.
        request: Request,
        /// The folder.
        folder: Arc<PhotoFolder>,
        /// The photo's index.
        index: usize,
    },
    /// Paint a folder.
    Paint(Box<FolderJob>),
    /// Pause the painting of the folder.
    Pause,
    /// Resume the painting of the folder.
    Resume,
    /// Stop the painting of the folder.
    Stop,
    /// Read a painted picture and its photo.
    ReadResult {
        /// The number of the painting, to answer with.
        painting: Request,
        /// The row, to answer with.
        row: usize,
        /// The files.
        report: ItemReport,
    },
    /// Read the thumbnail of a picture.
    ReadThumbnail {
        /// The number of the painting, to answer with.
        painting: Request,
        /// The row, to answer with.
        row: usize,
        /// The picture.
        picture: PathBuf,
    },
    /// Read what an unfinished painting of a folder needs.
    ReadWork(UnfinishedFolder),
    /// Forget what the painting of a folder into this one needs.
    ForgetWork(PathBuf),
}

/// A request about a style map.
#[derive(Clone, Debug)]
pub enum MapEffect {
    /// Read a map.
    Read(PathBuf),
    /// Read the thumbnail of a painting.
    ReadThumbnail(Arc<StyleMap>, usize),
    /// Make or change a map.
    Make(Box<MapJob>),
    /// Stop that.
    Stop,
    /// Copy the map in a file to another one.
    Copy {
        /// Its file.
        from: PathBuf,
        /// The file to write.
        to: PathBuf,
        /// Whether the user agreed to replace it.
        may_replace: bool,
    },
}

/// A run to start.
#[derive(Clone, Debug)]
pub struct StartRun {
    /// Its number.
    pub id: RunId,
    /// Its recipe.
    pub recipe: Recipe,
    /// The progress of an earlier run with this recipe, to continue from.
    pub unfinished: Option<Unfinished>,
    /// The project to keep for recovery while it paints.
    pub project: Project,
    /// The file of the project that it belongs to.
    pub belongs_to: Option<PathBuf>,
}
