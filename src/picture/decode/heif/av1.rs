//! Decodes AV1 still pictures.

use heic_rs::hevc::{ChromaFormat, Frame};
use heic_rs::props::colr::Nclx;
use re_rav1d::dav1d::{Decoder, Error, Picture, PixelLayout, PlanarImageComponent, Settings};

use super::boxes::{nclx, unsupported};
use super::chroma::{Filter, upsample};
use crate::picture::error::Problem;

/// Decodes a picture of at most `most_pixels` pixels from the `headers` in the item's configuration and its `data`.
/// Also returns the colour description in the bitstream.
pub(super) fn decode(headers: &[u8], data: &[u8], most_pixels: u64) -> Result<(Frame, Nclx), Problem> {
    let mut settings = Settings::new();
    settings.set_max_frame_delay(1);
    settings.set_all_layers(false);
    settings.set_frame_size_limit(u32::try_from(most_pixels).unwrap_or(u32::MAX));
    let mut decoder = Decoder::with_settings(&settings).map_err(problem)?;
    // In most files, the data contains the headers, too; repeating them is harmless.
    let stream = [headers, data].concat();
    match decoder.send_data(stream, None, None, None) {
        Ok(()) | Err(Error::Again) => {}
        Err(error) => return Err(problem(error)),
    }
    let picture = loop {
        match decoder.get_picture() {
            Ok(picture) => break picture,
            Err(Error::Again) => match decoder.send_pending_data() {
                Ok(()) => break decoder.get_picture().map_err(problem)?,
                Err(Error::Again) => {}
                Err(error) => return Err(problem(error)),
            },
            Err(error) => return Err(problem(error)),
        }
    };
    let frame = upsample(frame(&picture)?, Filter::Linear);
    let code = |code: usize| code as u16;
    let colours = nclx(
        code(picture.color_primaries() as usize),
        code(picture.transfer_characteristic() as usize),
        code(picture.matrix_coefficients() as usize),
        picture.color_range() == re_rav1d::dav1d::pixel::YUVRange::Full,
    );
    Ok((frame, colours))
}

/// The planes of `picture`, without row padding.
fn frame(picture: &Picture) -> Result<Frame, Problem> {
    let bits = picture.bits_per_component().map(|bits| bits.0 as u8);
    let bit_depth = bits.ok_or_else(|| unsupported("an unknown bit depth"))?;
    let chroma = match picture.pixel_layout() {
        PixelLayout::I400 => ChromaFormat::Monochrome,
        PixelLayout::I420 => ChromaFormat::Yuv420,
        PixelLayout::I422 => ChromaFormat::Yuv422,
        PixelLayout::I444 => ChromaFormat::Yuv444,
    };
    let (width, height) = (picture.width(), picture.height());
    let chroma_size = chroma.chroma_size(width, height);
    let plane = |component, (width, height): (u32, u32)| {
        let stride = picture.stride(component) as usize;
        let plane = picture.plane(component);
        let rows = plane.chunks(stride).take(height as usize);
        let samples: Vec<u16> = if bit_depth == 8 {
            rows.flat_map(|row| row[..width as usize].iter().map(|&sample| u16::from(sample))).collect()
        } else {
            rows.flat_map(|row| row.as_chunks().0[..width as usize].iter().map(|&pair| u16::from_ne_bytes(pair)))
                .collect()
        };
        samples
    };
    let chroma_plane = |component| match chroma {
        ChromaFormat::Monochrome => Vec::new(),
        _ => plane(component, chroma_size),
    };
    let frame = Frame {
        width,
        height,
        bit_depth,
        chroma,
        y: plane(PlanarImageComponent::Y, (width, height)),
        cb: chroma_plane(PlanarImageComponent::U),
        cr: chroma_plane(PlanarImageComponent::V),
        y_stride: width,
        c_stride: chroma_size.0,
    };
    frame.validate().map_err(Problem::damaged)?;
    Ok(frame)
}

fn problem(error: Error) -> Problem {
    match error {
        Error::UnsupportedBitstream => unsupported(error),
        // The frame exceeds the size limit, or memory allocation failed.
        Error::NotEnoughMemory => Problem::TooMuchMemory(error.into()),
        error => Problem::damaged(error),
    }
}
