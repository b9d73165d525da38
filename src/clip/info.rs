//! What a clip is.

use std::path::Path;

use super::error::ClipError;
use crate::picture::decode::{LONGEST_SIDE, MOST_PIXELS};

/// Seconds as a fraction: time stamps count multiples of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimeBase {
    /// Numerator.
    pub numerator: u32,
    /// Denominator.
    pub denominator: u32,
}

impl TimeBase {
    /// So many ticks in seconds.
    pub fn seconds(self, ticks: i64) -> f64 {
        ticks as f64 * f64::from(self.numerator) / f64::from(self.denominator)
    }

    /// So many seconds in ticks, rounded.
    pub fn ticks(self, seconds: f64) -> i64 {
        (seconds * f64::from(self.denominator) / f64::from(self.numerator)).round() as i64
    }

    /// One second divided by `denominator`.
    pub const fn one_in(denominator: u32) -> Self {
        Self { numerator: 1, denominator }
    }

    /// The tick of `other` that is nearest to this one.
    pub fn to(self, other: Self, ticks: i64) -> i64 {
        let product = i128::from(ticks) * i128::from(self.numerator) * i128::from(other.denominator);
        let divisor = i128::from(self.denominator) * i128::from(other.numerator);
        // Half a tick is rounded up.
        let nearest = (2 * product + divisor).div_euclid(2 * divisor);
        i64::try_from(nearest).unwrap_or(if nearest > 0 { i64::MAX } else { i64::MIN })
    }
}

/// What a clip is.
#[derive(Clone, Debug, PartialEq)]
pub struct ClipInfo {
    /// Width and height of its frames as they are shown: upright.
    pub size: (u32, u32),
    /// Width of a pixel divided by its height, as a fraction, where pixels are not square.
    pub pixel_aspect: Option<(u32, u32)>,
    /// What its time stamps count.
    pub time_base: TimeBase,
    /// How many frames the file says that it has.
    pub frames: Option<u64>,
    /// Seconds that the file says that it lasts.
    pub duration: Option<f64>,
    /// Whether its pixels can be transparent.
    pub has_alpha: bool,
    /// The decoder that ffmpeg uses, where its usual one ignores transparency.
    pub(super) decoder: Option<&'static str>,
    /// Its colours, as ffmpeg names them: range, matrix, primaries and transfer; `None` where the file does not say.
    pub color: ClipColor,
    /// How long most frames are shown, in nanoseconds, where the file says so.
    pub frame_duration: Option<u64>,
    /// The codecs of its tracks of sound, as ffmpeg names them.
    pub sounds: Vec<String>,
    /// Seconds by which sound begins before 0: codecs need some samples before the first.
    pub sound_lead: f64,
    /// The codecs of its tracks of subtitles, as ffmpeg names them.
    pub subtitles: Vec<String>,
    /// How many tracks it has beside its picture, sound and subtitles.
    pub other_tracks: usize,
    /// The language and the title of its picture, where it has them.
    pub picture_tags: Vec<(&'static str, String)>,
    /// The names of its metadata that say where it was filmed.
    pub place_tags: Vec<String>,
    /// How often an animation plays, 0 for without end; `None` for a clip that does not say.
    pub plays: Option<u32>,
}

impl ClipInfo {
    /// Whether it begins again after its end, as most animated pictures do.
    pub fn repeats(&self) -> bool {
        self.plays.is_some_and(|plays| plays != 1)
    }

    /// Of frames that are stored as red, green and blue with square pixels, without anything beside them.
    pub fn of_pictures(size: (u32, u32), time_base: TimeBase) -> Self {
        let color = ClipColor { range: Some("pc".to_owned()), matrix: Some("gbr".to_owned()), ..ClipColor::default() };
        Self {
            size,
            pixel_aspect: None,
            time_base,
            frames: None,
            duration: None,
            has_alpha: false,
            decoder: None,
            color,
            frame_duration: None,
            sounds: Vec::new(),
            sound_lead: 0.0,
            subtitles: Vec::new(),
            other_tracks: 0,
            picture_tags: Vec::new(),
            place_tags: Vec::new(),
            plays: None,
        }
    }

    /// Refuses frames that are larger than pictures may be.
    pub(super) fn check_size(&self, path: &Path) -> Result<(), ClipError> {
        let (width, height) = self.size;
        let is_small = width.max(height) <= LONGEST_SIDE && u64::from(width) * u64::from(height) <= MOST_PIXELS;
        if is_small { Ok(()) } else { Err(ClipError::TooManyPixels { path: path.to_path_buf(), width, height }) }
    }
}

/// The colours of a clip, as ffmpeg names them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClipColor {
    /// `tv` or `pc`.
    pub range: Option<String>,
    /// Such as `bt709`.
    pub matrix: Option<String>,
    /// Such as `bt709`.
    pub primaries: Option<String>,
    /// Such as `bt709`; `smpte2084` and `arib-std-b67` are HDR.
    pub transfer: Option<String>,
}

impl ClipColor {
    /// Whether its highlights are brighter than white, which frames cannot hold.
    pub fn is_hdr(&self) -> bool {
        matches!(self.transfer.as_deref(), Some("smpte2084" | "arib-std-b67"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_converted_to_the_nearest() {
        let (fine, hundredths) = (TimeBase::one_in(90_000), TimeBase::one_in(100));
        assert_eq!([0, 3003, 6006, 449, 450, -451].map(|ticks| fine.to(hundredths, ticks)), [0, 3, 7, 0, 1, -1]);
        let ntsc = TimeBase { numerator: 1001, denominator: 30_000 };
        assert_eq!((ntsc.to(fine, 7), fine.to(ntsc, 21_021)), (21_021, 7));
        assert_eq!(TimeBase { numerator: 4, denominator: 1 }.to(fine, i64::MAX), i64::MAX);
    }
}
