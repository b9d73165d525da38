//! Encodes frames into a GIF file.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use gif::{DisposalMethod, Encoder, EncodingError, Frame, Repeat};
use image::{Rgba, RgbaImage};

use super::super::super::info::{ClipInfo, TimeBase};
use super::super::changes::PixelBox;
use super::super::encoder::AnimationEncoder;
use super::super::format::HUNDREDTHS;
use super::indexed::IndexedPixels;

/// Hundredths of a second that a frame must last: programs show one that is shorter for a tenth of a second.
const SHORTEST: i64 = 2;

/// Pixels that are at least so opaque are opaque.
const OPAQUE: u8 = 128;

const CLEAR: Rgba<u8> = Rgba([0; 4]);

/// A GIF file that is being written.
pub(in super::super) struct GifFrames {
    encoder: Encoder<BufWriter<File>>,
    has_alpha: bool,
    base: TimeBase,
    /// What is shown before the next frame.
    before: Option<RgbaImage>,
}

impl GifFrames {
    pub(in super::super) fn create(path: &Path, info: &ClipInfo, xmp: Option<&str>) -> io::Result<Self> {
        let side = |side: u32| u16::try_from(side).map_err(|_| io::ErrorKind::InvalidInput);
        let writer = BufWriter::new(File::create(path)?);
        let mut encoder = Encoder::new(writer, side(info.size.0)?, side(info.size.1)?, &[]).map_err(failed)?;
        match info.plays.unwrap_or(0) {
            0 => encoder.set_repeat(Repeat::Infinite).map_err(failed)?,
            // What is not repeated has no block that says how often.
            plays => {
                let repeats = u16::try_from(plays - 1).unwrap_or(u16::MAX);
                encoder.set_repeat(Repeat::Finite(repeats)).map_err(failed)?;
            }
        }
        if let Some(packet) = xmp {
            encoder.get_mut().write_all(&xmp_extension(packet))?;
        }
        Ok(Self { encoder, has_alpha: info.has_alpha, base: info.time_base, before: None })
    }

    fn hundredths(&self, start: i64, end: i64) -> i64 {
        self.base.to(HUNDREDTHS, end) - self.base.to(HUNDREDTHS, start)
    }

    /// Whether a pixel of the frame is to be transparent in the next, for which all of it must be cleared. After the
    /// last frame comes the first.
    fn must_clear(&self, pixels: &RgbaImage, next: Option<&RgbaImage>) -> bool {
        let Some(next) = next else { return self.has_alpha };
        self.has_alpha && pixels.pixels().zip(next.pixels()).any(|(pixel, next)| *pixel != CLEAR && *next == CLEAR)
    }
}

impl AnimationEncoder for GifFrames {
    /// Pixels are transparent or opaque.
    fn storable(&self, mut pixels: RgbaImage) -> RgbaImage {
        for pixel in pixels.pixels_mut() {
            if self.has_alpha && pixel.0[3] < OPAQUE {
                *pixel = CLEAR;
            } else {
                pixel.0[3] = 255;
            }
        }
        pixels
    }

    /// An animation that counts hundredths itself stays as it is.
    fn is_too_short(&self, start: i64, end: i64) -> bool {
        self.base != HUNDREDTHS && start < end && self.hundredths(start, end) < SHORTEST
    }

    fn frame(&mut self, pixels: &RgbaImage, start: i64, end: i64, next: Option<&RgbaImage>) -> io::Result<()> {
        let must_clear = self.must_clear(pixels, next);
        let place =
            if must_clear { PixelBox::whole(pixels) } else { PixelBox::of_changes(self.before.as_ref(), pixels) };
        let mut part = place.of(pixels);
        if let Some(before) = &self.before {
            hide_unchanged(&mut part, &place.of(before));
        }
        let IndexedPixels { palette, indices, transparent } = IndexedPixels::of(&part, (place.left, place.top));
        let frame = Frame {
            delay: u16::try_from(self.hundredths(start, end)).unwrap_or(u16::MAX),
            dispose: if must_clear { DisposalMethod::Background } else { DisposalMethod::Keep },
            transparent,
            left: place.left as u16,
            top: place.top as u16,
            width: place.width as u16,
            height: place.height as u16,
            palette: Some(palette),
            buffer: indices.into(),
            ..Frame::default()
        };
        self.encoder.write_frame(&frame).map_err(failed)?;
        self.before = Some(if must_clear { RgbaImage::new(pixels.width(), pixels.height()) } else { pixels.clone() });
        Ok(())
    }

    fn finish(self: Box<Self>) -> io::Result<()> {
        self.encoder.into_inner().map_err(failed)?.flush()
    }
}

/// Makes pixels transparent that are there already.
fn hide_unchanged(part: &mut RgbaImage, before: &RgbaImage) {
    for (pixel, before) in part.pixels_mut().zip(before.pixels()) {
        if pixel == before {
            *pixel = CLEAR;
        }
    }
}

/// The block for an XMP packet, which is not divided as others are. Programs that do not know it read the packet's
/// letters as lengths; wherever they come out, the bytes that count down lead them to its end.
fn xmp_extension(packet: &str) -> Vec<u8> {
    let countdown: Vec<u8> = [1].into_iter().chain((0..=255).rev()).chain([0]).collect();
    [&b"\x21\xFF\x0BXMP DataXMP"[..], packet.as_bytes(), &countdown].concat()
}

fn failed(error: EncodingError) -> io::Error {
    match error {
        EncodingError::Io(error) => error,
        error => io::Error::other(error),
    }
}
