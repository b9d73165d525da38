//! Writes raw frames with their time stamps as a Matroska stream (RFC 9559), for a pipe to ffmpeg. Raw video without a
//! container would lose the time stamps.

use std::io::{self, Write};

/// Nanoseconds that a time stamp counts: microseconds are finer than every usual time base.
const TICK: u64 = 1000;

/// How pixels are stored: the four letters by which ffmpeg knows them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RawPixels {
    /// Three bytes: red, green, blue.
    Rgb,
    /// Four bytes: red, green, blue, alpha.
    Rgba,
}

impl RawPixels {
    pub(super) fn channels(self) -> usize {
        match self {
            Self::Rgb => 3,
            Self::Rgba => 4,
        }
    }

    /// Its name in ffmpeg.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Rgb => "rgb24",
            Self::Rgba => "rgba",
        }
    }

    fn code(self) -> [u8; 4] {
        match self {
            Self::Rgb => *b"RGB\x18",
            Self::Rgba => *b"RGBA",
        }
    }
}

/// A stream of frames.
pub(super) struct RawStream<W> {
    writer: W,
}

impl<W: Write> RawStream<W> {
    /// Begins a stream of frames of this width and height, most of which are shown for so many nanoseconds.
    pub(super) fn begin(
        mut writer: W,
        (width, height): (u32, u32),
        pixels: RawPixels,
        usual_duration: Option<u64>,
    ) -> io::Result<Self> {
        let header = element(
            &[0x1A, 0x45, 0xDF, 0xA3],
            &[element(&[0x42, 0x82], b"matroska"), number(&[0x42, 0x87], 4), number(&[0x42, 0x85], 2)].concat(),
        );
        let info = element(
            &[0x15, 0x49, 0xA9, 0x66],
            &[
                number(&[0x2A, 0xD7, 0xB1], TICK),
                element(&[0x4D, 0x80], b"Impasto"),
                element(&[0x57, 0x41], b"Impasto"),
            ]
            .concat(),
        );
        let video = element(
            &[0xE0],
            &[
                number(&[0xB0], width.into()),
                number(&[0xBA], height.into()),
                element(&[0x2E, 0xB5, 0x24], &pixels.code()),
            ]
            .concat(),
        );
        let track = [
            number(&[0xD7], 1),
            number(&[0x73, 0xC5], 1),
            number(&[0x83], 1),
            // Without it, the language would be English.
            element(&[0x22, 0xB5, 0x9C], b"und"),
            element(&[0x86], b"V_UNCOMPRESSED"),
            usual_duration.map_or_else(Vec::new, |duration| number(&[0x23, 0xE3, 0x83], duration)),
            video,
        ]
        .concat();
        let tracks = element(&[0x16, 0x54, 0xAE, 0x6B], &element(&[0xAE], &track));
        writer.write_all(&header)?;
        // A segment of unknown length.
        writer.write_all(&[0x18, 0x53, 0x80, 0x67, 0x01, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF])?;
        writer.write_all(&info)?;
        writer.write_all(&tracks)?;
        Ok(Self { writer })
    }

    /// Writes a frame that is shown from `time` on for so long, both in microseconds.
    pub(super) fn frame(&mut self, time: u64, duration: u64, pixels: &[u8]) -> io::Result<()> {
        // Track 1, at the cluster's own time, without flags.
        let block = [&[0x81, 0, 0, 0][..], pixels].concat();
        let group = [element(&[0xA1], &block), number(&[0x9B], duration)].concat();
        let cluster = [number(&[0xE7], time), element(&[0xA0], &group)].concat();
        self.writer.write_all(&element(&[0x1F, 0x43, 0xB6, 0x75], &cluster))
    }

    /// What the stream was written to.
    pub(super) fn into_inner(self) -> W {
        self.writer
    }
}

/// An element: its identifier, its length in eight bytes, its content.
fn element(identifier: &[u8], content: &[u8]) -> Vec<u8> {
    let length = (content.len() as u64 | 1 << 56).to_be_bytes();
    [identifier, &length, content].concat()
}

/// An element that is a whole number.
fn number(identifier: &[u8], number: u64) -> Vec<u8> {
    element(identifier, &number.to_be_bytes())
}
