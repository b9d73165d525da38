//! Where a run stands, as plain numbers, so that it can go on later and elsewhere. They have half the bits of those
//! that are painted with: snapshots are written every few seconds, and a resumed run ends with the same loss
//! (`tests/transfer/continuity.rs`).

use half::bf16;

use super::pyramid::Size;

/// What a run needs to go on from where it stood: the picture, the optimiser's memory, and how far it was.
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
    /// The picture: 3 x height x width, sRGB, where 65535 stands for 1.
    pub image: Vec<u16>,
    /// What the optimiser remembers.
    pub optimizer: Memory,
}

/// What an optimiser remembers of the iterations before.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Memory {
    /// Steps taken.
    pub steps: u32,
    /// Its arrays by name. Gradients can be as small as the picture is large, so the type has the exponents of f32.
    pub arrays: Vec<(String, Vec<bf16>)>,
}

impl Snapshot {
    /// Bytes that snapshots of a run at this size take: the picture and the optimiser's two memories of each value, twice,
    /// since one is held until the next is whole.
    pub fn bytes(size: Size) -> usize {
        2 * size.pixels() * 3 * 3 * size_of::<u16>()
    }

    /// A value of the picture, 0 to 1, as [`Snapshot::image`] holds it.
    pub fn pixel(value: f32) -> u16 {
        (value.clamp(0.0, 1.0) * f32::from(u16::MAX)).round() as u16
    }

    /// The value of the picture that [`Snapshot::image`] holds as this.
    pub fn value(pixel: u16) -> f32 {
        f32::from(pixel) / f32::from(u16::MAX)
    }

    /// Whether the picture has the size it says, and every number of the optimiser's is one. What the optimiser remembers is its
    /// own to judge.
    pub fn is_sound(&self) -> bool {
        let Some(length) = self.width.checked_mul(self.height).and_then(|pixels| pixels.checked_mul(3)) else {
            return false;
        };
        let mut arrays = self.optimizer.arrays.iter();
        length > 0 && self.image.len() == length && arrays.all(|(_, array)| array.iter().all(|value| value.is_finite()))
    }
}
