//! Carries out effects; their results return as actions.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::Receiver;

use super::background::{Background, Lane};
use super::desktop::{Desktop, FileRequest};
use super::{clips, folders, maps, reading, styles, unfinished_work, writing};
use crate::app::message::{
    Action, ClipAction, ClipEffect, Effect, FolderAction, FolderEffect, HistoryAction, MapAction, MapEffect, StartRun,
    StyleAction,
};
use crate::app::model::card::{Origin, Request, THUMBNAIL_SIDE, Target};
use crate::app::model::clip::ClipJob;
use crate::app::model::dialog::Purpose;
use crate::app::model::export::SaveError;
use crate::app::model::folder::FolderJob;
use crate::app::model::instant::InstantRequest;
use crate::app::model::training::TrainingRequest;
use crate::app::model::unfinished_clip::UnfinishedClip;
use crate::app::model::unfinished_folder::UnfinishedFolder;
use crate::app::state::State;
use crate::engine::device::Processors;
use crate::picture::resize;
use crate::reason::reason;
use crate::studio::batch::{BatchNews, BatchWorker};
use crate::studio::map::{MapNews, MapWorker};
use crate::studio::project::Project;
use crate::studio::recovery::Recovery;
use crate::studio::samples;
use crate::studio::training::{TrainingEvent, TrainingWorker};
use crate::studio::video::{VideoNews, VideoWorker};
use crate::studio::workplace::{OwnWork, WorkFile, Workplace};
use crate::studio::{Autosave, Continuity, Frame, Method, NetworkLoader, NewsThread, Pace, Worker, network_loader};

const INTERNAL_ERROR: &str = "an internal error occurred; please report this";

/// The services of the window: the painter, background threads and the desktop.
pub(in crate::app) struct Services {
    /// The training of a style. First, because what is dropped first is told to stop first.
    trainer: Option<TrainingWorker>,
    /// The painting of a clip.
    clip_painter: Option<VideoWorker>,
    /// The painting of a folder.
    folder_painter: Option<BatchWorker>,
    /// The making of a style map.
    map_maker: Option<MapWorker>,
    worker: Worker,
    /// Paints instant pictures.
    instant: Worker,
    background: Background,
    answers: Receiver<Action>,
    desktop: Arc<dyn Desktop>,
    /// Where work in progress is saved. Declared after the worker, which finishes writing before this is dropped.
    own_work: Option<OwnWork>,
    /// The folder of trained styles.
    styles: Option<PathBuf>,
    /// The folder of style maps.
    maps: Option<PathBuf>,
    /// The folder of what unfinished clips and folders need.
    unfinished: Option<PathBuf>,
    wake: Arc<dyn Fn() + Send + Sync>,
    /// Where ffmpeg is looked for first.
    ffmpeg_folder: Option<PathBuf>,
    /// The recovery file of the active run.
    run_file: Option<WorkFile>,
}

impl Services {
    /// Starts the threads, which call `wake` when there is an action or a frame to take. Fails with one sentence if the
    /// system cannot start a thread.
    pub(in crate::app) fn start(
        loader: NetworkLoader,
        desktop: Arc<dyn Desktop>,
        wake: impl Fn() + Clone + Send + Sync + 'static,
    ) -> Result<Self, String> {
        let worker = Worker::spawn(loader, wake.clone()).map_err(|error| no_thread(&error))?;
        let instant = Worker::spawn(network_loader(None), wake.clone()).map_err(|error| no_thread(&error))?;
        let (background, answers) = Background::spawn(wake.clone()).map_err(|error| no_thread(&error))?;
        let workplace = |folder: PathBuf| Workplace::new(Recovery::in_folder(folder.join("recovery")));
        let own_work = desktop.data_folder().map(|folder| OwnWork::new(workplace(folder)));
        let styles = desktop.data_folder().map(|folder| folder.join("styles"));
        let maps = desktop.data_folder().map(|folder| folder.join("maps"));
        let unfinished = desktop.data_folder().map(|folder| folder.join("unfinished"));
        let wake = Arc::new(wake);
        Ok(Self {
            trainer: None,
            clip_painter: None,
            folder_painter: None,
            map_maker: None,
            worker,
            instant,
            background,
            answers,
            desktop,
            own_work,
            styles,
            maps,
            unfinished,
            wake,
            ffmpeg_folder: None,
            run_file: None,
        })
    }

    /// Loads what the first actions need: the network, the work left behind by a crash, the list of processors, and the
    /// thumbnails of the samples.
    pub(in crate::app) fn prepare(&mut self, state: &State) {
        let device = state.hardware.device;
        self.ffmpeg_folder.clone_from(&state.ffmpeg_folder);
        self.find_unfinished_clip(state.unfinished_clip.clone());
        self.find_unfinished_folder(state.unfinished_folder.clone());
        self.worker.prepare(device, Method::Optimise);
        self.instant.prepare(device, Method::Instant);
        if let Some(own) = &self.own_work {
            let place = own.place().clone();
            let find = move || {
                let work = place.find().and_then(|kept| reading::recovered(&kept));
                Action::WorkFound(work.map(Box::new))
            };
            self.background.run(Lane::Recovery, find, Action::WorkFound(None));
        }
        if let Some(folder) = self.styles.clone() {
            self.background.run(
                Lane::Small,
                move || {
                    styles::forget_deleted(&folder);
                    Action::Nothing
                },
                Action::Nothing,
            );
            self.list_styles();
        }
        self.background.run(Lane::Small, || Action::ProcessorsFound(Processors::detect()), Action::Nothing);
        for index in 0..samples::ALL.len() {
            // A tile whose thumbnail fails reports the error when it is clicked.
            let ready = move |thumbnail| Action::SampleReady { index, thumbnail };
            let work = move || ready(reading::read(&Origin::Sample(index), None).ok().map(|loaded| loaded.thumbnail));
            self.background.run(Lane::Small, work, ready(None));
        }
    }

    /// The latest frame of the clip that is being painted, unless already taken.
    pub(in crate::app) fn take_clip_progress(&self) -> Option<Action> {
        let progress = self.clip_painter.as_ref()?.take_progress()?;
        Some(Action::Clip(ClipAction::Progress(progress)))
    }

    /// The folder of trained styles; `None` where the program stores nothing.
    pub(in crate::app) fn styles_folder(&self) -> Option<&Path> {
        self.styles.as_deref()
    }

    /// The folder of style maps; `None` where the program stores nothing.
    pub(in crate::app) fn maps_folder(&self) -> Option<&Path> {
        self.maps.as_deref()
    }

    /// The next action of a service.
    pub(in crate::app) fn next_action(&self) -> Option<Action> {
        let trainer = || self.trainer.as_ref()?.try_news().map(Action::Trainer);
        let painter = || self.worker.try_event().map(Action::Painter);
        let instant = || self.instant.try_event().map(Action::InstantPainter);
        let clip = || self.clip_painter.as_ref()?.thread.try_news().map(|news| Action::Clip(ClipAction::News(news)));
        let folder = || self.folder_painter.as_ref()?.try_news().map(|news| Action::Folder(FolderAction::News(news)));
        let map = || self.map_maker.as_ref()?.try_news().map(|news| Action::Map(MapAction::News(news)));
        let of_files = || clip().or_else(folder).or_else(map);
        self.answers.try_recv().ok().or_else(painter).or_else(instant).or_else(trainer).or_else(of_files)
    }

    /// The latest frame of the active run, unless already taken.
    pub(in crate::app) fn take_frame(&self) -> Option<Arc<Frame>> {
        self.worker.take_frame()
    }

    /// The painting speed of this machine, once known.
    pub(in crate::app) fn pace(&self) -> Option<Pace> {
        self.worker.pace()
    }

    pub(in crate::app) fn takes_drops(&self) -> bool {
        self.desktop.takes_drops()
    }

    /// Runs a small job that returns an action; if it panics, the action is `broken`.
    pub(in crate::app) fn run_small(&self, job: impl FnOnce() -> Action + Send + 'static, broken: Action) {
        self.background.run(Lane::Small, job, broken);
    }

    /// Saves the setup of the next run in case of a crash; the action reports a failure.
    pub(in crate::app) fn save_setup(&self, ready: Project, belongs_to: Option<PathBuf>) {
        if let Some(own) = &self.own_work {
            let place = own.place().clone();
            let work = move || Action::WorkSaved(place.save_setup(&ready, belongs_to.as_deref()));
            self.background.run(Lane::Recovery, work, Action::WorkSaved(Ok(())));
        }
    }

    pub(in crate::app) fn carry_out(&mut self, effect: Effect, ctx: &egui::Context, frame: &eframe::Frame) {
        match effect {
            Effect::Load(request, origin) => self.load(request, origin),
            Effect::OpenDialog { purpose, suggestion, folder } => {
                let choice = self.desktop.choose(&file_request(&purpose, suggestion, folder), frame);
                self.background.wait_for_dialog(purpose, choice);
            }
            Effect::ReadClipboard => {
                let desktop = Arc::clone(&self.desktop);
                let broken = Action::Pasted(Err(format!("the clipboard could not be read: {INTERNAL_ERROR}")));
                self.background.run(Lane::Clipboard, move || Action::Pasted(desktop.clipboard()), broken);
            }
            Effect::Start(run) => self.paint(*run),
            Effect::PaintInstant(request) => {
                let InstantRequest { id, recipe } = *request;
                self.instant.start_run(id, recipe, Continuity::default());
            }
            Effect::StopInstant => self.instant.stop(),
            Effect::Train(request) => self.train(*request),
            Effect::PauseTraining => self.with_trainer(TrainingWorker::pause),
            Effect::ResumeTraining => self.with_trainer(TrainingWorker::resume),
            Effect::StopTraining => self.with_trainer(TrainingWorker::stop),
            Effect::ListStyles => self.list_styles(),
            Effect::RenameStyle { path, name } => {
                let from = path.clone();
                let done = move |result| StyleAction::Renamed(from.clone(), result);
                self.move_style(move |folder| styles::rename(&path, folder, &name), done);
            }
            Effect::DeleteStyle(path) => {
                let from = path.clone();
                let done = move |result| StyleAction::Deleted(from.clone(), result);
                self.move_style(move |folder| styles::delete(&path, folder), done);
            }
            Effect::RestoreStyle { deleted, name } => {
                self.move_style(move |folder| styles::rename(&deleted, folder, &name), StyleAction::Restored);
            }
            Effect::CopyStyle { from, to, may_replace } => {
                let broken = Err(format!("the style was not exported: {INTERNAL_ERROR}"));
                let work = move || Action::Style(StyleAction::Copied(styles::copy(&from, &to, may_replace)));
                self.background.run(Lane::Files, work, Action::Style(StyleAction::Copied(broken)));
            }
            Effect::Clip(effect) => self.carry_out_for_clip(effect),
            Effect::Folder(effect) => self.carry_out_for_folder(effect),
            Effect::Map(effect) => self.carry_out_for_map(effect),
            Effect::Adjust(settings, styles) => self.worker.adjust(&settings, styles),
            Effect::Pause => self.worker.pause(),
            Effect::Resume => self.worker.resume(),
            Effect::Stop => self.worker.stop(),
            Effect::AdoptWork => {
                if let Some(own) = &self.own_work {
                    own.place().adopt();
                }
            }
            Effect::ForgetWork { project, keep_run } => self.forget_work(project, keep_run),
            Effect::OpenProject { path, known } => {
                let broken = format!("the project could not be opened: {INTERNAL_ERROR}");
                let broken = Action::ArrivalRead(Err((path.clone(), broken)));
                let work = move || Action::ArrivalRead(reading::project(&path, &known).map(Box::new));
                self.background.run(Lane::Files, work, broken);
            }
            Effect::OpenRecipe { recipe, picture, name, known } => {
                let broken = format!("the settings of {name} could not be read: {INTERNAL_ERROR}");
                let broken = Action::ArrivalRead(Err((picture.clone(), broken)));
                let work = move || {
                    let arrival = reading::recipe(&recipe, &picture, name, &known);
                    Action::ArrivalRead(arrival.map(Box::new).map_err(|reason| (picture, reason)))
                };
                self.background.run(Lane::Files, work, broken);
            }
            Effect::Search { chosen, sources } => {
                let work = move || Action::Searched(reading::search(&chosen, &sources));
                self.background.run(Lane::Files, work, Action::Searched(Vec::new()));
            }
            Effect::SaveProject(mut job) => {
                if job.with_run {
                    job.project.unfinished = self.worker.unfinished();
                }
                let broken = SaveError::Failed(format!("the project could not be saved: {INTERNAL_ERROR}"));
                let work = move || Action::ProjectSaved(writing::project(&job));
                self.background.run(Lane::Files, work, Action::ProjectSaved(Err(broken)));
            }
            Effect::Export(job) => {
                let broken = SaveError::Failed(format!("the picture could not be saved: {INTERNAL_ERROR}"));
                let work = move || Action::Exported(writing::picture(&job));
                self.background.run(Lane::Files, work, Action::Exported(Err(broken)));
            }
            Effect::MakeThumbnail(id, picture) => {
                let ready = move |thumbnail| Action::History(HistoryAction::Thumbnail(id, thumbnail));
                let whole = Arc::clone(&picture);
                let work = move || ready(Arc::new(resize::thumbnail(&picture, THUMBNAIL_SIDE)));
                self.background.run(Lane::Small, work, ready(whole));
            }
            Effect::StayOpen => ctx.send_viewport_cmd(egui::ViewportCommand::CancelClose),
            Effect::Close => ctx.send_viewport_cmd(egui::ViewportCommand::Close),
        }
    }

    fn load(&self, request: Request, origin: Origin) {
        let broken = format!("{} could not be read: {INTERNAL_ERROR}", origin.name());
        let ffmpeg_folder = self.ffmpeg_folder.clone();
        let done = move |result| Action::Loaded { request, result };
        let work = move || done(reading::read(&origin, ffmpeg_folder.as_deref()).map(Box::new));
        self.background.run(Lane::Files, work, done(Err(broken)));
    }

    /// Starts a run, which saves its progress in its own recovery file.
    fn paint(&mut self, run: StartRun) {
        let StartRun { id, recipe, unfinished, project, belongs_to } = run;
        self.run_file = self.own_work.as_ref().map(|own| own.place().run_file(belongs_to.as_deref()));
        let autosave = self.run_file.clone().map(|file| Autosave { file, project });
        self.worker.start_run(id, recipe, Continuity { unfinished, autosave, is_steered: true });
    }

    /// Starts a training. The one before has ended.
    fn train(&mut self, request: TrainingRequest) {
        let wake = Arc::clone(&self.wake);
        let worker = TrainingWorker::start(move || styles::plan(request), network_loader(None), move || wake());
        match worker {
            Ok(worker) => self.trainer = Some(worker),
            Err(error) => {
                let failed = Action::Trainer(TrainingEvent::Failed(no_thread(&error)));
                self.background.run(Lane::Small, move || failed, Action::Nothing);
            }
        }
    }

    fn carry_out_for_clip(&mut self, effect: ClipEffect) {
        match effect {
            ClipEffect::ReadFrame { request, clip, time } => {
                let done = move |result| Action::Clip(ClipAction::FrameRead(request, result));
                let broken = done(Err(format!("the frame could not be read: {INTERNAL_ERROR}")));
                let work = move || done(clips::frame(&clip, time).map_err(|error| error.to_string()));
                self.background.run(Lane::Files, work, broken);
            }
            ClipEffect::CountFrames(clip) => {
                let work = move || {
                    clip.count();
                    Action::Nothing
                };
                self.background.run(Lane::Small, work, Action::Nothing);
            }
            ClipEffect::Paint(job) => self.paint_clip(*job),
            ClipEffect::Pause => self.with_clip_painter(NewsThread::pause),
            ClipEffect::Resume => self.with_clip_painter(NewsThread::resume),
            ClipEffect::Stop => self.with_clip_painter(NewsThread::stop),
            ClipEffect::ReadWork(unfinished) => {
                let (Some(folder), ffmpeg) = (self.unfinished.clone(), self.ffmpeg_folder.clone()) else { return };
                let done = |result| Action::Clip(ClipAction::WorkRead(result));
                let broken = done(Err(format!("the unfinished clip could not be read: {INTERNAL_ERROR}")));
                let read = move || unfinished_work::read_clip(&folder, &unfinished, ffmpeg.as_deref());
                self.background.run(Lane::Files, move || done(read().map(Box::new)), broken);
            }
            ClipEffect::ForgetWork(output) => self.forget_unfinished(output),
            ClipEffect::FindFfmpegIn(folder) => self.ffmpeg_folder = folder,
        }
    }

    /// Starts to paint a clip. The one before has ended.
    fn paint_clip(&mut self, job: ClipJob) {
        let wake = Arc::clone(&self.wake);
        let kept = self.unfinished.clone();
        let plan = move || {
            let (output, setup) = (job.output.path.clone(), job.inputs.setup.clone());
            let plan = clips::plan(job)?;
            if let Some(folder) = kept {
                unfinished_work::keep(&folder, &output, &setup);
            }
            Ok(plan)
        };
        match VideoWorker::start(plan, network_loader(None), move || wake()) {
            Ok(worker) => self.clip_painter = Some(worker),
            Err(error) => {
                let failed = Action::Clip(ClipAction::News(VideoNews::Failed(no_thread(&error))));
                self.background.run(Lane::Small, move || failed, Action::Nothing);
            }
        }
    }

    /// Looks for the frames that an unfinished painting of a clip has kept.
    fn find_unfinished_clip(&self, unfinished: Option<UnfinishedClip>) {
        let (Some(folder), Some(unfinished)) = (self.unfinished.clone(), unfinished) else { return };
        let ffmpeg_folder = self.ffmpeg_folder.clone();
        let work = move || match unfinished_work::kept_frames(&folder, &unfinished, ffmpeg_folder.as_deref()) {
            Some((done, of)) => Action::Clip(ClipAction::Unfinished(done, of)),
            None => Action::Nothing,
        };
        self.background.run(Lane::Recovery, work, Action::Nothing);
    }

    /// Asks about an unfinished painting of a folder, if it can go on.
    fn find_unfinished_folder(&self, unfinished: Option<UnfinishedFolder>) {
        let (Some(folder), Some(unfinished)) = (self.unfinished.clone(), unfinished) else { return };
        let work = move || {
            let can_go_on = unfinished_work::can_go_on(&folder, &unfinished);
            if can_go_on { Action::Folder(FolderAction::Unfinished) } else { Action::Nothing }
        };
        self.background.run(Lane::Recovery, work, Action::Nothing);
    }

    /// Deletes what the painting into this output needed.
    fn forget_unfinished(&self, output: PathBuf) {
        let Some(folder) = self.unfinished.clone() else { return };
        let work = move || {
            unfinished_work::forget(&folder, &output);
            Action::Nothing
        };
        self.background.run(Lane::Small, work, Action::Nothing);
    }

    fn carry_out_for_folder(&mut self, effect: FolderEffect) {
        match effect {
            FolderEffect::ReadPhoto { request, folder, index } => {
                let done = move |result| Action::Folder(FolderAction::PhotoRead(request, result));
                let broken = done(Err(format!("the photo could not be read: {INTERNAL_ERROR}")));
                self.background.run(Lane::Files, move || done(folders::photo(&folder, index).map(Box::new)), broken);
            }
            FolderEffect::Paint(job) => self.paint_folder(*job),
            FolderEffect::Pause => self.with_folder_painter(BatchWorker::pause),
            FolderEffect::Resume => self.with_folder_painter(BatchWorker::resume),
            FolderEffect::Stop => self.with_folder_painter(BatchWorker::stop),
            FolderEffect::ReadResult { painting, row, report } => {
                let done = move |result| Action::Folder(FolderAction::ResultRead(painting, row, result));
                let broken = done(Err(format!("the picture could not be read: {INTERNAL_ERROR}")));
                self.background.run(Lane::Files, move || done(folders::result(&report).map(Box::new)), broken);
            }
            FolderEffect::ReadThumbnail { painting, row, picture } => {
                let done = move |thumbnail| Action::Folder(FolderAction::Thumbnail(painting, row, thumbnail));
                self.background.run(Lane::Small, move || done(folders::row_thumbnail(&picture)), done(None));
            }
            FolderEffect::ReadWork(unfinished) => {
                let Some(folder) = self.unfinished.clone() else { return };
                let done = |result| Action::Folder(FolderAction::WorkRead(result));
                let broken = done(Err(format!("the unfinished folder could not be read: {INTERNAL_ERROR}")));
                let read = move || unfinished_work::read_folder(&folder, &unfinished);
                self.background.run(Lane::Files, move || done(read().map(Box::new)), broken);
            }
            FolderEffect::ForgetWork(output) => self.forget_unfinished(output),
        }
    }

    fn carry_out_for_map(&mut self, effect: MapEffect) {
        match effect {
            MapEffect::Read(path) => {
                let broken = format!("the map could not be read: {INTERNAL_ERROR}");
                let broken = Action::Map(MapAction::Read(Err((path.clone(), broken))));
                let work = move || {
                    let read = maps::read(&path).map(Box::new);
                    Action::Map(MapAction::Read(read.map_err(|sentence| (path, sentence))))
                };
                self.background.run(Lane::Files, work, broken);
            }
            MapEffect::ReadThumbnail(map, painting) => {
                let own = Arc::clone(&map);
                let done = move |thumbnail| Action::Map(MapAction::Thumbnail(own, painting, thumbnail));
                let broken = done.clone()(None);
                self.background.run(Lane::Small, move || done(maps::painting_thumbnail(&map, painting)), broken);
            }
            MapEffect::Make(job) => {
                let wake = Arc::clone(&self.wake);
                match MapWorker::start(move || maps::plan(*job), move || wake()) {
                    Ok(worker) => self.map_maker = Some(worker),
                    Err(error) => {
                        let failed = Action::Map(MapAction::News(MapNews::Failed(no_thread(&error))));
                        self.background.run(Lane::Small, move || failed, Action::Nothing);
                    }
                }
            }
            MapEffect::Stop => {
                if let Some(maker) = &self.map_maker {
                    maker.stop();
                }
            }
            MapEffect::Copy { from, to, may_replace } => {
                let done = |result| Action::Map(MapAction::Copied(result));
                let broken = done(Err(format!("the map was not exported: {INTERNAL_ERROR}")));
                self.background.run(Lane::Files, move || done(maps::copy(&from, &to, may_replace)), broken);
            }
        }
    }

    /// Starts to paint a folder. The one before has ended.
    fn paint_folder(&mut self, job: FolderJob) {
        let wake = Arc::clone(&self.wake);
        let kept = self.unfinished.clone();
        let plan = move || {
            let (output, setup) = (job.choices.output.clone(), job.inputs.setup.clone());
            let plan = folders::plan(job)?;
            if let Some(folder) = kept {
                unfinished_work::keep(&folder, &output, &setup);
            }
            Ok(plan)
        };
        match BatchWorker::start(plan, network_loader(None), move || wake()) {
            Ok(worker) => self.folder_painter = Some(worker),
            Err(error) => {
                let failed = Action::Folder(FolderAction::News(BatchNews::Failed(no_thread(&error))));
                self.background.run(Lane::Small, move || failed, Action::Nothing);
            }
        }
    }

    fn with_folder_painter(&self, act: impl FnOnce(&BatchWorker)) {
        if let Some(painter) = &self.folder_painter {
            act(painter);
        }
    }

    fn with_clip_painter(&self, act: impl FnOnce(&NewsThread<VideoNews>)) {
        if let Some(painter) = &self.clip_painter {
            act(&painter.thread);
        }
    }

    fn with_trainer(&self, act: impl FnOnce(&TrainingWorker)) {
        if let Some(trainer) = &self.trainer {
            act(trainer);
        }
    }

    /// Moves a style within the folder of styles.
    fn move_style(
        &self,
        work: impl FnOnce(&Path) -> Result<PathBuf, String> + Send + 'static,
        done: impl Fn(Result<PathBuf, String>) -> StyleAction + Send + 'static,
    ) {
        let Some(folder) = self.styles.clone() else { return };
        let broken = done(Err(format!("the style could not be moved: {INTERNAL_ERROR}")));
        let work = move || Action::Style(done(work(&folder)));
        self.background.run(Lane::Files, work, Action::Style(broken));
    }

    fn list_styles(&self) {
        if let Some(folder) = self.styles.clone() {
            let listed = |list| Action::Style(StyleAction::Listed(list));
            self.background.run(Lane::Small, move || listed(styles::list(&folder)), Action::Nothing);
        }
    }

    /// Deletes the saved work, except the active run's if `keep_run` is set.
    fn forget_work(&self, project: Option<PathBuf>, keep_run: bool) {
        let Some(own) = &self.own_work else { return };
        let (place, run_file) = (own.place().clone(), self.run_file.clone().filter(|_| keep_run));
        let work = move || {
            place.delete_work(run_file.as_ref(), project.as_deref());
            Action::Nothing
        };
        self.background.run(Lane::Recovery, work, Action::Nothing);
    }
}

pub(in crate::app) fn no_thread(error: &std::io::Error) -> String {
    format!("Impasto cannot start its threads ({}); close other programs and try again", reason(error))
}

fn file_request(purpose: &Purpose, suggestion: String, folder: Option<PathBuf>) -> FileRequest {
    match purpose {
        Purpose::Open(Target::Photo) => FileRequest::Open { title: "Choose a photo or a clip", several: false },
        Purpose::Open(Target::Painting(_)) => FileRequest::Open { title: "Choose a painting", several: false },
        Purpose::Open(Target::Anywhere | Target::NewPainting) => {
            FileRequest::Open { title: "Choose paintings", several: true }
        }
        Purpose::Export => FileRequest::Save { suggestion, folder },
        Purpose::PaintClip => FileRequest::SaveClip { suggestion, folder },
        Purpose::OpenFolder => FileRequest::Folder { title: "Choose a folder of photos", folder },
        Purpose::FolderOutput => FileRequest::Folder { title: "Choose the folder to paint into", folder },
        Purpose::FfmpegFolder => FileRequest::Folder { title: "Choose the folder of ffmpeg", folder },
        Purpose::OpenProject => FileRequest::OpenProject { folder },
        Purpose::OpenMap => FileRequest::OpenMap { folder },
        Purpose::MapFolder => FileRequest::Folder { title: "Choose a folder of paintings", folder },
        Purpose::MapPaintings => FileRequest::Open { title: "Choose paintings for the map", several: true },
        Purpose::ExportMap(_) => FileRequest::SaveMap { suggestion, folder },
        Purpose::ExportStyle(_) => FileRequest::SaveStyle { suggestion, folder },
        Purpose::SaveProject(_) => FileRequest::SaveProject { suggestion, folder },
        Purpose::Find(_) => FileRequest::Open { title: "Find the picture", several: false },
    }
}
