//! What a clip is.

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
    /// Streams of sound.
    pub sounds: usize,
    /// Seconds by which sound begins before 0: codecs need some samples before the first.
    pub sound_lead: f64,
    /// Streams of subtitles.
    pub subtitles: usize,
    /// How often an animation plays, 0 for without end; `None` for a clip that does not say.
    pub plays: Option<u32>,
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
