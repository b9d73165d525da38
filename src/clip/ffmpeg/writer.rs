//! Writes a clip from frames with ffmpeg, with the sound, the subtitles and the metadata of another.

use std::io::{BufWriter, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{ChildStdin, Command, Stdio};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use super::super::error::ClipError;
use super::super::frame::{ClipFrame, FrameWriter};
use super::super::info::{ClipColor, ClipInfo, TimeBase};
use super::child::WatchedChild;
use super::codec::VideoCodec;
use super::matroska::{RawPixels, RawStream};
use super::program::{Ffmpeg, file_argument, is_disk_full, not_started, why_not_written};
use super::sidecar::{Sidecar, is_matroska};
use crate::picture::path::lower_ending;

/// How long ffmpeg may take for one frame, or at the end without writing anything.
const PATIENCE: Duration = Duration::from_mins(10);

/// Writes a clip.
pub struct FfmpegWriter {
    ffmpeg: Ffmpeg,
    path: PathBuf,
    child: WatchedChild,
    frames: u64,
    stream: RawStream<BufWriter<ChildStdin>>,
    /// What ffmpeg writes to standard error, until that was asked for.
    said: Option<JoinHandle<String>>,
    base: TimeBase,
    kind: RawPixels,
}

impl FfmpegWriter {
    /// Begins to write the file `path`, with frames and time stamps as `info` says, and what `sidecar` has beside its frames.
    /// An existing file is overwritten.
    ///
    /// # Errors
    /// When ffmpeg cannot be started.
    pub fn create(
        ffmpeg: &Ffmpeg,
        path: &Path,
        codec: VideoCodec,
        info: &ClipInfo,
        sidecar: Option<&Sidecar>,
        tags: &[(&str, String)],
    ) -> Result<Self, ClipError> {
        let kind = if info.has_alpha { RawPixels::Rgba } else { RawPixels::Rgb };
        let mut command = Command::new(&ffmpeg.ffmpeg);
        let ending = lower_ending(path);
        command.args(["-v", "error", "-y", "-copyts", "-f", "matroska", "-i", "pipe:0"]);
        if let Some(sidecar) = sidecar {
            command.args(sidecar.input(&ending, info)).args(sidecar.output(&ending, info));
        }
        for (name, value) in tags {
            command.args(["-metadata", &format!("{name}={value}")]);
        }
        command.args(codec.arguments(info.size, info.has_alpha));
        command.args(["-vf", &filter(codec, info)]);
        if codec.has_matrix() {
            for (option, name) in color(&info.color) {
                command.args([option, name]);
            }
        }
        let TimeBase { numerator, denominator } = info.time_base;
        command.args(["-fps_mode", "passthrough", "-enc_time_base", &format!("{numerator}:{denominator}")]);
        if matches!(ending.as_str(), "mp4" | "m4v" | "mov") {
            command.args(["-video_track_timescale", &denominator.to_string()]);
            command.args(["-movflags", "+faststart+use_metadata_tags"]);
        }
        if is_matroska(&ending) {
            // Without a random number in the file, so that the same frames give the same file.
            command.args(["-fflags", "+bitexact"]);
        }
        command.arg(file_argument(path));
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn().map_err(|cause| not_started(&ffmpeg.ffmpeg, cause))?;
        let (Some(input), Some(mut errors)) = (child.stdin.take(), child.stderr.take()) else {
            unreachable!("both are pipes")
        };
        let said = thread::spawn(move || {
            let mut said = String::new();
            // What is not text is of no use in a sentence.
            let _ = errors.read_to_string(&mut said);
            said
        });
        let (ffmpeg, path) = (ffmpeg.clone(), path.to_path_buf());
        let child = WatchedChild::new(child, PATIENCE);
        match RawStream::begin(BufWriter::new(input), info.size, kind, info.frame_duration) {
            Ok(stream) => {
                let (said, base) = (Some(said), info.time_base);
                Ok(Self { ffmpeg, path, child, frames: 0, stream, said, base, kind })
            }
            Err(_) => Err(not_written(&path, Some(said))),
        }
    }
}

impl FrameWriter for FfmpegWriter {
    fn write(&mut self, frame: &ClipFrame) -> Result<(), ClipError> {
        let pixels = frame.picture.pixels();
        let bytes = match self.kind {
            RawPixels::Rgb => pixels.to_rgb8().into_raw(),
            RawPixels::Rgba => pixels.to_rgba8().into_raw(),
        };
        let TimeBase { numerator, denominator } = self.base;
        let microseconds = |ticks: i64| {
            let seconds = ticks.max(0) as f64 * f64::from(numerator) / f64::from(denominator);
            (seconds * 1e6).round() as u64
        };
        let (time, duration) = (microseconds(frame.time), microseconds(frame.duration));
        self.frames += 1;
        let Self { child, stream, .. } = self;
        let written = child.waiting_for(|| stream.frame(time, duration, &bytes));
        written.map_err(|_| {
            // It ended, or it would read.
            self.child.kill();
            if self.child.hung() { hangs(&self.path) } else { not_written(&self.path, self.said.take()) }
        })
    }

    fn finish(self: Box<Self>) -> Result<(), ClipError> {
        let Self { ffmpeg, path, child, frames, stream, said, .. } = *self;
        let is_flushed = child.waiting_for(|| stream.into_inner().flush().is_ok());
        let is_over = child.wait(&path).is_ok_and(|status| status.success());
        if child.hung() {
            return Err(hangs(&path));
        }
        let said = said.and_then(|said| said.join().ok()).unwrap_or_default();
        // ffmpeg may end as if all were well although the disk is full.
        if is_flushed && is_over && !is_disk_full(&said) && ffmpeg.count_frames(&path) == Some(frames) {
            return Ok(());
        }
        Err(ClipError::NotWritten { path, said: why_not_written(&said) })
    }
}

fn not_written(path: &Path, said: Option<JoinHandle<String>>) -> ClipError {
    let said = why_not_written(&said.and_then(|said| said.join().ok()).unwrap_or_default());
    ClipError::NotWritten { path: path.to_path_buf(), said }
}

fn hangs(path: &Path) -> ClipError {
    ClipError::Hangs { path: path.to_path_buf(), seconds: PATIENCE.as_secs() }
}

/// The options that name a clip's colours. Those that were stored as red, green and blue have no matrix, and are written as
/// HD video usually is.
fn color(color: &ClipColor) -> Vec<(&'static str, &str)> {
    if color.matrix.as_deref() == Some(RGB) {
        return vec![("-color_range", "tv"), ("-colorspace", "bt709")];
    }
    let options = [
        ("-color_range", &color.range),
        ("-colorspace", &color.matrix),
        ("-color_primaries", &color.primaries),
        ("-color_trc", &color.transfer),
    ];
    options.into_iter().filter_map(|(option, name)| Some((option, name.as_deref()?))).collect()
}

/// The matrix of pixels that are red, green and blue.
const RGB: &str = "gbr";

/// Converts frames to the clip's own matrix and range, and keeps the shape of its pixels.
fn filter(codec: VideoCodec, info: &ClipInfo) -> String {
    let mut filters = Vec::new();
    if codec.has_matrix() {
        let matrix = match info.color.matrix.as_deref() {
            Some("bt709" | RGB) => "bt709",
            Some("bt2020nc" | "bt2020c") => "bt2020",
            _ => "bt601",
        };
        let is_full = info.color.range.as_deref() == Some("pc") && info.color.matrix.as_deref() != Some(RGB);
        let range = if is_full { "full" } else { "limited" };
        filters.push(format!("scale=out_color_matrix={matrix}:out_range={range}"));
    }
    if let Some((across, down)) = info.pixel_aspect {
        filters.push(format!("setsar={across}/{down}"));
    }
    if filters.is_empty() { "null".to_owned() } else { filters.join(",") }
}
