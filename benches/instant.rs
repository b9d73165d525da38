//! Times an instant picture by its parts: the style of a painting, and painting at several sizes, each beside candle's
//! own operations on the CPU; prints the ratio.
//!
//! `cargo bench --bench instant -- 512x512 2048x2048` prints one JSON object for each size; without sizes it takes these.
//! `--alone` leaves candle out, which takes long at large sizes. The peak memory is that of the process so far.

#[path = "common/peak.rs"]
mod peak;
#[path = "common/picture.rs"]
mod picture;

use std::time::{Duration, Instant};

use impasto::engine::balance::Balance;
use impasto::engine::compute::{Device, Trial};
use impasto::engine::control::Control;
use impasto::engine::instant::{InstantNetworks, StyleVector};
use impasto::engine::pyramid::Size;

use peak::peak;
use picture::picture;

const REPETITIONS: usize = 5;

/// The median time of a task in seconds; the first time does not count, because it allocates memory.
fn median(repetitions: usize, mut task: impl FnMut()) -> f64 {
    task();
    let mut times: Vec<Duration> = (0..repetitions)
        .map(|_| {
            let began = Instant::now();
            task();
            began.elapsed()
        })
        .collect();
    times.sort();
    times[repetitions / 2].as_secs_f64()
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let alone = arguments.iter().any(|argument| argument == "--alone");
    let mut sizes: Vec<(usize, usize)> = arguments
        .iter()
        .filter_map(|argument| argument.split_once('x'))
        .filter_map(|(width, height)| Some((width.parse().ok()?, height.parse().ok()?)))
        .collect();
    if sizes.is_empty() {
        sizes = vec![(512, 512), (2048, 2048)];
    }
    let own = InstantNetworks::built_in(&Device::cpu()).expect("the weights are built in");
    let candle = InstantNetworks::built_in(&Device::trial(Trial::default())).expect("the weights are built in");
    let control = Control::new(Balance::default());
    let painting = picture(Size { width: 256, height: 256 }, 0.11);
    let style = || own.style(&painting).expect("the network fits");
    println!("{{\"style\": {:.4}}}", median(REPETITIONS, || assert_eq!(style().numbers().len(), StyleVector::LENGTH)));
    let conditioning = own.conditioning(&style());
    for (width, height) in sizes {
        let photo = picture(Size { width, height }, 0.11);
        let paint = |networks: &InstantNetworks| {
            let image = photo.to_device(networks.device()).expect("there is memory");
            let painted = networks.generator().paint(&image, &conditioning, &control).expect("there is memory");
            painted.get(0).and_then(|plane| plane.sum_all()).and_then(|sum| sum.to_scalar()).expect("a number");
        };
        let seconds = median(REPETITIONS, || paint(&own));
        let peak = peak().unwrap_or_default();
        let reference = if alone { None } else { Some(median(1, || paint(&candle))) };
        let ratio = reference.map_or("null".to_owned(), |reference| format!("{:.3}", seconds / reference));
        let reference = reference.map_or("null".to_owned(), |seconds| format!("{seconds:.4}"));
        println!(
            "{{\"size\": \"{width}x{height}\", \"seconds\": {seconds:.4}, \"candle\": {reference}, \"ratio\": {ratio}, \
             \"peak_mebibytes\": {peak}}}"
        );
    }
}
