//! Every backend computes the same: each operation on every backend, held against the CPU's numbers or a plain formula.
//! Another backend is added to [`devices`].

mod gradients;

use std::ops::Range;

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use super::backend::{AdamStep, Epilogue};
use super::directions::Directions;
use super::operations::{
    accumulate, adam, add_difference, add_mapped, add_moments, add_variation, channel_statistics, clear, multiply,
    resample, squared_distance, sum, trace,
};
use super::rows::pooled;
use super::square::Square;
use super::{
    Activation, Band, ConvolutionKernel, ConvolutionShape, Device, FirstConvolution, IntoDims, Number, Padding,
    SizedConvolutionKernel, Tensor, Trial,
};

/// The CPU, and then all other backends.
fn devices() -> [Device; 2] {
    [Device::cpu(), Device::trial(Trial::default())]
}

/// Uniform numbers within a range.
fn random(count: usize, range: Range<f32>, seed: u64) -> Vec<f32> {
    let mut random = StdRng::seed_from_u64(seed);
    (0..count).map(|_| random.random_range(range.clone())).collect()
}

fn on(device: &Device, numbers: &[f32], dims: impl IntoDims) -> Tensor {
    Tensor::from_vec(numbers.to_vec(), dims, device).unwrap()
}

/// Features of height x width x channels, laid out as the device wants them.
fn features(device: &Device, numbers: &[f32], shape: (usize, usize, usize)) -> Tensor {
    let features = Tensor::features(shape, device).unwrap();
    features.overwrite(&on(device, numbers, shape)).unwrap();
    features
}

fn band(device: &Device, numbers: &[f32], shape: (usize, usize, usize)) -> Band {
    Band::whole(features(device, numbers, shape)).unwrap()
}

fn numbers(tensor: &Tensor) -> Vec<f32> {
    tensor.to_vec().unwrap()
}

/// The largest difference.
fn distance(one: &[f32], other: &[f32]) -> f32 {
    assert_eq!(one.len(), other.len());
    one.iter().zip(other).map(|(one, other)| (one - other).abs()).fold(0.0, f32::max)
}

/// What a task gives on each backend, held against what it gives on the CPU.
fn agree(what: &str, most: f32, task: impl Fn(&Device) -> Vec<f32>) {
    let [cpu, others @ ..] = devices();
    let expected = task(&cpu);
    for device in others {
        let found = distance(&task(&device), &expected);
        assert!(found <= most, "{what} on {device:?}: {found}");
    }
}

#[test]
fn narrowed_bands_write_their_own_rows_only() {
    for device in devices() {
        let whole = Band::whole(Tensor::features((7, 3, 2), &device).unwrap()).unwrap();
        let ones = Tensor::ones((2, 3, 2), &device).unwrap();
        let some = whole.narrow(&(1..6)).unwrap().narrow(&(3..5)).unwrap();
        some.copy_from(&ones).unwrap();
        let rows: Vec<f32> = numbers(&whole.values).chunks(6).map(|row| row.iter().sum()).collect();
        assert_eq!(rows, [0.0, 0.0, 0.0, 6.0, 6.0, 0.0, 0.0]);
        assert!(whole.narrow(&(1..6)).unwrap().narrow(&(0..2)).is_err());
        // Rows of planes are not contiguous, and a copy of them must not be written to instead.
        assert_eq!(some.values.overwrite(&ones).is_err(), !device.is_cpu());
    }
}

#[test]
fn tensors_of_different_devices_are_refused() {
    let [one, other] = devices().map(|device| on(&device, &[1.0, 2.0], 2));
    assert!((&one + &other).is_err() && accumulate(&one, &other).is_err() && Tensor::cat(&[&one, &other], 0).is_err());
    assert_eq!(numbers(&(&one + other.to_device(one.device()).unwrap()).unwrap()), [2.0, 4.0]);
}

#[test]
fn elementary_operations_agree() {
    type Operation = fn(&Tensor, &Tensor) -> super::ComputeResult<Tensor>;

    let (one, other) = (random(24, -1.0..1.0, 1), random(24, 0.5..2.0, 2));
    let operations: [(&str, Operation); 15] = [
        ("+", |one, other| one + other),
        ("-", |one, other| one - other),
        ("*", |one, other| one * other),
        ("/", |one, other| one / other),
        ("broadcast", |one, other| one.broadcast_sub(&other.narrow(0, 1, 1)?)),
        ("affine", |one, _| one.affine(2.0, -0.5)),
        ("sqr", |one, _| one.sqr()),
        ("sqrt", |_, other| other.sqrt()),
        ("relu", |one, _| one.relu()),
        ("clamp", |one, _| one.clamp(-0.25, 0.5)),
        ("matmul", |one, other| one.matmul(&other.t()?)),
        ("cat", |one, other| Tensor::cat(&[one, other], 1)),
        ("pad", |one, _| one.pad_with_zeros(0, 1, 2)),
        ("index_select", |one, _| one.index_select(&Tensor::from_indices(vec![3, 0, 3], 3, one.device())?)),
        ("half", |one, _| one.to_half()?.to_single()),
    ];
    for (name, operation) in operations {
        agree(name, 1e-6, |device| {
            numbers(&operation(&on(device, &one, (4, 6)), &on(device, &other, (4, 6))).unwrap())
        });
    }
    agree("sum_all", 1e-5, |device| vec![on(device, &one, 24).sum_all().unwrap().to_scalar().unwrap()]);
    agree("identity", 0.0, |device| numbers(&Tensor::identity(7, device).unwrap()));
}

#[test]
fn numbers_are_computed_where_they_are() {
    for device in devices() {
        let number = sum(&on(&device, &[1.0, 2.0, 3.0, 4.0], (2, 2))).unwrap();
        assert_eq!(number.known().is_some(), device.is_cpu());
        let computed = number.affine(2.0, 5.0).unwrap().square_root().unwrap().reciprocal().unwrap();
        let computed = computed.plus(&Number::new(1.0)).unwrap().plus(&number).unwrap();
        let trace = trace(&on(&device, &[1.0, 2.0, 3.0, 4.0], (2, 2))).unwrap();
        let read = Number::read_all([&computed, &Number::new(7.0), &number, &trace]).unwrap();
        for (found, expected) in read.into_iter().zip([11.2, 7.0, 10.0, 5.0]) {
            assert!((found - expected).abs() < 1e-6, "{found} {expected}");
        }
    }
}

#[test]
fn operations_on_each_number_agree() {
    let shape @ (height, width, channels) = (41, 29, 3);
    let count = height * width * channels;
    let [image, gradient, mean] = [(0.0, 1), (-1.0, 2), (-1.0, 3)].map(|(least, seed)| random(count, least..1.0, seed));
    let square = random(count, 0.1..1.0, 4);
    agree("clear", 0.0, |device| {
        let tensor = features(device, &image, shape);
        clear(&tensor).unwrap();
        numbers(&tensor)
    });
    agree("relu_backward", 0.0, |device| {
        let features = band(device, &gradient, shape);
        features.relu_backward(&band(device, &mean, shape)).unwrap();
        numbers(&features.values)
    });
    agree("add_difference", 1e-5, |device| {
        let sum = features(device, &image, shape);
        add_difference(&sum, &features(device, &gradient, shape), &on(device, &mean, shape), 0.3).unwrap();
        numbers(&sum)
    });
    agree("accumulate", 1e-5, |device| {
        let sum = features(device, &image, shape);
        accumulate(&sum, &on(device, &gradient, shape)).unwrap();
        numbers(&sum)
    });
    agree("squared_distance", 1e-3, |device| {
        let (one, other) = (features(device, &image, shape), on(device, &gradient, shape));
        vec![squared_distance(&one, &other).unwrap().read().unwrap() as f32]
    });
    for within_unit in [true, false] {
        agree(&format!("adam, clamped {within_unit}"), 1e-5, |device| {
            let (decays, size, square_correction, epsilon) = ((0.9, 0.99), 0.05, 0.4, 1e-6);
            let step = AdamStep { decays, size, square_correction, epsilon, within_unit };
            let tensors = [&image, &gradient, &mean, &square].map(|numbers| on(device, numbers, shape));
            adam(step, &tensors[0], &tensors[1], &tensors[2], &tensors[3]).unwrap();
            tensors.iter().flat_map(numbers).collect()
        });
    }
}

#[test]
fn convolutions_agree() {
    let (inputs, outputs, height, width) = (5, 7, 13, 9);
    let weights = random(outputs * inputs * 9, -1.0..1.0, 1);
    let bias = random(outputs, -1.0..1.0, 2);
    let input = random(height * width * inputs, -1.0..1.0, 3);
    let old = random(height * width * outputs, -1.0..1.0, 4);
    for (name, epilogue) in
        [("bias", Epilogue::BiasRelu(())), ("mask", Epilogue::ReluMask), ("sums", Epilogue::Identity)]
    {
        for rows in [0..height, 0..4, 5..9, 8..height] {
            agree(&format!("{name} {rows:?}"), 5e-4, |device| {
                let kernel = ConvolutionKernel::forward(&weights, inputs, outputs, device).unwrap();
                let bias = on(device, &bias, outputs);
                let output = band(device, &old, (height, width, outputs));
                let input = band(device, &input, (height, width, inputs));
                kernel.convolve(&input, epilogue.map(|()| Ok(&bias)).unwrap(), &output.narrow(&rows).unwrap()).unwrap();
                numbers(&output.values)
            });
        }
    }
}

#[test]
fn first_convolutions_agree() {
    let outputs = 5;
    let weights = random(outputs * 27, -1.0..1.0, 1);
    let bias = random(outputs, -1.0..1.0, 2);
    for (height, width) in [(1, 1), (1, 4), (3, 1), (7, 6), (40, 9)] {
        let image = random(3 * height * width, 0.0..1.0, 3);
        let gradient = random(height * width * outputs, -1.0..1.0, 4);
        agree(&format!("{height}x{width}"), 1e-3, |device| {
            let first = FirstConvolution::new(&weights, &bias, device).unwrap();
            let image = on(device, &image, (3, height, width));
            let output = Band::whole(Tensor::features((height, width, outputs), device).unwrap()).unwrap();
            let gradient = band(device, &gradient, (height, width, outputs));
            let image_gradient = image.zeros_like().unwrap();
            let half = height / 2;
            for rows in [0..half, half..height].into_iter().filter(|rows| !rows.is_empty()) {
                first.forward(&image, &output.narrow(&rows).unwrap()).unwrap();
                let needed = rows.start.saturating_sub(1)..(rows.end + 1).min(height);
                first.backward(&gradient.narrow(&needed).unwrap(), &rows, &image_gradient).unwrap();
            }
            [numbers(&output.values), numbers(&image_gradient)].concat()
        });
    }
}

/// A convolution by its definition, in f64: height x width x outputs.
fn convolved(
    shape: &ConvolutionShape,
    (weights, bias): (&[f32], &[f32]),
    input: &[f32],
    (height, width): (usize, usize),
) -> Vec<f32> {
    let ConvolutionShape { inputs, outputs, size, is_depthwise, .. } = *shape;
    assert_eq!(bias.len(), outputs);
    let (rows, columns) = (shape.output_length(height), shape.output_length(width));
    let mut convolved = Vec::new();
    for (index, row, column) in (0..rows * columns).map(|at| (at, at / columns, at % columns)) {
        for (output, &bias) in bias.iter().enumerate() {
            let mut sum = f64::from(bias);
            for (tap_y, tap_x) in (0..size * size).map(|tap| (tap / size, tap % size)) {
                let (y, x) = (shape.source(row, tap_y, height), shape.source(column, tap_x, width));
                let (Some(y), Some(x)) = (y, x) else { continue };
                for input_channel in if is_depthwise { output..output + 1 } else { 0..inputs } {
                    let kernel =
                        output * if is_depthwise { 1 } else { inputs } + if is_depthwise { 0 } else { input_channel };
                    let weight = weights[(kernel * size + tap_y) * size + tap_x];
                    sum += f64::from(weight * input[(y * width + x) * inputs + input_channel]);
                }
            }
            assert_eq!(convolved.len(), index * outputs + output);
            convolved.push(sum as f32);
        }
    }
    convolved
}

#[test]
fn convolutions_of_any_size_are_their_definition() {
    let reflection = Padding::Reflection;
    let zeros = |before| Padding::Zeros { before };
    // Inputs, outputs, size, stride, enlargement, padding, depthwise.
    let shapes = [
        (3, 8, 9, 1, 1, reflection, false),
        (8, 16, 3, 2, 1, reflection, false),
        (32, 32, 3, 1, 1, reflection, false),
        (20, 16, 3, 1, 2, reflection, false),
        (16, 8, 3, 1, 2, reflection, false),
        (8, 3, 9, 1, 1, reflection, false),
        (3, 32, 3, 2, 1, zeros(0), false),
        (7, 40, 1, 1, 1, zeros(0), false),
        (300, 5, 1, 1, 1, zeros(0), false),
        (20, 20, 3, 1, 1, zeros(1), true),
        (20, 20, 3, 2, 1, zeros(0), true),
    ];
    for (inputs, outputs, size, stride, enlargement, padding, is_depthwise) in shapes {
        let shape = ConvolutionShape { inputs, outputs, size, stride, enlargement, padding, is_depthwise };
        let kernel_inputs = if is_depthwise { 1 } else { inputs };
        let weights = random(outputs * kernel_inputs * size * size, -0.5..0.5, 1);
        let bias = random(outputs, -1.0..1.0, 2);
        for (height, width) in [(1, 1), (2, 4), (12, 7), (22, 40)] {
            let input = random(height * width * inputs, -1.0..1.0, 3);
            let expected = convolved(&shape, (&weights, &bias), &input, (height, width));
            let (rows, columns) = (shape.output_length(height), shape.output_length(width));
            for device in devices() {
                for activation in [Activation::Relu, Activation::Identity] {
                    let kernel =
                        SizedConvolutionKernel::new(shape, &weights, Some(&bias), activation, &device).unwrap();
                    let input = band(&device, &input, (height, width, inputs));
                    let output = Band::whole(Tensor::features((rows, columns, outputs), &device).unwrap()).unwrap();
                    // In two parts, each from the rows that it needs.
                    for part in [0..rows / 3, rows / 3..rows].into_iter().filter(|part| !part.is_empty()) {
                        let needed = input.narrow(&shape.source_rows(&part, height)).unwrap();
                        kernel.convolve(&needed, &output.narrow(&part).unwrap()).unwrap();
                    }
                    let expected: Vec<f32> = expected.iter().map(|&number| activation.of(number)).collect();
                    let found = distance(&numbers(&output.values), &expected);
                    assert!(found < 1e-3, "{shape:?} at {height}x{width} on {device:?}: {found}");
                }
            }
        }
    }
}

#[test]
fn a_convolution_refuses_an_input_without_the_rows_that_it_needs() {
    let padding = Padding::Reflection;
    let shape =
        ConvolutionShape { inputs: 2, outputs: 3, size: 3, stride: 1, enlargement: 1, padding, is_depthwise: false };
    for device in devices() {
        let kernel = SizedConvolutionKernel::new(shape, &[1.0; 54], None, Activation::Identity, &device).unwrap();
        let input = Band::whole(Tensor::features((6, 4, 2), &device).unwrap()).unwrap();
        let output = Band::whole(Tensor::features((6, 4, 3), &device).unwrap()).unwrap();
        let short = input.narrow(&(1..4)).unwrap();
        assert!(kernel.convolve(&short, &output.narrow(&(2..3)).unwrap()).is_ok());
        assert!(kernel.convolve(&short, &output.narrow(&(2..4)).unwrap()).is_err());
    }
}

#[test]
fn channels_are_measured_and_scaled() {
    for (height, width, channels) in [(1, 1, 3), (9, 7, 5), (120, 75, 8)] {
        let (shape, positions) = ((height, width, channels), height * width);
        // Far from zero, where sums of squares would lose the variance.
        let flat: Vec<f32> = random(positions * channels, -1.0..1.0, 1).iter().map(|number| number + 500.0).collect();
        let (factors, offsets) = (random(channels, -2.0..2.0, 2), random(channels, -1.0..1.0, 3));
        let of_channel = |channel: usize| flat.iter().skip(channel).step_by(channels).map(|&number| f64::from(number));
        let mean = |channel| of_channel(channel).sum::<f64>() / positions as f64;
        let variance = |channel| {
            of_channel(channel).map(|number| (number - mean(channel)).powi(2)).sum::<f64>() / positions as f64
        };
        let expected: Vec<f32> =
            (0..channels).map(mean).chain((0..channels).map(variance)).map(|number| number as f32).collect();
        for device in devices() {
            let measured = channel_statistics(&features(&device, &flat, shape)).unwrap();
            let measured: Vec<f32> =
                measured.means.iter().chain(&measured.variances).map(|&number| number as f32).collect();
            assert!(distance(&measured, &expected) < 2e-3, "{measured:?} {expected:?}");
            for activation in [Activation::Identity, Activation::Relu, Activation::Relu6, Activation::Sigmoid] {
                let small: Vec<f32> = flat.iter().map(|number| 4.0 * (number - 500.0)).collect();
                let scaled = band(&device, &small, shape);
                scaled.narrow(&(height / 2..height)).unwrap().scale_channels(&factors, &offsets, activation).unwrap();
                let untouched = height / 2 * width * channels;
                let expected = small.iter().enumerate().map(|(index, &number)| {
                    let channel = index % channels;
                    let scaled = activation.of(factors[channel] * number + offsets[channel]);
                    if index < untouched { number } else { scaled }
                });
                assert!(distance(&numbers(&scaled.values), &expected.collect::<Vec<_>>()) < 1e-5);
            }
        }
    }
}

const POOLED_SHAPES: [(usize, usize, usize); 9] =
    [(1, 1, 2), (1, 5, 1), (4, 1, 3), (3, 3, 1), (5, 4, 2), (7, 9, 3), (67, 31, 8), (30, 41, 20), (33, 28, 32)];

/// 2x2 max pooling of features that are not below zero, and for each pooled value the index of the first largest one;
/// `None` where nothing is above zero.
fn plain_pool(values: &[f32], (height, width, channels): (usize, usize, usize)) -> (Vec<f32>, Vec<Option<usize>>) {
    let mut found = (Vec::new(), Vec::new());
    for (row, column) in (0..pooled(height)).flat_map(|row| (0..pooled(width)).map(move |column| (row, column))) {
        for channel in 0..channels {
            let (mut most, mut at) = (0.0, None);
            for y in 2 * row..(2 * row + 2).min(height) {
                for x in 2 * column..(2 * column + 2).min(width) {
                    let index = (y * width + x) * channels + channel;
                    if values[index] > most {
                        (most, at) = (values[index], Some(index));
                    }
                }
            }
            found.0.push(most);
            found.1.push(at);
        }
    }
    found
}

fn pooled_shape((height, width, channels): (usize, usize, usize)) -> (usize, usize, usize) {
    (pooled(height), pooled(width), channels)
}

/// The weights of a convolution that changes nothing.
fn identity_weights(channels: usize) -> Vec<f32> {
    let weight = |index: usize| index % 9 == 4 && index / 9 % channels == index / 9 / channels;
    (0..channels * channels * 9).map(|index| f32::from(u8::from(weight(index)))).collect()
}

/// Pools features that are not below zero, some rows at a time, and sends a gradient back.
fn pool_and_back(
    device: &Device,
    values: &[f32],
    shape @ (height, _, channels): (usize, usize, usize),
    gradient: &[f32],
) -> (Vec<f32>, Vec<f32>) {
    let kernel = ConvolutionKernel::forward(&identity_weights(channels), channels, channels, device).unwrap();
    let zeros = on(device, &vec![0.0; channels], channels);
    let features = band(device, values, shape);
    let pooled = Band::whole(Tensor::features(pooled_shape(shape), device).unwrap()).unwrap();
    let half = pooled.height / 2;
    for rows in [0..half, half..pooled.height].into_iter().filter(|rows| !rows.is_empty()) {
        let windows = 2 * rows.start..(2 * rows.end).min(height);
        let needed = windows.start.saturating_sub(1)..(windows.end + 1).min(height);
        let needed = features.narrow(&needed).unwrap();
        kernel.convolve_and_pool(&needed, &zeros, &pooled.narrow(&rows).unwrap()).unwrap();
    }
    let found = numbers(&pooled.values);

    let gradient = band(device, gradient, pooled_shape(shape));
    kernel.convolve(&gradient, Epilogue::PooledMask, &pooled).unwrap();
    let third = height / 3;
    for rows in [0..third, third..height].into_iter().filter(|rows| !rows.is_empty()) {
        let needed = rows.start.saturating_sub(1) / 2..(rows.end + 1).div_ceil(2).min(pooled.height);
        let (gradient, output) = (pooled.narrow(&needed).unwrap(), features.narrow(&rows).unwrap());
        kernel.convolve_unpooled(&gradient, Epilogue::Identity, &output).unwrap();
    }
    (found, numbers(&features.values))
}

#[test]
fn pooling_sends_a_windows_gradient_to_its_first_largest_value() {
    for device in devices() {
        let gradient = |values: [f32; 4]| {
            let (_, gradient) = pool_and_back(&device, &values, (2, 2, 1), &[1.0]);
            [0, 1, 2, 3].map(|at| (1e4 * gradient[at]).round() as i32)
        };
        assert_eq!(gradient([1.0, 2.0, 3.0, 4.0]), [0, 0, 0, 10_000]);
        assert_eq!(gradient([7.0; 4]), [10_000, 0, 0, 0]);
        // A ReLU whose outputs are zero has no gradient.
        assert_eq!(gradient([0.0; 4]), [0; 4]);

        let kernel = ConvolutionKernel::forward(&identity_weights(1), 1, 1, &device).unwrap();
        let zero = on(&device, &[0.0], 1);
        let features = band(&device, &[1.0; 8], (4, 2, 1));
        let pooled = band(&device, &[1.0; 2], (2, 1, 1));
        let (above, rest) = (features.narrow(&(0..2)).unwrap(), features.narrow(&(1..4)).unwrap());
        assert!(kernel.convolve_and_pool(&above, &zero, &pooled).is_err(), "rows 2 and 3 are missing");
        assert!(kernel.convolve_and_pool(&above, &zero, &pooled.narrow(&(0..1)).unwrap()).is_err(), "row 2 is missing");
        assert!(kernel.convolve_unpooled(&pooled.narrow(&(1..2)).unwrap(), Epilogue::Identity, &rest).is_err());
    }
}

#[test]
fn pooling_is_its_definition_at_odd_sizes() {
    for shape in POOLED_SHAPES {
        // All different.
        let count = shape.0 * shape.1 * shape.2;
        let values: Vec<f32> = (0..count).map(|index| 1.0 + (index * 37 % count) as f32 / count as f32).collect();
        let (expected, largest) = plain_pool(&values, shape);
        let weights: Vec<f32> = (0..expected.len()).map(|index| 1.0 - 1.7 * (index % 5) as f32).collect();
        let mut expected_gradient = vec![0.0; values.len()];
        for (at, weight) in largest.iter().zip(&weights) {
            expected_gradient[at.unwrap()] = *weight;
        }
        for device in devices() {
            let (found, gradient) = pool_and_back(&device, &values, shape, &weights);
            for (what, found, expected) in [("values", found, &expected), ("gradient", gradient, &expected_gradient)] {
                let most = distance(&found, expected);
                assert!(most < 1e-5, "{what} of {shape:?} on {device:?}: {most}");
            }
        }
    }
}

#[test]
fn pooled_convolutions_are_a_convolution_and_then_pooling() {
    let shape @ (height, width, channels) = (26, 45, 24);
    let inputs = 18;
    let weights = random(channels * inputs * 9, -1.0..1.0, 1);
    let bias = random(channels, -1.0..1.0, 2);
    let input = random(height * width * inputs, -1.0..1.0, 3);
    let gradient = random(pooled(height) * pooled(width) * channels, -1.0..1.0, 4);
    for device in devices() {
        let bias = on(&device, &bias, channels);
        let forward = ConvolutionKernel::forward(&weights, inputs, channels, &device).unwrap();
        let backward = ConvolutionKernel::backward(&weights, inputs, channels, &device).unwrap();
        let input = band(&device, &input, (height, width, inputs));
        let features = Band::whole(Tensor::features(shape, &device).unwrap()).unwrap();
        forward.convolve(&input, Epilogue::BiasRelu(&bias), &features).unwrap();
        let (expected, largest) = plain_pool(&numbers(&features.values), shape);
        let mut before = vec![0.0; height * width * channels];
        for (at, gradient) in largest.iter().zip(&gradient) {
            if let Some(at) = at {
                before[*at] = *gradient;
            }
        }
        let expected_gradient = input.values.zeros_like().unwrap();
        let expected_gradient = Band::whole(expected_gradient).unwrap();
        backward.convolve(&band(&device, &before, shape), Epilogue::Identity, &expected_gradient).unwrap();

        let pooled = Band::whole(Tensor::features(pooled_shape(shape), &device).unwrap()).unwrap();
        forward.convolve_and_pool(&input, &bias, &pooled).unwrap();
        assert!(distance(&numbers(&pooled.values), &expected) < 1e-4, "{device:?}");
        let identity = ConvolutionKernel::forward(&identity_weights(channels), channels, channels, &device).unwrap();
        let gradient = band(&device, &gradient, pooled_shape(shape));
        identity.convolve(&gradient, Epilogue::PooledMask, &pooled).unwrap();
        let found = Band::whole(input.values.zeros_like().unwrap()).unwrap();
        backward.convolve_unpooled(&pooled, Epilogue::Identity, &found).unwrap();
        let most = distance(&numbers(&found.values), &numbers(&expected_gradient.values));
        assert!(most < 1e-3, "{device:?}: {most}");
    }
}

#[test]
fn variations_agree() {
    for (height, width) in [(1, 1), (1, 6), (5, 1), (7, 9), (130, 20)] {
        let image = random(3 * height * width, -1.0..1.0, 1);
        let before = random(3 * height * width, -1.0..1.0, 2);
        let variation = |device: &Device| {
            let gradient = on(device, &before, (3, height, width));
            let image = on(device, &image, (3, height, width));
            let sum = add_variation(&gradient, &image, (0.7, 0.3), 0.4).unwrap().read().unwrap();
            (sum as f32, numbers(&gradient))
        };
        let scale = 1.0 + variation(&Device::cpu()).0;
        agree(&format!("{height}x{width}"), 1e-4, |device| vec![variation(device).0 / scale]);
        agree(&format!("gradient at {height}x{width}"), 1e-5, |device| variation(device).1);
    }
}

/// `left` (rows x inner) times `right` (inner x columns), in f64.
fn product(left: &[f32], right: &[f32], inner: usize, columns: usize) -> Vec<f32> {
    let mut product = vec![0f64; left.len() / inner * columns];
    for (row, product) in left.chunks(inner).zip(product.chunks_mut(columns)) {
        for (left, right) in row.iter().zip(right.chunks(columns)) {
            product.iter_mut().zip(right).for_each(|(sum, right)| *sum += f64::from(left * right));
        }
    }
    product.into_iter().map(|number| number as f32).collect()
}

fn transposed(matrix: &[f32], columns: usize) -> Vec<f32> {
    (0..columns).flat_map(|column| matrix.iter().skip(column).step_by(columns).copied()).collect()
}

#[test]
fn products_are_products() {
    for (rows, inner, columns) in [(1, 1, 1), (50, 7, 33), (97, 300, 64)] {
        let (left, right) = (random(rows * inner, -2.0..2.0, 1), random(inner * columns, -2.0..2.0, 2));
        let expected = product(&left, &right, inner, columns);
        for device in devices() {
            let found = multiply(&on(&device, &left, (rows, inner)), &on(&device, &right, (inner, columns))).unwrap();
            assert!(distance(&numbers(&found), &expected) < 1e-3);
        }
    }
}

#[test]
fn moments_and_maps_are_their_formulas() {
    for (height, width, channels) in [(1, 1, 3), (17, 15, 5), (40, 25, 24), (20, 15, 300)] {
        let (shape, count) = ((height, width, channels), height * width * channels);
        let (flat, before) = (random(count, -2.0..2.0, 1), random(count, -2.0..2.0, 2));
        let weights = random(height * width, 0.0..2.0, 3);
        let (map, offset) = (random(channels * channels, -2.0..2.0, 4), random(channels, -2.0..2.0, 5));
        for is_weighted in [false, true] {
            let weight = |position: usize| if is_weighted { weights[position] } else { 1.0 };
            let weighted = |numbers: &[f32]| -> Vec<f32> {
                numbers.iter().enumerate().map(|(index, number)| number * weight(index / channels)).collect()
            };
            let sums = product(&vec![1.0; height * width], &weighted(&flat), height * width, channels);
            let expected_sum: Vec<f32> = offset.iter().zip(&sums).map(|(before, sum)| before + sum).collect();
            let expected_products = product(&transposed(&flat, channels), &weighted(&flat), height * width, channels);
            let mapped = product(&flat, &map, channels, channels);
            let mapped: Vec<f32> =
                mapped.iter().enumerate().map(|(index, mapped)| mapped + offset[index % channels]).collect();
            let expected: Vec<f32> =
                before.iter().zip(weighted(&mapped)).map(|(before, mapped)| before + mapped).collect();
            for device in devices() {
                let features_there = features(&device, &flat, shape);
                let weights = is_weighted.then(|| on(&device, &weights, (height, width)));
                let (map, offset) = (on(&device, &map, (channels, channels)), on(&device, &offset, channels));
                let sum = offset.copy().unwrap();
                let products = map.zeros_like().unwrap();
                add_moments(&features_there, weights.as_ref(), &sum, &products).unwrap();
                assert!(distance(&numbers(&sum), &expected_sum) < 1e-3);
                assert!(distance(&numbers(&products), &expected_products) < 1e-2);
                let total = features(&device, &before, shape);
                add_mapped(&total, &features_there, weights.as_ref(), &map, &offset).unwrap();
                assert!(distance(&numbers(&total), &expected) < 1e-3);
            }
        }
    }
}

#[test]
fn square_matrices_agree() {
    for size in [1, 3, 47, 64, 300, 513] {
        let most = 1e-5 * size as f32;
        let (one, other) = (random(size * size, -1.7..1.7, 1), random(size * size, -1.7..1.7, 2));
        let squares =
            |device: &Device| [&one, &other].map(|numbers| Square::new(&on(device, numbers, (size, size))).unwrap());
        let tensor = |square: Square| numbers(&square.tensor().unwrap());
        agree("copy", 0.0, |device| tensor(squares(device)[0].clone()));
        let product_of = |device: &Device| {
            let [one, other] = squares(device);
            tensor(one.product(&other).unwrap())
        };
        agree("product", most, product_of);
        assert!(distance(&product_of(&Device::cpu()), &product(&transposed(&one, size), &other, size, size)) < most);
        let symmetric = |device: &Device| {
            let [one, _] = squares(device);
            tensor(one.symmetric_product(&one).unwrap())
        };
        agree("symmetric product", most, symmetric);
        for device in devices() {
            let product = symmetric(&device);
            assert_eq!(product, transposed(&product, size), "exactly symmetric");
        }
        let combined = |device: &Device| {
            let [one, other] = squares(device);
            one.scaled(2.0, 0.5).unwrap().plus(-3.0, &other).unwrap()
        };
        agree("combination", 1e-5, |device| tensor(combined(device)));
        // The padding of the CPU's last panel must stay zero.
        agree("product of a combination", 5.0 * most, |device| {
            let [one, _] = squares(device);
            tensor(combined(device).product(&one).unwrap())
        });
        agree("times", 1e-5, |device| {
            let [one, other] = squares(device);
            tensor(one.times(&other.trace().unwrap().affine(0.01, 0.0).unwrap()).unwrap())
        });
        agree("traces", 10.0 * most, |device| {
            let [one, other] = squares(device);
            [one.trace(), one.trace_of_product(&other)].map(|trace| trace.unwrap().read().unwrap() as f32).to_vec()
        });
    }
}

#[test]
fn the_nearest_direction_has_the_smallest_angle() {
    for (height, width, channels, count) in [(1, 1, 3, 1), (5, 7, 24, 40), (50, 60, 5, 33)] {
        let shape = (height, width, channels);
        let flat = random(height * width * channels, -2.0..2.0, 1);
        let samples = random(count * channels, -2.0..2.0, 2);
        let centre = random(channels, -2.0..2.0, 3);
        let weights = random(height * width, 0.0..2.0, 4);
        let cosine = |one: &[f32], other: &[f32]| {
            let dot = |one: &[f32], other: &[f32]| -> f32 {
                let both = one.iter().zip(other).zip(&centre);
                both.map(|((one, other), centre)| (one - centre) * (other - centre)).sum()
            };
            dot(one, other) / (dot(one, one) * dot(other, other)).sqrt()
        };
        let mut results = Vec::new();
        for device in devices() {
            let features_there = features(&device, &flat, shape);
            let directions =
                Directions::new(&on(&device, &samples, (count, channels)), &on(&device, &centre, channels));
            let directions = directions.unwrap();
            let nearest = directions.nearest(&features_there).unwrap();
            // Indices cannot be read, but they can select: each direction's own number.
            let numbered = on(&device, &(0..count).map(|index| index as f32).collect::<Vec<_>>(), (count, 1));
            let found = numbers(&numbered.index_select(&nearest.flatten(0, 1).unwrap()).unwrap());
            let mut sum = 0.0;
            for (feature, found) in flat.chunks_exact(channels).zip(found) {
                let cosines: Vec<f32> = samples.chunks_exact(channels).map(|sample| cosine(feature, sample)).collect();
                let best = cosines.iter().copied().fold(f32::MIN, f32::max);
                sum += f64::from(1.0 - best);
                assert!(cosines[found as usize] > best - 1e-5);
            }
            let weights = on(&device, &weights, (height, width));
            let evenly = directions.distance(&features_there, &nearest, None).unwrap().read().unwrap();
            assert!((sum - evenly).abs() < 1e-4 * (1.0 + sum), "{sum} {evenly}");
            let weighted = directions.distance(&features_there, &nearest, Some(&weights)).unwrap().read().unwrap();
            let gradient = features(&device, &vec![1.0; flat.len()], shape);
            directions.add_gradient(&gradient, &features_there, &nearest, Some(&weights), 0.5).unwrap();
            results.push((weighted, numbers(&gradient)));
        }
        let (expected, expected_gradient) = &results[0];
        for (weighted, gradient) in &results[1..] {
            assert!((weighted - expected).abs() < 1e-3 * (1.0 + expected));
            let pairs = gradient.iter().zip(expected_gradient);
            assert!(
                pairs.into_iter().all(|(found, expected)| (found - expected).abs() < 1e-3 * (1.0 + expected.abs()))
            );
        }
    }
}

#[test]
fn resampled_images_agree() {
    let image = random(3 * 37 * 50, 0.0..1.0, 1);
    for size in [(53, 71), (20, 23), (37, 11), (1, 1), (90, 50)] {
        agree(&format!("{size:?}"), 1e-4, |device| numbers(&resample(&on(device, &image, (3, 37, 50)), size).unwrap()));
    }
}
