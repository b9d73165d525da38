//! Progress reports of painting: a progress bar or plain lines for people, JSON lines for programs.

use std::path::Path;
use std::time::Duration;

use serde_json::json;

use super::memory::peak_bytes;
use super::output::{HumanOutput, Output};
use super::stream::tell;
use crate::duration::{time_left, time_taken};
use crate::studio::Progress;

/// Reports the progress of a run.
pub(super) struct Report {
    output: Output,
    scales: Vec<(u32, u32)>,
    /// When painted rows were last reported, and when in a line for people.
    rows_reported: Option<Duration>,
    rows_told: Duration,
}

/// Minimum time between two reports of painted rows.
const ROWS_INTERVAL: Duration = Duration::from_millis(50);

/// Time between two lines about painted rows.
const LINES_INTERVAL: Duration = Duration::from_secs(10);

impl Report {
    pub(super) fn new(json: bool, quiet: bool) -> Self {
        Self { output: Output::new(json, quiet), scales: Vec::new(), rows_reported: None, rows_told: Duration::ZERO }
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

    /// A picture of this size that is painted row by row begins.
    pub(super) fn started_rows(&mut self, (width, height): (u32, u32), device: &str) {
        self.output.line(&json!({"event": "started", "device": device, "scales": [[width, height]], "iterations": 1}));
        self.output.begin(&format!("painting on the {device}"), u64::from(height));
    }

    /// So many rows are painted.
    pub(super) fn rows(&mut self, done: u64, of: u32, elapsed: Duration) {
        let is_soon = |last: Duration| elapsed.saturating_sub(last) < ROWS_INTERVAL;
        if self.rows_reported.is_some_and(is_soon) && done < u64::from(of) {
            return;
        }
        self.rows_reported = Some(elapsed);
        let seconds = elapsed.as_secs_f64();
        self.output.line(&json!({"event": "progress", "rows": done, "of": of, "seconds": seconds}));
        let left = time_left(elapsed.mul_f64((f64::from(of) - done as f64) / (done as f64).max(1.0)));
        match &self.output.human {
            HumanOutput::Bar(bar) => {
                bar.set_position(done);
                bar.set_message(left);
            }
            HumanOutput::Lines if elapsed.saturating_sub(self.rows_told) >= LINES_INTERVAL => {
                self.rows_told = elapsed;
                tell(format_args!("{done} of {of} rows are done, {left}"));
            }
            HumanOutput::Lines | HumanOutput::Quiet => {}
        }
    }

    pub(super) fn remark(&self, sentence: &str) {
        self.output.remark(sentence);
    }

    pub(super) fn finished(&mut self, output: &Path, (width, height): (u32, u32), elapsed: Duration) {
        self.output.line(&json!({
            "event": "finished", "output": output.to_string_lossy(), "width": width, "height": height,
            "seconds": elapsed.as_secs_f64(), "peak_bytes": peak_bytes(),
        }));
        let taken = time_taken(elapsed);
        self.output.end(&format!("painted {} ({width} x {height}) in {taken}", output.display()));
    }

    pub(super) fn failed(&mut self, error: &str) {
        self.output.failed(error);
    }
}
