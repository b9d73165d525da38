//! Upsamples subsampled chroma to the resolution of luma.

use heic_rs::hevc::{ChromaFormat, Frame};
use rayon::prelude::*;

/// The upsampling filter. It is the one that each codec's usual decoder applies, so that pictures look as they do in
/// other programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Filter {
    /// The nearest sample, as libheif does for HEVC.
    Nearest,
    /// Three quarters of the nearer and one quarter of the farther sample, as libavif does for AV1.
    Linear,
}

/// `frame` with full-resolution chroma (4:4:4); monochrome and 4:4:4 frames are returned unchanged.
pub(super) fn upsample(frame: Frame, filter: Filter) -> Frame {
    let (halves_x, halves_y) = (frame.chroma.x_shift() == 1, frame.chroma.y_shift() == 1);
    if !halves_x {
        return frame;
    }
    let stride = frame.c_stride as usize;
    let (width, height) = (frame.width as usize, frame.height as usize);
    let coded = frame.chroma.chroma_size(frame.width, frame.height).0 as usize;
    let full = |plane: &[u16]| {
        let rows: Vec<&[u16]> = plane.chunks(stride).map(|row| &row[..coded]).collect();
        let mut samples = vec![0; width * height];
        samples.par_chunks_exact_mut(width).enumerate().for_each(|(y, row)| {
            let (near, far) = if halves_y { neighbours(y, rows.len()) } else { (y, y) };
            for (x, sample) in row.iter_mut().enumerate() {
                let (left, right) = neighbours(x, coded);
                *sample = match filter {
                    Filter::Nearest => rows[near][left],
                    Filter::Linear => {
                        let along = |row: &[u16]| 3 * u32::from(row[left]) + u32::from(row[right]);
                        ((3 * along(rows[near]) + along(rows[far]) + 8) / 16) as u16
                    }
                };
            }
        });
        samples
    };
    Frame { cb: full(&frame.cb), cr: full(&frame.cr), chroma: ChromaFormat::Yuv444, c_stride: frame.width, ..frame }
}

/// The indices of the nearest and the second nearest of `count` samples for the pixel `at`; each sample is centred
/// between two pixels.
fn neighbours(at: usize, count: usize) -> (usize, usize) {
    let near = (at / 2).min(count - 1);
    let far = if at.is_multiple_of(2) { near.saturating_sub(1) } else { (near + 1).min(count - 1) };
    (near, far)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(chroma: ChromaFormat, cb: Vec<u16>) -> Frame {
        let (width, height) = (3, 3);
        let c_stride = chroma.chroma_size(width, height).0;
        Frame { width, height, bit_depth: 8, chroma, y: vec![0; 9], cr: cb.clone(), cb, y_stride: width, c_stride }
    }

    #[test]
    fn odd_sides_use_the_last_sample_too() {
        let full = upsample(frame(ChromaFormat::Yuv420, vec![0, 160, 32, 64]), Filter::Nearest);
        assert_eq!(full.cb, [0, 0, 160, 0, 0, 160, 32, 32, 64]);
        assert_eq!(full.chroma, ChromaFormat::Yuv444);
        full.validate().unwrap();
    }

    #[test]
    fn linear_upsampling_centres_samples_between_pixels() {
        let full = upsample(frame(ChromaFormat::Yuv420, vec![0, 160, 32, 64]), Filter::Linear);
        assert_eq!(full.cb, [0, 40, 120, 8, 40, 104, 24, 40, 72]);
        let full = upsample(frame(ChromaFormat::Yuv422, vec![0, 160, 32, 64, 4, 8]), Filter::Linear);
        assert_eq!(full.cb, [0, 40, 120, 32, 40, 56, 4, 5, 7]);
    }
}
