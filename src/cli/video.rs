//! `impasto video`: paints a clip in the style of paintings.

use std::path::Path;
use std::process::ExitCode;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use super::arguments::Video;
use super::exit::{FAILED, INTERRUPTED, WRONG_INPUT};
use super::failure::{Failure, refuse_same_file};
use super::interrupt::Interrupts;
use super::source::{SourcePicture, clip_metadata, in_file, named_styles, read_styles, styles_of_recipe};
use super::video_report::VideoReport;
use crate::clip::{ClipError, ClipFormat, ClipSource, ClipTarget, Sidecar};
use crate::engine::balance::Balance;
use crate::engine::control::Control;
use crate::engine::error::EngineError;
use crate::lock::lock;
use crate::picture::encode::{Existing, Export, check_place};
use crate::picture::metadata::{Metadata, Provenance};
use crate::picture::path::file_name;
use crate::studio::network_loader;
use crate::studio::video::{ClipPart, VideoChoices, VideoEnd, VideoError, VideoOrder, VideoPlace, paint_clip};

/// How often to check for Ctrl+C.
const POLL: Duration = Duration::from_millis(20);

/// Runs `impasto video`.
pub fn video(arguments: &Video) -> ExitCode {
    let painting = &arguments.painting;
    let mut report = VideoReport::new(painting.json, painting.quiet);
    match run(arguments, &mut report) {
        Ok(code) => ExitCode::from(code),
        Err(Failure(code, sentence)) => {
            report.failed(&sentence);
            ExitCode::from(code)
        }
    }
}

fn run(arguments: &Video, report: &mut VideoReport) -> Result<u8, Failure> {
    let painting = &arguments.painting;
    let output = &painting.output;
    let format = ClipFormat::of(output, arguments.codec.map(Into::into)).map_err(Failure::wrong_input)?;
    refuse_same_file(&arguments.input, output)?;
    let has_kept_frames = VideoPlace::has_kept_frames(output);
    if arguments.resume && output.exists() && !has_kept_frames {
        report.remark(&format!("the clip is there already and stays as it is: {}", output.display()));
        return Ok(0);
    }
    // With frames beside it, an existing clip is what an interrupted painting has left.
    let existing = if painting.overwrite || has_kept_frames { Existing::Replace } else { Existing::Refuse };
    check_output(output, format, existing)?;
    painting.check_means()?;
    let limit = painting.time_limit()?;
    let source = ClipSource::open(&arguments.input, arguments.ffmpeg.as_deref(), arguments.rate)?;
    let (is_coded, names) = (source.is_coded(), source.names());
    source.files().iter().try_for_each(|file| refuse_same_folder(file, output))?;
    let (order, provenance) = order(arguments, Arc::new(source))?;
    for sentence in order.losses(format, output) {
        report.remark(sentence);
    }
    let part = order.part();
    let sidecar = Sidecar { path: arguments.input.clone(), from: part.from, to: part.to };
    let target = ClipTarget {
        ffmpeg_folder: arguments.ffmpeg.clone(),
        sidecar: is_coded.then_some(sidecar),
        tags: provenance.as_ref().map(Provenance::tags).unwrap_or_default(),
        xmp: provenance.as_ref().map(Provenance::packet),
        names,
        ..ClipTarget::new(output, format, &order.painted_info())
    };
    let metadata = Metadata { provenance, exif: None };
    let target = ClipTarget { export: Export { metadata, sixteen_bit: false, ..target.export.clone() }, ..target };
    let place = VideoPlace { target, existing, may_discard: painting.overwrite };
    report.expect(order.size(), order.frames());
    let (end, stop) = paint(&order, &place, limit, arguments, report)?;
    report.finished(output, end);
    Ok(if end.is_stopped && stop == Stop::Interrupt { INTERRUPTED } else { 0 })
}

/// Checks that the output can be written.
fn check_output(output: &Path, format: ClipFormat, existing: Existing) -> Result<(), Failure> {
    if !format.is_sequence() {
        return check_place(output, existing).map_err(Failure::wrong_input);
    }
    let is_taken = output.read_dir().is_ok_and(|mut files| files.next().is_some());
    if is_taken && existing == Existing::Refuse {
        return Err(Failure::wrong_input(format!(
            "the folder is not empty; choose another, or allow overwriting: {}",
            output.display()
        )));
    }
    Ok(())
}

/// Reads the pictures and the first frame, so that an unusable one is reported before anything is computed.
fn order(arguments: &Video, source: Arc<ClipSource>) -> Result<(VideoOrder, Option<Provenance>), Failure> {
    let Video { painting, photo, .. } = arguments;
    let styles = read_styles(&named_styles(painting, Vec::new())?)?;
    let protect = photo.protect.as_deref().map(|mask| SourcePicture::from(&in_file(mask), "--protect")).transpose()?;
    let (width, height) = source.info().size;
    let settings = arguments.settings(width.max(height));
    let part = ClipPart { from: arguments.from.unwrap_or(0.0), to: arguments.to };
    // Animated pictures begin again after their end.
    let is_loop = arguments.is_loop.unwrap_or(source.info().plays.is_some_and(|plays| plays != 1) && part.is_whole());
    let choices = VideoChoices { steadiness: arguments.steadiness, part, is_loop };
    let pictures = (styles_of_recipe(&styles), protect.as_ref().map(|mask| Arc::clone(&mask.picture)));
    let order = VideoOrder::new(source, pictures, &settings, choices, painting.hardware())?;
    let metadata =
        clip_metadata(file_name(&arguments.input), (&styles, protect.as_ref()), painting.metadata, &settings);
    Ok((order, metadata.provenance))
}

/// Refuses to write pictures into the folder of those that are read, whose names they may have.
fn refuse_same_folder(input: &Path, output: &Path) -> Result<(), Failure> {
    let folder = |path: &Path| path.parent().and_then(|folder| folder.canonicalize().ok());
    let written = if output.is_dir() { output.canonicalize().ok() } else { folder(output) };
    let is_same = output.is_dir() || output.file_name().is_some_and(|name| name.to_string_lossy().contains(['%', '#']));
    if is_same && folder(input).is_some() && folder(input) == written {
        return Err(Failure::wrong_input(format!(
            "the output is the folder of the pictures to read; choose another: {}",
            output.display()
        )));
    }
    Ok(())
}

/// What stopped the painting.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stop {
    Interrupt,
    TimeLimit,
}

fn paint(
    order: &VideoOrder,
    place: &VideoPlace,
    limit: Option<Duration>,
    Video { painting, .. }: &Video,
    report: &mut VideoReport,
) -> Result<(VideoEnd, Stop), Failure> {
    let interrupts = Interrupts::watch()?;
    let control = Control::new(Balance::default());
    let (begin, shared) = (Instant::now(), Mutex::new(report));
    let (end, stop) = thread::scope(|scope| {
        // Dropped at the end, which ends the watching thread.
        let (painting_ends, ended) = mpsc::channel::<()>();
        let watcher = scope.spawn(|| {
            let ended = ended;
            while ended.recv_timeout(POLL) == Err(RecvTimeoutError::Timeout) {
                if interrupts.any() {
                    control.stop();
                    return Stop::Interrupt;
                }
                if limit.is_some_and(|limit| begin.elapsed() >= limit) {
                    control.stop();
                    return Stop::TimeLimit;
                }
            }
            Stop::Interrupt
        });
        let loader = network_loader(painting.weights.clone());
        let end = paint_clip(order, place, loader, &control, &|event| lock(&shared).event(&event));
        drop(painting_ends);
        (end, watcher.join().unwrap_or(Stop::Interrupt))
    });
    match end {
        Err(VideoError::Engine(EngineError::Stopped)) => Err(EngineError::Stopped.into()),
        Ok(end) if end.is_stopped && end.frames == 0 => Err(EngineError::Stopped.into()),
        end => Ok((end?, stop)),
    }
}

impl From<VideoError> for Failure {
    fn from(error: VideoError) -> Self {
        match error {
            VideoError::Clip(error) => error.into(),
            VideoError::Picture(error) => error.into(),
            VideoError::Engine(error) => error.into(),
            VideoError::WorkFolder { .. } => Self(FAILED, error.to_string()),
            error => Self::wrong_input(error),
        }
    }
}

impl From<ClipError> for Failure {
    fn from(error: ClipError) -> Self {
        Self(if error.is_wrong_input() { WRONG_INPUT } else { FAILED }, error.to_string())
    }
}
