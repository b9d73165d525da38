//! What happens when a card is missing, busy, out of memory, lost in mid-run, or has a driver that panics.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use image::{DynamicImage, RgbImage};
use impasto::engine::EngineError;
use impasto::engine::compute::{Device, Trial};
use impasto::engine::device::{DeviceChoice, Missing, Processor, Processors};
use impasto::engine::network::{Architecture, Network};
use impasto::picture::Picture;
use impasto::studio::{
    EventKind, Hardware, Ingredients, Painted, Progress, Recipe, Settings, StyleSource, Subject, Worker,
};

const ITERATIONS: u32 = 12;

fn recipe(device: DeviceChoice) -> Recipe {
    let picture = |width, height| {
        let pixels = RgbImage::from_fn(width, height, |x, y| image::Rgb([(x * 5) as u8, (y * 7) as u8, (x * y) as u8]));
        Arc::new(Picture::new(DynamicImage::from(pixels)))
    };
    Recipe::new(Ingredients {
        subject: Subject::photo(picture(170, 120)),
        styles: vec![StyleSource::new(picture(50, 50))],
        start_picture: None,
        settings: Settings { size: 170, iterations: ITERATIONS, ..Settings::default() },
        hardware: Hardware { device, ..Hardware::default() },
        time_limit: None,
    })
    .unwrap()
}

/// What was heard of a run.
#[derive(Default)]
struct Heard {
    started: Vec<String>,
    remarks: Vec<String>,
    moved_to: Vec<String>,
    /// Those before another processor took over, and those after.
    progress: [Vec<Progress>; 2],
    painted: Option<Painted>,
}

/// What a search finds: a card in front of the CPU, or why there is none.
fn found(card: Option<Processor>, is_for_this_build: bool) -> Processors {
    let reason = "the slot is empty".to_owned();
    let missing = Missing { choice: DeviceChoice::Cuda, reason, is_for_this_build };
    let missing = card.is_none().then_some(missing).into_iter().collect();
    Processors { found: card.into_iter().chain([Processor::cpu()]).collect(), missing }
}

/// Paints with a card in front of the CPU.
fn paint(
    card: Option<Processor>,
    choice: DeviceChoice,
    load: impl Fn(&Device, usize) -> Result<Network, EngineError> + Send + Sync + 'static,
) -> Heard {
    let calls = AtomicUsize::new(0);
    let load = move |device: &Device| load(device, calls.fetch_add(1, Ordering::Relaxed));
    let search = move || found(card.clone(), true);
    let mut worker = Worker::spawn_among(Box::new(search), Box::new(load), || {}).unwrap();
    hear(&mut worker, choice)
}

/// One run to its end.
fn hear(worker: &mut Worker, choice: DeviceChoice) -> Heard {
    worker.start(recipe(choice));
    let mut heard = Heard::default();
    loop {
        match worker.wait_event(Duration::from_mins(2)).expect("the worker says something").kind {
            EventKind::Started { device, .. } => heard.started.push(device),
            EventKind::Remark(sentence) => heard.remarks.push(sentence),
            EventKind::MovedTo(device) => heard.moved_to.push(device),
            EventKind::Progress(progress) => heard.progress[heard.moved_to.len().min(1)].push(progress),
            EventKind::Finished(painted) => {
                heard.painted = Some(painted);
                return heard;
            }
            EventKind::Failed(sentence) => panic!("{sentence}"),
            _ => {}
        }
    }
}

fn tiny(device: &Device, _: usize) -> Result<Network, EngineError> {
    Network::random(&Architecture::tiny(), 3, device)
}

fn is_whole(heard: &Heard) {
    let painted = heard.painted.as_ref().unwrap();
    assert_eq!((painted.picture.width(), painted.picture.height()), (170, 120));
    assert_eq!(heard.started.len(), 1, "a run starts once");
}

#[test]
fn a_card_paints_where_there_is_room() {
    for choice in [DeviceChoice::Auto, DeviceChoice::Cuda] {
        let heard = paint(Some(Processor::trial(8 << 30, Trial::default())), choice, tiny);
        is_whole(&heard);
        assert_eq!(heard.started, ["trial card (8.0 GiB)"]);
        assert!(heard.remarks.is_empty() && heard.moved_to.is_empty(), "{:?}", heard.remarks);
    }
    let heard = paint(Some(Processor::trial(8 << 30, Trial::default())), DeviceChoice::Cpu, tiny);
    assert_eq!(heard.started, ["CPU"]);
}

/// The sentence that says why the CPU paints from the beginning.
fn not_on_the_card(heard: &Heard) -> &str {
    is_whole(heard);
    assert_eq!((heard.started.as_slice(), heard.remarks.len()), (["CPU".to_owned()].as_slice(), 1));
    assert!(heard.remarks[0].contains("painting on the CPU"), "{}", heard.remarks[0]);
    &heard.remarks[0]
}

#[test]
fn a_card_that_is_missing_is_one_sentence() {
    for choice in [DeviceChoice::Auto, DeviceChoice::Cuda] {
        assert!(not_on_the_card(&paint(None, choice, tiny)).contains("the slot is empty"));
    }
}

#[test]
fn a_card_that_this_build_does_not_use_is_nothing_to_tell() {
    let load = |device: &Device| tiny(device, 0);
    let search = || found(None, false);
    let mut worker = Worker::spawn_among(Box::new(search), Box::new(load), || {}).unwrap();
    let heard = hear(&mut worker, DeviceChoice::Auto);
    is_whole(&heard);
    assert!(heard.remarks.is_empty(), "{:?}", heard.remarks);
}

#[test]
fn a_card_that_was_busy_is_tried_again() {
    let searches = AtomicUsize::new(0);
    let search = move || {
        let is_free = searches.fetch_add(1, Ordering::Relaxed) > 0;
        found(is_free.then(|| Processor::trial(8 << 30, Trial::default())), true)
    };
    let mut worker = Worker::spawn_among(Box::new(search), Box::new(|device: &Device| tiny(device, 0)), || {}).unwrap();
    let devices = [(); 3].map(|()| hear(&mut worker, DeviceChoice::Auto).started);
    assert_eq!(devices, [["CPU"], ["trial card (8.0 GiB)"], ["trial card (8.0 GiB)"]]);
}

#[test]
fn a_card_without_room_is_one_sentence() {
    let heard = paint(Some(Processor::trial(100 << 20, Trial::default())), DeviceChoice::Auto, tiny);
    let sentence = not_on_the_card(&heard);
    assert!(sentence.contains("trial card") && sentence.contains("100 MiB"), "{sentence}");
}

#[test]
fn a_card_that_cannot_be_loaded_is_one_sentence() {
    let card = Some(Processor::trial(8 << 30, Trial::default()));
    let busy = |device: &Device, call| match call {
        0 => Err(EngineError::Device("somebody else has it".to_owned())),
        _ => tiny(device, call),
    };
    assert!(not_on_the_card(&paint(card.clone(), DeviceChoice::Auto, busy)).contains("somebody else has it"));
    let broken = |device: &Device, call| if call == 0 { panic!("on purpose") } else { tiny(device, call) };
    assert!(not_on_the_card(&paint(card, DeviceChoice::Auto, broken)).contains("on purpose"));
}

#[test]
fn a_card_that_runs_out_of_memory_hands_its_picture_on() {
    // Before the first iteration, within a scale, and between two.
    for convolutions in [1, 100, 145, 300] {
        let card = Trial { fails_after: Some(convolutions), ..Trial::default() };
        let heard = paint(Some(Processor::trial(8 << 30, card)), DeviceChoice::Auto, tiny);
        is_whole(&heard);
        assert_eq!((heard.started.len(), heard.moved_to.as_slice()), (1, ["CPU".to_owned()].as_slice()));
        let [sentence] = heard.remarks.as_slice() else { panic!("{:?}", heard.remarks) };
        assert!(sentence.contains("out of memory") && sentence.contains("the CPU paints on"), "{sentence}");
        let [before, after] = &heard.progress;
        if let (Some(last), Some(first)) = (before.last(), after.first()) {
            // Not every iteration is reported, but none is done twice.
            assert!(first.done > last.done, "{} after {}", first.done, last.done);
        }
        assert!(convolutions < 100 || !before.is_empty(), "the card painted");
    }
}

#[test]
fn a_card_that_is_lost_costs_no_more_than_what_was_not_kept() {
    let card = Trial { fails_after: Some(300), loses_all: true, ..Trial::default() };
    let heard = paint(Some(Processor::trial(8 << 30, card)), DeviceChoice::Auto, tiny);
    is_whole(&heard);
    assert_eq!(heard.moved_to, ["CPU"]);
    let [before, after] = &heard.progress;
    assert!(!before.is_empty() && !after.is_empty());
    // The first iteration is kept, the next ten seconds are not.
    assert!(after[0].done >= 2, "{}", after[0].done);
}
