//! How far from the CPU's a picture lies that is painted elsewhere: on each card of this machine, and on trial cards that
//! round what their convolutions multiply.
//!
//! `cargo bench --bench precision -- PHOTO PAINTING --size 256 --iterations 100 --mantissa 23,10` paints the picture on the
//! CPU, on each card, and on a trial card for each number of bits (of 23, f32's own, nothing is rounded: what then differs
//! is the order of sums). It prints a row for each. First comes one iteration, at the photo: the features at each tap,
//! the gradient and the loss, as a share of the CPU's. Then the finished picture: its loss, by the CPU, and its distance
//! from the CPU's picture, of 255.

#[path = "pair/mod.rs"]
mod pair;

use std::error::Error;
use std::path::PathBuf;

use clap::Parser;
use impasto::engine::Result;
use impasto::engine::budget::MemoryBudget;
use impasto::engine::compute::{ComputeResult, Tensor, Trial};
use impasto::engine::control::Control;
use impasto::engine::device::{Processor, Processors};
use impasto::engine::network::{Network, Tap};
use impasto::engine::pyramid::Size;
use impasto::engine::schedule::Schedule;
use impasto::engine::transfer::{Iteration, Job, Objective, Observer, Outcome, run};
use pair::{Pair, balance};

/// f32's.
const ALL_BITS: u32 = f32::MANTISSA_DIGITS - 1;

#[derive(Parser)]
struct Arguments {
    photo: PathBuf,
    painting: PathBuf,
    /// Long side in pixels.
    #[arg(long, default_value_t = 256)]
    size: usize,
    /// Iterations at the last scale; half of them at each before.
    #[arg(long, default_value_t = 100)]
    iterations: u32,
    /// Bits of mantissa; a trial card for each.
    #[arg(long, value_delimiter = ',', default_value = "23,10", value_parser = clap::value_parser!(u32).range(1..=23))]
    mantissa: Vec<u32>,
    /// Where the finished pictures go.
    #[arg(long)]
    pictures: Option<PathBuf>,
    /// Given by cargo.
    #[arg(long, hide = true)]
    bench: bool,
}

/// What a processor makes of a job.
struct Work {
    /// Of the photo, by tap.
    features: Vec<(Tap, Vec<f32>)>,
    gradient: Vec<f32>,
    loss: f64,
    picture: Tensor,
}

/// Hears nothing.
struct Deaf;

impl Observer for Deaf {
    fn started(&mut self, _: &[Size]) {}
    fn scale_began(&mut self, _: usize) {}
    fn iterated(&mut self, _: Iteration, _: &Tensor) {}
}

impl Work {
    fn of(processor: &Processor, job: &Job, pair: &Pair) -> Result<Self> {
        let network = Network::built_in(&processor.open()?)?;
        let (control, photo) = (Control::new(balance()), pair.photo.to_device(network.device())?);
        let mut features = Vec::new();
        let memory = MemoryBudget { comfortable: usize::MAX, most: usize::MAX };
        network.pass(pair.size, memory)?.forward(&photo, &control, |shown| {
            features.push((shown.tap, numbers(shown.values)?));
            Ok(())
        })?;
        let mut objective = Objective::new(&network, job, &control, pair.size)?;
        let loss = objective.evaluate(&photo)?.total();
        let gradient = numbers(objective.gradient())?;
        drop(objective);
        let (Outcome::Finished(picture) | Outcome::Stopped(picture)) = run(&network, job, &control, &mut Deaf)?;
        Ok(Self { features, gradient, loss, picture })
    }

    fn print(&self, processor: &Processor, of_cpu: &Self, loss: f64) -> Result<()> {
        let pairs = self.features.iter().zip(&of_cpu.features);
        let features: Vec<String> =
            pairs.map(|((tap, found), (_, expected))| format!("{tap} {:.1e}", difference(found, expected))).collect();
        let (found, expected) = (numbers(&self.picture)?, numbers(&of_cpu.picture)?);
        let sum: f64 = found.iter().zip(&expected).map(|(found, expected)| f64::from(found - expected).powi(2)).sum();
        let distance = (sum / found.len() as f64).sqrt();
        println!(
            "| {} | {} | {:.1e} | {:+.1e} | {loss:.5} | {:.2} | {:.1} dB |",
            processor.name(),
            features.join(", "),
            difference(&self.gradient, &of_cpu.gradient),
            self.loss / of_cpu.loss - 1.0,
            distance * 255.0,
            -20.0 * distance.log10(),
        );
        Ok(())
    }
}

fn numbers(tensor: &Tensor) -> ComputeResult<Vec<f32>> {
    tensor.to_vec()
}

/// The length of the difference, as a share of the expected length.
fn difference(found: &[f32], expected: &[f32]) -> f64 {
    let length = |numbers: &mut dyn Iterator<Item = f32>| numbers.map(|number| f64::from(number).powi(2)).sum::<f64>();
    let difference = length(&mut found.iter().zip(expected).map(|(found, expected)| found - expected));
    (difference / length(&mut expected.iter().copied())).sqrt()
}

fn main() -> std::result::Result<(), Box<dyn Error>> {
    let arguments = Arguments::parse();
    let pair = Pair::open(&arguments.photo, &arguments.painting, arguments.size)?;
    let job = pair.job(Schedule { iterations: arguments.iterations, coarse_share: 0.5 });
    let cards = Processors::look().found.into_iter().filter(|processor| !processor.is_cpu());
    let trials = arguments.mantissa.iter().map(|&bits| {
        Processor::trial(0, Trial { mantissa: Some(bits).filter(|bits| *bits < ALL_BITS), ..Trial::default() })
    });
    println!("| | features | gradient | loss | loss of the picture | RMSE | PSNR |\n|---|---|---|---|---|---|---|");
    let mut works = Vec::new();
    for processor in [Processor::cpu()].into_iter().chain(cards).chain(trials) {
        let work = Work::of(&processor, &job, &pair)?;
        let network = Network::built_in(&Processor::cpu().open()?)?;
        let control = Control::new(balance());
        let loss = Objective::new(&network, &job, &control, pair.size)?.evaluate(&work.picture)?.total();
        if let Some(folder) = &arguments.pictures {
            pair.save(&work.picture, &folder.join(format!("{}.png", processor.name())))?;
        }
        work.print(&processor, works.first().unwrap_or(&work), loss)?;
        works.push(work);
    }
    Ok(())
}
