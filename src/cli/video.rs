//! `impasto video`: paints a clip in the style of paintings.

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
use crate::clip::{ClipError, ClipSource};
use crate::engine::balance::Balance;
use crate::engine::control::Control;
use crate::engine::error::EngineError;
use crate::lock::lock;
use crate::picture::metadata::Provenance;
use crate::picture::path::file_name;
use crate::studio::network_loader;
use crate::studio::video::{
    ClipPart, VideoChoices, VideoEnd, VideoError, VideoOrder, VideoOutput, VideoPlace, paint_clip,
};

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
    let output = VideoOutput {
        path: painting.output.clone(),
        codec: arguments.codec.map(Into::into),
        ffmpeg_folder: arguments.ffmpeg.clone(),
        may_replace: painting.overwrite,
    };
    refuse_same_file(&arguments.input, &output.path)?;
    let format = output.format().map_err(Failure::wrong_input)?;
    if arguments.resume && output.path.exists() && !VideoPlace::has_kept_frames(&output.path) {
        report.remark(&format!("the clip is there already and stays as it is: {}", output.path.display()));
        return Ok(0);
    }
    output.check().map_err(Failure::wrong_input)?;
    painting.check_means()?;
    let limit = painting.time_limit()?;
    let source = ClipSource::open(&arguments.input, arguments.ffmpeg.as_deref(), arguments.rate)?;
    output.check_against(&source)?;
    let (order, provenance) = order(arguments, Arc::new(source))?;
    for sentence in order.losses(format, &output.path) {
        report.remark(sentence);
    }
    let place = VideoPlace::new(&order, &output, provenance)?;
    report.expect(order.size(), order.frames());
    let (end, stop) = paint(&order, &place, limit, arguments, report)?;
    report.finished(&output.path, end);
    Ok(if end.is_stopped && stop == Stop::Interrupt { INTERRUPTED } else { 0 })
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
