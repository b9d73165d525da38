//! From the picture that is shown to a file.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{Kind, Question, State, Topic};
use crate::app::action::{Effect, Purpose, SaveError, SaveJob, SavedFile};
use crate::picture::metadata::{Disclosure, Exif};
use crate::picture::path::{has_ending, with_ending};
use crate::picture::resize::fit_size;
use crate::picture::{Format, Picture};
use crate::studio::Frame;
use crate::studio::project::Setup;

/// What is painted so far, or was painted.
#[derive(Clone, Debug)]
pub struct Canvas {
    /// The pixels there are.
    pub shown: Shown,
    /// Width and height of the finished picture.
    pub size: (u32, u32),
    /// Long side of the scale that was painted last, in pixels.
    pub reached: u32,
    /// The photo it is painted from.
    pub photo: Arc<Picture>,
    /// What to call it, without an ending.
    pub name: String,
    /// The files it is painted from.
    pub inputs: Vec<PathBuf>,
    /// How it was painted, for what a file of it says.
    pub setup: Setup,
    /// What the camera noted in the photo.
    pub exif: Option<Exif>,
}

/// Pixels to look at.
#[derive(Clone, Debug)]
pub enum Shown {
    /// A whole picture.
    Picture(Arc<Picture>),
    /// A picture that is being painted.
    Frame(Arc<Frame>),
}

impl Shown {
    /// The very same pixels.
    pub fn is(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Picture(this), Self::Picture(that)) => Arc::ptr_eq(this, that),
            (Self::Frame(this), Self::Frame(that)) => Arc::ptr_eq(this, that),
            _ => false,
        }
    }

    /// Width and height in pixels.
    pub fn size(&self) -> (u32, u32) {
        match self {
            Self::Picture(picture) => (picture.width(), picture.height()),
            Self::Frame(frame) => (frame.width, frame.height),
        }
    }
}

impl State {
    /// There is a picture to save, and none is being saved.
    pub fn can_export(&self) -> bool {
        self.shown_canvas().is_some() && self.saving.is_none()
    }

    /// Width and height in pixels of the file that would be written.
    pub fn export_size(&self) -> Option<(u32, u32)> {
        let (width, height) = self.exporting.as_ref()?.shown.size();
        Some(match self.export.long_side {
            Some(long_side) => fit_size(width, height, long_side),
            None => (width, height),
        })
    }

    pub(super) fn ask_how_to_export(&mut self) {
        if self.can_export() && self.exporting.is_none() {
            // What was seen when the button was pressed is what is saved. A size of one's own is for one picture.
            self.exporting = self.shown_canvas().cloned();
            self.export.long_side = None;
            // The place is given away only when that is asked for this very time.
            self.export.disclosure = self.export.disclosure.min(Disclosure::Camera);
        }
    }

    pub(super) fn ask_where_to_export(&mut self) -> Vec<Effect> {
        let Some(canvas) = &self.exporting else { return Vec::new() };
        let ending = self.export.format.extensions().first().copied().unwrap_or_default();
        let suggestion = format!("{}.{ending}", canvas.name);
        let folder = self.export_folder.clone();
        // Whoever asks again sees no dialog.
        self.give_up_dialog();
        self.open_dialog(Purpose::Export, suggestion, folder)
    }

    pub(super) fn export_to(&mut self, chosen: &Path) -> Vec<Effect> {
        let Some(mut canvas) = self.exporting.take() else { return Vec::new() };
        if self.is_saving_a_picture() {
            return Vec::new();
        }
        // A name without an ending is meant in the format that was chosen; any other ending is left for the encoder to
        // judge.
        let ending = self.export.format.extensions().first().copied().unwrap_or_default();
        let path = if has_ending(chosen) { chosen.to_path_buf() } else { with_ending(chosen, ending) };
        // The dialog asked about the name that was typed, not about the one with an ending.
        let replace = path == chosen;
        let mut inputs = self.sources.paths();
        inputs.append(&mut canvas.inputs);
        // An ending that was typed counts more than the format that was chosen.
        let format = Format::from_path(&path).unwrap_or(self.export.format);
        let long_side = self.export.long_side;
        let export = self.export.encoded_as(format);
        let disclosure = self.export.disclosure;
        let Canvas { shown, setup, exif, .. } = canvas;
        self.save(Box::new(SaveJob { path, shown, long_side, export, setup, exif, disclosure, inputs, replace }))
    }

    pub(super) fn saved(&mut self, result: Result<SavedFile, SaveError>) -> Vec<Effect> {
        let job = self.saving.take();
        match result {
            Ok(file) => {
                if let Some(job) = job.as_ref().filter(|job| job.long_side.is_none()) {
                    self.history.exported(&job.shown);
                }
                let text = format!("Saved {} × {} pixels to {}", file.width, file.height, file.path.display());
                self.works(Topic::Export);
                self.notify(Kind::Done, &text);
                self.export_folder = file.path.parent().map(Path::to_path_buf);
                self.after_writing()
            }
            Err(error) => {
                match (error, job) {
                    (SaveError::Exists(_), Some(job)) => self.ask_later(Question::Overwrite(job)),
                    (SaveError::Exists(path), None) => {
                        self.notify(Kind::Problem, &format!("A file is there already: {}", path.display()));
                    }
                    (SaveError::Refused(reason), _) => self.complain(Topic::Export, &reason),
                }
                // The picture is not safe yet.
                self.stay_open()
            }
        }
    }

    pub(super) fn overwrite(&mut self) -> Vec<Effect> {
        if !matches!(self.question(), Some(Question::Overwrite(_))) || self.is_saving_a_picture() {
            return Vec::new();
        }
        match self.questions.pop() {
            Some(Question::Overwrite(job)) => self.save(Box::new(SaveJob { replace: true, ..*job })),
            _ => Vec::new(),
        }
    }

    /// One picture is written at a time; says so while one is.
    fn is_saving_a_picture(&mut self) -> bool {
        let busy = self.saving.is_some();
        if busy {
            self.notify(Kind::Remark, "A picture is being saved; try again when that is done.");
        }
        busy
    }

    fn save(&mut self, job: Box<SaveJob>) -> Vec<Effect> {
        self.saving = Some(job.clone());
        vec![Effect::Save(job)]
    }
}
