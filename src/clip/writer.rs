//! Writes a clip from frames, with the sound, the subtitles and the metadata of another.

use std::io::{BufWriter, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::thread::{self, JoinHandle};

use super::error::ClipError;
use super::info::{ClipColor, ClipInfo, TimeBase};
use super::matroska::{RawPixels, RawStream};
use super::program::{Ffmpeg, file_argument, last_line, not_started};
use super::reader::ClipFrame;

/// How frames are encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClipCodec {
    /// H.264, which plays everywhere.
    H264,
    /// H.265.
    H265,
    /// VP9, also with transparency.
    Vp9,
    /// AV1.
    Av1,
    /// `ProRes` 4444, for further editing, also with transparency.
    ProRes,
    /// FFV1, without loss, also with transparency.
    Ffv1,
    /// GIF.
    Gif,
    /// Animated PNG, without loss, with transparency.
    Apng,
}

impl ClipCodec {
    /// The usual codec of files with this ending; `None` if no clip has it.
    pub fn of(path: &Path) -> Option<Self> {
        let ending = path.extension()?.to_str()?.to_lowercase();
        Some(match ending.as_str() {
            "mp4" | "m4v" | "mov" | "mkv" => Self::H264,
            "webm" => Self::Vp9,
            "gif" => Self::Gif,
            "apng" | "png" => Self::Apng,
            _ => return None,
        })
    }

    /// The encoder's arguments, for frames of this size, with transparency or without.
    fn arguments(self, (width, height): (u32, u32), has_alpha: bool) -> Vec<&'static str> {
        let is_odd = width % 2 == 1 || height % 2 == 1;
        // Halved colour needs even sides.
        let halved = if is_odd { "yuv444p" } else { "yuv420p" };
        match self {
            Self::H264 => vec!["-c:v", "libx264", "-crf", "17", "-preset", "medium", "-pix_fmt", halved],
            Self::H265 => vec!["-c:v", "libx265", "-crf", "18", "-tag:v", "hvc1", "-pix_fmt", halved],
            Self::Vp9 => {
                let pixels = if has_alpha { "yuva420p" } else { halved };
                vec!["-c:v", "libvpx-vp9", "-crf", "20", "-b:v", "0", "-row-mt", "1", "-pix_fmt", pixels]
            }
            Self::Av1 => vec!["-c:v", "libsvtav1", "-crf", "24", "-preset", "8", "-pix_fmt", "yuv420p"],
            Self::ProRes => {
                let pixels = if has_alpha { "yuva444p10le" } else { "yuv444p10le" };
                vec!["-c:v", "prores_ks", "-profile:v", "4444", "-pix_fmt", pixels]
            }
            Self::Ffv1 => vec!["-c:v", "ffv1", "-level", "3", "-pix_fmt", if has_alpha { "bgra" } else { "bgr0" }],
            Self::Gif => vec!["-c:v", "gif", "-loop", "0"],
            Self::Apng => vec!["-c:v", "apng", "-plays", "0", "-pix_fmt", if has_alpha { "rgba" } else { "rgb24" }],
        }
    }

    /// Whether its numbers are brightness and colour difference, so that the matrix matters.
    fn has_matrix(self) -> bool {
        !matches!(self, Self::Ffv1 | Self::Gif | Self::Apng)
    }
}

/// Writes a clip.
pub struct ClipWriter {
    path: PathBuf,
    child: Child,
    stream: RawStream<BufWriter<ChildStdin>>,
    /// What ffmpeg writes to standard error, until that was asked for.
    said: Option<JoinHandle<String>>,
    base: TimeBase,
    kind: RawPixels,
}

impl ClipWriter {
    /// Begins to write the file `path`, whose frames have the size and the time stamps of the clip `original`, with its sound,
    /// subtitles and metadata. An existing file is overwritten.
    ///
    /// # Errors
    /// When ffmpeg cannot be started.
    pub fn create(
        ffmpeg: &Ffmpeg,
        path: &Path,
        codec: ClipCodec,
        (original, info): (&Path, &ClipInfo),
    ) -> Result<Self, ClipError> {
        let kind = if info.has_alpha { RawPixels::Rgba } else { RawPixels::Rgb };
        let mut command = Command::new(&ffmpeg.ffmpeg);
        let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default().to_lowercase();
        command.args(["-v", "error", "-y", "-copyts", "-f", "matroska", "-i", "pipe:0"]);
        if matches!(ending.as_str(), "webm" | "mkv") && info.sound_lead > 0.0 {
            // Matroska stores no time before 0, but how long the lead is; ffmpeg would delay the picture instead.
            command.args(["-itsoffset", &info.sound_lead.to_string()]);
        }
        command.arg("-i").arg(file_argument(original));
        command.args(["-map", "0:v:0"]);
        let is_picture_only = matches!(codec, ClipCodec::Gif | ClipCodec::Apng);
        if !is_picture_only {
            command.args(["-map", "1:a?", "-map", "1:s?", "-c:a", "copy", "-c:s", "copy"]);
        }
        command.args(["-map_metadata", "1", "-map_chapters", "1"]);
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
        if ending == "png" {
            command.args(["-f", "apng"]);
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

    /// Writes the next frame.
    ///
    /// # Errors
    /// When ffmpeg has ended, such as on a full disk.
    ///
    /// # Panics
    /// When the frame has another size.
    pub fn write(&mut self, frame: &ClipFrame) -> Result<(), ClipError> {
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

    /// Completes the file.
    ///
    /// # Errors
    /// When it could not be written.
    pub fn finish(self) -> Result<(), ClipError> {
        let Self { path, mut child, stream, said, .. } = self;
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
fn filter(codec: ClipCodec, info: &ClipInfo) -> String {
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
    if codec == ClipCodec::Gif {
        filters.push("split[a][b];[a]palettegen=stats_mode=single[p];[b][p]paletteuse=new=1".to_owned());
    }
    if let Some((across, down)) = info.pixel_aspect {
        filters.push(format!("setsar={across}/{down}"));
    }
    if filters.is_empty() { "null".to_owned() } else { filters.join(",") }
}
