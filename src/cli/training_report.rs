//! Progress reports of a training: a progress bar or plain lines for people, JSON lines for programs.

use std::path::Path;

use serde_json::json;

use super::memory::peak_bytes;
use super::output::{HumanOutput, Output};
use super::stream::tell;
use crate::duration::{time_left, time_taken};
use crate::studio::training::{TrainingEnd, TrainingProgress};

/// How many lines tell people about the progress where standard error is not a terminal.
const LINES: u64 = 10;

/// Reports the progress of a training.
pub(super) struct TrainingReport {
    output: Output,
    /// Tenths of the training that were told.
    told: u64,
}

impl TrainingReport {
    pub(super) fn new(json: bool, quiet: bool) -> Self {
        Self { output: Output::new(json, quiet), told: 0 }
    }

    pub(super) fn started(&mut self, device: &str, before: u64) {
        self.output.line(&json!({"event": "started", "device": device, "before": before}));
        let begin = match before {
            0 => format!("training on the {device}"),
            _ => format!("training goes on after step {before} on the {device}"),
        };
        self.output.begin(&begin, 0);
    }

    pub(super) fn progress(&mut self, progress: &TrainingProgress) {
        let TrainingProgress { step, of, style, content, elapsed, remaining } = *progress;
        self.output.line(&json!({
            "event": "progress", "step": step, "of": of, "style": style, "content": content,
            "seconds": elapsed.as_secs_f64(),
        }));
        let left = time_left(remaining);
        match &self.output.human {
            HumanOutput::Bar(bar) => {
                bar.set_length(of);
                bar.set_position(step);
                bar.set_message(format!("step {step} of {of}, style loss {style:.4}, {left}"));
            }
            HumanOutput::Lines if step * LINES / of.max(1) > self.told => {
                self.told = step * LINES / of.max(1);
                tell(format_args!("step {step} of {of}, style loss {style:.4}, {left}"));
            }
            HumanOutput::Lines | HumanOutput::Quiet => {}
        }
    }

    pub(super) fn remark(&self, sentence: &str) {
        self.output.remark(sentence);
    }

    pub(super) fn finished(&mut self, output: &Path, end: &TrainingEnd) {
        self.ended(output, end, &format!("trained {} with {}", output.display(), steps_and_time(end)));
    }

    /// The training was stopped, and what was learned is kept.
    pub(super) fn interrupted(&mut self, output: &Path, end: &TrainingEnd) {
        let (path, so_far) = (output.display(), steps_and_time(end));
        self.ended(output, end, &format!("kept {path} after {so_far}; the same command goes on"));
    }

    fn ended(&mut self, output: &Path, TrainingEnd { steps, elapsed }: &TrainingEnd, sentence: &str) {
        self.output.line(&json!({
            "event": "finished", "output": output.to_string_lossy(), "steps": steps,
            "seconds": elapsed.as_secs_f64(), "peak_bytes": peak_bytes(),
        }));
        self.output.end(sentence);
    }

    pub(super) fn failed(&mut self, error: &str) {
        self.output.failed(error);
    }
}

fn steps_and_time(TrainingEnd { steps, elapsed }: &TrainingEnd) -> String {
    format!("{steps} steps in {}", time_taken(*elapsed))
}
