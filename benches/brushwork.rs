//! Times brushwork beside an instant picture of the same size, which normalises over the whole picture and holds it;
//! prints the ratio. With `--style PAINTING`, prints how close pictures are to a painting instead.
//!
//! `cargo bench --bench brushwork -- 1024x1024 4096x4096` prints one JSON object for each size; without sizes it takes
//! these. The peak memory is that of the process so far, brushwork first.
//!
//! `cargo bench --bench brushwork -- --style PAINTING PICTURE…` prints the style loss of each picture, with the painting at
//! 384 pixels as in the training of a style.

#[path = "common/image_file.rs"]
mod image_file;
#[path = "common/judge.rs"]
mod judge;
#[path = "common/peak.rs"]
mod peak;

use std::path::Path;
use std::time::Instant;

use impasto::engine::balance::Balance;
use impasto::engine::brushwork::{Brushwork, Marbling};
use impasto::engine::compute::Device;
use impasto::engine::control::Control;
use impasto::engine::instant::InstantNetworks;
use impasto::engine::network::Network;
use impasto::engine::pyramid::Size;

use image_file::image;
use judge::Judge;
use peak::peak;

/// The painting whose style is painted.
const PAINTING: &str = "assets/samples/church_at_auvers.jpg";

const REPETITIONS: usize = 5;

/// The shortest time of a task in seconds.
fn shortest(mut task: impl FnMut()) -> f64 {
    let times = (0..REPETITIONS).map(|_| {
        let began = Instant::now();
        task();
        began.elapsed().as_secs_f64()
    });
    times.fold(f64::INFINITY, f64::min)
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    if let Some((option, [painting, pictures @ ..])) = arguments.split_first()
        && option == "--style"
    {
        compare(painting, pictures);
        return;
    }
    let size = |text: &String| {
        let (width, height) = text.split_once('x')?;
        Some(Size { width: width.parse().ok()?, height: height.parse().ok()? })
    };
    let mut sizes: Vec<Size> = arguments.iter().filter_map(size).collect();
    if sizes.is_empty() {
        sizes = [1024, 4096].map(|side| Size { width: side, height: side }).to_vec();
    }
    let device = Device::cpu();
    let networks = InstantNetworks::built_in(&device).expect("the built-in networks");
    let control = Control::new(Balance::default());
    let parameters = networks.parameters(&networks.style(&image(Path::new(PAINTING), 384)).expect("a style"));
    for size in sizes {
        let noise = || Marbling::new(1, 1.0, None);
        let seconds = shortest(|| {
            let brushwork = Brushwork::new(&parameters, noise(), size, &device, &control).expect("there is memory");
            brushwork.paint(&control, |_, _| Ok(())).expect("there is memory");
        });
        let own_peak = peak().unwrap_or_default();
        let megapixels = size.pixels() as f64 / 1e6;
        // Its content does not matter.
        let photo = noise().part(0, 0, size).and_then(|noise| noise.reshape((3, size.height, size.width)));
        let photo = photo.expect("there is memory");
        let whole = shortest(|| {
            networks.generator().paint(&photo, &parameters.conditioning(), &control).expect("there is memory");
        });
        println!(
            "{{\"size\": \"{}x{}\", \"seconds\": {seconds:.3}, \"megapixels_per_second\": {:.2}, \
             \"peak_mebibytes\": {own_peak}, \"instant_picture\": {whole:.3}, \"ratio\": {:.2}, \
             \"instant_peak_mebibytes\": {}}}",
            size.width,
            size.height,
            megapixels / seconds,
            seconds / whole,
            peak().unwrap_or_default()
        );
    }
}

/// Prints the style loss of pictures against a painting.
fn compare(painting: &str, pictures: &[String]) {
    let network = Network::built_in(&Device::cpu()).expect("the built-in network");
    let judge = Judge::new(&network, &image(Path::new(painting), 384));
    for path in pictures {
        println!("{{\"picture\": {path:?}, \"style\": {:.4}}}", judge.loss(&image(Path::new(path), usize::MAX)));
    }
}
