//! Progress reports of painting a clip: a progress bar or plain lines for people, JSON lines for programs.

use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::json;

use super::memory::peak_bytes;
use super::output::{HumanOutput, Output};
use super::stream::tell;
use crate::duration::{time_left, time_taken};
use crate::studio::video::{FramePace, VideoEnd, VideoEvent};

/// Time between two lines for people, where standard error is not a terminal.
const LINES_INTERVAL: Duration = Duration::from_secs(10);

/// Reports the progress of painting a clip.
pub(super) struct VideoReport {
    output: Output,
    begin: Instant,
    size: (u32, u32),
    frames: Option<u64>,
    pace: FramePace,
    told: Duration,
}

impl VideoReport {
    pub(super) fn new(json: bool, quiet: bool) -> Self {
        let (output, begin) = (Output::new(json, quiet), Instant::now());
        Self { output, begin, size: (0, 0), frames: None, pace: FramePace::default(), told: Duration::ZERO }
    }

    /// The frames have this size, and there are about so many.
    pub(super) fn expect(&mut self, size: (u32, u32), frames: Option<u64>) {
        (self.size, self.frames) = (size, frames);
    }

    pub(super) fn event(&mut self, event: &VideoEvent) {
        match event {
            VideoEvent::Started { device, before } => self.started(device, *before),
            VideoEvent::Remark(sentence) => self.remark(sentence),
            VideoEvent::Painted(frame) if frame.is_new => self.painted(frame.number),
            // `before` says how many frames were painted already and are only written again.
            VideoEvent::MovedTo(_) | VideoEvent::Painted(_) => {}
        }
    }

    fn started(&mut self, device: &str, before: u64) {
        let (width, height) = self.size;
        self.output.line(&json!({
            "event": "started", "device": device, "scales": [[width, height]], "frames": self.frames, "before": before,
        }));
        let begin = match before {
            0 => format!("painting on the {device}"),
            _ => format!("painting goes on after frame {before} on the {device}"),
        };
        self.output.begin(&begin, self.frames.unwrap_or(0));
    }

    fn painted(&mut self, number: u64) {
        let elapsed = self.begin.elapsed();
        let of = self.frames.map(|frames| frames.max(number));
        self.output.line(&json!({
            "event": "progress", "frame": number, "of": of, "seconds": elapsed.as_secs_f64(),
        }));
        let left = self.pace.left((number, true), of, elapsed);
        let left = left.map_or_else(String::new, |left| format!(", {}", time_left(left)));
        let count = of.map_or_else(|| number.to_string(), |of| format!("{number} of {of}"));
        match &self.output.human {
            HumanOutput::Bar(bar) => {
                bar.set_length(of.unwrap_or(number));
                bar.set_position(number);
                bar.set_message(format!("frame {count}{left}"));
            }
            HumanOutput::Lines if elapsed.saturating_sub(self.told) >= LINES_INTERVAL => {
                self.told = elapsed;
                tell(format_args!("frame {count} is painted{left}"));
            }
            HumanOutput::Lines | HumanOutput::Quiet => {}
        }
    }

    pub(super) fn remark(&self, sentence: &str) {
        self.output.remark(sentence);
    }

    pub(super) fn finished(&mut self, output: &Path, end: VideoEnd) {
        let (taken, (width, height)) = (time_taken(self.begin.elapsed()), self.size);
        let (path, frames) = (output.display(), end.frames);
        let sentence = if end.is_stopped {
            format!("kept {frames} frames in {path} after {taken}; the same command goes on")
        } else {
            format!("painted {path} ({width} x {height}, {frames} frames) in {taken}")
        };
        self.output.line(&json!({
            "event": "finished", "output": output.to_string_lossy(), "width": width, "height": height,
            "frames": frames, "stopped": end.is_stopped, "seconds": self.begin.elapsed().as_secs_f64(), "peak_bytes": peak_bytes(),
        }));
        self.output.end(&sentence);
    }

    pub(super) fn failed(&mut self, error: &str) {
        self.output.failed(error);
    }
}
