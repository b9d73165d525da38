//! How much saving the work in progress slows down an iteration: the time to take a snapshot of the run, during which
//! painting waits, and the CPU time to write it, while painting continues on the other cores.
//!
//! `cargo bench --bench saving -- 768x512 2048x1536` prints a table; with `IMPASTO_CAMPAIGN` set it also writes the
//! table to `docs/endurance.md`. Other programs affect the times, so nothing else should run.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use impasto::engine::balance::Balance;
use impasto::engine::budget::MemoryBudget;
use impasto::engine::compute::{Device, Tensor};
use impasto::engine::control::Control;
use impasto::engine::loss::StyleLoss;
use impasto::engine::network::Network;
use impasto::engine::pyramid::Size;
use impasto::engine::schedule::Schedule;
use impasto::engine::snapshot::Snapshot;
use impasto::engine::transfer::{ContentSource, Initial, Iteration, Job, Observer, StyleImage, run};
use impasto::picture::encode::Existing;
use impasto::studio::Autosave;
use impasto::studio::project::{Project, Unfinished};

#[path = "../tests/support/campaign.rs"]
mod campaign;

/// Iterations at the largest scale; a snapshot is taken after each.
const ITERATIONS: u32 = 6;

/// Saves the work after each iteration on the painting thread, and times each step.
struct Saver {
    file: PathBuf,
    scales: usize,
    is_last_scale: bool,
    began: Option<Instant>,
    asked: Instant,
    iterations: Vec<Duration>,
    copies: Vec<Duration>,
    writes: Vec<Duration>,
    busy: Vec<Duration>,
    control: Arc<Control>,
}

impl Observer for Saver {
    fn started(&mut self, scales: &[Size]) {
        self.scales = scales.len();
    }

    fn scale_began(&mut self, scale: usize) {
        self.is_last_scale = scale + 1 == self.scales;
        if !self.is_last_scale {
            self.control.limit_iterations(1);
        }
        self.began = self.is_last_scale.then(Instant::now);
    }

    fn iterated(&mut self, _: Iteration, _: &Tensor) {
        self.iterations.extend(self.began.map(|began| began.elapsed()));
    }

    fn wants_snapshot(&mut self) -> bool {
        self.asked = Instant::now();
        self.is_last_scale
    }

    fn store_snapshot(&mut self, snapshot: Snapshot) {
        let taken = Instant::now();
        let busy = processor_time(taken);
        self.copies.push(taken - self.asked);
        let unfinished = Some(Unfinished { snapshot: Arc::new(snapshot), seconds: 1.0 });
        let project = Project { unfinished, ..Project::default() };
        project.save(&self.file, Existing::Replace).expect("the folder is new");
        self.writes.push(taken.elapsed());
        self.busy.push(processor_time(taken).saturating_sub(busy));
        self.began = Some(Instant::now());
    }
}

/// The CPU time of this thread since it started. It excludes waiting for the disk, when other threads can paint.
#[cfg(target_os = "linux")]
fn processor_time(_: Instant) -> Duration {
    use nix::sys::resource::{UsageWho, getrusage};
    let usage = getrusage(UsageWho::RUSAGE_THREAD).expect("every thread has resource usage");
    let micros = [usage.user_time(), usage.system_time()].map(|time| time.tv_sec() * 1_000_000 + time.tv_usec());
    Duration::from_micros(micros.iter().sum::<i64>().unsigned_abs())
}

/// The elapsed time since `since`, on systems without the CPU time of a thread.
#[cfg(not(target_os = "linux"))]
fn processor_time(since: Instant) -> Duration {
    since.elapsed()
}

fn median(mut times: Vec<Duration>) -> f64 {
    times.sort();
    times[times.len() / 2].as_secs_f64()
}

fn main() {
    let size = |argument: String| {
        let (width, height) = argument.split_once('x')?;
        Some(Size { width: width.parse().ok()?, height: height.parse().ok()? })
    };
    let sizes: Vec<Size> = std::env::args().skip(1).filter_map(size).collect();
    if sizes.is_empty() {
        println!("give one or more sizes, such as 768x512");
        return;
    }
    let network = Network::built_in(&Device::cpu()).expect("the weights are built in");
    let cores = std::thread::available_parallelism().map_or(1, usize::from) as f64;
    let folder = tempfile::tempdir().expect("a temporary folder can be created");
    let mut table = "| picture | one iteration | snapshot | write | CPU time of the write | file size | slowdown of an iteration |\n\
                     |---|---|---|---|---|---|---|\n"
        .to_owned();
    for size in sizes {
        let image = |level: f32| {
            let values = (0..3 * size.pixels()).map(|index| level + (index % 251) as f32 / 800.0).collect::<Vec<_>>();
            Tensor::from_vec(values, (3, size.height, size.width), &Device::cpu())
                .expect("the shape has as many numbers")
        };
        let memory = 6 << 30;
        let job = Job {
            content: ContentSource::Photo { image: image(0.2), protect: None },
            styles: vec![StyleImage { image: image(0.5), mask: None }],
            initial: Initial::Photo { recolored: 1.0 },
            style_loss: StyleLoss::Wasserstein,
            schedule: Schedule::even(ITERATIONS),
            seed: 0,
            continuation: None,
            memory: MemoryBudget { comfortable: memory, most: memory },
        };
        let control = Arc::new(Control::new(Balance::default()));
        let file = folder.path().join("work.impasto");
        let mut saver = Saver {
            file,
            scales: 0,
            is_last_scale: false,
            began: None,
            asked: Instant::now(),
            iterations: Vec::new(),
            copies: Vec::new(),
            writes: Vec::new(),
            busy: Vec::new(),
            control: Arc::clone(&control),
        };
        rayon::scope(|_| run(&network, &job, &control, &mut saver)).expect("painting succeeds");
        let (iteration, copy) = (median(saver.iterations), median(saver.copies));
        let (write, busy) = (median(saver.writes), median(saver.busy));
        let mebibytes = saver.file.metadata().map_or(0, |file| file.len() >> 20);
        // Painting waits for the snapshot; writing takes the time of one core. Both happen once per save interval, or
        // once per iteration if an iteration takes longer.
        let share = (copy + busy / cores) / Autosave::INTERVAL.as_secs_f64().max(iteration);
        let row = format!(
            "| {}x{} | {iteration:.2} s | {:.0} ms | {:.0} ms | {:.0} ms | {mebibytes} MiB | {:.1} % |\n",
            size.width,
            size.height,
            1e3 * copy,
            1e3 * write,
            1e3 * busy,
            100.0 * share,
        );
        table.push_str(&row);
    }
    print!("{table}");
    if campaign::is_on() {
        campaign::write_section("saving", &table);
    }
}
