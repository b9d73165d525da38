//! The optimisation loop, with a tiny random network: sizes, steering, falling losses, and the worker around it.

#[path = "support/campaign.rs"]
mod campaign;
#[path = "transfer/continuity.rs"]
mod continuity;
#[path = "transfer/gradient.rs"]
mod gradient;
#[path = "transfer/soak.rs"]
mod soak;

use std::sync::Arc;
use std::time::Duration;

use image::{DynamicImage, RgbImage};
use impasto::engine::balance::{Balance, StyleBalance};
use impasto::engine::budget::MemoryBudget;
use impasto::engine::compute::{Device, Tensor};
use impasto::engine::control::Control;
use impasto::engine::loss::StyleLoss;
use impasto::engine::network::{Architecture, Network};
use impasto::engine::pyramid::Size;
use impasto::engine::schedule::Schedule;
use impasto::engine::transfer::{ContentSource, Initial, Iteration, Job, Observer, Outcome, StyleImage, run};
use impasto::picture::Picture;
use impasto::studio::{self, Continuity, EventKind, Hardware, Ingredients, Recipe, Settings, Worker};

fn waves(height: usize, width: usize, pitch: f32) -> Tensor {
    let values: Vec<f32> = (0..3 * height * width).map(|index| (index as f32 * pitch).sin() * 0.5 + 0.5).collect();
    Tensor::from_vec(values, (3, height, width), &Device::cpu()).unwrap()
}

fn job(height: usize, width: usize) -> Job {
    Job {
        content: ContentSource::Photo { image: waves(height, width, 0.01), protect: None },
        styles: [waves(40, 50, 0.3), waves(30, 30, 0.7)].map(|image| StyleImage { image, mask: None }).into(),
        initial: Initial::Photo { recolored: 1.0 },
        style_loss: StyleLoss::Wasserstein,
        schedule: Schedule::even(12),
        seed: 1,
        continuation: None,
        memory: MemoryBudget { comfortable: 1 << 30, most: 1 << 30 },
    }
}

fn balance() -> Balance {
    let styles = [1.0, 2.0].map(|weight| StyleBalance { weight, ..StyleBalance::default() }).into();
    Balance { content: 0.015, smoothness: 0.1, styles, ..Balance::default() }
}

fn network() -> Network {
    Network::random(&Architecture::tiny(), 3, &Device::cpu()).unwrap()
}

/// Records events, and calls `then` after each iteration.
struct Listener<F> {
    scales: Vec<Size>,
    iterations: Vec<Iteration>,
    then: F,
}

impl<F: FnMut(Iteration)> Listener<F> {
    fn new(then: F) -> Self {
        Self { scales: Vec::new(), iterations: Vec::new(), then }
    }
}

impl<F: FnMut(Iteration)> Observer for Listener<F> {
    fn started(&mut self, scales: &[Size]) {
        self.scales = scales.to_vec();
    }

    fn scale_began(&mut self, _: usize) {}

    fn iterated(&mut self, iteration: Iteration, image: &Tensor) {
        let Size { width, height } = self.scales[iteration.scale];
        assert_eq!(image.dims3().unwrap(), (3, height, width));
        self.iterations.push(iteration);
        (self.then)(iteration);
    }
}

#[test]
fn every_scale_is_painted_and_lowers_the_loss() {
    for style_loss in StyleLoss::ALL {
        let mut listener = Listener::new(|_| {});
        let job = Job { style_loss, ..job(170, 230) };
        let outcome = run(&network(), &job, &Control::new(balance()), &mut listener).unwrap();
        let Outcome::Finished(image) = outcome else { panic!("the run was stopped") };
        assert_eq!(image.dims3().unwrap(), (3, 170, 230));
        let values = image.to_vec().unwrap();
        assert!(values.iter().all(|value| (0.0..=1.0).contains(value)));
        assert_eq!(listener.iterations.len(), 12 * listener.scales.len());
        for scale in listener.iterations.chunks(12) {
            assert!(scale[11].losses.total() < scale[0].losses.total(), "{style_loss:?}");
        }
    }
}

#[test]
fn stopping_returns_the_picture_at_its_final_size() {
    let control = Control::new(balance());
    let mut listener = Listener::new(|iteration| {
        if iteration.scale == 1 && iteration.done == 3 {
            control.stop();
        }
    });
    let outcome = run(&network(), &job(170, 230), &control, &mut listener).unwrap();
    let Outcome::Stopped(image) = outcome else { panic!("the run was not stopped") };
    assert_eq!(image.dims3().unwrap(), (3, 170, 230));
    assert_eq!(listener.iterations.len(), 15);
}

#[test]
fn changed_weights_apply_from_the_next_iteration() {
    let control = Control::new(balance());
    let mut listener = Listener::new(|iteration| {
        if iteration.scale == 0 && iteration.done == 5 {
            let styles = [0.0, 1.0].map(|weight| StyleBalance { weight, brush_scale: 0.5 }).into();
            control.adjust(Balance { content: 0.0, similarity: 0.0, smoothness: 0.0, styles, ..balance() });
        }
    });
    run(&network(), &job(64, 90), &control, &mut listener).unwrap();
    let (before, after) = (listener.iterations[4].losses, listener.iterations[5].losses);
    assert!(before.content > 0.0 && before.smoothness > 0.0);
    assert!(after.content == 0.0 && after.smoothness == 0.0 && after.style > 0.0);
}

#[test]
fn a_scale_can_be_cut_short() {
    let control = Control::new(balance());
    let mut listener = Listener::new(|iteration| {
        if iteration.scale == 0 {
            control.limit_iterations(4);
        }
    });
    run(&network(), &job(170, 230), &control, &mut listener).unwrap();
    let at = |scale: usize| listener.iterations.iter().filter(|iteration| iteration.scale == scale).count();
    assert_eq!((at(0), at(1)), (4, 12));
}

fn painted(job: &Job, balance: Balance) -> Tensor {
    let outcome = run(&network(), job, &Control::new(balance), &mut Listener::new(|_| {})).unwrap();
    let Outcome::Finished(image) = outcome else { panic!("the run was stopped") };
    image
}

/// The largest difference in these columns.
fn difference(one: &Tensor, other: &Tensor, columns: std::ops::Range<usize>) -> f32 {
    let columns = |image: &Tensor| image.narrow(2, columns.start, columns.len()).unwrap();
    let differences = (columns(one) - columns(other)).unwrap().to_vec().unwrap();
    differences.into_iter().map(f32::abs).fold(0.0, f32::max)
}

/// 1 in the left half, 0 in the right.
fn left_half() -> Tensor {
    let row: Vec<f32> = (0..40).map(|column| f32::from(u8::from(column < 20))).collect();
    Tensor::from_vec(row.repeat(30), (30, 40), &Device::cpu()).unwrap()
}

#[test]
fn the_photo_is_unchanged_outside_masks_and_where_protected() {
    let photo = waves(60, 80, 0.01);
    let left = left_half();
    let right = left.affine(-1.0, 1.0).unwrap();
    let masked = {
        let mut job = job(60, 80);
        job.styles.iter_mut().for_each(|style| style.mask = Some(left.clone()));
        painted(&job, balance())
    };
    let protected = {
        let content = ContentSource::Photo { image: photo.clone(), protect: Some(right.clone()) };
        painted(&Job { content, ..job(60, 80) }, balance())
    };
    for image in [masked, protected] {
        assert!(difference(&image, &photo, 0..36) > 0.1);
        assert!(difference(&image, &photo, 44..80) < 1e-6);
    }
}

/// Paints with the first painting everywhere and the second in the left half. The weights change in the middle of the
/// last scale.
fn painted_with_changed_weights(before: [f32; 2], after: [f32; 2]) -> Tensor {
    let mut job = job(170, 230);
    job.styles[1].mask = Some(left_half());
    let balance = |weights: [f32; 2]| {
        let styles = weights.map(|weight| StyleBalance { weight, ..StyleBalance::default() }).into();
        Balance { styles, ..balance() }
    };
    let control = Control::new(balance(before));
    let mut listener = Listener::new(|iteration| {
        if iteration.scale == 1 && iteration.done == 5 {
            control.adjust(balance(after));
        }
    });
    let outcome = run(&network(), &job, &control, &mut listener).unwrap();
    assert_eq!(listener.scales.len(), 2);
    let Outcome::Finished(image) = outcome else { panic!("the run was stopped") };
    image
}

#[test]
fn masks_apply_at_once_when_a_weight_changes() {
    let photo = waves(170, 230, 0.01);
    let image = painted_with_changed_weights([1.0, 1.0], [0.0, 1.0]);
    assert!(difference(&image, &photo, 0..100) > 0.1);
    assert!(difference(&image, &photo, 130..230) == 0.0);
    let image = painted_with_changed_weights([0.0, 1.0], [1.0, 1.0]);
    assert!(difference(&image, &photo, 0..100) > 0.1);
    assert!(difference(&image, &photo, 130..230) > 0.1);
    let image = painted_with_changed_weights([1.0, 1.0], [0.0, 0.0]);
    assert!(difference(&image, &photo, 0..230) == 0.0);
}

#[test]
fn stopping_at_a_coarse_scale_keeps_the_full_detail_of_the_photo() {
    // Finer than any coarse scale can show.
    let photo = waves(170, 230, 1.7);
    let left = left_half();
    let protected = {
        let protect = Some(left.affine(-1.0, 1.0).unwrap());
        Job { content: ContentSource::Photo { image: photo.clone(), protect }, ..job(170, 230) }
    };
    let mut masked = Job { content: ContentSource::Photo { image: photo.clone(), protect: None }, ..job(170, 230) };
    masked.styles.iter_mut().for_each(|style| style.mask = Some(left.clone()));
    for job in [protected, masked] {
        for (scale, done) in [(0, 1), (0, 12), (1, 3), (1, 9)] {
            let control = Control::new(balance());
            let mut listener = Listener::new(|iteration| {
                if (iteration.scale, iteration.done) == (scale, done) {
                    control.stop();
                }
            });
            let outcome = run(&network(), &job, &control, &mut listener).unwrap();
            let Outcome::Stopped(image) = outcome else { panic!("the run was not stopped") };
            assert!(difference(&image, &photo, 0..100) > 0.1);
            assert!(difference(&image, &photo, 130..230) == 0.0, "scale {scale}");
        }
    }
}

#[test]
fn each_style_paints_where_its_mask_says() {
    let left = left_half();
    let right = left.affine(-1.0, 1.0).unwrap();
    let painted_with = |masks: [&Tensor; 2]| {
        let mut job = job(60, 80);
        // A dark painting and a light one.
        job.styles = [0.2, 0.8]
            .into_iter()
            .zip(masks)
            .map(|(light, mask)| {
                let image = (waves(40, 50, 0.3) * 0.2).unwrap().affine(1.0, light - 0.1).unwrap();
                StyleImage { image, mask: Some(mask.clone()) }
            })
            .collect();
        job.schedule = Schedule::even(40);
        let image = painted(&job, Balance { content: 0.0, ..balance() });
        let mean = |start: usize| {
            let numbers = image.narrow(2, start, 30).unwrap().to_vec().unwrap();
            numbers.iter().sum::<f32>() / numbers.len() as f32
        };
        (mean(0), mean(50))
    };
    let (dark, light) = painted_with([&left, &right]);
    assert!(dark + 0.1 < light, "{dark} {light}");
    let (light, dark) = painted_with([&right, &left]);
    assert!(dark + 0.1 < light, "{dark} {light}");
}

#[test]
fn strength_zero_leaves_the_photo_unchanged() {
    let settings = Settings { strength: 0.0, ..Settings::default() };
    let job = Job { initial: Initial::Photo { recolored: 0.0 }, ..job(170, 230) };
    let image = painted(&job, settings.balance([StyleBalance::default(); 2]));
    let moved = difference(&image, &waves(170, 230, 0.01), 0..230);
    assert!(moved < 2e-3, "{moved}");
}

#[test]
fn textures_have_the_requested_size() {
    for seamless in [false, true] {
        let content = ContentSource::Texture { size: Size { width: 75, height: 41 }, seamless };
        let image = painted(&Job { content, ..job(1, 1) }, balance());
        assert_eq!(image.dims3().unwrap(), (3, 41, 75));
    }
}

fn picture(width: u32, height: u32) -> Arc<Picture> {
    let pixels =
        RgbImage::from_fn(width, height, |x, y| image::Rgb([(x * 3) as u8, (y * 5) as u8, ((x * y) % 251) as u8]));
    Arc::new(Picture::new(DynamicImage::from(pixels)))
}

fn recipe(iterations: u32) -> Recipe {
    Recipe::new(Ingredients {
        subject: studio::Subject::photo(picture(60, 40)),
        styles: vec![studio::Style::new(picture(50, 50))],
        start_picture: None,
        settings: Settings { size: 96, iterations, ..Settings::default() },
        hardware: Hardware::default(),
        time_limit: None,
    })
    .unwrap()
}

fn worker() -> Worker {
    let load = |device: &Device| Network::random(&Architecture::tiny(), 3, device);
    Worker::spawn(Box::new(load), || {}).unwrap()
}

/// Waits for the first event from which `select` returns a value.
fn wait<T>(worker: &Worker, select: impl Fn(EventKind) -> Option<T>) -> T {
    loop {
        let event = worker.wait_event(Duration::from_mins(2)).expect("an event within two minutes");
        if let Some(found) = select(event.kind) {
            return found;
        }
    }
}

#[test]
fn a_paused_run_does_nothing_until_it_is_resumed() {
    let mut worker = worker();
    worker.start(recipe(10_000), Continuity::default());
    wait(&worker, |kind| matches!(kind, EventKind::Progress(_)).then_some(()));
    worker.pause();
    wait(&worker, |kind| matches!(kind, EventKind::Paused).then_some(()));
    assert!(worker.wait_event(Duration::from_millis(200)).is_none(), "nothing happens while paused");
    worker.resume();
    wait(&worker, |kind| matches!(kind, EventKind::Resumed).then_some(()));
    wait(&worker, |kind| matches!(kind, EventKind::Progress(_)).then_some(()));
    worker.pause();
    wait(&worker, |kind| matches!(kind, EventKind::Paused).then_some(()));
    worker.stop();
    let painted = wait(&worker, |kind| if let EventKind::Stopped(painted) = kind { Some(painted) } else { None });
    assert_eq!((painted.picture.width(), painted.picture.height()), (96, 64));
}

#[test]
fn only_the_latest_frame_is_kept_and_events_name_their_run() {
    let mut worker = worker();
    let first = worker.start(recipe(10_000), Continuity::default());
    wait(&worker, |kind| matches!(kind, EventKind::Progress(_)).then_some(()));
    let second = worker.start(recipe(3), Continuity::default());
    assert_ne!(first, second);
    let mut last = None;
    let painted = loop {
        let event = worker.wait_event(Duration::from_mins(2)).unwrap();
        // Events of the first run never come after one of the second.
        assert!(last.is_none_or(|last| event.run >= last));
        last = Some(event.run);
        if let EventKind::Finished(painted) = event.kind {
            break painted;
        }
    };
    let frame = worker.take_frame().unwrap();
    assert_eq!(frame.rgba.len(), frame.width as usize * frame.height as usize * 4);
    assert!(worker.take_frame().is_none());
    assert_eq!(painted.picture.width(), 96);
}

#[test]
fn the_worker_reports_and_survives_panics_and_failures() {
    let calls = std::sync::atomic::AtomicUsize::new(0);
    let load = move |device: &Device| match calls.fetch_add(1, std::sync::atomic::Ordering::Relaxed) {
        0 => panic!("on purpose"),
        1 => Err(impasto::engine::EngineError::Device("the card is on fire".to_owned())),
        _ => Network::random(&Architecture::tiny(), 3, device),
    };
    let mut worker = Worker::spawn(Box::new(load), || {}).unwrap();
    let failure = |kind| if let EventKind::Failed(sentence) = kind { Some(sentence) } else { None };
    worker.start(recipe(2), Continuity::default());
    assert!(wait(&worker, failure).contains("on purpose"));
    worker.start(recipe(2), Continuity::default());
    assert_eq!(wait(&worker, failure), "the card is on fire");
    worker.start(recipe(2), Continuity::default());
    wait(&worker, |kind| matches!(kind, EventKind::Finished(_)).then_some(()));
}
