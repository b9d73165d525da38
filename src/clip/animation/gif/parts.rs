//! Decodes what a GIF file stores of its frames.

use std::fs::File;
use std::io::{self, BufReader};
use std::path::Path;

use gif::{ColorOutput, DecodeOptions, Decoder, DecodingError, DisposalMethod, MemoryLimit};
use image::RgbaImage;

use super::super::canvas::{FramePart, PartDisposal};
use super::super::format::HUNDREDTHS;

/// The parts of frames that a file stores.
pub(in super::super) struct GifParts {
    decoder: Decoder<BufReader<File>>,
}

impl GifParts {
    /// Those of a file.
    pub(in super::super) fn open(path: &Path) -> io::Result<Self> {
        let mut options = DecodeOptions::new();
        options.set_color_output(ColorOutput::RGBA);
        // The size of frames is limited by the format, and that of the canvas was checked.
        options.set_memory_limit(MemoryLimit::Unlimited);
        let decoder = options.read_info(BufReader::new(File::open(path)?)).map_err(damaged)?;
        Ok(Self { decoder })
    }

    /// The next.
    pub(in super::super) fn next(&mut self) -> io::Result<FramePart> {
        let Some(frame) = self.decoder.next_frame_info().map_err(damaged)? else {
            return Err(io::ErrorKind::UnexpectedEof.into());
        };
        let (width, height) = (u32::from(frame.width), u32::from(frame.height));
        let place = (u32::from(frame.left), u32::from(frame.top));
        let disposal = match frame.dispose {
            DisposalMethod::Any | DisposalMethod::Keep => PartDisposal::Keep,
            DisposalMethod::Background => PartDisposal::Clear,
            DisposalMethod::Previous => PartDisposal::Restore,
        };
        let seconds = HUNDREDTHS.seconds(frame.delay.into());
        let mut pixels = vec![0; self.decoder.buffer_size()];
        self.decoder.read_into_buffer(&mut pixels).map_err(damaged)?;
        let pixels = RgbaImage::from_raw(width, height, pixels).ok_or(io::ErrorKind::InvalidData)?;
        Ok(FramePart { place, pixels, is_over: true, disposal, seconds })
    }
}

fn damaged(error: DecodingError) -> io::Error {
    match error {
        DecodingError::Io(error) => error,
        DecodingError::UnexpectedEof => io::ErrorKind::UnexpectedEof.into(),
        _ => io::ErrorKind::InvalidData.into(),
    }
}
