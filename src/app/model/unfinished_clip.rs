//! A painting of a clip that the program did not finish, as the preferences hold it.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::clip::ClipJob;
use crate::picture::path::file_name;
use crate::studio::video::{ClipPart, VideoChoices};

/// A painting of a clip that the program did not finish. Settings, paintings and masks are in a project of their own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct UnfinishedClip {
    /// The clip.
    pub source: PathBuf,
    /// The file that was to be written; its painted frames are kept beside it.
    pub output: PathBuf,
    from: f64,
    to: Option<f64>,
    steadiness: f32,
    is_loop: bool,
}

impl UnfinishedClip {
    /// The painting of this job, until it ends.
    pub(in crate::app) fn of(job: &ClipJob) -> Self {
        let VideoChoices { steadiness, part: ClipPart { from, to }, is_loop } = job.choices;
        let (source, output) = (job.source.path().to_path_buf(), job.output.path.clone());
        Self { source, output, from, to, steadiness, is_loop }
    }

    /// What was painted of the clip, and how steady.
    pub(in crate::app) fn choices(&self) -> VideoChoices {
        let part = ClipPart { from: self.from, to: self.to };
        VideoChoices { steadiness: self.steadiness, part, is_loop: self.is_loop }
    }

    /// The name of the file that was to be written.
    pub fn name(&self) -> String {
        file_name(&self.output)
    }
}
