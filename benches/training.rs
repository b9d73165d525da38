//! Trains a network on some sample photos, and prints how well it then paints others, which it never saw.
//!
//! `cargo bench --bench training -- --seconds 240` prints one JSON object each time the network is tested, once a minute
//! and at the end: the steps so far, the mean time of a step, and the style loss on photos that it never saw, as a share
//! of the loss of their instant pictures.
//!
//! `--style FILE` names another painting, `--photo FILE` a further photo to test on, `--output FOLDER` a folder for the
//! painted pictures. `--steps N` trains for so many steps instead. `--widths F,H,Q`, `--content-weight F`,
//! `--deep-every N`, `--adversary F`, `--stability F` and `--rate F` change how it is trained. `flicker` is what noise in a
//! photo changes in its picture.

#[path = "common/image_file.rs"]
mod image_file;
#[path = "common/judge.rs"]
mod judge;
#[path = "common/peak.rs"]
mod peak;

use std::path::PathBuf;
use std::time::Instant;

use impasto::engine::balance::Balance;
use impasto::engine::compute::{ComputeResult, Device, Tensor};
use impasto::engine::control::Control;
use impasto::engine::instant::{Generator, GeneratorParameters, GeneratorWidths, InstantNetworks};
use impasto::engine::network::Network;
use impasto::engine::pyramid::Size;
use impasto::engine::training::{Photos, Trainer, TrainingSettings, TrainingState};
use impasto::picture::Picture;

use image_file::image;
use judge::{Judge, size};

/// The photos that the network is trained on.
const PHOTOS: [&str; 5] = ["astronaut", "china", "coffee", "hubble_deep_field", "rocket"];
/// The photos that it is tested on.
const UNSEEN: [&str; 2] = ["chelsea", "flower"];
/// Long side of tested pictures in pixels.
const SIDE: usize = 512;
/// Seconds between two tests.
const BETWEEN: f64 = 60.0;
/// What the arguments ask for.
struct Arguments {
    seconds: f64,
    steps: Option<u64>,
    style: PathBuf,
    photo: Option<PathBuf>,
    output: Option<PathBuf>,
    widths: GeneratorWidths,
    settings: TrainingSettings,
}

impl Arguments {
    fn parse() -> Self {
        let mut parsed = Self {
            seconds: 30.0,
            steps: None,
            style: PathBuf::from("assets/samples/church_at_auvers.jpg"),
            photo: None,
            output: None,
            widths: GeneratorWidths::BUILT_IN,
            settings: TrainingSettings::default(),
        };
        let mut arguments = std::env::args().skip(1);
        while let Some(argument) = arguments.next() {
            let mut value = || arguments.next().unwrap_or_default();
            match argument.as_str() {
                "--seconds" => parsed.seconds = value().parse().expect("a number of seconds"),
                "--style" => parsed.style = value().into(),
                "--photo" => parsed.photo = Some(value().into()),
                "--output" => parsed.output = Some(value().into()),
                "--widths" => {
                    let widths: Vec<usize> = value().split(',').filter_map(|width| width.parse().ok()).collect();
                    let [full, half, quarter] = widths[..] else { panic!("three widths") };
                    parsed.widths = GeneratorWidths { full, half, quarter };
                }
                "--content-weight" => parsed.settings.weights.content = value().parse().expect("a weight"),
                "--stability" => parsed.settings.stability = value().parse().expect("a weight"),
                "--deep-every" => parsed.settings.deep_every = value().parse().expect("a number of steps"),
                "--adversary" => parsed.settings.adversary = value().parse().expect("a weight"),
                "--steps" => parsed.steps = Some(value().parse().expect("a number of steps")),
                "--rate" => parsed.settings.rate = value().parse().expect("a size of steps"),
                _ => {}
            }
        }
        parsed
    }
}

fn main() {
    let Arguments { seconds, steps: most_steps, style, photo, output, widths, settings } = Arguments::parse();
    let control = Control::new(Balance::default());
    let network = Network::built_in(&Device::cpu()).expect("the built-in network");
    let networks = InstantNetworks::built_in(&Device::cpu()).expect("the built-in networks");
    let sample = |name: &&str| PathBuf::from(format!("assets/samples/{name}.jpg"));
    let test = Test {
        judge: Judge::new(&network, &image(&style, settings.painting)),
        unseen: UNSEEN.iter().map(sample).chain(photo).map(|path| image(&path, SIDE)).collect(),
        name: style.file_stem().unwrap_or_default().to_string_lossy().into_owned(),
        output,
        control: &control,
    };
    let painting = image(&style, usize::MAX);
    let start = networks.parameters(&networks.style(&painting).expect("a style"));
    let mut state = TrainingState::new(start.widened(widths).expect("widths of at least 8,16,32"));
    let photos = SamplePhotos(PHOTOS.iter().map(|name| image(&sample(name), usize::MAX)).collect());
    let paintings = [(painting, 1.0)];
    let mut trainer = Trainer::new(&network, &paintings, &photos, &mut state, settings, &control).expect("a trainer");

    let instant: f64 = test.losses(trainer.state()).iter().sum();
    let begin = Instant::now();
    let (mut tested, mut testing) = (0.0, 0.0);
    loop {
        let spent = begin.elapsed().as_secs_f64() - testing;
        let steps = trainer.state().steps;
        let progress = most_steps.map_or(spent / seconds, |most| steps as f64 / most as f64);
        let is_over = progress >= 1.0;
        if spent - tested >= BETWEEN || is_over {
            let before = Instant::now();
            let losses = test.losses(trainer.state());
            testing += before.elapsed().as_secs_f64();
            tested = spent;
            let flicker = test.flicker(trainer.state());
            let share = losses.iter().sum::<f64>() / instant;
            let step = spent / steps as f64;
            println!(
                "{{\"seconds\":{spent:.0},\"steps\":{steps},\"step_seconds\":{step:.3},\"style_of_instant\":{share:.3},\
                 \"flicker\":{flicker:.4?},\"style\":{losses:.4?},\"peak_mib\":{}}}",
                peak::peak().unwrap_or_default()
            );
        }
        if is_over {
            break;
        }
        trainer.step(progress, &control).expect("a step");
    }
}

/// The photos that the network is trained on.
struct SamplePhotos(Vec<Tensor>);

impl Photos for SamplePhotos {
    fn count(&self) -> usize {
        self.0.len()
    }

    fn size(&self, index: usize) -> Size {
        size(&self.0[index])
    }

    fn square(&self, index: usize, left: usize, top: usize, side: usize) -> ComputeResult<Tensor> {
        self.0[index].narrow(1, top, side)?.narrow(2, left, side)?.contiguous()
    }
}

/// What a network is tested on.
struct Test<'a> {
    judge: Judge<'a>,
    unseen: Vec<Tensor>,
    name: String,
    output: Option<PathBuf>,
    control: &'a Control,
}

impl Test<'_> {
    /// The style loss of each photo that the network never saw.
    fn losses(&self, TrainingState { parameters, steps, .. }: &TrainingState) -> Vec<f64> {
        let mut losses = Vec::new();
        for (index, photo) in self.unseen.iter().enumerate() {
            let painted = self.paint(parameters, photo);
            if let Some(folder) = &self.output {
                let Size { width, height } = size(&painted);
                let numbers = painted.to_vec().expect("numbers");
                let picture = Picture::from_planes(width as u32, height as u32, &numbers);
                let path = folder.join(format!("{}-{index}-{steps}.png", self.name));
                picture.pixels().to_rgb8().save(path).expect("a writable folder");
            }
            losses.push(self.judge.loss(&painted));
        }
        losses
    }

    /// How much noise changes the picture: the root mean square of the difference, for each photo.
    fn flicker(&self, TrainingState { parameters, .. }: &TrainingState) -> Vec<f64> {
        let mut state = 1u32;
        let mut noise = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            ((state >> 8) as f32 / (1 << 24) as f32 - 0.5) * 0.07
        };
        let flicker = self.unseen.iter().map(|photo| {
            let numbers = photo.to_vec().expect("numbers").into_iter().map(|value| (value + noise()).clamp(0.0, 1.0));
            let noisy = Tensor::from_vec(numbers.collect(), photo.dims(), photo.device()).expect("a photo");
            let difference = (self.paint(parameters, &noisy) - self.paint(parameters, photo)).expect("a difference");
            let numbers = difference.to_vec().expect("numbers");
            (numbers.iter().map(|value| f64::from(value * value)).sum::<f64>() / numbers.len() as f64).sqrt()
        });
        flicker.collect()
    }

    fn paint(&self, parameters: &GeneratorParameters, photo: &Tensor) -> Tensor {
        let generator = Generator::new(parameters, &Device::cpu()).expect("a generator");
        generator.paint(photo, &parameters.conditioning(), self.control).expect("a picture")
    }
}
