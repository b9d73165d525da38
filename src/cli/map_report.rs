//! Progress reports of a style map: a progress bar or plain lines for people, JSON lines for programs.

use std::path::Path;
use std::time::Instant;

use serde_json::json;

use super::memory::peak_bytes;
use super::output::{HumanOutput, Output};
use super::stream::tell;
use crate::duration::time_taken;
use crate::picture::style_map::{MapMethod, StyleMap};
use crate::studio::map::MapEvent;

/// Steps of the training between two events for programs.
const STEPS_INTERVAL: usize = 100;

/// Reports the progress of a style map.
pub(super) struct MapReport {
    output: Output,
    begin: Instant,
    left_out: usize,
}

impl MapReport {
    pub(super) fn new(json: bool, quiet: bool) -> Self {
        Self { output: Output::new(json, quiet), begin: Instant::now(), left_out: 0 }
    }

    pub(super) fn started(&mut self, paintings: usize) {
        self.output.line(&json!({"event": "started", "paintings": paintings}));
        let work = match paintings {
            0 => "changing the map".to_owned(),
            1 => "looking at a painting".to_owned(),
            _ => format!("looking at {paintings} paintings"),
        };
        self.output.begin(&work, paintings as u64);
    }

    pub(super) fn event(&mut self, event: MapEvent) {
        match event {
            MapEvent::Described { number, of } => {
                self.output.line(&json!({"event": "progress", "painting": number, "of": of}));
                if let HumanOutput::Bar(bar) = &self.output.human {
                    bar.set_position(number as u64);
                    bar.set_message(format!("{number} of {of}"));
                }
            }
            MapEvent::LeftOut(sentence) => {
                self.left_out += 1;
                self.output.line(&json!({"event": "left_out", "error": sentence}));
                let sentence = format!("left out: {sentence}");
                match &self.output.human {
                    HumanOutput::Quiet => {}
                    HumanOutput::Lines => tell(&sentence),
                    HumanOutput::Bar(bar) => bar.suspend(|| tell(&sentence)),
                }
            }
            MapEvent::Learning { step, of } if step % STEPS_INTERVAL == 0 || step == of => {
                self.output.line(&json!({"event": "progress", "step": step, "of": of}));
                if let HumanOutput::Bar(bar) = &self.output.human {
                    bar.set_message(format!("learning the plane, step {step} of {of}"));
                }
            }
            MapEvent::Learning { .. } => {}
            MapEvent::Remark(sentence) => self.output.remark(&sentence),
        }
    }

    pub(super) fn finished(&mut self, path: &Path, map: &StyleMap) {
        let (record, count) = (&map.record, map.paintings.len());
        let places = map.paintings.iter().map(|painting| json!({"name": painting.name, "place": painting.place}));
        self.output.line(&json!({
            "event": "finished", "output": path.to_string_lossy(), "paintings": places.collect::<Vec<_>>(),
            "left_out": self.left_out, "method": record.method, "evidence": record.evidence,
            "explained": record.explained, "trustworthiness": record.trustworthiness,
            "seconds": self.begin.elapsed().as_secs_f64(), "peak_bytes": peak_bytes(),
        }));
        let method = match record.method {
            MapMethod::Autoencoder => "an autoencoder",
            MapMethod::Components => "principal components",
        };
        let mut words = format!(
            "{}: {count} paintings, laid out by {method} in {}; {:.0} % of their variance is on the plane",
            path.display(),
            time_taken(self.begin.elapsed()),
            100.0 * record.explained
        );
        if let Some(evidence) = record.evidence {
            words = format!("{words}, evidence lower bound {evidence:.1} nats");
        }
        if let Some(trust) = record.trustworthiness {
            words = format!("{words}, trustworthiness of neighbours {trust:.2}");
        }
        self.output.end(&words);
    }

    pub(super) fn failed(&mut self, error: &str) {
        self.output.failed(error);
    }
}
