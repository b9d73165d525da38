//! The formats of animations.

use super::super::info::TimeBase;

/// A format of animations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AnimationFormat {
    /// GIF: 256 colours in each frame, pixels are transparent or not.
    Gif,
    /// Animated PNG, without loss, also with transparency.
    Apng,
    /// Animated WebP, written without loss, also with transparency.
    WebP,
}

impl AnimationFormat {
    /// The format of a file that begins with these bytes; the file may be a still picture.
    pub fn of(head: &[u8]) -> Option<Self> {
        match head {
            [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Some(Self::Gif),
            [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1A, b'\n', ..] => Some(Self::Apng),
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some(Self::WebP),
            _ => None,
        }
    }

    /// Its name for people.
    pub fn name(self) -> &'static str {
        match self {
            Self::Gif => "GIF",
            Self::Apng => "APNG",
            Self::WebP => "WebP",
        }
    }

    /// The longest side of its frames, in pixels.
    pub(super) fn longest_side(self) -> u32 {
        match self {
            Self::Gif => u16::MAX.into(),
            Self::Apng => i32::MAX as u32,
            Self::WebP => 16_384,
        }
    }
}

/// What delays in GIF files count.
pub(super) const HUNDREDTHS: TimeBase = TimeBase::one_in(100);
/// What durations in WebP files count.
pub(super) const THOUSANDTHS: TimeBase = TimeBase::one_in(1000);
