//! `impasto doctor`: the program's version, and what it finds on this machine.

use std::path::Path;
use std::process::ExitCode;

use super::exit::WRONG_INPUT;
use super::stream::{Printer, tell};
use crate::clip::{Ffmpeg, VideoCodec};
use crate::engine::device::{Processor, Processors, UnavailableDevice, gibibytes};
use crate::engine::instant;
use crate::engine::network::{self, Network};
use crate::engine::self_test::self_test;
use crate::studio::batch::BatchNeeds;
use crate::studio::{Method, Settings};

/// Runs `impasto doctor`: prints version, weights, devices, graphics adapters and folders. `adapters` are the adapters
/// that can draw the window; `None` in a build without the window. With a `side` it also says what painting square photos
/// with sides of so many pixels takes.
pub fn doctor(weights: Option<&Path>, side: Option<u32>, adapters: Option<Vec<String>>) -> ExitCode {
    let mut printer = Printer::default();
    printer.line(format_args!("Impasto {}", env!("CARGO_PKG_VERSION")));
    printer.line(format_args!("weights: VGG-16 (built in), sha256 {}", network::built_in_checksum()));
    printer.line(format_args!("weights: arbitrary style (built in), sha256 {}", instant::built_in_checksum()));
    if let Some(path) = weights {
        match Network::check(path) {
            Ok(name) => printer.line(format_args!("weights file: {name}: {}", path.display())),
            Err(error) => {
                tell(format_args!("error: {error}"));
                return ExitCode::from(WRONG_INPUT);
            }
        }
    }
    let Processors { found, unavailable } = Processors::detect();
    let mut first_good = None;
    for processor in &found {
        let result = description(processor);
        let (Ok(description) | Err(description)) = &result;
        printer.line(format_args!("device: {}: {description}", processor.choice()));
        first_good = first_good.or(result.is_ok().then_some(processor));
    }
    for UnavailableDevice { choice, reason, .. } in unavailable {
        printer.line(format_args!("device: {choice}: none; {reason}"));
    }
    if let Some(first) = first_good {
        printer.line(format_args!("device: auto takes the {} if it has enough memory, else the next", first.name()));
    }
    match adapters {
        None => printer.line(format_args!("window: not in this build")),
        Some(adapters) if adapters.is_empty() => {
            printer.line(format_args!("graphics adapter: none; the window cannot be drawn"));
        }
        Some(adapters) => adapters.iter().for_each(|adapter| printer.line(format_args!("graphics adapter: {adapter}"))),
    }
    printer.line(format_args!("clips: {}", clips()));
    if let Some(side) = side {
        if let Err(error) = (Settings { size: side, ..Settings::default() }).validate() {
            tell(format_args!("error: {error}"));
            return ExitCode::from(WRONG_INPUT);
        }
        for line in needs(side) {
            printer.line(line);
        }
    }
    if let Some(folders) = directories::ProjectDirs::from("", "", "Impasto") {
        printer.line(format_args!("configuration folder: {}", folders.config_dir().display()));
    }
    printer.line(format_args!("temporary folder: {}", std::env::temp_dir().display()));
    if let Some(pictures) = directories::UserDirs::new().and_then(|folders| folders.picture_dir().map(Path::to_owned)) {
        printer.line(format_args!("pictures folder: {}", pictures.display()));
    }
    printer.end()
}

/// What painting square photos of this side takes.
fn needs(side: u32) -> [String; 2] {
    let ways = [("in one pass", Method::Instant), ("by optimisation", Method::Optimise)];
    ways.map(|(way, method)| {
        let BatchNeeds { process, memory } = BatchNeeds::of(side, method);
        let process = process.div_ceil(1 << 20);
        let option = match memory {
            Some(bytes) => format!(" with --memory {}", bytes.div_ceil(1 << 20)),
            None => String::new(),
        };
        format!("photos of {side}x{side} pixels {way}: {process} MiB{option}, as many processors as --threads says")
    })
}

/// What clips can be read and written.
fn clips() -> String {
    let described = Ffmpeg::find(None).and_then(|ffmpeg| {
        let (version, encoders) = (ffmpeg.version()?, ffmpeg.encoders()?);
        let is_there = |codec: &VideoCodec| encoders.iter().any(|encoder| encoder == codec.encoder());
        let codecs = VideoCodec::ALL.into_iter().filter(is_there);
        let names: Vec<_> = codecs.map(VideoCodec::name).collect();
        Ok(format!("ffmpeg {version}, which encodes {}", names.join(", ")))
    });
    let films = described.unwrap_or_else(|error| format!("no films: {error}"));
    format!("{films}; GIF, APNG, WebP and numbered pictures without it")
}

/// Describes a processor.
///
/// # Errors
/// The description with the reason, if the processor cannot paint.
fn description(processor: &Processor) -> Result<String, String> {
    if processor.is_cpu() {
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        return Ok(format!("{threads} threads"));
    }
    let device = self_test(processor).map_err(|error| format!("{processor}, but {error}"))?;
    Ok(match processor.free_memory(&device) {
        Some(free) => format!("{processor}, {} of it free; its results match the CPU's", gibibytes(free)),
        None => format!("{processor}; its results match the CPU's"),
    })
}
