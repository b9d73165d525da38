//! What the state asks for, done: by the painter, by the threads in the background, by the system.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use image::{DynamicImage, RgbaImage};

use super::App;
use super::action::{Action, Effect, HistoryAction, Origin, Purpose, SaveError, SaveJob, SavedFile, Target};
use super::background::Lane;
use super::desktop::FileRequest;
use super::samples;
use super::state::{Loaded, Shown, name_of};
use super::thumbnail;
use crate::picture::encode::{self, Existing, Export};
use crate::picture::{Format, Picture, PictureError, Problem, decode, resize};
use crate::studio::project::{Held, Place, Source};
use crate::studio::recovery::OwnWork;
use crate::studio::{Continuity, Keeping};

const FAULT: &str = "the program met a fault of its own; please report this";

impl App {
    /// Carries out an effect; returns what happened, if that is known at once.
    pub(super) fn carry_out(&mut self, effect: Effect, ctx: &egui::Context, frame: &eframe::Frame) -> Option<Action> {
        match effect {
            Effect::Load(request, origin) => {
                let broken = format!("{} could not be read: {FAULT}", name_of(&origin));
                self.background.run(
                    Lane::Files,
                    move || Action::Loaded { request, result: read(&origin).map(Box::new) },
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
                self.background.run(Lane::Small, move || Action::Pasted(desktop.clipboard()), broken);
            }
            Effect::Start(recipe) => {
                let continuity = self.continuity();
                return Some(Action::Began(self.worker.start_with(*recipe, continuity)));
            }
            Effect::Adopt => self.own_work = self.left_behind.take().map(OwnWork::new),
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
        if self.own_work.is_none() {
            // Where no folder can be made, painting is still worth it.
            self.own_work = self.recovery.as_ref().and_then(|recovery| recovery.begin().ok()).map(OwnWork::new);
        }
        let file = self.own_work.as_ref().and_then(OwnWork::file);
        let keeping = file.zip(self.state.kept_project()).map(|(path, project)| Keeping { path, project });
        Continuity { unfinished, keeping }
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
    }
}

/// Reads a picture and makes its small copy.
pub(super) fn read(origin: &Origin) -> Result<Loaded, String> {
    let sentence = |error: PictureError| error.to_string();
    let name = name_of(origin);
    let held = |picture: &Picture| Held::new(picture).map_err(|error| error.to_string());
    let (picture, path, checksum, place) = match origin {
        Origin::File(path) => {
            let file = decode::read(path).map_err(sentence)?;
            (file.picture, Some(path.clone()), Some(file.checksum), Place::File(path.clone()))
        }
        Origin::Sample(index) => {
            let sample = samples::ALL.get(*index).ok_or("there is no such sample")?;
            (decode::from_bytes(sample.bytes, sample.title).map_err(sentence)?, None, None, Place::Sample)
        }
        Origin::Pixels { width, height, rgba } => {
            let pixels = RgbaImage::from_raw(*width, *height, rgba.as_ref().clone());
            let image = pixels.filter(|image| image.width() > 0 && image.height() > 0);
            let image = image.ok_or("the picture on the clipboard is damaged; copy it again")?;
            let picture = Picture::new(DynamicImage::ImageRgba8(image));
            let place = Place::Inside(held(&picture)?);
            (picture, None, None, place)
        }
        Origin::Held { held, .. } => (held.open().map_err(sentence)?, None, None, Place::Inside(held.clone())),
    };
    let thumbnail = Arc::new(resize::thumbnail(&picture, thumbnail::LONG_SIDE));
    let source = Source { name: name.clone(), checksum, place };
    Ok(Loaded { name, path, picture: Arc::new(picture), thumbnail, source })
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
    let export = Export { metadata: job.metadata.clone(), ..job.export.clone() };
    encode::save(&job.path, &picture, &export, existing).map_err(|error| refused(&error))?;
    Ok(SavedFile { path: job.path.clone(), width: picture.width(), height: picture.height() })
}

/// The same file, also when it is reached by another path.
fn is_same_file(one: &Path, other: &Path) -> bool {
    let real = |path: &Path| -> PathBuf { path.canonicalize().unwrap_or_else(|_| path.to_path_buf()) };
    real(one) == real(other)
}
