//! Square roots of symmetric matrices by matrix products alone, which any device is good at.

use candle_core::{DType, Tensor};

use crate::engine::compute::matrix::multiply_into;
use crate::engine::compute::memory::overwrite;

/// A matrix's square root and the inverse of that.
pub struct Roots {
    /// `A^(1/2)`.
    pub root: Tensor,
    /// `A^(-1/2)`.
    pub inverse: Tensor,
}

/// Both roots of a symmetric positive definite matrix by the coupled Newton-Schulz iteration
/// (Higham, Functions of Matrices, 2008, 6.35), with each step scaled to converge soonest (Chen and Chow,
/// A Stable Scaling of Newton-Schulz, 2014).
///
/// Directions in which the matrix is below `smallest` times its Frobenius norm stay damped. That is
/// welcome: f32 knows nothing certain about them.
pub fn roots(matrix: &Tensor, smallest: f64) -> candle_core::Result<Roots> {
    let identity = Tensor::eye(matrix.dim(0)?, DType::F32, matrix.device())?;
    let scale = f64::from(matrix.sqr()?.sum_all()?.sqrt()?.to_scalar::<f32>()?).max(f64::MIN_POSITIVE);
    let (mut root, mut inverse) = ((matrix / scale)?, identity.copy()?);
    let (mut next_root, mut next_inverse) = (root.zeros_like()?, root.zeros_like()?);
    let step = identity.zeros_like()?;
    for factor in step_factors(smallest) {
        // Whole products, though they are symmetric: where rounding is made symmetric, the coupled iteration diverges.
        // step = 3/2 p I - 1/2 p^3 inverse root
        overwrite(&step, &identity)?;
        let (linear, cubic) = (1.5 * factor, -0.5 * factor * factor * factor);
        multiply_into(&step, linear as f32, &inverse, &root, cubic as f32)?;
        multiply_into(&next_root, 0.0, &root, &step, 1.0)?;
        multiply_into(&next_inverse, 0.0, &step, &inverse, 1.0)?;
        std::mem::swap(&mut root, &mut next_root);
        std::mem::swap(&mut inverse, &mut next_inverse);
    }
    Ok(Roots { root: (root * scale.sqrt())?, inverse: (inverse / scale.sqrt())? })
}

/// The scaling of each step, until eigenvalues between `smallest` and 1 have converged.
fn step_factors(smallest: f64) -> Vec<f64> {
    let mut least = smallest.sqrt();
    let mut factors = Vec::new();
    while least < 1.0 - 1e-7 {
        let factor = (3.0 / (1.0 + least + least * least)).sqrt();
        least = 0.5 * factor * least * (3.0 - factor * factor * least * least);
        factors.push(factor);
    }
    factors
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::Device;

    #[test]
    fn roots_multiply_back() {
        let half = Tensor::randn(0f32, 1.0, (9, 12), &Device::Cpu).unwrap();
        let matrix = half.matmul(&half.t().unwrap()).unwrap();
        let roots = roots(&matrix, 1e-5).unwrap();
        let largest = |tensor: Tensor| tensor.abs().unwrap().max_all().unwrap().to_scalar::<f32>().unwrap();
        let squared = roots.root.matmul(&roots.root).unwrap();
        assert!(largest((squared - &matrix).unwrap()) < 1e-3);
        let identity = Tensor::eye(9, DType::F32, &Device::Cpu).unwrap();
        assert!(largest((roots.root.matmul(&roots.inverse).unwrap() - identity).unwrap()) < 1e-3);
    }

    #[test]
    fn scaled_steps_are_few() {
        assert!(step_factors(1e-4).len() <= 9, "{:?}", step_factors(1e-4));
    }
}
