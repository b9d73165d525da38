//! A GPU on trial: candle's operations on CPU tensors that round like tensor cores and fail on purpose.

use std::sync::atomic::{AtomicU32, Ordering};

use candle_core::{Result, Tensor, bail};

/// What a GPU on trial does differently from candle on the CPU. By default nothing. For tests and benchmarks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Trial {
    /// Bits of mantissa, 1 to 22, to which convolutions round both factors of their products, as tensor cores do (TF32
    /// has 10, bf16 7). `None` keeps all 23 bits of f32.
    pub mantissa: Option<u32>,
    /// Convolutions before everything fails.
    pub fails_after: Option<u32>,
    /// Whether numbers can no longer be read after that.
    pub loses_all: bool,
}

/// An opened GPU on trial.
#[derive(Debug)]
pub(super) struct OpenTrial {
    trial: Trial,
    /// Convolutions before everything fails.
    left: AtomicU32,
}

impl OpenTrial {
    pub(super) fn new(trial: Trial) -> Self {
        Self { trial, left: AtomicU32::new(trial.fails_after.unwrap_or(u32::MAX)) }
    }

    /// Counts a convolution.
    ///
    /// # Errors
    /// When it has already done as many as it may.
    pub(super) fn count_convolution(&self) -> Result<()> {
        let never_fails = self.trial.fails_after.is_none();
        let less = |left: u32| if never_fails { Some(left) } else { left.checked_sub(1) };
        match self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less) {
            Ok(_) => Ok(()),
            Err(_) => bail!("out of memory, on purpose"),
        }
    }

    /// A factor of a convolution's products: the tensor itself, or rounded to the nearest, halves away from zero.
    pub(super) fn factor(&self, tensor: &Tensor) -> Result<Tensor> {
        let Some(mantissa) = self.trial.mantissa else { return Ok(tensor.clone()) };
        let last = 1 << (f32::MANTISSA_DIGITS - 1 - mantissa);
        let round = |number: f32| f32::from_bits((number.to_bits() + last / 2) & !(last - 1));
        let numbers = tensor.flatten_all()?.to_vec1()?.into_iter().map(round).collect();
        Tensor::from_vec(numbers, tensor.shape(), tensor.device())
    }

    /// Asked before numbers are read.
    ///
    /// # Errors
    /// When they are lost.
    pub(super) fn check_readable(&self) -> Result<()> {
        if self.trial.loses_all && self.left.load(Ordering::Relaxed) == 0 {
            bail!("the GPU is lost, on purpose");
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::Device;

    #[test]
    fn factors_are_rounded_to_the_nearest() {
        let numbers =
            [1.0, -1.0, 1.0 + 1.0 / 2048.0, -1.0 - 1.0 / 2048.0, 1.0 + 1.0 / 2049.0, 3.0 + 1.0 / 7.0, 0.0, 1e-20];
        let tensor = Tensor::new(&numbers, &Device::Cpu).unwrap();
        let factors = |trial| OpenTrial::new(trial).factor(&tensor).unwrap().to_vec1::<f32>().unwrap();
        let rounded = factors(Trial { mantissa: Some(10), ..Trial::default() });
        let above = 1.0 + 1.0 / 1024.0;
        assert_eq!(rounded[..7], [1.0, -1.0, above, -above, 1.0, 3.142_578_1, 0.0]);
        assert!((rounded[7] / 1e-20 - 1.0).abs() < 1.0 / 2048.0);
        assert_eq!(factors(Trial::default()), numbers);
    }

    #[test]
    fn a_trial_fails_after_so_many_convolutions() {
        let trial = OpenTrial::new(Trial { fails_after: Some(2), loses_all: true, ..Trial::default() });
        assert!(trial.count_convolution().is_ok() && trial.check_readable().is_ok());
        assert!(trial.count_convolution().is_ok() && trial.check_readable().is_err());
        assert!(trial.count_convolution().is_err() && trial.count_convolution().is_err());
    }
}
