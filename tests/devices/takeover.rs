//! What happens when a GPU is unavailable, busy, out of memory, lost during a run, or has a driver that panics.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use image::{DynamicImage, RgbImage};
use impasto::engine::EngineError;
use impasto::engine::compute::{Device, Trial};
use impasto::engine::device::{DeviceChoice, Processor, Processors, UnavailableDevice};
use impasto::engine::network::{Architecture, Network};
use impasto::picture::Picture;
use impasto::studio::{
    Continuity, EventKind, Hardware, Ingredients, PaintedPicture, Progress, Recipe, Settings, Style, Subject, Worker,
};

const ITERATIONS: u32 = 12;

fn recipe(device: DeviceChoice) -> Recipe {
    let picture = |width, height| {
        let pixels = RgbImage::from_fn(width, height, |x, y| image::Rgb([(x * 5) as u8, (y * 7) as u8, (x * y) as u8]));
        Arc::new(Picture::new(DynamicImage::from(pixels)))
    };
    Recipe::new(Ingredients {
        subject: Subject::photo(picture(192, 136)),
        styles: vec![Style::new(picture(50, 50))],
        start_picture: None,
        settings: Settings { size: 192, iterations: ITERATIONS, ..Settings::default() },
        hardware: Hardware { device, ..Hardware::default() },
        time_limit: None,
    })
    .unwrap()
}

/// The events of a run.
#[derive(Default)]
struct RunEvents {
    started: Vec<String>,
    remarks: Vec<String>,
    moved_to: Vec<String>,
    /// Before another processor took over, and after.
    progress: [Vec<Progress>; 2],
    painted: Option<PaintedPicture>,
}

/// The result of a search: `card` ahead of the CPU, or the CPU alone and the reason why there is no card.
fn search_result(card: Option<Processor>, is_for_this_build: bool) -> Processors {
    let reason = "the slot is empty".to_owned();
    let unavailable = UnavailableDevice { choice: DeviceChoice::Cuda, reason, is_for_this_build };
    let unavailable = card.is_none().then_some(unavailable).into_iter().collect();
    Processors { found: card.into_iter().chain([Processor::cpu()]).collect(), unavailable }
}

/// Paints where `card`, if any, is found ahead of the CPU. `load` gets the number of earlier calls.
fn paint(
    card: Option<Processor>,
    choice: DeviceChoice,
    load: impl Fn(&Device, usize) -> Result<Network, EngineError> + Send + Sync + 'static,
) -> RunEvents {
    let calls = AtomicUsize::new(0);
    let load = move |device: &Device| load(device, calls.fetch_add(1, Ordering::Relaxed));
    let search = move || search_result(card.clone(), true);
    let mut worker = Worker::spawn_among(Box::new(search), Box::new(load), || {}).unwrap();
    run(&mut worker, choice)
}

/// Runs once to the end.
fn run(worker: &mut Worker, choice: DeviceChoice) -> RunEvents {
    worker.start(recipe(choice), Continuity::default());
    let mut events = RunEvents::default();
    loop {
        match worker.wait_event(Duration::from_mins(2)).expect("an event within two minutes").kind {
            EventKind::Started { device, .. } => events.started.push(device),
            EventKind::Remark(sentence) => events.remarks.push(sentence),
            EventKind::MovedTo(device) => events.moved_to.push(device),
            EventKind::Progress(progress) => events.progress[events.moved_to.len().min(1)].push(progress),
            EventKind::Finished(painted) => {
                events.painted = Some(painted);
                return events;
            }
            EventKind::Failed(sentence) => panic!("{sentence}"),
            _ => {}
        }
    }
}

fn tiny(device: &Device, _: usize) -> Result<Network, EngineError> {
    Network::random(&Architecture::tiny(), 3, device)
}

fn assert_finished(events: &RunEvents) {
    let painted = events.painted.as_ref().unwrap();
    assert_eq!((painted.picture.width(), painted.picture.height()), (192, 136));
    assert_eq!(events.started.len(), 1, "a run starts once");
}

#[test]
fn a_gpu_with_enough_memory_paints() {
    for choice in [DeviceChoice::Auto, DeviceChoice::Cuda] {
        let events = paint(Some(Processor::trial(8 << 30, Trial::default())), choice, tiny);
        assert_finished(&events);
        assert_eq!(events.started, ["trial GPU (8.0 GiB)"]);
        assert!(events.remarks.is_empty() && events.moved_to.is_empty(), "{:?}", events.remarks);
    }
    let events = paint(Some(Processor::trial(8 << 30, Trial::default())), DeviceChoice::Cpu, tiny);
    assert_eq!(events.started, ["CPU"]);
}

/// The remark that says why the CPU paints from the start.
fn reason_for_the_cpu(events: &RunEvents) -> &str {
    assert_finished(events);
    assert_eq!((events.started.as_slice(), events.remarks.len()), (["CPU".to_owned()].as_slice(), 1));
    assert!(events.remarks[0].contains("using the CPU"), "{}", events.remarks[0]);
    &events.remarks[0]
}

#[test]
fn a_missing_gpu_is_reported_in_one_remark() {
    for choice in [DeviceChoice::Auto, DeviceChoice::Cuda] {
        assert!(reason_for_the_cpu(&paint(None, choice, tiny)).contains("the slot is empty"));
    }
}

#[test]
fn a_gpu_that_this_build_does_not_support_is_not_reported() {
    let load = |device: &Device| tiny(device, 0);
    let search = || search_result(None, false);
    let mut worker = Worker::spawn_among(Box::new(search), Box::new(load), || {}).unwrap();
    let events = run(&mut worker, DeviceChoice::Auto);
    assert_finished(&events);
    assert!(events.remarks.is_empty(), "{:?}", events.remarks);
}

#[test]
fn a_busy_gpu_is_tried_again_in_the_next_run() {
    let searches = AtomicUsize::new(0);
    let search = move || {
        let is_free = searches.fetch_add(1, Ordering::Relaxed) > 0;
        search_result(is_free.then(|| Processor::trial(8 << 30, Trial::default())), true)
    };
    let mut worker = Worker::spawn_among(Box::new(search), Box::new(|device: &Device| tiny(device, 0)), || {}).unwrap();
    let devices = [(); 3].map(|()| run(&mut worker, DeviceChoice::Auto).started);
    assert_eq!(devices, [["CPU"], ["trial GPU (8.0 GiB)"], ["trial GPU (8.0 GiB)"]]);
}

#[test]
fn a_gpu_with_too_little_memory_is_reported_in_one_remark() {
    let events = paint(Some(Processor::trial(100 << 20, Trial::default())), DeviceChoice::Auto, tiny);
    let sentence = reason_for_the_cpu(&events);
    assert!(sentence.contains("trial GPU") && sentence.contains("100 MiB"), "{sentence}");
}

#[test]
fn a_gpu_that_cannot_load_the_network_is_reported_in_one_remark() {
    let card = Some(Processor::trial(8 << 30, Trial::default()));
    let busy = |device: &Device, call| match call {
        0 => Err(EngineError::Device("somebody else has it".to_owned())),
        _ => tiny(device, call),
    };
    assert!(reason_for_the_cpu(&paint(card.clone(), DeviceChoice::Auto, busy)).contains("somebody else has it"));
    let broken = |device: &Device, call| if call == 0 { panic!("on purpose") } else { tiny(device, call) };
    assert!(reason_for_the_cpu(&paint(card, DeviceChoice::Auto, broken)).contains("on purpose"));
}

#[test]
fn the_cpu_continues_the_picture_of_a_gpu_that_runs_out_of_memory() {
    // Before the first iteration, within a scale, and between two.
    for convolutions in [1, 100, 145, 300] {
        let card = Trial { fails_after: Some(convolutions), ..Trial::default() };
        let events = paint(Some(Processor::trial(8 << 30, card)), DeviceChoice::Auto, tiny);
        assert_finished(&events);
        assert_eq!((events.started.len(), events.moved_to.as_slice()), (1, ["CPU".to_owned()].as_slice()));
        let [sentence] = events.remarks.as_slice() else { panic!("{:?}", events.remarks) };
        assert!(sentence.contains("out of memory") && sentence.contains("the CPU continues"), "{sentence}");
        let [before, after] = &events.progress;
        if let (Some(last), Some(first)) = (before.last(), after.first()) {
            // Not every iteration is reported, but none is done twice.
            assert!(first.done > last.done, "{} after {}", first.done, last.done);
        }
        assert!(convolutions < 100 || !before.is_empty(), "the GPU painted");
    }
}

#[test]
fn a_lost_gpu_costs_only_the_iterations_since_the_last_snapshot() {
    let card = Trial { fails_after: Some(300), loses_all: true, ..Trial::default() };
    let events = paint(Some(Processor::trial(8 << 30, card)), DeviceChoice::Auto, tiny);
    assert_finished(&events);
    assert_eq!(events.moved_to, ["CPU"]);
    let [before, after] = &events.progress;
    assert!(!before.is_empty() && !after.is_empty());
    // A snapshot is taken after the first iteration, and none in the next ten seconds.
    assert!(after[0].done >= 2, "{}", after[0].done);
}
