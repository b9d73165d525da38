//! Where a run stands, as plain numbers, so that it can go on later and elsewhere.

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
    /// The picture: 3 x height x width, sRGB 0..1.
    pub image: Vec<f32>,
    /// What the optimiser remembers.
    pub optimizer: Memory,
}

/// What an optimiser remembers of the iterations before.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Memory {
    /// Steps taken.
    pub steps: u32,
    /// Its arrays by name.
    pub arrays: Vec<(String, Vec<f32>)>,
}

impl Snapshot {
    /// Bytes that one of a run at this size takes: the picture and the optimiser's two memories of each value.
    pub fn bytes(size: Size) -> usize {
        size.pixels() * 3 * 3 * size_of::<f32>()
    }

    /// Whether the picture has the size it says, and every number is one. What the optimiser remembers is its
    /// own to judge.
    pub fn is_sound(&self) -> bool {
        let Some(length) = self.width.checked_mul(self.height).and_then(|pixels| pixels.checked_mul(3)) else {
            return false;
        };
        let are_numbers = |array: &[f32]| array.iter().all(|value| value.is_finite());
        length > 0
            && self.image.len() == length
            && are_numbers(&self.image)
            && self.optimizer.arrays.iter().all(|(_, array)| are_numbers(array))
    }
}
