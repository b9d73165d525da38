//! Random crops of photos, on which a network is trained.

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use super::super::compute::{ComputeResult, Tensor};
use super::super::pyramid::Size;
use super::super::resample::resample_within;

/// The least standard deviation of a crop's luminance. A crop of a plain sky has no contours that strokes could follow,
/// and no crop of it could match a painting's statistics.
const LEAST_DEVIATION: f64 = 0.04;

/// How many crops are tried until one is busy enough.
const TRIES: usize = 8;

/// Photos to train on.
pub trait Photos: Send + Sync {
    /// How many there are.
    fn count(&self) -> usize;

    /// The size of one of them.
    fn size(&self, index: usize) -> Size;

    /// A square of one of them, 3 x side x side, 0..1, on the CPU.
    ///
    /// # Errors
    /// When there is not enough memory.
    fn square(&self, index: usize, left: usize, top: usize, side: usize) -> ComputeResult<Tensor>;
}

/// Crop number `index` of photos: 3 x `side` x `side`, on the CPU. Position, scale
/// and direction are random, but the same for the same seed and index.
///
/// # Errors
/// When there is not enough memory.
///
/// # Panics
/// When there are no photos.
pub(super) fn crop(photos: &dyn Photos, side: usize, seed: u64, index: u64) -> ComputeResult<Tensor> {
    let mut random = at_index(seed, index);
    let mut crop = random_crop(photos, side, &mut random)?;
    for _ in 1..TRIES {
        if deviation(&crop)? >= LEAST_DEVIATION {
            break;
        }
        crop = random_crop(photos, side, &mut random)?;
    }
    Ok(crop)
}

/// Random numbers that are the same for the same seed and index.
pub(super) fn at_index(seed: u64, index: u64) -> StdRng {
    // An odd factor near the golden ratio of 2^64 spreads the indices over all seeds.
    StdRng::seed_from_u64(seed ^ (index + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15))
}

fn random_crop(photos: &dyn Photos, side: usize, random: &mut StdRng) -> ComputeResult<Tensor> {
    let photo = random.random_range(0..photos.count());
    let Size { width, height } = photos.size(photo);
    let (most, least) = (height.min(width), side.min(height).min(width));
    // Evenly distributed scales, as pictures are of all sizes.
    let region = (least as f64 * (most as f64 / least as f64).powf(random.random::<f64>())).round() as usize;
    let (top, left) = (random.random_range(0..=height - region), random.random_range(0..=width - region));
    let part = resample_within(&photos.square(photo, left, top, region)?, (side, side))?;
    if random.random() { mirrored(&part) } else { Ok(part) }
}

/// An image with left and right exchanged.
pub(super) fn mirrored(image: &Tensor) -> ComputeResult<Tensor> {
    let (_, _, width) = image.dims3()?;
    let mut numbers = image.to_vec()?;
    numbers.chunks_exact_mut(width).for_each(<[f32]>::reverse);
    Tensor::from_vec(numbers, image.dims(), image.device())
}

/// The standard deviation of an image's luminance, roughly: of the mean of its channels.
fn deviation(image: &Tensor) -> ComputeResult<f64> {
    let numbers = image.to_vec()?;
    let pixels = numbers.len() / 3;
    let luminance = |at: usize| f64::from(numbers[at] + numbers[pixels + at] + numbers[2 * pixels + at]) / 3.0;
    let mean = (0..pixels).map(luminance).sum::<f64>() / pixels as f64;
    let variance = (0..pixels).map(|at| (luminance(at) - mean).powi(2)).sum::<f64>() / pixels as f64;
    Ok(variance.sqrt())
}

#[cfg(test)]
mod tests {
    use super::super::super::compute::Device;
    use super::*;

    /// Photos of stripes that become lighter to the right and below. The left half is plain.
    struct Stripes(Vec<Size>);

    impl Photos for Stripes {
        fn count(&self) -> usize {
            self.0.len()
        }

        fn size(&self, index: usize) -> Size {
            self.0[index]
        }

        fn square(&self, index: usize, left: usize, top: usize, side: usize) -> ComputeResult<Tensor> {
            let Size { width, height } = self.0[index];
            assert!(left + side <= width && top + side <= height && side > 0);
            let at = |at: usize| {
                let (x, y) = (left + at % side, top + at / side % side);
                let light = 0.4 * x as f32 / width as f32 + 0.1 * y as f32 / height as f32;
                if 2 * x >= width && (x / 8).is_multiple_of(2) { light + 0.5 } else { 0.01 * light }
            };
            Tensor::from_vec((0..3 * side * side).map(at).collect(), (3, side, side), &Device::cpu())
        }
    }

    #[test]
    fn crops_are_random_and_repeatable() {
        let photos = Stripes(vec![Size { width: 300, height: 200 }, Size { width: 20, height: 50 }]);
        let crops = |seed: u64| -> Vec<Vec<f32>> {
            (0..12).map(|index| crop(&photos, 64, seed, index).unwrap().to_vec().unwrap()).collect()
        };
        let (first, again, other) = (crops(1), crops(1), crops(2));
        assert!(first == again && first != other);
        assert!(first.iter().all(|crop| crop.len() == 3 * 64 * 64));
        let mut distinct = first.clone();
        distinct.sort_by(|one, other| one.partial_cmp(other).unwrap());
        distinct.dedup();
        assert_eq!(distinct.len(), first.len());
        let sum = |crop: &[f32], half: usize| -> f32 { crop.chunks(32).skip(half).step_by(2).flatten().sum() };
        let (rising, falling): (Vec<_>, Vec<_>) = first.iter().partition(|crop| sum(crop, 1) > sum(crop, 0));
        assert!(!rising.is_empty() && !falling.is_empty());
    }

    #[test]
    fn plain_crops_are_left_out() {
        let photos = Stripes(vec![Size { width: 4000, height: 100 }]);
        let busy = |index: &u64| {
            let numbers = crop(&photos, 32, 5, *index).unwrap().to_vec().unwrap();
            numbers.iter().any(|number| *number > 0.3)
        };
        // Half of all places are plain; eight tries find another one in all but one of 256 cases.
        assert!((0..100).filter(busy).count() > 95);
    }
}
