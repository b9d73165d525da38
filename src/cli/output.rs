//! Where a command reports its progress: standard error for people, standard output for programs.

use std::io::{IsTerminal, Write, stderr, stdout};

use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Value, json};

use super::stream::tell;

/// Where a command reports its progress.
pub(super) struct Output {
    json: bool,
    pub(super) human: HumanOutput,
}

/// The output for people, on standard error.
pub(super) enum HumanOutput {
    Quiet,
    Bar(ProgressBar),
    /// Some lines, because standard error is not a terminal.
    Lines,
}

impl Output {
    pub(super) fn new(json: bool, quiet: bool) -> Self {
        let human = match quiet {
            true => HumanOutput::Quiet,
            false if stderr().is_terminal() => HumanOutput::Bar(ProgressBar::hidden()),
            false => HumanOutput::Lines,
        };
        Self { json, human }
    }

    /// Shows a bar of this length, or tells people what begins.
    pub(super) fn begin(&mut self, what: &str, length: u64) {
        match &mut self.human {
            HumanOutput::Quiet => {}
            HumanOutput::Lines => tell(what),
            HumanOutput::Bar(bar) => {
                *bar = ProgressBar::new(length);
                let style = ProgressStyle::with_template("{bar:30} {percent:>3}%  {msg}");
                bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
            }
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

    /// Removes the bar and tells people how the command ended.
    pub(super) fn end(&self, sentence: &str) {
        self.clear();
        if !matches!(self.human, HumanOutput::Quiet) {
            tell(sentence);
        }
    }

    pub(super) fn failed(&self, error: &str) {
        self.line(&json!({"event": "failed", "error": error}));
        self.clear();
        tell(format_args!("error: {error}"));
    }

    /// Prints an event for programs.
    pub(super) fn line(&self, event: &Value) {
        if self.json {
            // The work continues even if standard output was closed.
            let _ = writeln!(stdout().lock(), "{event}");
        }
    }

    fn clear(&self) {
        if let HumanOutput::Bar(bar) = &self.human {
            bar.finish_and_clear();
        }
    }
}
