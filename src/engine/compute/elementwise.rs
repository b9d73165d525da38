//! Operations on each number by itself.

use candle_core::{Result, Tensor};
use rayon::prelude::*;

use super::band::Band;
use super::layout::{as_lies, overwrite};
use super::memory::{edit, values};
use super::number::{Number, total};
use super::pieces::{in_pieces, pieces};
use super::trial::has_own_kernels;

/// Numbers that one thread works on at a time.
const CHUNK: usize = 1 << 14;

/// By candle's operations, 1 for each number above zero, else 0. Without a constant: the host would send it each time.
pub(super) fn above_zero(tensor: &Tensor) -> Result<Tensor> {
    tensor.relu()?.sign()
}

/// By candle's operations, each number within 0..1. Without constants, too; and other than in a ReLU, what is no number
/// stays so, and is noticed.
fn within_unit(tensor: &Tensor) -> Result<Tensor> {
    let not_below_zero = |tensor: &Tensor| (tensor + tensor.abs()?)? * 0.5;
    not_below_zero(&not_below_zero(tensor)?.affine(-1.0, 1.0)?)?.affine(-1.0, 1.0)
}

/// Makes everything zero.
pub(crate) fn clear(tensor: &Tensor) -> Result<()> {
    if !has_own_kernels(tensor.device()) {
        return tensor.zero_set();
    }
    edit(tensor, |numbers| numbers.par_chunks_mut(CHUNK).for_each(|chunk| chunk.fill(0.0)))
}

/// Replaces features, which a ReLU made, by the gradient with respect to what the ReLU was given, from
/// the gradient with respect to the features.
pub(crate) fn mask(features: &Band, gradient: &Band) -> Result<()> {
    if !has_own_kernels(features.values.device()) {
        let (_, width, channels) = features.values.dims3()?;
        for rows in pieces(features.rows(), 3 * width * channels * size_of::<f32>()) {
            let (features, gradient) = (features.narrow(&rows)?, gradient.narrow(&rows)?);
            features.write(&(gradient.planes()? * above_zero(&features.planes()?)?)?)?;
        }
        return Ok(());
    }
    let gradient = values(&gradient.values)?;
    edit(&features.values, |features| {
        features.par_chunks_mut(CHUNK).zip(gradient.par_chunks(CHUNK)).for_each(|(features, gradient)| {
            for (feature, &gradient) in features.iter_mut().zip(gradient) {
                *feature = if *feature > 0.0 { gradient } else { 0.0 };
            }
        });
    })
}

/// Adds `factor (one - other)` to `sum`.
pub(crate) fn add_difference(sum: &Tensor, one: &Tensor, other: &Tensor, factor: f32) -> Result<()> {
    if !has_own_kernels(sum.device()) {
        return in_pieces([sum, one, other], 3, |[sum, one, other]| {
            overwrite(&sum, &(&sum + ((one - other)? * f64::from(factor))?)?)
        });
    }
    let (one, other) = (values(one)?, values(other)?);
    edit(sum, |sum| {
        sum.par_chunks_mut(CHUNK).zip(one.par_chunks(CHUNK)).zip(other.par_chunks(CHUNK)).for_each(
            |((sum, one), other)| {
                for ((sum, one), other) in sum.iter_mut().zip(one).zip(other) {
                    *sum += factor * (one - other);
                }
            },
        );
    })
}

/// Adds `other` to `sum`.
pub(crate) fn add(sum: &Tensor, other: &Tensor) -> Result<()> {
    if !has_own_kernels(sum.device()) {
        return in_pieces([sum, other], 1, |[sum, other]| overwrite(&sum, &(&sum + other)?));
    }
    let other = values(other)?;
    edit(sum, |sum| {
        sum.par_chunks_mut(CHUNK).zip(other.par_chunks(CHUNK)).for_each(|(sum, other)| {
            sum.iter_mut().zip(other).for_each(|(sum, other)| *sum += other);
        });
    })
}

/// The sum of squared differences.
pub(crate) fn squared_distance(one: &Tensor, other: &Tensor) -> Result<Number> {
    if !has_own_kernels(one.device()) {
        let mut sum = Number::default();
        // Neither is written to, so neither need lie in one piece.
        in_pieces([&as_lies(one, one)?, &as_lies(one, other)?], 2, |[one, other]| {
            sum = sum.plus(&Number::There(total(&(one - other)?.sqr()?)?))?;
            Ok(())
        })?;
        return Ok(sum);
    }
    let (one, other) = (values(one)?, values(other)?);
    // Chunks are summed in order, so that the same numbers always have the same sum.
    let sums: Vec<f32> = one
        .par_chunks(CHUNK)
        .zip(other.par_chunks(CHUNK))
        .map(|(one, other)| one.iter().zip(other).map(|(one, other)| (one - other) * (one - other)).sum())
        .collect();
    Ok(Number::Here(sums.into_iter().map(f64::from).sum()))
}

/// How far one step of Adam goes.
#[derive(Clone, Copy)]
pub(crate) struct AdamStep {
    /// Decay of the mean of gradients, and of their squares.
    pub(crate) decays: (f32, f32),
    /// Step size with the correction of the mean's start from zero in it.
    pub(crate) size: f32,
    /// What the square is divided by, which corrects its start from zero.
    pub(crate) square_correction: f32,
    /// Keeps the division finite.
    pub(crate) epsilon: f32,
}

/// One step of Adam against a gradient, within 0..1. Changes the image and both memories.
pub(crate) fn adam(step: AdamStep, image: &Tensor, gradient: &Tensor, mean: &Tensor, square: &Tensor) -> Result<()> {
    let AdamStep { decays: (first, second), size, square_correction, epsilon } = step;
    if !has_own_kernels(image.device()) {
        let (first, second) = (f64::from(first), f64::from(second));
        return in_pieces([image, gradient, mean, square], 5, |[image, gradient, mean, square]| {
            overwrite(&mean, &((&mean * first)? + (&gradient * (1.0 - first))?)?)?;
            overwrite(&square, &((&square * second)? + (gradient.sqr()? * (1.0 - second))?)?)?;
            let root = ((square / f64::from(square_correction))?.sqrt()? + f64::from(epsilon))?;
            overwrite(&image, &within_unit(&(&image - ((mean / root)? * f64::from(size))?)?)?)
        });
    }
    let gradient = values(gradient)?;
    edit(image, |image| {
        edit(mean, |mean| {
            edit(square, |square| {
                let memories = mean.par_chunks_mut(CHUNK).zip(square.par_chunks_mut(CHUNK));
                image.par_chunks_mut(CHUNK).zip(gradient.par_chunks(CHUNK)).zip(memories).for_each(
                    |((image, gradient), (mean, square))| {
                        for (((value, &gradient), mean), square) in image.iter_mut().zip(gradient).zip(mean).zip(square)
                        {
                            *mean = *mean * first + gradient * (1.0 - first);
                            *square = *square * second + gradient * gradient * (1.0 - second);
                            let root = (*square / square_correction).sqrt() + epsilon;
                            *value = (*value - *mean / root * size).clamp(0.0, 1.0);
                        }
                    },
                );
            })
        })
    })??
}

#[cfg(test)]
mod tests {
    use super::super::trial;
    use super::*;
    use candle_core::Device;

    type Compute = Box<dyn Fn(&[Tensor]) -> Number>;

    fn random(least: f32, most: f32) -> Tensor {
        Tensor::rand(least, most, (3, 41, 29), &Device::Cpu).unwrap()
    }

    fn numbers(tensor: &Tensor) -> Vec<f32> {
        tensor.flatten_all().unwrap().to_vec1().unwrap()
    }

    /// What a computation makes of copies of some tensors, on the CPU's kernels and on a card's operations.
    fn both(tensors: &[Tensor], compute: impl Fn(&[Tensor]) -> Number) -> [(f64, Vec<f32>); 2] {
        [false, true].map(|as_card| {
            let copies: Vec<Tensor> = tensors.iter().map(|tensor| tensor.copy().unwrap()).collect();
            if as_card {
                trial::begin(trial::Card::default());
            }
            let number = compute(&copies);
            trial::end();
            (number.read().unwrap(), copies.iter().flat_map(numbers).collect())
        })
    }

    #[test]
    fn what_is_no_number_stays_so() {
        let image = Tensor::new(&[-0.5f32, 0.25, 1.5, f32::NAN], &Device::Cpu).unwrap();
        let within = within_unit(&image).unwrap().to_vec1::<f32>().unwrap();
        assert_eq!(within[..3], [0.0, 0.25, 1.0]);
        assert!(within[3].is_nan());
    }

    #[test]
    fn every_device_computes_alike() {
        let tensors = [random(0.0, 1.0), random(-1.0, 1.0), random(-1.0, 1.0), random(0.1, 1.0)];
        let step = AdamStep { decays: (0.9, 0.99), size: 0.05, square_correction: 0.4, epsilon: 1e-6 };
        let done = |result: Result<()>| result.map(|()| Number::default()).unwrap();
        let computations: [Compute; 6] = [
            Box::new(move |t| done(clear(&t[1]))),
            Box::new(move |t| done(mask(&Band::whole(t[1].clone()).unwrap(), &Band::whole(t[2].clone()).unwrap()))),
            Box::new(move |t| done(add_difference(&t[0], &t[1], &t[2], 0.3))),
            Box::new(move |t| done(add(&t[0], &t[1]))),
            Box::new(|t| squared_distance(&t[0], &t[1]).unwrap()),
            Box::new(move |t| done(adam(step, &t[0], &t[1], &t[2], &t[3]))),
        ];
        for (index, compute) in computations.iter().enumerate() {
            let [own, card] = both(&tensors, compute);
            assert!((own.0 - card.0).abs() < 1e-5 * (1.0 + own.0.abs()), "{index}: {} {}", own.0, card.0);
            for (own, card) in own.1.iter().zip(&card.1) {
                assert!((own - card).abs() < 1e-5, "{index}: {own} {card}");
            }
        }
    }
}
