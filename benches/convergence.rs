//! The loss that each schedule reaches, against the work.
//!
//! `cargo bench --bench convergence -- PHOTO PAINTING --size 256 --iterations 60,100` prints one JSON object for each
//! point of a curve at the last scale: its run, its iteration, the work so far and the loss. Work is counted in
//! iterations at the last scale; iterations at earlier scales count in proportion to their pixels. So the load of the
//! machine does not affect the results. The first run, left out with `--without-reference`, uses the default schedule
//! of crowsonkb/style-transfer-pytorch; each other run uses the program's schedule with one of the given iteration
//! counts. All runs use the same losses with the reference's weights, on the CPU. `benches/convergence.py` plots the
//! curves.

#[path = "pair/mod.rs"]
mod pair;

use std::path::PathBuf;

use clap::Parser;
use impasto::engine::Result;
use impasto::engine::balance::Balance;
use impasto::engine::compute::{Device, Tensor};
use impasto::engine::control::Control;
use impasto::engine::network::Network;
use impasto::engine::optimizer::{Adam, Optimizer};
use impasto::engine::pyramid::Size;
use impasto::engine::resample::resample_within;
use impasto::engine::schedule::Schedule;
use impasto::engine::transfer::{Iteration, Job, Objective, Observer, Outcome, run};
use pair::{Pair, balance};

/// The reference's settings: iterations at the first scale, iterations at each other scale, step size, and the decay of
/// both the average of images and the average of squared gradients.
const REFERENCE: (u32, u32, f64, f64) = (1000, 500, 0.02, 0.99);
/// The long side of the reference's first scale.
const REFERENCE_BEGINS: usize = 128;
/// Iterations between two points of the reference's curve.
const POINT_EVERY: u32 = 25;

#[derive(Parser)]
struct Arguments {
    photo: PathBuf,
    painting: PathBuf,
    /// Long side in pixels.
    #[arg(long, default_value_t = 256)]
    size: usize,
    /// Iterations at the last scale; one run for each value.
    #[arg(long, value_delimiter = ',')]
    iterations: Vec<u32>,
    /// Iterations at each earlier scale, as a share of those at the last.
    #[arg(long, default_value_t = 0.25)]
    coarse_share: f32,
    /// Optimises the pixels only, as recipes of early versions do.
    #[arg(long)]
    pixels: bool,
    #[arg(long)]
    without_reference: bool,
    /// Weight of the content loss; the default is the reference's.
    #[arg(long, default_value_t = balance().content)]
    content: f32,
    /// Folder for the finished pictures.
    #[arg(long)]
    pictures: Option<PathBuf>,
    /// Passed by cargo.
    #[arg(long, hide = true)]
    bench: bool,
}

impl Arguments {
    /// The program's schedule with these iterations at the last scale.
    fn schedule(&self, iterations: u32) -> Schedule {
        let optimizer = if self.pixels { Optimizer::Pixels } else { Optimizer::Levels };
        Schedule { iterations, coarse_share: self.coarse_share, optimizer }
    }
}

/// Prints the points of one run's curve.
struct Curve<'a> {
    name: &'a str,
    /// The work of all scales before the last, in iterations at the last.
    work_before: f64,
}

impl<'a> Curve<'a> {
    /// The curve of a run with the given iterations at each scale.
    fn new(name: &'a str, scales: &[(Size, u32)]) -> Self {
        let Some(((last, _), before)) = scales.split_last() else { return Self { name, work_before: 0.0 } };
        let work = |(size, count): &(Size, u32)| f64::from(*count) * size.pixels() as f64 / last.pixels() as f64;
        Self { name, work_before: before.iter().map(work).sum() }
    }

    fn point(&self, iteration: u32, loss: f64) {
        let Self { name, work_before } = self;
        let work = work_before + f64::from(iteration);
        println!("{{\"run\":\"{name}\",\"iteration\":{iteration},\"work\":{work:.1},\"loss\":{loss:.5}}}");
    }
}

/// The reference's schedule: starts from the unchanged photo at 128 pixels, with constant steps and an average of the
/// images. The optimiser's state is not carried over from scale to scale.
fn reference(network: &Network, pair: &Pair, job: &Job, control: &Control) -> Result<Tensor> {
    let result = pair.size;
    let mut scales = Optimizer::Pixels.scales(result);
    scales.retain(|size| size.long_side() >= REFERENCE_BEGINS || *size == result);
    let (first, others, step, decay) = REFERENCE;
    let counts: Vec<(Size, u32)> =
        scales.iter().enumerate().map(|(index, &size)| (size, if index == 0 { first } else { others })).collect();
    let curve = Curve::new("reference", &counts);
    let mut before = pair.photo.clone();
    for (index, &(size, count)) in counts.iter().enumerate() {
        let image = resample_within(&before, (size.height, size.width))?.copy()?;
        let mut objective = Objective::new(network, job, control, size)?;
        let mut adam = Adam::new(&image, Optimizer::Pixels)?.with_square_decay(decay);
        let mut sum = image.zeros_like()?;
        for iteration in 1..=count {
            objective.evaluate(&image)?;
            adam.step(&image, objective.gradient(), step)?;
            sum = ((sum * decay)? + (&image * (1.0 - decay))?)?;
            before = (&sum / (1.0 - decay.powf(f64::from(iteration))))?;
            if index + 1 == counts.len() && iteration % POINT_EVERY == 0 {
                curve.point(iteration, objective.evaluate(&before)?.total());
            }
        }
    }
    Ok(before)
}

/// Prints a run's curve at its last scale.
struct Painting<'a> {
    curve: Curve<'a>,
    schedule: Schedule,
    scales: usize,
}

impl Observer for Painting<'_> {
    fn started(&mut self, scales: &[Size]) {
        self.scales = scales.len();
        let counts = scales.iter().enumerate().map(|(index, &size)| (size, self.schedule.at(index, scales.len())));
        self.curve = Curve::new(self.curve.name, &counts.collect::<Vec<_>>());
    }

    fn scale_began(&mut self, _: usize) {}

    fn iterated(&mut self, Iteration { scale, done, losses, .. }: Iteration, _: &Tensor) {
        // The losses were computed before the step.
        if scale + 1 == self.scales && done % 5 == 1 {
            self.curve.point(done - 1, losses.total());
        }
    }
}

/// The program's schedule.
fn impasto(network: &Network, pair: &Pair, job: &Job, control: &Control) -> Result<Tensor> {
    let schedule = job.schedule;
    let name = format!("{} iterations", schedule.iterations);
    let mut painting = Painting { curve: Curve::new(&name, &[]), schedule, scales: 0 };
    let (Outcome::Finished(image) | Outcome::Stopped(image)) = run(network, job, control, &mut painting)?;
    let mut objective = Objective::new(network, job, control, pair.size)?;
    painting.curve.point(schedule.iterations, objective.evaluate(&image)?.total());
    Ok(image)
}

fn main() -> std::result::Result<(), Box<dyn std::error::Error>> {
    let arguments = Arguments::parse();
    let pair = Pair::open(&arguments.photo, &arguments.painting, arguments.size)?;
    let network = Network::built_in(&Device::cpu())?;
    let job = |iterations: u32| pair.job(arguments.schedule(iterations));
    let keep = |name: &str, image: &Tensor| match &arguments.pictures {
        Some(folder) => pair.save(image, &folder.join(format!("{name}.png"))),
        None => Ok(()),
    };
    let control = Control::new(Balance { content: arguments.content, ..balance() });
    if !arguments.without_reference {
        keep("reference", &reference(&network, &pair, &job(1), &control)?)?;
    }
    for &iterations in &arguments.iterations {
        keep(&iterations.to_string(), &impasto(&network, &pair, &job(iterations), &control)?)?;
    }
    Ok(())
}
