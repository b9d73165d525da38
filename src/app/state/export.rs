//! From the picture on the canvas to a file.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{Kind, Question, State};
use crate::app::action::{Effect, Purpose, SaveError, SaveJob, SavedFile};
use crate::app::wording;
use crate::picture::Picture;
use crate::picture::metadata::Metadata;
use crate::studio::Frame;

/// What is painted so far.
#[derive(Clone, Debug)]
pub struct Canvas {
    /// The pixels there are.
    pub shown: Shown,
    /// Width and height of the finished picture.
    pub size: (u32, u32),
    /// The photo it is painted from.
    pub photo: Arc<Picture>,
    /// What to call it, without an ending.
    pub name: String,
    /// The files it is painted from.
    pub inputs: Vec<PathBuf>,
    /// What a file of it says of how it was painted.
    pub metadata: Metadata,
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
        self.canvas.is_some() && self.saving.is_none()
    }

    pub(super) fn ask_where_to_export(&mut self) -> Vec<Effect> {
        if !self.can_export() {
            return Vec::new();
        }
        let Some(canvas) = self.canvas.clone() else { return Vec::new() };
        let suggestion = format!("{}.png", canvas.name);
        let effects = self.open_dialog(Purpose::Export, suggestion);
        if !effects.is_empty() {
            // What was seen when the button was pressed is what is saved.
            self.export = Some(canvas);
        }
        effects
    }

    pub(super) fn export_to(&mut self, chosen: &Path, canvas: Canvas) -> Vec<Effect> {
        let path = with_ending(chosen);
        // The dialog asked about the name that was typed, not about the one with an ending.
        let replace = path == chosen;
        let mut inputs = self.sources.paths();
        inputs.extend(canvas.inputs);
        self.save(SaveJob { path, shown: canvas.shown, metadata: canvas.metadata, inputs, replace })
    }

    pub(super) fn saved(&mut self, result: Result<SavedFile, SaveError>) -> Vec<Effect> {
        let job = self.saving.take();
        match result {
            Ok(file) => {
                let text = format!("Saved {} × {} pixels to {}", file.width, file.height, file.path.display());
                self.notify(Kind::Done, &text);
                if self.closing {
                    return vec![Effect::Close];
                }
            }
            Err(error) => {
                // The picture is not safe yet, so the window stays.
                self.closing = false;
                match (error, job) {
                    (SaveError::Exists(_), Some(job)) => self.question = Some(Question::Overwrite(job)),
                    (SaveError::Exists(path), None) => {
                        self.notify(Kind::Problem, &format!("A file is there already: {}", path.display()));
                    }
                    (SaveError::Refused(reason), _) => self.notify(Kind::Problem, &reason),
                }
            }
        }
        Vec::new()
    }

    pub(super) fn overwrite(&mut self) -> Vec<Effect> {
        match self.question.take() {
            Some(Question::Overwrite(job)) => self.save(SaveJob { replace: true, ..job }),
            other => {
                self.question = other;
                Vec::new()
            }
        }
    }

    fn save(&mut self, job: SaveJob) -> Vec<Effect> {
        self.saving = Some(job.clone());
        vec![Effect::Save(job)]
    }
}

/// A name without an ending is meant as PNG; any other ending is left for the encoder to judge.
fn with_ending(path: &Path) -> PathBuf {
    if wording::has_ending(path) {
        return path.to_path_buf();
    }
    let mut name = path.as_os_str().to_owned();
    name.push(".png");
    PathBuf::from(name)
}
