//! How much pictures painted on other processors differ from the CPU's: on each GPU of this machine, and on simulated
//! GPUs that round the operands of their convolutions.
//!
//! `cargo bench --bench precision -- PHOTO PAINTING --size 256 --iterations 100 --mantissa 23,10` paints the picture on
//! the CPU, on each GPU, and on a simulated GPU for each number of mantissa bits. With 23 bits, those of f32, nothing
//! is rounded, so only the order of sums differs. It prints a row for each processor. The first columns are the
//! differences from the CPU in one iteration that starts at the photo: the features at each tap, the gradient and the
//! loss, relative to the CPU's. The others describe the finished picture: its loss, computed on the CPU, and its
//! distance from the CPU's picture, on a scale of 255 and in dB.

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

/// The mantissa bits of f32.
const ALL_BITS: u32 = f32::MANTISSA_DIGITS - 1;

#[derive(Parser)]
struct Arguments {
    photo: PathBuf,
    painting: PathBuf,
    /// Long side in pixels.
    #[arg(long, default_value_t = 256)]
    size: usize,
    /// Iterations at the last scale; each earlier scale has a quarter as many.
    #[arg(long, default_value_t = 80)]
    iterations: u32,
    /// Mantissa bits; one simulated GPU for each value.
    #[arg(long, value_delimiter = ',', default_value = "23,10", value_parser = clap::value_parser!(u32).range(1..=23))]
    mantissa: Vec<u32>,
    /// Folder for the finished pictures.
    #[arg(long)]
    pictures: Option<PathBuf>,
    /// Passed by cargo.
    #[arg(long, hide = true)]
    bench: bool,
}

/// The results of a job on one processor.
struct Work {
    /// The photo's features, by tap.
    features: Vec<(Tap, Vec<f32>)>,
    gradient: Vec<f32>,
    loss: f64,
    picture: Tensor,
}

/// Ignores all events.
struct NoObserver;

impl Observer for NoObserver {
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
        network.pass(pair.size, memory)?.forward(&photo, &control, |visited| {
            features.push((visited.tap, numbers(visited.values)?));
            Ok(())
        })?;
        let mut objective = Objective::new(&network, job, &control, pair.size)?;
        let loss = objective.evaluate(&photo)?.total();
        let gradient = numbers(objective.gradient())?;
        drop(objective);
        let (Outcome::Finished(picture) | Outcome::Stopped(picture)) = run(&network, job, &control, &mut NoObserver)?;
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

/// The Euclidean norm of the difference, relative to that of `expected`.
fn difference(found: &[f32], expected: &[f32]) -> f64 {
    let length = |numbers: &mut dyn Iterator<Item = f32>| numbers.map(|number| f64::from(number).powi(2)).sum::<f64>();
    let difference = length(&mut found.iter().zip(expected).map(|(found, expected)| found - expected));
    (difference / length(&mut expected.iter().copied())).sqrt()
}

fn main() -> std::result::Result<(), Box<dyn Error>> {
    let arguments = Arguments::parse();
    let pair = Pair::open(&arguments.photo, &arguments.painting, arguments.size)?;
    let job = pair.job(Schedule { coarse_share: 0.25, ..Schedule::even(arguments.iterations) });
    let gpus = Processors::detect().found.into_iter().filter(|processor| !processor.is_cpu());
    let trials = arguments.mantissa.iter().map(|&bits| {
        Processor::trial(0, Trial { mantissa: Some(bits).filter(|bits| *bits < ALL_BITS), ..Trial::default() })
    });
    println!("| | features | gradient | loss | loss of the picture | RMSE | PSNR |\n|---|---|---|---|---|---|---|");
    let mut works = Vec::new();
    for processor in [Processor::cpu()].into_iter().chain(gpus).chain(trials) {
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
