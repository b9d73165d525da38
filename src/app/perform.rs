//! What the state asks for, done: by the painter, by the threads in the background, by the system.

use std::path::PathBuf;
use std::sync::Arc;

use image::{DynamicImage, RgbaImage};

use super::App;
use super::action::{
    Action, Effect, HistoryAction, ProjectFile, ProjectJob, ProjectSaveError, Purpose, SaveError, SaveJob, SavedFile,
    Target,
};
use super::background::Lane;
use super::desktop::FileRequest;
use super::state::{Shown, name_of};
use super::{reading, thumbnail};
use crate::picture::encode::{self, Existing, Export};
use crate::picture::metadata::Metadata;
use crate::picture::path::is_same_file;
use crate::picture::{Format, Picture, PictureError, Problem, resize};
use crate::studio::project::ProjectError;
use crate::studio::{Continuity, Keeping, WrittenRecipe};

const FAULT: &str = "the program met a fault of its own; please report this";

impl App {
    /// Carries out an effect; returns what happened, if that is known at once.
    pub(super) fn carry_out(&mut self, effect: Effect, ctx: &egui::Context, frame: &eframe::Frame) -> Option<Action> {
        match effect {
            Effect::Load(request, origin) => {
                let broken = format!("{} could not be read: {FAULT}", name_of(&origin));
                self.background.run(
                    Lane::Files,
                    move || Action::Loaded { request, result: reading::read(&origin).map(Box::new) },
                    Action::Loaded { request, result: Err(broken) },
                );
            }
            Effect::OpenDialog { purpose, suggestion, folder } => {
                let choice = self.desktop.choose(&file_request(purpose, suggestion, folder), frame);
                self.background.wait_for_dialog(purpose, choice);
            }
            Effect::ReadClipboard => {
                let desktop = Arc::clone(&self.desktop);
                let broken = Action::Pasted(Err(format!("the clipboard could not be read: {FAULT}")));
                self.background.run(Lane::Clipboard, move || Action::Pasted(desktop.clipboard()), broken);
            }
            Effect::Start(recipe) => {
                let continuity = self.continuity();
                return Some(Action::Began(self.worker.start_with(*recipe, continuity)));
            }
            Effect::Adopt => {
                if let Some(own) = &self.own_work {
                    own.place().adopt();
                }
            }
            Effect::ForgetWork { project } => self.forget_work(project),
            Effect::OpenProject { path, known } => {
                let broken = Action::Arrived(Err((path.clone(), format!("the project could not be opened: {FAULT}"))));
                let work = move || Action::Arrived(reading::project(&path, &known).map(Box::new));
                self.background.run(Lane::Files, work, broken);
            }
            Effect::OpenRecipe { recipe, picture, name, known } => {
                let broken = format!("the settings of {name} could not be read: {FAULT}");
                let broken = Action::Arrived(Err((picture.clone(), broken)));
                let work = move || {
                    let arrival = reading::recipe(&recipe, &picture, name, &known);
                    Action::Arrived(arrival.map(Box::new).map_err(|reason| (picture, reason)))
                };
                self.background.run(Lane::Files, work, broken);
            }
            Effect::Find { chosen, sources } => {
                let work = move || Action::Looked(reading::look(&chosen, &sources));
                self.background.run(Lane::Files, work, Action::Looked(Vec::new()));
            }
            Effect::SaveProject(mut job) => {
                if job.with_run {
                    job.project.unfinished = self.worker.unfinished();
                }
                let broken = ProjectSaveError::Refused(format!("the project could not be saved: {FAULT}"));
                let work = move || Action::ProjectSaved(write_project(&job));
                self.background.run(Lane::Files, work, Action::ProjectSaved(Err(broken)));
            }
            Effect::Adjust(settings, styles) => self.worker.adjust(&settings, styles),
            Effect::Pause => self.worker.pause(),
            Effect::Resume => self.worker.resume(),
            Effect::Stop => self.worker.stop(),
            Effect::Save(job) => {
                let broken = Action::Saved(Err(SaveError::Refused(format!("the picture could not be saved: {FAULT}"))));
                self.background.run(Lane::Files, move || Action::Saved(write(&job)), broken);
            }
            Effect::Shrink(id, picture) => {
                let ready = move |small| Action::History(HistoryAction::Small(id, small));
                let whole = Arc::clone(&picture);
                let work = move || ready(Arc::new(resize::thumbnail(&picture, thumbnail::LONG_SIDE)));
                self.background.run(Lane::Small, work, ready(whole));
            }
            Effect::StayOpen => ctx.send_viewport_cmd(egui::ViewportCommand::CancelClose),
            Effect::Close => ctx.send_viewport_cmd(egui::ViewportCommand::Close),
        }
        None
    }
}

impl App {
    /// What the next run goes on from, and where it is kept.
    fn continuity(&mut self) -> Continuity {
        let unfinished = self.state.take_unfinished();
        let project = self.state.document.file.as_ref().map(|file| file.path.as_path());
        self.run_file = self.own_work.as_ref().map(|own| own.place().run_file(project));
        let keeping = self.run_file.clone().zip(self.state.kept_project());
        let keeping = keeping.map(|(file, project)| Keeping { file, project });
        Continuity { unfinished, keeping, is_steered: true }
    }

    /// What was kept is in a file, or was given up; the run that goes on is kept on.
    fn forget_work(&mut self, project: Option<PathBuf>) {
        self.kept = None;
        let Some(own) = &self.own_work else { return };
        let (place, run_file) = (own.place().clone(), self.run_file.clone().filter(|_| self.state.run.is_active()));
        let work = move || {
            place.forget(run_file.as_ref(), project.as_deref());
            Action::Nothing
        };
        self.background.run(Lane::Keeping, work, Action::Nothing);
    }
}

fn file_request(purpose: Purpose, suggestion: String, folder: Option<PathBuf>) -> FileRequest {
    match purpose {
        Purpose::Open(Target::Photo) => FileRequest::Open { title: "Choose a photo", several: false },
        Purpose::Open(Target::Painting(_)) => FileRequest::Open { title: "Choose a painting", several: false },
        Purpose::Open(Target::Anywhere | Target::NewPainting) => {
            FileRequest::Open { title: "Choose paintings", several: true }
        }
        Purpose::Export => FileRequest::Save { suggestion, folder },
        Purpose::OpenProject => FileRequest::OpenProject { folder },
        Purpose::SaveProject => FileRequest::SaveProject { suggestion, folder },
        Purpose::Find(_) => FileRequest::Open { title: "Find the picture", several: false },
    }
}

fn write(job: &SaveJob) -> Result<SavedFile, SaveError> {
    if let Some(input) = job.inputs.iter().find(|input| is_same_file(input, &job.path)) {
        return Err(SaveError::Refused(format!(
            "the picture is painted from this file, so it is not written over; choose another name: {}",
            input.display()
        )));
    }
    let refused = |error: &PictureError| match error.problem() {
        Problem::TargetExists => SaveError::Exists(job.path.clone()),
        _ => SaveError::Refused(error.to_string()),
    };
    Format::from_path(&job.path).map_err(|error| refused(&error))?;
    let picture = match &job.shown {
        Shown::Picture(picture) => Arc::clone(picture),
        Shown::Frame(frame) => {
            let image = RgbaImage::from_raw(frame.width, frame.height, frame.rgba.clone());
            let image =
                image.ok_or_else(|| SaveError::Refused("the picture so far is not whole; try again".to_owned()))?;
            Arc::new(Picture::new(DynamicImage::ImageRgba8(image)))
        }
    };
    let picture = match job.long_side {
        Some(long_side) => {
            let (width, height) = resize::fit_size(picture.width(), picture.height(), long_side);
            Arc::new(resize::resize(&picture, width, height))
        }
        None => picture,
    };
    let existing = if job.replace { Existing::Replace } else { Existing::Refuse };
    let metadata = Metadata {
        provenance: WrittenRecipe::of_setup(&job.setup).map(WrittenRecipe::provenance),
        exif: job.exif.clone(),
    }
    .limited_to(job.disclosure);
    let export = Export { metadata, ..job.export.clone() };
    encode::save(&job.path, &picture, &export, existing).map_err(|error| refused(&error))?;
    Ok(SavedFile { path: job.path.clone(), width: picture.width(), height: picture.height() })
}

fn write_project(job: &ProjectJob) -> Result<ProjectFile, ProjectSaveError> {
    if let Some(input) = job.inputs.iter().find(|input| is_same_file(input, &job.path)) {
        return Err(ProjectSaveError::Refused(format!(
            "this file is one of the pictures, so it is not written over; choose another name: {}",
            input.display()
        )));
    }
    let now = reading::stamp(&job.path);
    if job.known.is_some() && now.is_some() && job.known != now {
        return Err(ProjectSaveError::ChangedOutside(job.path.clone()));
    }
    let existing = if job.replace { Existing::Replace } else { Existing::Refuse };
    job.project.save(&job.path, existing).map_err(|error| match &error {
        ProjectError::Picture(picture) if matches!(picture.problem(), Problem::TargetExists) => {
            ProjectSaveError::Exists(job.path.clone())
        }
        _ => ProjectSaveError::Refused(error.to_string()),
    })?;
    Ok(ProjectFile { path: job.path.clone(), stamp: reading::stamp(&job.path) })
}
