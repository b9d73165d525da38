//! A painting's style as 100 numbers.

/// A painting's style as the predictor sees it. Vectors can be blended: what lies between two of them is a style
/// between theirs.
#[derive(Clone, Debug, PartialEq)]
pub struct StyleVector([f32; StyleVector::LENGTH]);

impl StyleVector {
    /// How many numbers it has.
    pub const LENGTH: usize = 100;

    /// From its numbers; `None` where there are more or fewer, or any is not finite.
    pub fn new(numbers: &[f32]) -> Option<Self> {
        let numbers: [f32; Self::LENGTH] = numbers.try_into().ok()?;
        numbers.iter().all(|number| number.is_finite()).then_some(Self(numbers))
    }

    /// Its numbers.
    pub fn numbers(&self) -> &[f32] {
        &self.0
    }

    /// The mean of vectors, each counted with its weight; `None` where the weights sum to nothing.
    pub fn blend<'a>(vectors: impl IntoIterator<Item = (&'a Self, f32)>) -> Option<Self> {
        let (mut sum, mut total) = ([0.0; Self::LENGTH], 0.0);
        for (vector, weight) in vectors {
            sum.iter_mut().zip(vector.0).for_each(|(sum, number)| *sum += weight * number);
            total += weight;
        }
        (total > 0.0).then(|| Self(sum.map(|sum| sum / total)))
    }

    /// The vector on the way from this one (at 0) to another (at 1).
    #[must_use]
    pub fn towards(&self, other: &Self, share: f32) -> Self {
        Self(std::array::from_fn(|index| self.0[index] + share * (other.0[index] - self.0[index])))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn even(number: f32) -> StyleVector {
        StyleVector([number; StyleVector::LENGTH])
    }

    #[test]
    fn vectors_blend_by_weight() {
        let blended = StyleVector::blend([(&even(1.0), 1.0), (&even(5.0), 3.0)]);
        assert_eq!(blended, Some(even(4.0)));
        assert_eq!(StyleVector::blend([(&even(1.0), 0.0)]), None);
        assert_eq!(even(1.0).towards(&even(3.0), 0.25), even(1.5));
    }

    #[test]
    fn only_as_many_finite_numbers_are_a_vector() {
        assert!(StyleVector::new(&[0.0; StyleVector::LENGTH]).is_some());
        assert_eq!(StyleVector::new(&[0.0; 99]), None);
        assert_eq!(StyleVector::new(&[f32::NAN; StyleVector::LENGTH]), None);
    }
}
