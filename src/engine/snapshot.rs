//! Snapshots: the state of a run as plain numbers, so that it can resume later and on another machine. The numbers have
//! half the bits of those used for painting, because snapshots are written every few seconds; a resumed run still ends
//! with the same loss (`tests/transfer/continuity.rs`).

use half::bf16;

use super::pyramid::Size;

/// The state that a run needs to resume: the picture, the optimiser's state, and the progress.
#[derive(Clone, Debug, PartialEq)]
pub struct Snapshot {
    /// Index of the scale that was being painted.
    pub scale: usize,
    /// Iterations done at that scale.
    pub iteration: u32,
    /// Width of the scale in pixels.
    pub width: usize,
    /// Height of the scale in pixels.
    pub height: usize,
    /// The picture: 3 x height x width, sRGB, with 65535 for 1.
    pub image: Vec<u16>,
    /// The optimiser's state.
    pub optimizer: OptimizerState,
}

/// An optimiser's state after some iterations.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct OptimizerState {
    /// Steps taken.
    pub steps: u32,
    /// Its arrays by name. Gradients are the smaller the larger the picture is, so the type has the exponent range of
    /// f32.
    pub arrays: Vec<(String, Vec<bf16>)>,
}

impl Snapshot {
    /// Memory in bytes for snapshots of a run at this size: the picture and the optimiser's two averages for each
    /// value, twice, because one snapshot is kept until the next is complete. The averages for coarse levels, a fiftieth of
    /// the others, are left out.
    pub fn bytes(size: Size) -> usize {
        2 * size.pixels() * 3 * 3 * size_of::<u16>()
    }

    /// Encodes a value of the picture, 0 to 1, for [`Snapshot::image`].
    pub fn pixel(value: f32) -> u16 {
        (value.clamp(0.0, 1.0) * f32::from(u16::MAX)).round() as u16
    }

    /// Decodes a value of [`Snapshot::image`], to 0..1.
    pub fn value(pixel: u16) -> f32 {
        f32::from(pixel) / f32::from(u16::MAX)
    }

    /// Whether the picture has the stated size and all of the optimiser's numbers are finite. The optimiser
    /// itself checks whether the arrays are the ones that it needs.
    pub fn is_valid(&self) -> bool {
        let Some(length) = self.width.checked_mul(self.height).and_then(|pixels| pixels.checked_mul(3)) else {
            return false;
        };
        let mut arrays = self.optimizer.arrays.iter();
        length > 0 && self.image.len() == length && arrays.all(|(_, array)| array.iter().all(|value| value.is_finite()))
    }
}
