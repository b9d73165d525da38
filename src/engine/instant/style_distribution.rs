//! Styles that no painting has: draws from the distribution of paintings' styles (Jackson et al. 2019, "Style augmentation: data
//! augmentation via style randomization").

use super::style_vector::StyleVector;

/// A normal distribution of styles, with the mean and the covariance of some.
#[derive(Clone, Debug)]
pub struct StyleDistribution {
    mean: Vec<f64>,
    /// How far each style is from the mean.
    deviations: Vec<Vec<f64>>,
}

impl StyleDistribution {
    /// Of these styles; `None` if there are fewer than two.
    pub fn new(styles: &[StyleVector]) -> Option<Self> {
        if styles.len() < 2 {
            return None;
        }
        let numbers = |index: usize| styles.iter().map(move |style| f64::from(style.numbers()[index]));
        let mean: Vec<f64> =
            (0..StyleVector::LENGTH).map(|index| numbers(index).sum::<f64>() / styles.len() as f64).collect();
        let deviation = |style: &StyleVector| {
            style.numbers().iter().zip(&mean).map(|(number, mean)| f64::from(*number) - mean).collect()
        };
        let deviations = styles.iter().map(deviation).collect();
        Some(Self { mean, deviations })
    }

    /// A style of the distribution. `normal` returns independent numbers of the standard normal distribution: a sum of the
    /// deviations that are weighted with them has the covariance of the styles.
    pub fn draw(&self, mut normal: impl FnMut() -> f64) -> StyleVector {
        let share = 1.0 / ((self.deviations.len() - 1) as f64).sqrt();
        let mut drawn = self.mean.clone();
        for deviation in &self.deviations {
            let weight = share * normal();
            drawn.iter_mut().zip(deviation).for_each(|(drawn, own)| *drawn += weight * own);
        }
        let drawn: Vec<f32> = drawn.into_iter().map(|number| number as f32).collect();
        StyleVector::new(&drawn).unwrap_or_else(|| unreachable!("sums of finite numbers are finite"))
    }
}

#[cfg(test)]
mod tests {
    use rand::rngs::StdRng;
    use rand::{Rng, SeedableRng};

    use super::*;

    #[test]
    fn draws_have_the_mean_and_the_covariance_of_the_styles() {
        let mut random = StdRng::seed_from_u64(3);
        let style = |random: &mut StdRng| {
            let common: f32 = random.random_range(-1.0..1.0);
            let numbers = (0..StyleVector::LENGTH).map(|index| match index {
                0 => common,
                1 => 2.0 - common,
                _ => random.random_range(0.0..0.5),
            });
            StyleVector::new(&numbers.collect::<Vec<_>>()).unwrap()
        };
        let styles: Vec<StyleVector> = (0..6).map(|_| style(&mut random)).collect();
        assert!(StyleDistribution::new(&styles[..1]).is_none());
        let distribution = StyleDistribution::new(&styles).unwrap();
        let mut normal = || {
            let (one, other): (f64, f64) = (random.random_range(f64::MIN_POSITIVE..1.0), random.random());
            (-2.0 * one.ln()).sqrt() * (std::f64::consts::TAU * other).cos()
        };
        let draws: Vec<StyleVector> = (0..20_000).map(|_| distribution.draw(&mut normal)).collect();
        let moments = |vectors: &[StyleVector], one: usize, other: usize, count: f64| {
            let mean = |index: usize| {
                vectors.iter().map(|own| f64::from(own.numbers()[index])).sum::<f64>() / vectors.len() as f64
            };
            let (one_mean, other_mean) = (mean(one), mean(other));
            let product = |own: &StyleVector| {
                (f64::from(own.numbers()[one]) - one_mean) * (f64::from(own.numbers()[other]) - other_mean)
            };
            (one_mean, vectors.iter().map(product).sum::<f64>() / count)
        };
        for (one, other) in [(0, 0), (0, 1), (2, 2), (2, 3)] {
            let (expected, found) = (moments(&styles, one, other, 5.0), moments(&draws, one, other, 19_999.0));
            assert!(
                (expected.0 - found.0).abs() < 0.02 && (expected.1 - found.1).abs() < 0.02,
                "{expected:?} {found:?}"
            );
        }
        assert!(moments(&draws, 0, 1, 19_999.0).1 < -0.1);
    }
}
