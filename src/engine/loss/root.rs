//! Square roots of symmetric matrices by matrix products alone, which any device is good at.

use candle_core::{DType, Tensor};

/// A matrix's square root and the inverse of that.
pub struct Roots {
    /// `A^(1/2)`.
    pub root: Tensor,
    /// `A^(-1/2)`.
    pub inverse: Tensor,
}

/// Both roots of a symmetric positive definite matrix by the coupled Newton-Schulz iteration
/// (Higham, Functions of Matrices, 2008, 6.35).
///
/// Each iteration multiplies small eigenvalues' share by 1.5 until it converges quadratically, so
/// directions below `1.5^(-2 iterations)` of the largest stay damped; that is welcome, since f32 knows
/// nothing certain about them.
pub fn roots(matrix: &Tensor, iterations: usize) -> candle_core::Result<Roots> {
    let size = matrix.dim(0)?;
    let identity = Tensor::eye(size, DType::F32, matrix.device())?;
    let scale = f64::from(matrix.sqr()?.sum_all()?.sqrt()?.to_scalar::<f32>()?).max(f64::MIN_POSITIVE);
    let mut root = (matrix / scale)?;
    let mut inverse = identity.clone();
    let three = (&identity * 1.5)?;
    for _ in 0..iterations {
        let step = (&three - (inverse.matmul(&root)? * 0.5)?)?;
        root = root.matmul(&step)?;
        inverse = step.matmul(&inverse)?;
    }
    Ok(Roots { root: (root * scale.sqrt())?, inverse: (inverse / scale.sqrt())? })
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::Device;

    #[test]
    fn roots_multiply_back() {
        let half = Tensor::randn(0f32, 1.0, (9, 12), &Device::Cpu).unwrap();
        let matrix = half.matmul(&half.t().unwrap()).unwrap();
        let roots = roots(&matrix, 25).unwrap();
        let largest = |tensor: Tensor| tensor.abs().unwrap().max_all().unwrap().to_scalar::<f32>().unwrap();
        let squared = roots.root.matmul(&roots.root).unwrap();
        assert!(largest((squared - &matrix).unwrap()) < 1e-3);
        let identity = Tensor::eye(9, DType::F32, &Device::Cpu).unwrap();
        assert!(largest((roots.root.matmul(&roots.inverse).unwrap() - identity).unwrap()) < 1e-3);
    }
}
