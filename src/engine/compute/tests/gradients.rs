//! The gradients that training needs.

use super::super::operations::{channel_products, mix_channels};
use super::super::{Activation, ChannelMixture, ConvolutionShape, Padding, SizedConvolutionGradients};
use super::{Band, SizedConvolutionKernel, Tensor, band, devices, distance, features, numbers, random};

/// The gradients of the sum of products of a convolution's output and `factors`, by their definition in f64: with
/// respect to the input, and to the weights.
fn gradients(
    shape: &ConvolutionShape,
    weights: &[f32],
    input: &[f32],
    (height, width): (usize, usize),
    factors: &[f32],
) -> [Vec<f32>; 2] {
    let ConvolutionShape { inputs, outputs, size, .. } = *shape;
    let (mut of_input, mut of_weights) = (vec![0f64; input.len()], vec![0f64; weights.len()]);
    let columns = shape.output_length(width);
    for (at, &factor) in factors.iter().enumerate() {
        let (row, column, output) = (at / outputs / columns, at / outputs % columns, at % outputs);
        for (tap_y, tap_x) in (0..size * size).map(|tap| (tap / size, tap % size)) {
            let (Some(y), Some(x)) = (shape.source(row, tap_y, height), shape.source(column, tap_x, width)) else {
                continue;
            };
            for channel in 0..inputs {
                let (seen, weight) =
                    ((y * width + x) * inputs + channel, ((output * inputs + channel) * size + tap_y) * size + tap_x);
                of_input[seen] += f64::from(factor * weights[weight]);
                of_weights[weight] += f64::from(factor * input[seen]);
            }
        }
    }
    [of_input, of_weights].map(|numbers| numbers.into_iter().map(|number| number as f32).collect())
}

#[test]
fn gradients_of_convolutions_are_their_definition() {
    let (reflection, zeros) = (Padding::Reflection, Padding::Zeros { before: 1 });
    // Inputs, outputs, size, stride, enlargement, padding.
    let shapes = [
        (3, 8, 9, 1, 1, reflection),
        (8, 16, 3, 2, 1, reflection),
        (32, 32, 3, 1, 1, reflection),
        (20, 16, 3, 1, 2, reflection),
        (8, 3, 9, 1, 1, reflection),
        (5, 7, 3, 2, 1, zeros),
    ];
    for (inputs, outputs, size, stride, enlargement, padding) in shapes {
        let shape = ConvolutionShape { inputs, outputs, size, stride, enlargement, padding, is_depthwise: false };
        let weights = random(outputs * inputs * size * size, -0.5..0.5, 1);
        for (height, width) in [(1, 1), (2, 4), (12, 8), (22, 40)] {
            let input = random(height * width * inputs, -1.0..1.0, 2);
            let (rows, columns) = (shape.output_length(height), shape.output_length(width));
            let factors = random(rows * columns * outputs, -1.0..1.0, 3);
            let [of_input, of_weights] = gradients(&shape, &weights, &input, (height, width), &factors);
            for device in devices() {
                let convolution = SizedConvolutionGradients::new(shape, &weights, &device).unwrap();
                let gradient = band(&device, &factors, (rows, columns, outputs));
                let input = band(&device, &input, (height, width, inputs));
                let found = Band::whole(Tensor::features((height, width, inputs), &device).unwrap()).unwrap();
                convolution.input(&gradient, &found).unwrap();
                let away = distance(&numbers(&found.values), &of_input);
                assert!(away < 1e-4, "input of {shape:?} at {height}x{width} on {device:?}: {away}");
                let away = distance(&convolution.kernel(&input, &gradient).unwrap(), &of_weights);
                assert!(away < 1e-3, "kernel of {shape:?} at {height}x{width} on {device:?}: {away}");
            }
        }
    }
}

#[test]
fn depthwise_convolutions_have_no_gradients() {
    let padding = Padding::Reflection;
    let shape =
        ConvolutionShape { inputs: 2, outputs: 2, size: 3, stride: 1, enlargement: 1, padding, is_depthwise: true };
    for device in devices() {
        assert!(SizedConvolutionGradients::new(shape, &[1.0; 18], &device).is_err());
        assert!(SizedConvolutionKernel::new(shape, &[1.0; 18], None, Activation::Identity, &device).is_ok());
    }
}

#[test]
fn channels_are_summed_and_mixed() {
    for (height, width, channels) in [(1, 1, 3), (9, 7, 5), (120, 75, 8)] {
        let (shape, count) = ((height, width, channels), height * width * channels);
        let (gradient, feature) = (random(count, -1.0..1.0, 1), random(count, 4.0..6.0, 2));
        let centres = random(channels, 4.5..5.5, 3);
        let sum = |number: &dyn Fn(usize) -> f64| -> Vec<f32> {
            let of_channel = |channel: usize| (channel..count).step_by(channels).map(number).sum::<f64>() as f32;
            (0..channels).map(of_channel).collect()
        };
        let expected = [
            sum(&|at| f64::from(gradient[at])),
            sum(&|at| f64::from(gradient[at]) * f64::from(feature[at] - centres[at % channels])),
        ];
        let mixture = ChannelMixture {
            gradient: random(channels, -2.0..2.0, 4),
            feature: random(channels, -2.0..2.0, 5),
            offset: random(channels, -2.0..2.0, 6),
        };
        let mixed: Vec<f32> = (0..count)
            .map(|at| {
                let channel = at % channels;
                mixture.gradient[channel] * gradient[at]
                    + mixture.feature[channel] * feature[at]
                    + mixture.offset[channel]
            })
            .collect();
        for device in devices() {
            let [own, seen] = [&gradient, &feature].map(|numbers| features(&device, numbers, shape));
            let sums = channel_products(&own, &seen, &centres).unwrap();
            for (found, expected) in [sums.gradients, sums.products].iter().zip(&expected) {
                let found: Vec<f32> = found.iter().map(|&number| number as f32).collect();
                assert!(distance(&found, expected) < 2e-3, "{found:?} {expected:?}");
            }
            mix_channels(&own, &seen, &mixture).unwrap();
            assert!(distance(&numbers(&own), &mixed) < 1e-5);
        }
    }
}
