//! Likeness to the photo: the mean squared difference of deep features (Gatys et al., 2016).

use candle_core::Tensor;

/// The loss `mean((F - T)^2)` of features `F` against the photo's `T`, both height x width x channels,
/// and its gradient `2 (F - T) / (C N)`.
pub fn evaluate(features: &Tensor, target: &Tensor) -> candle_core::Result<(f64, Tensor)> {
    let difference = (features - target)?;
    let loss = difference.sqr()?.mean_all()?.to_scalar::<f32>()?;
    let gradient = (&difference * (2.0 / difference.elem_count() as f64))?;
    Ok((f64::from(loss), gradient))
}
