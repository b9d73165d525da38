//! A picture for benchmarks to paint.

use impasto::engine::compute::{Device, Tensor};
use impasto::engine::pyramid::Size;

/// A picture with structure at every scale.
pub(crate) fn picture(size: Size, pitch: f32) -> Tensor {
    let Size { width, height } = size;
    let values: Vec<f32> = (0..3 * height * width)
        .map(|index| {
            let (x, y) = ((index % width) as f32, (index / width % height) as f32);
            let wave = (x * pitch).sin() * (y * pitch * 0.7).cos() + (x * y * 0.0003).sin() + (x * 0.9 + y * 1.3).sin();
            0.5 + wave / 6.0
        })
        .collect();
    Tensor::from_vec(values, (3, height, width), &Device::cpu()).expect("the shape has as many numbers")
}
