//! Progress reports of painting: a progress bar or plain lines for people, JSON lines for programs.

use std::path::Path;

use serde_json::json;

use super::memory::peak_bytes;
use super::output::{HumanOutput, Output};
use super::stream::tell;
use crate::duration::{time_left, time_taken};
use crate::studio::{PaintedPicture, Progress};

/// Reports the progress of a run.
pub(super) struct Report {
    output: Output,
    scales: Vec<(u32, u32)>,
}

impl Report {
    pub(super) fn new(json: bool, quiet: bool) -> Self {
        Self { output: Output::new(json, quiet), scales: Vec::new() }
    }

    pub(super) fn started(&mut self, scales: &[(u32, u32)], iterations: u32, device: &str) {
        self.scales = scales.to_vec();
        self.output.line(&json!({"event": "started", "device": device, "scales": scales, "iterations": iterations}));
        self.output.begin(&format!("painting on the {device}"), u64::from(iterations));
    }

    pub(super) fn progress(&mut self, progress: &Progress) {
        let losses = progress.losses;
        self.output.line(&json!({
            "event": "progress", "scale": progress.scale, "iteration": progress.iteration, "of": progress.of,
            "content": losses.content, "style": losses.style, "smoothness": losses.smoothness,
            "loss": losses.total(), "seconds": progress.elapsed.as_secs_f64(),
        }));
        let (width, height) = self.scales.get(progress.scale).copied().unwrap_or_default();
        let left = time_left(progress.remaining);
        match &self.output.human {
            HumanOutput::Bar(bar) => {
                bar.set_position(u64::from(progress.done));
                bar.set_message(format!("{width} x {height}, {left}"));
            }
            HumanOutput::Lines if progress.iteration == progress.of => {
                let (number, count) = (progress.scale + 1, self.scales.len());
                tell(format_args!("scale {number} of {count} ({width} x {height}) is done, {left}"));
            }
            HumanOutput::Lines | HumanOutput::Quiet => {}
        }
    }

    pub(super) fn remark(&self, sentence: &str) {
        self.output.remark(sentence);
    }

    pub(super) fn finished(&mut self, output: &Path, painted: &PaintedPicture) {
        let (width, height) = (painted.picture.width(), painted.picture.height());
        self.output.line(&json!({
            "event": "finished", "output": output.to_string_lossy(), "width": width, "height": height,
            "seconds": painted.elapsed.as_secs_f64(), "peak_bytes": peak_bytes(),
        }));
        let taken = time_taken(painted.elapsed);
        self.output.end(&format!("painted {} ({width} x {height}) in {taken}", output.display()));
    }

    pub(super) fn failed(&mut self, error: &str) {
        self.output.failed(error);
    }
}
