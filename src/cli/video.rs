//! `impasto video`: paints a clip in the style of paintings.

use std::process::ExitCode;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::arguments::Video;
use super::exit::{FAILED, INTERRUPTED, WRONG_INPUT};
use super::failure::{Failure, exit_code};
use super::interrupt::{Interrupts, StopCause};
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

/// Runs `impasto video`.
pub fn video(arguments: &Video) -> ExitCode {
    let painting = &arguments.painting;
    let mut report = VideoReport::new(painting.json, painting.quiet);
    let result = run(arguments, &mut report);
    exit_code(result, |sentence| report.failed(sentence))
}

fn run(arguments: &Video, report: &mut VideoReport) -> Result<u8, Failure> {
    let painting = &arguments.painting;
    let output = VideoOutput {
        path: painting.output.clone(),
        codec: arguments.codec.map(Into::into),
        ffmpeg_folder: arguments.ffmpeg.clone(),
        may_replace: painting.overwrite,
    };
    let format = output.format().map_err(Failure::wrong_input)?;
    if arguments.resume && output.path.exists() && !VideoPlace::has_kept_frames(&output.path) {
        report.remark(&format!("the clip is there already and stays as it is: {}", output.path.display()));
        return Ok(0);
    }
    output.check(&arguments.input).map_err(Failure::wrong_input)?;
    painting.check_means()?;
    let limit = painting.time_limit()?;
    let source = ClipSource::open(&arguments.input, arguments.ffmpeg.as_deref(), arguments.rate)?;
    output.check_folder(&source)?;
    let (order, provenance) = order(arguments, Arc::new(source))?;
    for sentence in order.losses(format, &output.path) {
        report.remark(sentence);
    }
    let place = VideoPlace::new(&order, &output, provenance, painting.metadata.into())?;
    report.expect(order.size(), order.frames());
    let (end, cause) = paint(&order, &place, limit, arguments, report)?;
    report.finished(&output.path, end);
    Ok(if cause == Some(StopCause::Interrupt) { INTERRUPTED } else { 0 })
}

/// Reads the pictures and the first frame, so that an unusable one is reported before anything is computed.
fn order(arguments: &Video, source: Arc<ClipSource>) -> Result<(VideoOrder, Option<Provenance>), Failure> {
    let Video { painting, photo, .. } = arguments;
    let styles = read_styles(&named_styles(painting, Vec::new())?)?;
    let protect = photo.protect.as_deref().map(|mask| SourcePicture::from(&in_file(mask), "--protect")).transpose()?;
    let (width, height) = source.info().size;
    let settings = arguments.settings(width.max(height));
    let part = ClipPart { from: arguments.from.unwrap_or(0.0), to: arguments.to };
    let is_loop = arguments.is_loop.unwrap_or(source.info().repeats() && part.is_whole());
    let choices = VideoChoices { steadiness: arguments.steadiness, part, is_loop };
    let pictures = (styles_of_recipe(&styles), protect.as_ref().map(|mask| Arc::clone(&mask.picture)));
    let order = VideoOrder::new(source, pictures, &settings, choices, painting.hardware())?;
    let metadata =
        clip_metadata(file_name(&arguments.input), (&styles, protect.as_ref()), painting.metadata, &settings);
    Ok((order, metadata.provenance))
}

/// Paints the clip. Also returns what stopped it before its end, if anything did.
fn paint(
    order: &VideoOrder,
    place: &VideoPlace,
    limit: Option<Duration>,
    Video { painting, .. }: &Video,
    report: &mut VideoReport,
) -> Result<(VideoEnd, Option<StopCause>), Failure> {
    let interrupts = Interrupts::watch()?;
    let control = Control::new(Balance::default());
    let (loader, shared) = (network_loader(painting.weights.clone()), Mutex::new(report));
    let (end, cause) = interrupts
        .stopping(&control, limit, || paint_clip(order, place, loader, &control, &|event| lock(&shared).event(&event)));
    match end? {
        end if end.is_stopped && end.frames == 0 && cause == Some(StopCause::TimeLimit) => {
            Err(Failure(FAILED, "the time limit ended before the first frame was painted; allow more time".to_owned()))
        }
        end if end.is_stopped && end.frames == 0 => Err(EngineError::Stopped.into()),
        end => Ok((end, cause.filter(|_| end.is_stopped))),
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
