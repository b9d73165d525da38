//! The parts of an iteration: convolutions by layer shape, forward and backward, compared with candle's; the losses;
//! and the network's forward and backward passes at small sizes.

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use impasto::engine::balance::Balance;
use impasto::engine::budget::MemoryBudget;
use impasto::engine::compute::{Band, ConvolutionKernel, Device, Epilogue, Tensor};
use impasto::engine::control::Control;
use impasto::engine::loss::feature_samples::FeatureSamples;
use impasto::engine::loss::moments::MomentSums;
use impasto::engine::loss::neighbours::SAMPLES;
use impasto::engine::loss::style::StyleTarget;
use impasto::engine::loss::{StyleLoss, smoothness};
use impasto::engine::network::{Network, Tap};
use impasto::engine::pyramid::Size;

fn noise(shape: &[usize]) -> Tensor {
    let numbers = (0..shape.iter().product::<usize>()).map(|index| (index as f32 * 0.618_034).fract()).collect();
    Tensor::from_vec(numbers, shape, &Device::cpu()).expect("the CPU has memory")
}

/// VGG's layers at 768x512: height, width, input channels, output channels.
const LAYERS: [(usize, usize, usize, usize); 8] = [
    (512, 768, 64, 64),
    (256, 384, 64, 128),
    (256, 384, 128, 128),
    (128, 192, 128, 256),
    (128, 192, 256, 256),
    (64, 96, 256, 512),
    (64, 96, 512, 512),
    (32, 48, 512, 512),
];

fn convolutions(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("convolution");
    group.sample_size(10);
    for (height, width, inputs, outputs) in LAYERS {
        group.throughput(Throughput::Elements((2 * 9 * height * width * inputs * outputs) as u64));
        let name = format!("{height}x{width} {inputs}-{outputs}");
        let weights = vec![0.01; 9 * inputs * outputs];
        let bias = noise(&[outputs]);
        let low = Band::whole(noise(&[height, width, inputs])).expect("three sides");
        let high = Band::whole(noise(&[height, width, outputs])).expect("three sides");
        let kernel = ConvolutionKernel::forward(&weights, inputs, outputs, &Device::cpu()).expect("weights fit");
        group.bench_function(BenchmarkId::new("forward", &name), |bencher| {
            bencher.iter(|| kernel.convolve(&low, Epilogue::BiasRelu(&bias), &high).expect("shapes fit"));
        });
        let kernel = ConvolutionKernel::backward(&weights, inputs, outputs, &Device::cpu()).expect("weights fit");
        group.bench_function(BenchmarkId::new("backward", &name), |bencher| {
            bencher.iter(|| kernel.convolve(&high, Epilogue::ReluMask, &low).expect("shapes fit"));
        });
        let of_candle = |shape: (usize, usize, usize, usize)| {
            candle_core::Tensor::rand(0f32, 1.0, shape, &candle_core::Device::Cpu).expect("the CPU has memory")
        };
        let (input, weights) = (of_candle((1, inputs, height, width)), of_candle((outputs, inputs, 3, 3)));
        group.bench_function(BenchmarkId::new("candle's conv2d", &name), |bencher| {
            bencher.iter(|| input.conv2d(&weights, 1, 1, 1, 1).expect("shapes fit"));
        });
    }
}

fn losses(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("loss at 768x512");
    group.sample_size(10);
    for (shape, tap) in
        [(512, 768, 64), (256, 384, 128), (128, 192, 256), (64, 96, 512), (32, 48, 512)].into_iter().zip(Tap::STYLE)
    {
        let features = noise(&[shape.0, shape.1, shape.2]);
        let mut sums = MomentSums::new(shape, &Device::cpu()).expect("the CPU has memory");
        sums.add(&features, None).expect("shapes fit");
        let moments = sums.moments().expect("shapes fit");
        group.bench_function(BenchmarkId::new("moments", tap), |bencher| {
            bencher.iter(|| sums.add(&features, None).expect("shapes fit"));
        });
        let gradient = features.zeros_like().expect("the CPU has memory");
        for loss in StyleLoss::ALL {
            let mut target = StyleTarget::new(loss, &moments, shape, 1.0, None).expect("shapes fit");
            if let Some(counts) = Tap::STYLE.iter().position(|&at| at == tap).and_then(|at| loss.neighbours_at(at)) {
                let mut samples = FeatureSamples::new(SAMPLES);
                samples.take(&(0..shape.0), &features, shape.0).expect("shapes fit");
                let samples = samples.all().expect("some were taken");
                target = target.with_neighbours(&samples, &moments.mean, counts).expect("shapes fit");
            }
            group.bench_function(BenchmarkId::new(format!("{loss:?}"), tap), |bencher| {
                bencher.iter(|| {
                    target.begin().expect("shapes fit");
                    target.add_rows(&(0..shape.0), &features).expect("shapes fit");
                    target.loss().expect("shapes fit");
                    target.add_gradient(&gradient, &(0..shape.0), &features).expect("shapes fit");
                });
            });
        }
    }
    let image = noise(&[3, 512, 768]);
    let gradient = image.zeros_like().expect("the CPU has memory");
    group.bench_function("smoothness", |bencher| {
        bencher.iter(|| smoothness::add_gradient(&gradient, &image, 1.0).expect("shapes fit"));
    });
}

fn network(criterion: &mut Criterion) {
    let network = Network::built_in(&Device::cpu()).expect("the weights are built in");
    let control = Control::new(Balance::default());
    let mut group = criterion.benchmark_group("network");
    group.sample_size(10);
    for (width, height) in [(64, 48), (128, 96), (256, 192), (512, 384), (768, 512)] {
        let image = noise(&[3, height, width]);
        let gradient = image.zeros_like().expect("the CPU has memory");
        for (name, comfortable) in [("whole", usize::MAX), ("strips", 0)] {
            let memory = MemoryBudget { comfortable, most: usize::MAX };
            let mut pass = network.pass(Size { width, height }, memory).expect("the CPU has memory");
            group.bench_function(BenchmarkId::new(name, format!("{width}x{height}")), |bencher| {
                bencher.iter(|| {
                    pass.forward(&image, &control, |_| Ok(())).expect("shapes fit");
                    pass.backward(&image, &gradient, &control, |_, _| Ok(())).expect("shapes fit");
                });
            });
        }
    }
}

criterion_group!(benches, convolutions, losses, network);
criterion_main!(benches);
