//! Progress reports of a batch: a progress bar or plain lines for people, JSON lines for programs.

use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::json;

use super::memory::peak_bytes;
use super::output::{HumanOutput, Output};
use super::stream::tell;
use crate::duration::{time_left, time_taken};
use crate::studio::batch::{BatchCount, BatchEnd, BatchEvent, ItemOutcome, ItemReport};

/// Time between two lines for people, where standard error is not a terminal.
const LINES_INTERVAL: Duration = Duration::from_secs(10);

/// Reports the progress of a batch.
pub(super) struct BatchReport {
    output: Output,
    begin: Instant,
    count: BatchCount,
    /// Remarks that were told: each photo may cause the same.
    remarks: Vec<String>,
    told: Duration,
}

impl BatchReport {
    pub(super) fn new(json: bool, quiet: bool) -> Self {
        let (output, begin) = (Output::new(json, quiet), Instant::now());
        Self { output, begin, count: BatchCount::default(), remarks: Vec::new(), told: Duration::ZERO }
    }

    pub(super) fn event(&mut self, event: BatchEvent) {
        self.count.count(&event);
        match event {
            BatchEvent::Started { items } => {
                self.output.line(&json!({"event": "started", "items": items}));
                self.output.begin(&format!("painting {items} pictures"), items as u64);
            }
            BatchEvent::On(device) => self.output.line(&json!({"event": "device", "device": device})),
            BatchEvent::Remark(sentence) if self.remarks.contains(&sentence) => {}
            BatchEvent::Remark(sentence) => {
                self.output.remark(&sentence);
                self.remarks.push(sentence);
            }
            BatchEvent::Item(item) => self.item(&item),
        }
    }

    fn item(&mut self, item: &ItemReport) {
        let ItemReport { content, style, output, outcome, was_changed, error, elapsed, .. } = item;
        self.output.line(&json!({
            "event": "item", "content": content, "style": style, "output": output, "outcome": outcome,
            "changed": was_changed, "error": error, "seconds": elapsed.as_secs_f64(),
        }));
        if *was_changed && *outcome == ItemOutcome::Painted {
            self.say(&format!("painted again, because its photo, painting or settings have changed: {output}"));
        }
        if let Some(error) = error {
            self.say(&format!("failed: {error}"));
        }
        let elapsed = self.begin.elapsed();
        let left = self.count.left(elapsed).map_or_else(String::new, |left| format!(", {}", time_left(left)));
        let BatchCount { items, done, .. } = self.count;
        match &self.output.human {
            HumanOutput::Bar(bar) => {
                bar.set_position(done as u64);
                bar.set_message(format!("{done} of {items}{left}"));
            }
            HumanOutput::Lines if elapsed.saturating_sub(self.told) >= LINES_INTERVAL => {
                self.told = elapsed;
                tell(format_args!("{done} of {items} are done{left}"));
            }
            HumanOutput::Lines | HumanOutput::Quiet => {}
        }
    }

    /// Tells people, without an event for programs, which have one already.
    fn say(&self, sentence: &str) {
        match &self.output.human {
            HumanOutput::Quiet => {}
            HumanOutput::Lines => tell(sentence),
            HumanOutput::Bar(bar) => bar.suspend(|| tell(sentence)),
        }
    }

    pub(super) fn finished(&mut self, folder: &Path, end: BatchEnd) {
        let BatchEnd { painted, skipped, failed, is_stopped } = end;
        self.output.line(&json!({
            "event": "finished", "output": folder.to_string_lossy(), "painted": painted, "skipped": skipped,
            "failed": failed, "stopped": is_stopped, "seconds": self.begin.elapsed().as_secs_f64(),
            "peak_bytes": peak_bytes(),
        }));
        let counts = [(painted, "painted"), (skipped, "there already"), (failed, "failed")];
        let counts = counts.iter().filter(|(count, what)| *count > 0 || *what == "painted");
        let counts = counts.map(|(count, what)| format!("{count} {what}")).collect::<Vec<_>>().join(", ");
        let taken = time_taken(self.begin.elapsed());
        let rest = if is_stopped { "; the same command goes on" } else { "" };
        self.output.end(&format!("{}: {counts} in {taken}{rest}", folder.display()));
    }

    pub(super) fn failed(&mut self, error: &str) {
        self.output.failed(error);
    }
}
