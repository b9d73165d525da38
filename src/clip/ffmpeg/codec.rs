//! How ffmpeg encodes frames.

/// How frames are encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VideoCodec {
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
}

impl VideoCodec {
    /// All of them, the usual one first.
    pub const ALL: [Self; 6] = [Self::H264, Self::H265, Self::Vp9, Self::Av1, Self::ProRes, Self::Ffv1];

    /// Its name for people.
    pub fn name(self) -> &'static str {
        match self {
            Self::H264 => "H.264",
            Self::H265 => "H.265",
            Self::Vp9 => "VP9",
            Self::Av1 => "AV1",
            Self::ProRes => "ProRes",
            Self::Ffv1 => "FFV1",
        }
    }

    /// The encoder of ffmpeg.
    pub fn encoder(self) -> &'static str {
        match self {
            Self::H264 => "libx264",
            Self::H265 => "libx265",
            Self::Vp9 => "libvpx-vp9",
            Self::Av1 => "libsvtav1",
            Self::ProRes => "prores_ks",
            Self::Ffv1 => "ffv1",
        }
    }

    /// The endings of the files that hold it; the usual one first.
    pub fn endings(self) -> &'static [&'static str] {
        match self {
            Self::H264 => &["mp4", "m4v", "mov", "mkv"],
            Self::H265 => &["mp4", "mov", "mkv"],
            Self::Vp9 => &["webm", "mkv", "mp4"],
            Self::Av1 => &["mp4", "webm", "mkv"],
            Self::ProRes => &["mov", "mkv"],
            Self::Ffv1 => &["mkv"],
        }
    }

    /// The smallest width and height, in pixels, that its encoder takes.
    pub(in crate::clip) fn least_side(self) -> u32 {
        match self {
            Self::H265 => 16,
            Self::Av1 => 64,
            Self::H264 | Self::Vp9 | Self::ProRes | Self::Ffv1 => 1,
        }
    }

    /// Whether its encoder takes frames of an odd width or height; it would cut a row or a column off.
    pub(in crate::clip) fn takes_odd_sides(self) -> bool {
        self != Self::Av1
    }

    /// Whether it keeps transparency.
    pub fn keeps_alpha(self) -> bool {
        matches!(self, Self::Vp9 | Self::ProRes | Self::Ffv1)
    }

    /// The encoder's arguments, for frames of this size, with transparency or without.
    pub(super) fn arguments(self, (width, height): (u32, u32), has_alpha: bool) -> Vec<&'static str> {
        let is_odd = width % 2 == 1 || height % 2 == 1;
        // Halved colour needs even sides.
        let halved = if is_odd { "yuv444p" } else { "yuv420p" };
        let mut arguments = vec!["-c:v", self.encoder()];
        arguments.extend(match self {
            Self::H264 => vec!["-crf", "17", "-preset", "medium", "-pix_fmt", halved],
            Self::H265 => vec!["-crf", "18", "-tag:v", "hvc1", "-pix_fmt", halved],
            Self::Vp9 => {
                let pixels = if has_alpha { "yuva420p" } else { halved };
                vec!["-crf", "20", "-b:v", "0", "-row-mt", "1", "-pix_fmt", pixels]
            }
            Self::Av1 => vec!["-crf", "24", "-preset", "8", "-pix_fmt", "yuv420p"],
            Self::ProRes => {
                let pixels = if has_alpha { "yuva444p10le" } else { "yuv444p10le" };
                vec!["-profile:v", "4444", "-pix_fmt", pixels]
            }
            Self::Ffv1 => vec!["-level", "3", "-pix_fmt", if has_alpha { "bgra" } else { "bgr0" }],
        });
        arguments
    }

    /// Whether its numbers are brightness and colour difference, so that the matrix matters.
    pub(super) fn has_matrix(self) -> bool {
        self != Self::Ffv1
    }
}
