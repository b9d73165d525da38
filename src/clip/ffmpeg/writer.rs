//! Writes a clip from frames with ffmpeg, with the sound, the subtitles and the metadata of another.

use std::io::{BufWriter, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::thread::{self, JoinHandle};

use super::super::error::ClipError;
use super::super::frame::{ClipFrame, FrameWriter};
use super::super::info::{ClipColor, ClipInfo, TimeBase};
use super::codec::VideoCodec;
use super::matroska::{RawPixels, RawStream};
use super::program::{Ffmpeg, file_argument, last_line, not_started};

/// A clip whose sound, subtitles, chapters and metadata are copied.
#[derive(Clone, Debug)]
pub struct Sidecar {
    /// The clip.
    pub path: PathBuf,
    /// Seconds at which the copied part begins; it then begins at 0.
    pub from: f64,
    /// Seconds at which it ends; `None` is the end of the clip.
    pub to: Option<f64>,
}

/// Writes a clip.
pub struct FfmpegWriter {
    path: PathBuf,
    child: Child,
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
        let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default().to_lowercase();
        let is_matroska = matches!(ending.as_str(), "webm" | "mkv");
        command.args(["-v", "error", "-y", "-copyts", "-f", "matroska", "-i", "pipe:0"]);
        if let Some(Sidecar { path, from, to }) = sidecar {
            if is_matroska && info.sound_lead > 0.0 && *from == 0.0 {
                // Matroska stores no time before 0, but how long the lead is; ffmpeg would delay the picture instead.
                command.args(["-itsoffset", &info.sound_lead.to_string()]);
            }
            if *from > 0.0 {
                command.args(["-itsoffset", &(-from).to_string(), "-ss", &from.to_string()]);
            }
            if let Some(to) = to {
                command.args(["-to", &to.to_string()]);
            }
            command.arg("-i").arg(file_argument(path));
            command.args(["-map", "0:v:0", "-map", "1:a?", "-map", "1:s?", "-c:a", "copy", "-c:s", "copy"]);
            command.args(["-map_metadata", "1", "-map_chapters", "1"]);
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
        if is_matroska {
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
        match RawStream::begin(BufWriter::new(input), info.size, kind) {
            Ok(stream) => {
                let (path, said, base) = (path.to_path_buf(), Some(said), info.time_base);
                Ok(Self { path, child, stream, said, base, kind })
            }
            Err(_) => Err(not_written(path, Some(said))),
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
        let written = self.stream.frame(microseconds(frame.time), microseconds(frame.duration), &bytes);
        written.map_err(|_| {
            // It ended, or it would read.
            let _ = self.child.kill();
            not_written(&self.path, self.said.take())
        })
    }

    fn finish(self: Box<Self>) -> Result<(), ClipError> {
        let Self { path, mut child, stream, said, .. } = *self;
        let is_flushed = stream.into_inner().flush().is_ok();
        let is_over = child.wait().is_ok_and(|status| status.success());
        if is_flushed && is_over { Ok(()) } else { Err(not_written(&path, said)) }
    }
}

fn not_written(path: &Path, said: Option<JoinHandle<String>>) -> ClipError {
    let said = last_line(&said.and_then(|said| said.join().ok()).unwrap_or_default());
    ClipError::NotWritten { path: path.to_path_buf(), said }
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
