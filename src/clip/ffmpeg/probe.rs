//! What a clip is, by ffprobe.

use std::path::Path;
use std::process::{Command, Stdio};

use serde::Deserialize;

use super::super::error::ClipError;
use super::super::info::{ClipColor, ClipInfo, TimeBase};
use super::program::{Ffmpeg, file_argument, last_line, not_started};

#[derive(Deserialize)]
struct Probed {
    #[serde(default)]
    streams: Vec<ProbedStream>,
    #[serde(default)]
    format: ProbedFormat,
}

#[derive(Default, Deserialize)]
struct ProbedFormat {
    duration: Option<String>,
}

#[derive(Deserialize)]
struct ProbedStream {
    codec_type: Option<String>,
    codec_name: Option<String>,
    width: Option<u32>,
    height: Option<u32>,
    sample_aspect_ratio: Option<String>,
    pix_fmt: Option<String>,
    time_base: Option<String>,
    nb_frames: Option<String>,
    start_time: Option<String>,
    color_range: Option<String>,
    color_space: Option<String>,
    color_primaries: Option<String>,
    color_transfer: Option<String>,
    #[serde(default)]
    disposition: Disposition,
    #[serde(default)]
    side_data_list: Vec<SideData>,
    #[serde(default)]
    tags: Tags,
}

#[derive(Default, Deserialize)]
struct Disposition {
    #[serde(default)]
    attached_pic: u8,
}

#[derive(Deserialize)]
struct SideData {
    rotation: Option<f64>,
}

#[derive(Default, Deserialize)]
struct Tags {
    alpha_mode: Option<String>,
}

impl Ffmpeg {
    /// Looks at a file.
    ///
    /// # Errors
    /// When ffprobe cannot be started or cannot read the file, or the file has no moving picture.
    pub fn probe(&self, path: &Path) -> Result<ClipInfo, ClipError> {
        let output = Command::new(&self.ffprobe)
            .args(["-v", "error", "-of", "json", "-show_format", "-show_streams"])
            .arg(file_argument(path))
            .stdin(Stdio::null())
            .output();
        let output = output.map_err(|cause| not_started(&self.ffprobe, cause))?;
        let said = || last_line(&String::from_utf8_lossy(&output.stderr));
        if !output.status.success() {
            return Err(ClipError::unreadable(path, said()));
        }
        let probed: Probed = serde_json::from_slice(&output.stdout).map_err(|_| ClipError::unreadable(path, said()))?;
        let of =
            |kind: &'static str| probed.streams.iter().filter(move |stream| stream.codec_type.as_deref() == Some(kind));
        let video = of("video").find(|stream| stream.disposition.attached_pic == 0);
        let video = video.ok_or_else(|| ClipError::NoPicture(path.to_path_buf()))?;
        let (Some(width), Some(height)) = (video.width, video.height) else {
            return Err(ClipError::NoPicture(path.to_path_buf()));
        };
        let is_turned =
            video.side_data_list.iter().filter_map(|data| data.rotation).any(|by| by.rem_euclid(180.0) > 45.0);
        let pixels = video.pix_fmt.as_deref().unwrap_or_default();
        let base = video.time_base.as_deref().and_then(|base| fraction(base, '/'));
        let (numerator, denominator) = base.unwrap_or((1, 1000));
        let aspect = video.sample_aspect_ratio.as_deref().and_then(|aspect| fraction(aspect, ':'));
        let aspect = aspect.filter(|(across, down)| across != down);
        // VP8 and VP9 have transparency in a stream of its own.
        let is_beside = video.tags.alpha_mode.as_deref() == Some("1");
        let starts = of("audio").filter_map(|stream| stream.start_time.as_deref()?.parse::<f64>().ok());
        let known = |name: &Option<String>| name.clone().filter(|name| name != "unknown" && name != "reserved");
        Ok(ClipInfo {
            size: if is_turned { (height, width) } else { (width, height) },
            pixel_aspect: aspect.map(|(across, down)| if is_turned { (down, across) } else { (across, down) }),
            time_base: TimeBase { numerator, denominator },
            frames: video.nb_frames.as_deref().and_then(|count| count.parse().ok()).filter(|count| *count > 0),
            duration: probed.format.duration.as_deref().and_then(|seconds| seconds.parse().ok()),
            has_alpha: has_alpha(pixels) || is_beside,
            decoder: match video.codec_name.as_deref().filter(|_| is_beside) {
                Some("vp9") => Some("libvpx-vp9"),
                Some("vp8") => Some("libvpx"),
                _ => None,
            },
            color: ClipColor {
                range: known(&video.color_range),
                matrix: known(&video.color_space),
                primaries: known(&video.color_primaries),
                transfer: known(&video.color_transfer),
            },
            sounds: of("audio").count(),
            sound_lead: starts.map(|start| -start).fold(0.0, f64::max),
            subtitles: of("subtitle").count(),
            plays: None,
        })
    }
}

impl Ffmpeg {
    /// Counts the frames of a file by reading all of it, without decoding them. `None` if it cannot be read.
    pub fn count_frames(&self, path: &Path) -> Option<u64> {
        let entries = ["-show_entries", "stream=nb_read_packets", "-of", "default=noprint_wrappers=1:nokey=1"];
        let output = Command::new(&self.ffprobe)
            .args(["-v", "error", "-count_packets", "-select_streams", "v:0"])
            .args(entries)
            .arg(file_argument(path))
            .stdin(Stdio::null())
            .output();
        // A file with several programs has the same number on more lines.
        String::from_utf8_lossy(&output.ok()?.stdout).lines().next()?.trim().parse().ok()
    }
}

/// Two whole numbers above 0.
fn fraction(text: &str, between: char) -> Option<(u32, u32)> {
    let (one, other) = text.split_once(between)?;
    let (one, other) = (one.parse().ok()?, other.parse().ok()?);
    (one > 0 && other > 0).then_some((one, other))
}

/// Whether a pixel format of ffmpeg has transparency.
fn has_alpha(format: &str) -> bool {
    let names = ["rgba", "bgra", "argb", "abgr", "yuva", "gbrap", "ya8", "ya16", "pal8", "ayuv", "vuya"];
    names.iter().any(|name| format.starts_with(name))
}
