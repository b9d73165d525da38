//! In which format a clip is written.

use std::path::Path;

use super::error::ClipError;
use super::ffmpeg::{VideoCodec, lost_tracks};
use super::info::ClipInfo;
use super::sequence::NamePattern;
use crate::picture::Format;
use crate::picture::path::{has_ending, lower_ending};

/// In which format a clip is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClipFormat {
    /// A film, encoded by ffmpeg.
    Coded(VideoCodec),
    /// An animated GIF.
    Gif,
    /// An animated PNG.
    Apng,
    /// An animated WebP.
    WebP,
    /// Numbered pictures.
    Pictures(Format),
}

impl ClipFormat {
    /// The format for a file of this name, with this codec if one is named. A name without an ending, an existing
    /// folder or a pattern such as `frame-%05d.png` is for numbered pictures.
    ///
    /// # Errors
    /// When no format has that ending, or the codec does not go into files of it.
    pub fn of(path: &Path, codec: Option<VideoCodec>) -> Result<Self, ClipError> {
        let format = Self::by_ending(path, codec)?;
        match codec {
            Some(codec) if format != Self::Coded(codec) => Err(ClipError::WrongEnding {
                path: path.to_path_buf(),
                codec: codec.name(),
                endings: in_words(codec.endings()),
            }),
            _ => Ok(format),
        }
    }

    fn by_ending(path: &Path, codec: Option<VideoCodec>) -> Result<Self, ClipError> {
        let is_folder = path.is_dir();
        if is_folder || !has_ending(path) && NamePattern::of(path).is_none() {
            return Ok(Self::Pictures(Format::Png));
        }
        if NamePattern::of(path).is_some()
            && let Ok(format) = Format::from_path(path)
        {
            return Ok(Self::Pictures(format));
        }
        let ending = lower_ending(path);
        let usual = if ending == "webm" { VideoCodec::Vp9 } else { VideoCodec::H264 };
        match ending.as_str() {
            "gif" => Ok(Self::Gif),
            "png" | "apng" => Ok(Self::Apng),
            "webp" => Ok(Self::WebP),
            _ => [codec, Some(usual)]
                .into_iter()
                .flatten()
                .find(|codec| codec.endings().contains(&ending.as_str()))
                .map(Self::Coded)
                .ok_or_else(|| ClipError::UnknownEnding(path.to_path_buf())),
        }
    }

    /// Whether it keeps transparency in a file of this name.
    pub fn keeps_alpha(self, path: &Path) -> bool {
        match self {
            // MP4 has no place for the transparency of VP9.
            Self::Coded(VideoCodec::Vp9) => lower_ending(path) != "mp4",
            Self::Coded(codec) => codec.keeps_alpha(),
            Self::Gif | Self::Apng | Self::WebP => true,
            Self::Pictures(format) => format != Format::Jpeg,
        }
    }

    /// Checks that frames of this size can be written to a file of this name.
    ///
    /// # Errors
    /// When the codec takes none of that size.
    pub fn check_size(self, path: &Path, (width, height): (u32, u32)) -> Result<(), ClipError> {
        let Self::Coded(codec) = self else { return Ok(()) };
        let (path, name, least) = (path.to_path_buf(), codec.name(), codec.least_side());
        if width.min(height) < least {
            return Err(ClipError::TooShortSide { path, codec: name, least });
        }
        if (width % 2 == 1 || height % 2 == 1) && !codec.takes_odd_sides() {
            return Err(ClipError::OddSide { path, codec: name, size: (width, height) });
        }
        Ok(())
    }

    /// Sentences about tracks beside the frames that it cannot hold as they are in a file of this name.
    pub fn lost_tracks(self, path: &Path, info: &ClipInfo) -> Vec<&'static str> {
        if self.has_sound() { lost_tracks(&lower_ending(path), info) } else { Vec::new() }
    }

    /// Whether its frames are files of their own.
    pub fn is_sequence(self) -> bool {
        matches!(self, Self::Pictures(_))
    }

    /// Whether it can have sound.
    pub fn has_sound(self) -> bool {
        matches!(self, Self::Coded(_))
    }
}

/// Such as `.webm, .mkv or .mp4`.
fn in_words(endings: &[&str]) -> String {
    let endings: Vec<String> = endings.iter().map(|ending| format!(".{ending}")).collect();
    match &endings[..] {
        [others @ .., last] if !others.is_empty() => format!("{} or {last}", others.join(", ")),
        endings => endings.concat(),
    }
}
