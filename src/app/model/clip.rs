//! A clip as the photo: the frame that is shown, what is painted of it, and the painting in progress.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::canvas::{Canvas, CanvasImage};
use super::card::Request;
use super::run::RunInputs;
use crate::clip::ClipSource;
use crate::picture::metadata::Disclosure;
use crate::picture::path::file_name;
use crate::studio::video::{ClipPart, VideoChoices, VideoOutput, VideoProgress};
use crate::studio::{Method, Recipe};

/// The clip that is the photo, and how it is to be painted.
#[derive(Clone, Debug)]
pub struct OpenClip {
    /// The clip.
    pub source: Arc<ClipSource>,
    /// The time to show, in seconds from the first frame.
    pub time: f64,
    /// What to paint of it, and how steady.
    pub choices: VideoChoices,
    /// How to paint its frames.
    pub method: Method,
    /// The frame that is being read, and its time.
    pub(in crate::app) reading: Option<(Request, f64)>,
}

impl OpenClip {
    /// A clip of which the frame at `time` is shown.
    pub(in crate::app) fn new(source: Arc<ClipSource>, time: f64) -> Self {
        let is_loop = source.info().repeats();
        let choices = VideoChoices { is_loop, ..VideoChoices::default() };
        Self { source, time, choices, method: Method::Instant, reading: None }
    }

    /// The time of the frame that is being read to be shown.
    pub fn reading_time(&self) -> Option<f64> {
        self.reading.map(|(_, time)| time)
    }

    /// How long it lasts in seconds, where the file says it.
    pub fn duration(&self) -> Option<f64> {
        self.source.info().duration.filter(|duration| *duration > 0.0)
    }

    /// The end of the part to paint, in seconds.
    pub fn end(&self) -> Option<f64> {
        self.choices.part.to.or(self.duration())
    }

    /// Sets when the part to paint begins; an end before it is forgotten.
    pub(in crate::app) fn begin_at(&mut self, seconds: f64) {
        let from = self.within(seconds);
        let to = self.choices.part.to.filter(|to| *to > from);
        self.choices.part = ClipPart { from, to };
    }

    /// Sets when the part to paint ends; a beginning after it is forgotten. At the end of the clip there is no limit.
    pub(in crate::app) fn end_at(&mut self, seconds: f64) {
        let to = self.within(seconds);
        let is_end = to <= 0.0 || self.duration().is_some_and(|duration| to + 1e-3 >= duration);
        let from = if self.choices.part.from < to { self.choices.part.from } else { 0.0 };
        self.choices.part = ClipPart { from, to: (!is_end).then_some(to) };
    }

    /// A time within the clip, in whole milliseconds, which stay the same when they are stored.
    pub(in crate::app) fn within(&self, seconds: f64) -> f64 {
        (seconds.clamp(0.0, self.duration().unwrap_or(f64::MAX)) * 1000.0).round() / 1000.0
    }
}

/// A clip to paint.
#[derive(Clone, Debug)]
pub struct ClipJob {
    /// The clip.
    pub source: Arc<ClipSource>,
    /// The settings, the paintings and the masks, with the frame that was shown.
    pub recipe: Box<Recipe>,
    /// What the window remembers of these.
    pub inputs: RunInputs,
    /// What to paint of it, and how steady.
    pub choices: VideoChoices,
    /// Where it goes.
    pub output: VideoOutput,
    /// How much metadata the file contains.
    pub disclosure: Disclosure,
}

/// The clip that is being painted.
#[derive(Clone, Debug)]
pub struct ClipPainting {
    /// The file that is written.
    pub output: PathBuf,
    /// The clip that is painted.
    pub source: PathBuf,
    /// The processor's name, once painting has begun.
    pub device: Option<String>,
    /// The number of the latest frame; 0 before the first.
    pub frame: u64,
    /// Frames in all, where the clip says it.
    pub of: Option<u64>,
    /// Estimated time left, once it is known.
    pub remaining: Option<Duration>,
    /// The latest painted frame.
    pub canvas: Option<Canvas>,
    /// Whether the user paused it.
    pub is_paused: bool,
    /// Whether it is being stopped.
    pub is_stopping: bool,
    inputs: RunInputs,
}

impl ClipPainting {
    /// Before its first frame.
    pub(in crate::app) fn new(job: &ClipJob) -> Self {
        Self {
            output: job.output.path.clone(),
            source: job.source.path().to_path_buf(),
            device: None,
            frame: 0,
            of: None,
            remaining: None,
            canvas: None,
            is_paused: false,
            is_stopping: false,
            inputs: job.inputs.clone(),
        }
    }

    /// The name of the file that is written.
    pub fn name(&self) -> String {
        file_name(&self.output)
    }

    /// Takes a painted frame.
    pub(in crate::app) fn advance(&mut self, progress: VideoProgress) {
        let VideoProgress { frame, of, remaining } = progress;
        (self.frame, self.of, self.remaining) = (frame.number, of, remaining);
        let size = (frame.picture.width(), frame.picture.height());
        // No scale of a still picture was painted, so Continue paints all of them.
        self.canvas = self.inputs.canvas(CanvasImage::Picture(frame.picture), size, 0);
    }

    /// The painted share, from 0 to 1.
    pub fn fraction(&self) -> f32 {
        self.of.map_or(0.0, |of| (self.frame as f32 / of.max(1) as f32).min(1.0))
    }
}
