//! Decodes what an animated PNG file stores of its frames.

use std::fs::File;
use std::io::{self, BufReader};
use std::path::Path;

use image::{Rgba, RgbaImage};
use png::{BlendOp, ColorType, Decoder, DecodingError, DisposeOp, Reader, Transformations};

use super::super::canvas::{FramePart, PartDisposal};

/// The parts of frames that a file stores.
pub(in super::super) struct ApngParts {
    reader: Reader<BufReader<File>>,
}

impl ApngParts {
    /// Those of a file.
    pub(in super::super) fn open(path: &Path) -> io::Result<Self> {
        let mut decoder = Decoder::new(BufReader::new(File::open(path)?));
        decoder.set_transformations(Transformations::normalize_to_color8());
        let mut reader = decoder.read_info().map_err(damaged)?;
        if reader.info().frame_control.is_none() {
            // The picture for programs that show no animation is not part of it.
            reader.next_frame_info().map_err(damaged)?;
        }
        Ok(Self { reader })
    }

    /// The next.
    pub(in super::super) fn next(&mut self) -> io::Result<FramePart> {
        let mut bytes = vec![0; self.reader.output_buffer_size().ok_or(io::ErrorKind::OutOfMemory)?];
        let output = self.reader.next_frame(&mut bytes).map_err(damaged)?;
        let info = self.reader.info();
        let control = *info.frame_control().ok_or(io::ErrorKind::InvalidData)?;
        let channels = output.color_type.samples();
        // The decoder places the rows of interlaced frames as those of the whole picture.
        let row = if info.interlaced { info.width as usize * channels } else { output.line_size };
        let pixels = RgbaImage::from_fn(output.width, output.height, |x, y| {
            let at = y as usize * row + x as usize * channels;
            rgba(&bytes[at..at + channels], output.color_type)
        });
        let denominator = if control.delay_den == 0 { 100 } else { control.delay_den };
        Ok(FramePart {
            place: (control.x_offset, control.y_offset),
            pixels,
            is_over: control.blend_op == BlendOp::Over,
            disposal: match control.dispose_op {
                DisposeOp::None => PartDisposal::Keep,
                DisposeOp::Background => PartDisposal::Clear,
                DisposeOp::Previous => PartDisposal::Restore,
            },
            seconds: f64::from(control.delay_num) / f64::from(denominator),
        })
    }
}

fn rgba(samples: &[u8], color: ColorType) -> Rgba<u8> {
    Rgba(match (color, samples) {
        (ColorType::Grayscale, &[grey]) => [grey, grey, grey, 255],
        (ColorType::GrayscaleAlpha, &[grey, alpha]) => [grey, grey, grey, alpha],
        (ColorType::Rgb, &[red, green, blue]) => [red, green, blue, 255],
        (ColorType::Rgba, &[red, green, blue, alpha]) => [red, green, blue, alpha],
        _ => unreachable!("the decoder was told to give these"),
    })
}

fn damaged(error: DecodingError) -> io::Error {
    match error {
        DecodingError::IoError(error) => error,
        _ => io::ErrorKind::InvalidData.into(),
    }
}
