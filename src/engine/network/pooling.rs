//! 2x2 max pooling with stride 2, and its gradient.
//!
//! candle's own gives a gradient that is divided by four. An odd last row or column is left out, as in
//! PyTorch, unless it is the only one: a picture one pixel wide stays one pixel wide.

use candle_core::{Device, Tensor};
use rayon::prelude::*;

use super::values::values;

/// Pooled length of one side.
fn pooled(length: usize) -> usize {
    (length / 2).max(1)
}

/// Height x width x channels to half of each side.
pub(super) fn forward(input: &Tensor) -> candle_core::Result<Tensor> {
    let shape @ (_, width, channels) = input.dims3()?;
    let on_cpu = input.to_device(&Device::Cpu)?;
    let numbers = values(&on_cpu)?;
    let (rows, columns) = (pooled(shape.0), pooled(width));
    let mut output = vec![0.0; rows * columns * channels];
    output.par_chunks_mut(columns * channels).enumerate().for_each(|(row, line)| {
        for (column, most) in line.chunks_exact_mut(channels).enumerate() {
            most.fill(f32::NEG_INFINITY);
            for at in window(row, column, shape) {
                for (most, &value) in most.iter_mut().zip(&numbers[at..at + channels]) {
                    *most = most.max(value);
                }
            }
        }
    });
    Tensor::from_vec(output, (rows, columns, channels), input.device())
}

/// The gradient with respect to `input`: each window's goes to its largest value, to the first of
/// several that are equal.
pub(super) fn backward(gradient: &Tensor, input: &Tensor) -> candle_core::Result<Tensor> {
    let shape @ (height, width, channels) = input.dims3()?;
    let (inputs, gradients) = (input.to_device(&Device::Cpu)?, gradient.to_device(&Device::Cpu)?);
    let (inputs, gradients) = (values(&inputs)?, values(&gradients)?);
    let columns = pooled(width);
    let mut output = vec![0.0; height * width * channels];
    // A window's rows belong to no other window, so each pair of rows is one thread's.
    let pair = 2.min(height) * width * channels;
    output.par_chunks_mut(pair).take(pooled(height)).enumerate().for_each(|(row, lines)| {
        for column in 0..columns {
            let gradient = &gradients[(row * columns + column) * channels..][..channels];
            for (channel, &gradient) in gradient.iter().enumerate() {
                let (mut most, mut place) = (f32::NEG_INFINITY, None);
                for at in window(row, column, shape) {
                    let value = inputs[at + channel];
                    if value > most {
                        (most, place) = (value, Some(at + channel));
                    }
                }
                if let Some(place) = place {
                    lines[place - row * pair] = gradient;
                }
            }
        }
    });
    Tensor::from_vec(output, (height, width, channels), input.device())
}

/// Where the pixels of one window begin, row by row.
fn window(row: usize, column: usize, (height, width, channels): (usize, usize, usize)) -> impl Iterator<Item = usize> {
    let rows = 2 * row..(2 * row + 2).min(height);
    rows.flat_map(move |y| (2 * column..(2 * column + 2).min(width)).map(move |x| (y * width + x) * channels))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tensor(values: &[f32], shape: (usize, usize, usize)) -> Tensor {
        Tensor::from_slice(values, shape, &Device::Cpu).unwrap()
    }

    #[test]
    fn gradient_goes_whole_to_the_largest() {
        let input = tensor(&[1.0, 2.0, 3.0, 4.0], (2, 2, 1));
        let gradient = backward(&tensor(&[1.0], (1, 1, 1)), &input).unwrap();
        assert_eq!(gradient.flatten_all().unwrap().to_vec1::<f32>().unwrap(), [0.0, 0.0, 0.0, 1.0]);
    }

    #[test]
    fn equal_values_send_the_gradient_to_the_first() {
        let input = tensor(&[7.0; 4], (2, 2, 1));
        let gradient = backward(&tensor(&[1.0], (1, 1, 1)), &input).unwrap();
        assert_eq!(gradient.flatten_all().unwrap().to_vec1::<f32>().unwrap(), [1.0, 0.0, 0.0, 0.0]);
    }

    #[test]
    fn passes_finite_differences_at_odd_sizes() {
        for shape @ (height, width, channels) in [(1, 1, 2), (1, 5, 1), (4, 1, 3), (3, 3, 1), (5, 4, 2), (7, 9, 3)] {
            // All different, so that a small step changes no window's largest.
            let count = height * width * channels;
            let values: Vec<f32> = (0..count).map(|index| (index * 37 % count) as f32).collect();
            let output = forward(&tensor(&values, shape)).unwrap();
            let weights: Vec<f32> = (0..output.elem_count()).map(|index| 1.0 + index as f32).collect();
            let weights = Tensor::from_vec(weights, output.shape(), &Device::Cpu).unwrap();
            let gradient = backward(&weights, &tensor(&values, shape)).unwrap();
            let gradient = gradient.flatten_all().unwrap().to_vec1::<f32>().unwrap();
            let total = |values: &[f32]| {
                let output = forward(&tensor(values, shape)).unwrap();
                (output * &weights).unwrap().sum_all().unwrap().to_scalar::<f32>().unwrap()
            };
            for index in 0..count {
                let mut stepped = values.clone();
                stepped[index] += 0.25;
                let difference = (total(&stepped) - total(&values)) / 0.25;
                assert!((difference - gradient[index]).abs() < 1e-2, "{shape:?} at {index}");
            }
        }
    }
}
