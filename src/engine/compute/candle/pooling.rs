//! 2x2 max pooling with stride 2, and its gradient. candle's own `max_pool2d` has a gradient that is divided by four.

use candle_core::{DType, Result, Tensor};

use super::chunks::scratch_chunks;
use super::elementwise::above_zero;
use super::strip::Strip;
use crate::engine::compute::backend::FeatureRows;
use crate::engine::compute::error::ComputeResult;
use crate::engine::compute::pooling::{pooled, window_rows};

/// Some rows of the pooled features. The input must hold their windows.
pub(super) fn forward(input: FeatureRows, output: FeatureRows) -> ComputeResult<()> {
    let (input, output) = (Strip::new(input)?, Strip::new(output)?);
    for rows in scratch_chunks(output.rows(), bytes_per_row(&input)?) {
        let windows = Windows::new(&input.narrow(&window_rows(&rows, input.height)).planes()?)?;
        output.narrow(&rows).write(&windows.largest()?)?;
    }
    Ok(())
}

/// Replaces the outputs of a ReLU by the gradient with respect to its input, given the gradient with respect to the
/// pooled features.
pub(super) fn backward(features: FeatureRows, gradient: FeatureRows) -> ComputeResult<()> {
    let (features, gradient) = (Strip::new(features)?, Strip::new(gradient)?);
    for rows in scratch_chunks(gradient.rows(), bytes_per_row(&features)?) {
        let inside = features.narrow(&window_rows(&rows, features.height));
        inside.write(&Windows::new(&inside.planes()?)?.gradient(&gradient.narrow(&rows).planes()?)?)?;
    }
    let (windows, available) = (window_rows(&gradient.rows(), features.height), features.rows());
    // An odd last row belongs to no window.
    for outside in [available.start..windows.start, windows.end..available.end] {
        if !outside.is_empty() {
            features.narrow(&outside).values()?.zero_set()?;
        }
    }
    Ok(())
}

/// Bytes that intermediate results take for each row of windows: five copies of its two rows.
fn bytes_per_row(features: &Strip) -> Result<usize> {
    let (width, channels) = features.line()?;
    Ok(5 * 2 * width * channels * size_of::<f32>())
}

/// The windows of some planes.
struct Windows {
    /// For each of a window's places the values of all windows there: channels x pooled rows x pooled columns.
    places: Vec<Tensor>,
    /// Of the planes: channels x height x width.
    shape: (usize, usize, usize),
}

impl Windows {
    fn new(planes: &Tensor) -> Result<Self> {
        let shape @ (channels, height, width) = planes.dims3()?;
        let (rows, columns) = (pooled(height), pooled(width));
        let (tall, wide) = (2.min(height), 2.min(width));
        let split = planes
            .narrow(1, 0, rows * tall)?
            .narrow(2, 0, columns * wide)?
            .contiguous()?
            .reshape((channels, rows, tall, columns, wide))?;
        let mut places = Vec::new();
        for row in 0..tall {
            for column in 0..wide {
                places.push(split.narrow(2, row, 1)?.narrow(4, column, 1)?.squeeze(4)?.squeeze(2)?);
            }
        }
        Ok(Self { places, shape })
    }

    fn largest(&self) -> Result<Tensor> {
        let mut largest = self.places[0].contiguous()?;
        for place in &self.places[1..] {
            largest = largest.maximum(place)?;
        }
        Ok(largest)
    }

    /// The gradient with respect to the planes. Where nothing in a window is above zero, the ReLU passes nothing on.
    fn gradient(&self, gradient: &Tensor) -> Result<Tensor> {
        let (_, height, width) = self.shape;
        let largest = self.largest()?;
        let mut left = (gradient * above_zero(&largest)?)?;
        let mut parts = Vec::new();
        for place in &self.places {
            let part = (&left * place.eq(&largest)?.to_dtype(DType::F32)?)?;
            left = (left - &part)?;
            parts.push(part);
        }
        let wide = 2.min(width);
        let rows: Vec<Tensor> = parts
            .chunks(wide)
            .map(|row| Tensor::stack(row, 3)?.flatten(2, 3)?.pad_with_zeros(2, 0, width - pooled(width) * wide))
            .collect::<Result<_>>()?;
        let joined = Tensor::stack(&rows, 2)?.flatten(1, 2)?;
        let missing = height - joined.dim(1)?;
        joined.pad_with_zeros(1, 0, missing)
    }
}
