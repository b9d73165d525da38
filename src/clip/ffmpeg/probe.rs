//! What a clip is, by ffprobe.

use std::collections::HashMap;
use std::path::Path;
use std::process::Command;

use serde::Deserialize;

use super::super::error::ClipError;
use super::super::info::{ClipColor, ClipInfo, TimeBase};
use super::child::output_of;
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
    #[serde(default)]
    tags: HashMap<String, String>,
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
    avg_frame_rate: Option<String>,
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
    language: Option<String>,
    title: Option<String>,
}

impl Ffmpeg {
    /// Looks at a file.
    ///
    /// # Errors
    /// When ffprobe cannot be started or cannot read the file, or the file has no moving picture.
    pub fn probe(&self, path: &Path) -> Result<ClipInfo, ClipError> {
        let arguments = ["-v", "error", "-of", "json", "-show_format", "-show_streams"];
        let output = output_of(Command::new(&self.ffprobe).args(arguments).arg(file_argument(path)));
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
        let codecs = |kind: &'static str| {
            of(kind).map(|stream| stream.codec_name.clone().unwrap_or_default()).collect::<Vec<_>>()
        };
        let rate = video.avg_frame_rate.as_deref().and_then(|rate| fraction(rate, '/'));
        let says_where = |name: &&String| ["location", "gps"].iter().any(|word| name.to_lowercase().contains(word));
        let mut place_tags: Vec<String> = probed.format.tags.keys().filter(says_where).cloned().collect();
        place_tags.sort();
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
            frame_duration: rate.map(|(frames, seconds)| 1_000_000_000 * u64::from(seconds) / u64::from(frames)),
            sounds: codecs("audio"),
            sound_lead: starts.map(|start| -start).fold(0.0, f64::max),
            subtitles: codecs("subtitle"),
            other_tracks: probed.streams.len() - 1 - of("audio").count() - of("subtitle").count(),
            picture_tags: [("language", &video.tags.language), ("title", &video.tags.title)]
                .into_iter()
                .filter_map(|(name, value)| Some((name, value.clone()?)))
                .collect(),
            place_tags,
            plays: None,
        })
    }
}

impl Ffmpeg {
    /// Counts the frames of a file by reading all of it, without decoding them. `None` if it cannot be read.
    pub fn count_frames(&self, path: &Path) -> Option<u64> {
        let entries = ["-show_entries", "stream=nb_read_packets", "-of", "default=noprint_wrappers=1:nokey=1"];
        let mut command = Command::new(&self.ffprobe);
        command.args(["-v", "error", "-count_packets", "-select_streams", "v:0"]).args(entries);
        let output = output_of(command.arg(file_argument(path)));
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
