//! Functions of single features.

/// A function that is applied to each number of features.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Activation {
    /// The number as it is.
    Identity,
    /// `max(x, 0)`.
    Relu,
    /// `min(max(x, 0), 6)`.
    Relu6,
    /// `1 / (1 + exp(-x))`.
    Sigmoid,
}

impl Activation {
    /// The function of one number.
    #[inline(always)]
    #[allow(clippy::inline_always)] // inside the kernels' loops
    pub fn of(self, number: f32) -> f32 {
        match self {
            Self::Identity => number,
            Self::Relu => number.max(0.0),
            Self::Relu6 => number.clamp(0.0, 6.0),
            Self::Sigmoid => 1.0 / (1.0 + (-number).exp()),
        }
    }
}
