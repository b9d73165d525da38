//! Progress reports: a progress bar or plain lines for people, JSON lines for programs.

use std::io::{IsTerminal, Write, stderr, stdout};
use std::path::Path;

use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Value, json};

use super::memory::peak_bytes;
use super::stream::tell;
use crate::duration::{time_left, time_taken};
use crate::studio::{PaintedPicture, Progress};

/// Reports the progress of a run.
pub(super) struct Report {
    json: bool,
    human: HumanOutput,
    scales: Vec<(u32, u32)>,
}

/// The output for people, on standard error.
enum HumanOutput {
    Quiet,
    Bar(ProgressBar),
    /// A line for each scale, because standard error is not a terminal.
    Lines,
}

impl Report {
    pub(super) fn new(json: bool, quiet: bool) -> Self {
        let human = match quiet {
            true => HumanOutput::Quiet,
            false if stderr().is_terminal() => HumanOutput::Bar(ProgressBar::hidden()),
            false => HumanOutput::Lines,
        };
        Self { json, human, scales: Vec::new() }
    }

    pub(super) fn started(&mut self, scales: &[(u32, u32)], iterations: u32, device: &str) {
        self.scales = scales.to_vec();
        self.line(&json!({"event": "started", "device": device, "scales": scales, "iterations": iterations}));
        match &mut self.human {
            HumanOutput::Quiet => {}
            HumanOutput::Lines => tell(format_args!("painting on the {device}")),
            HumanOutput::Bar(bar) => {
                *bar = ProgressBar::new(u64::from(iterations));
                let style = ProgressStyle::with_template("{bar:30} {percent:>3}%  {msg}");
                bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
            }
        }
    }

    pub(super) fn progress(&mut self, progress: &Progress) {
        let losses = progress.losses;
        self.line(&json!({
            "event": "progress", "scale": progress.scale, "iteration": progress.iteration, "of": progress.of,
            "content": losses.content, "style": losses.style, "smoothness": losses.smoothness,
            "loss": losses.total(), "seconds": progress.elapsed.as_secs_f64(),
        }));
        let (width, height) = self.scales.get(progress.scale).copied().unwrap_or_default();
        let left = time_left(progress.remaining);
        match &self.human {
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
        self.line(&json!({"event": "remark", "text": sentence}));
        match &self.human {
            HumanOutput::Quiet => {}
            HumanOutput::Lines => tell(format_args!("note: {sentence}")),
            HumanOutput::Bar(bar) => bar.suspend(|| tell(format_args!("note: {sentence}"))),
        }
    }

    pub(super) fn finished(&mut self, output: &Path, painted: &PaintedPicture) {
        let (width, height) = (painted.picture.width(), painted.picture.height());
        self.line(&json!({
            "event": "finished", "output": output.to_string_lossy(), "width": width, "height": height,
            "seconds": painted.elapsed.as_secs_f64(), "peak_bytes": peak_bytes(),
        }));
        self.clear();
        if !matches!(self.human, HumanOutput::Quiet) {
            tell(format_args!("painted {} ({width} x {height}) in {}", output.display(), time_taken(painted.elapsed)));
        }
    }

    pub(super) fn failed(&mut self, error: &str) {
        self.line(&json!({"event": "failed", "error": error}));
        self.clear();
        tell(format_args!("error: {error}"));
    }

    fn clear(&self) {
        if let HumanOutput::Bar(bar) = &self.human {
            bar.finish_and_clear();
        }
    }

    fn line(&self, event: &Value) {
        if self.json {
            // Painting continues even if standard output was closed.
            let _ = writeln!(stdout().lock(), "{event}");
        }
    }
}
