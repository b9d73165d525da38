//! What a film has beside its frames.

use std::path::PathBuf;

use super::super::info::ClipInfo;
use super::program::file_argument;

/// A clip whose sound, subtitles, chapters and metadata are copied. Tracks that the new file cannot hold are converted, or
/// left out.
#[derive(Clone, Debug)]
pub struct Sidecar {
    /// The clip.
    pub path: PathBuf,
    /// Seconds at which the copied part begins; it then begins at 0.
    pub from: f64,
    /// Seconds at which it ends; `None` is the end of the clip.
    pub to: Option<f64>,
    /// Which of its metadata.
    pub metadata: CopiedMetadata,
}

/// Which metadata of a film are copied.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CopiedMetadata {
    /// None.
    Nothing,
    /// All but where it was filmed.
    #[default]
    WithoutPlace,
    /// All.
    All,
}

/// What becomes of a track in another file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Track {
    Copied,
    /// With this encoder of ffmpeg.
    Converted(&'static str),
    LeftOut,
}

/// What becomes of sound of this codec in a file with this ending.
fn sound(ending: &str, codec: &str) -> Track {
    let (held, otherwise): (&[&str], _) = match ending {
        "webm" => (&["opus", "vorbis"], "libopus"),
        "mp4" | "m4v" => (&["aac", "mp3", "mp2", "ac3", "eac3", "alac", "opus"], "aac"),
        "mov" => (&["aac", "mp3", "ac3", "eac3", "alac"], "aac"),
        _ => return Track::Copied,
    };
    let is_held = held.contains(&codec) || ending == "mov" && codec.starts_with("pcm_");
    if is_held { Track::Copied } else { Track::Converted(otherwise) }
}

/// What becomes of subtitles of this codec in a file with this ending.
fn subtitles(ending: &str, codec: &str) -> Track {
    let is_text = ["subrip", "ass", "ssa", "webvtt", "mov_text", "text"].contains(&codec);
    let (held, of_text) = match ending {
        "webm" => ("webvtt", "webvtt"),
        "mp4" | "m4v" | "mov" => ("mov_text", "mov_text"),
        // Matroska holds all others.
        _ if codec != "mov_text" => return Track::Copied,
        _ => ("subrip", "subrip"),
    };
    match codec {
        codec if codec == held => Track::Copied,
        _ if is_text => Track::Converted(of_text),
        _ => Track::LeftOut,
    }
}

/// Sentences about tracks of a clip that a file with this ending cannot hold as they are.
pub(in crate::clip) fn lost_tracks(ending: &str, info: &ClipInfo) -> Vec<&'static str> {
    let mut lost = Vec::new();
    if info.sounds.iter().any(|codec| sound(ending, codec) != Track::Copied) {
        lost.push("the sound is converted, because this format cannot hold it as it is");
    }
    if info.subtitles.iter().any(|codec| subtitles(ending, codec) == Track::LeftOut) {
        lost.push("some subtitles are left out, because this format cannot hold them; mkv can");
    }
    if info.other_tracks > 0 {
        lost.push("tracks other than the first picture, sound and subtitles are left out");
    }
    lost
}

impl Sidecar {
    /// The arguments that name the file, for ffmpeg's second input. `info` is that of the file.
    pub(super) fn input(&self, ending: &str, info: &ClipInfo) -> Vec<std::ffi::OsString> {
        let mut arguments: Vec<std::ffi::OsString> = Vec::new();
        if is_matroska(ending) && info.sound_lead > 0.0 && self.from == 0.0 {
            // Matroska stores no time before 0, but how long the lead is; ffmpeg would delay the picture instead.
            arguments.extend(["-itsoffset".into(), info.sound_lead.to_string().into()]);
        }
        if self.from > 0.0 {
            let offset = (-self.from).to_string();
            arguments.extend(["-itsoffset".into(), offset.into(), "-ss".into(), self.from.to_string().into()]);
        }
        arguments.extend(["-i".into(), file_argument(&self.path)]);
        arguments
    }

    /// The arguments that copy what is wanted of it.
    pub(super) fn output(&self, ending: &str, info: &ClipInfo) -> Vec<String> {
        /// Seconds by which times may be off that were rounded.
        const ROUNDING: f64 = 5e-4;
        let mut arguments = Vec::new();
        let mut add = |words: &[&str]| arguments.extend(words.iter().map(|word| (*word).to_owned()));
        add(&["-map", "0:v:0"]);
        for (kind, codecs, fate) in
            [("a", &info.sounds, sound as fn(&str, &str) -> Track), ("s", &info.subtitles, subtitles)]
        {
            let mut written = 0;
            for (index, codec) in codecs.iter().enumerate() {
                let encoder = match fate(ending, codec) {
                    Track::Copied => "copy",
                    Track::Converted(encoder) => encoder,
                    Track::LeftOut => continue,
                };
                add(&["-map", &format!("1:{kind}:{index}"), &format!("-c:{kind}:{written}"), encoder]);
                written += 1;
            }
        }
        if self.from > 0.0 && is_matroska(ending) {
            // It stores no time before 0; ffmpeg would delay everything instead.
            add(&["-copypriorss", "0"]);
        }
        if let Some(to) = self.to {
            // As an argument of the input, it would count from the beginning of the clip.
            add(&["-t", &(to - self.from + ROUNDING).to_string()]);
        }
        let source = if self.metadata == CopiedMetadata::Nothing { "-1" } else { "1" };
        add(&["-map_metadata", source, "-map_chapters", "1"]);
        if self.metadata == CopiedMetadata::WithoutPlace {
            for name in &info.place_tags {
                add(&["-metadata", &format!("{name}=")]);
            }
        }
        if self.metadata != CopiedMetadata::Nothing {
            for (name, value) in &info.picture_tags {
                add(&["-metadata:s:v:0", &format!("{name}={value}")]);
            }
        }
        arguments
    }
}

/// Whether files with this ending are Matroska's.
pub(super) fn is_matroska(ending: &str) -> bool {
    matches!(ending, "webm" | "mkv")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tracks_are_copied_where_the_file_can_hold_them() {
        for (ending, codec, fate) in [
            ("mp4", "aac", Track::Copied),
            ("mov", "pcm_s16le", Track::Copied),
            ("mp4", "pcm_s16le", Track::Converted("aac")),
            ("webm", "aac", Track::Converted("libopus")),
            ("webm", "opus", Track::Copied),
            ("mkv", "flac", Track::Copied),
        ] {
            assert_eq!(sound(ending, codec), fate, "{ending} {codec}");
        }
        for (ending, codec, fate) in [
            ("mp4", "mov_text", Track::Copied),
            ("mp4", "subrip", Track::Converted("mov_text")),
            ("mp4", "hdmv_pgs_subtitle", Track::LeftOut),
            ("webm", "ass", Track::Converted("webvtt")),
            ("mkv", "mov_text", Track::Converted("subrip")),
            ("mkv", "hdmv_pgs_subtitle", Track::Copied),
        ] {
            assert_eq!(subtitles(ending, codec), fate, "{ending} {codec}");
        }
    }
}
