//! Times whole iterations at the largest scale of a run, and measures the peak memory of the process.
//!
//! `cargo bench --bench iteration -- 768x512 1536x1024` prints one JSON object for each size. Its times in seconds are
//! those of an iteration (median and mean), from the start to the end of the first iteration at any scale, from a stop
//! request in the longest layer until the run ends, and of loading the network. The peak memory is that of the process
//! so far, so pass a single size to measure that size. `benches/against_pytorch.py` reads the output.

#[path = "common/peak.rs"]
mod peak;
#[path = "common/picture.rs"]
mod picture;

use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use impasto::engine::balance::Balance;
use impasto::engine::budget::MemoryBudget;
use impasto::engine::compute::{Device, Tensor};
use impasto::engine::control::Control;
use impasto::engine::loss::StyleLoss;
use impasto::engine::network::Network;
use impasto::engine::pyramid::Size;
use impasto::engine::schedule::Schedule;
use impasto::engine::transfer::{ContentSource, Initial, Iteration, Job, Observer, StyleImage, run};

use peak::peak;
use picture::picture;

/// Iterations at the largest scale.
const ITERATIONS: u32 = 11;

/// The share of an iteration after which the first stage's second convolution is running; no layer takes longer.
const IN_THE_LONGEST_LAYER: f32 = 0.04;

struct Stopwatch {
    control: Arc<Control>,
    start: Instant,
    scales: usize,
    first: Option<Duration>,
    last: Option<Instant>,
    iterations: Vec<Duration>,
    /// Returns the time at which it requested the stop.
    stopper: Option<JoinHandle<Instant>>,
}

impl Observer for Stopwatch {
    fn started(&mut self, scales: &[Size]) {
        self.scales = scales.len();
    }

    fn scale_began(&mut self, scale: usize) {
        self.last = None;
        if scale + 1 < self.scales {
            self.control.limit_iterations(1);
        }
    }

    fn iterated(&mut self, iteration: Iteration, _: &Tensor) {
        let now = Instant::now();
        self.first.get_or_insert(now - self.start);
        if let (Some(last), true) = (self.last, iteration.scale + 1 == self.scales) {
            self.iterations.push(now - last);
            if self.iterations.len() + 1 == ITERATIONS as usize {
                let (control, wait) = (Arc::clone(&self.control), (now - last).mul_f32(IN_THE_LONGEST_LAYER));
                self.stopper = Some(std::thread::spawn(move || {
                    std::thread::sleep(wait);
                    control.stop();
                    Instant::now()
                }));
            }
        }
        self.last = Some(now);
    }
}

fn main() {
    let sizes: Vec<Size> = std::env::args()
        .skip(1)
        .filter_map(|argument| {
            let (width, height) = argument.split_once('x')?;
            Some(Size { width: width.parse().ok()?, height: height.parse().ok()? })
        })
        .collect();
    if sizes.is_empty() {
        println!("give one or more sizes, such as 768x512");
        return;
    }
    let loading = Instant::now();
    let network = Network::built_in(&Device::cpu()).expect("the weights are built in");
    let loading = loading.elapsed();
    for size in sizes {
        let memory = 6 << 30;
        let job = Job {
            content: ContentSource::Photo { image: picture(size, 0.05), protect: None },
            styles: vec![StyleImage { image: picture(size, 0.13), mask: None }],
            initial: Initial::Photo { recolored: 1.0 },
            style_loss: StyleLoss::Wasserstein,
            schedule: Schedule::even(ITERATIONS + 1),
            seed: 0,
            continuation: None,
            memory: MemoryBudget { comfortable: memory, most: memory },
        };
        let control = Arc::new(Control::new(Balance::default()));
        let mut stopwatch = Stopwatch {
            control: Arc::clone(&control),
            start: Instant::now(),
            scales: 0,
            first: None,
            last: None,
            iterations: Vec::new(),
            stopper: None,
        };
        // Runs on a thread of the pool, as in the program, so that it need not wait for other threads to wake up.
        rayon::scope(|_| run(&network, &job, &control, &mut stopwatch)).expect("painting succeeds");
        let ended = Instant::now();
        let stopped = stopwatch.stopper.and_then(|stopper| stopper.join().ok()).map(|asked| ended - asked);
        stopwatch.iterations.sort();
        let median = stopwatch.iterations[stopwatch.iterations.len() / 2];
        let mean = stopwatch.iterations.iter().sum::<Duration>() / stopwatch.iterations.len() as u32;
        println!(
            "{{\"width\":{},\"height\":{},\"median\":{:.4},\"mean\":{:.4},\"first\":{:.3},\"stop\":{:.3},\"loading\":{:.3},\"peak_mib\":{}}}",
            size.width,
            size.height,
            median.as_secs_f64(),
            mean.as_secs_f64(),
            stopwatch.first.unwrap_or_default().as_secs_f64(),
            stopped.unwrap_or_default().as_secs_f64(),
            loading.as_secs_f64(),
            peak().unwrap_or(0),
        );
    }
}
