//! The time that each frame of the window takes while pictures of 2048 pixels are painted, and how soon an instant
//! picture is there.
//!
//! A run paints on all of the engine's threads, with a network small enough for several pictures a second. The window
//! is driven as eframe drives it: sixty times a second it handles events and new pictures, lays out the interface and
//! tessellates it into triangles, while a simulated user moves a slider, the divider and the picture. Printed are the
//! median, the 99th percentile and the longest of these times. The graphics driver's work on the triangles is not
//! included.
//!
//! Before that, a painting is added to a photo, both of 12 megapixels, and a user moves Strength for ten seconds. Printed
//! are the time until the instant picture of 512 pixels is shown, how many follow the slider, and the window's own work.
//!
//! `cargo bench --bench window -- [SECONDS]`

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use eframe::egui::accesskit::Role;
use eframe::egui::{self, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use image::{Rgb, RgbImage};
use impasto::app::App;
use impasto::app::model::run::Phase;
use impasto::app::model::view::Side;
use impasto::app::preferences::{Preferences, StoredPreferences};
use impasto::app::services::desktop::{Choice, Clip, Desktop, FileRequest};
use impasto::app::state::State;
use impasto::engine::compute::Device;
use impasto::engine::network::{Architecture, Network};
use impasto::studio::Settings;

/// Desktop services that choose no files and have an empty clipboard.
struct Headless;

impl Desktop for Headless {
    fn choose(&self, _: &FileRequest, _: &eframe::Frame) -> Choice {
        Box::pin(std::future::ready(Ok(Vec::new())))
    }

    fn clipboard(&self) -> Result<Clip, String> {
        Ok(Clip::Nothing)
    }
}

const FRAME: Duration = Duration::from_micros(16_667);

/// How soon an instant picture is there, and what following a slider costs the window.
fn instant(folder: &Path) {
    let files = vec![picture(folder, "large.jpg", 4000, 3000)];
    let painting = picture(folder, "large-painting.jpg", 3000, 4000);
    let loader = Box::new(|device: &Device| Network::random(&Architecture::tiny(), 1, device));
    let mut harness = Harness::builder().with_size([1920.0, 1080.0]).build_eframe(move |creation| {
        App::new(&creation.egui_ctx, files, loader, Arc::new(Headless), StoredPreferences::default()).unwrap()
    });
    wait(&mut harness, |state| state.sources.photo_picture().is_some());
    // The thumbnails of the samples are made meanwhile.
    std::thread::sleep(Duration::from_secs(2));
    let began = Instant::now();
    harness.input_mut().dropped_files = vec![Arc::new(Dropped(painting))];
    wait(&mut harness, |state| state.start_obstacle().is_none());
    let loaded = began.elapsed();
    wait(&mut harness, |state| state.shown_instant().is_some());
    let shown = began.elapsed();
    let (mut times, mut pictures, mut last) = (Vec::new(), 0, None);
    let began = Instant::now();
    while began.elapsed() < Duration::from_secs(10) {
        let slider = harness.get_by_role_and_label(Role::Slider, "Strength");
        // A hand that moves and rests in turn.
        if times.len() / 30 % 2 == 0 {
            slider.set_value_accesskit(f64::from(50.0 + 40.0 * (times.len() as f32 / 40.0).sin()));
        }
        let frame_began = Instant::now();
        harness.step();
        let taken = frame_began.elapsed();
        times.push(taken);
        let now = harness.state().state().shown_instant().map(|canvas| canvas.image.clone());
        if let (Some(now), Some(last)) = (&now, &last)
            && !now.is_same(last)
        {
            pictures += 1;
        }
        last = now;
        std::thread::sleep(FRAME.saturating_sub(taken));
    }
    times.sort();
    println!(
        "instant picture: {:.0} ms after the drop, of which reading takes {:.0}; {pictures} in ten seconds of a moving \
         slider; a frame of the window: median {:.2} ms, longest {:.2} ms",
        shown.as_secs_f64() * 1e3,
        loaded.as_secs_f64() * 1e3,
        times[times.len() / 2].as_secs_f64() * 1e3,
        times[times.len() - 1].as_secs_f64() * 1e3
    );
}

#[derive(Debug)]
struct Dropped(PathBuf);

impl egui::DroppedFile for Dropped {
    fn path(&self) -> &Path {
        &self.0
    }

    fn bytes(&self) -> Result<Vec<u8>, String> {
        std::fs::read(&self.0).map_err(|error| error.to_string())
    }
}

fn main() {
    let seconds = std::env::args().find_map(|argument| argument.parse().ok()).unwrap_or(30);
    let folder = tempfile::tempdir().unwrap();
    instant(folder.path());
    let files = vec![picture(folder.path(), "photo.png", 2048, 1365), picture(folder.path(), "painting.png", 600, 800)];
    let settings = Settings { size: 2048, iterations: 1, ..Settings::default() };
    let memory = StoredPreferences {
        preferences: Preferences { settings, ..Preferences::default() },
        ..StoredPreferences::default()
    };
    let loader = Box::new(|device: &Device| Network::random(&Architecture::tiny(), 1, device));
    let mut harness = Harness::builder()
        .with_size([1920.0, 1080.0])
        .build_eframe(move |creation| App::new(&creation.egui_ctx, files, loader, Arc::new(Headless), memory).unwrap());
    wait(&mut harness, |state| state.start_obstacle().is_none());
    // Paints one iteration per scale first, then continues at full size until the measurement ends.
    press(&mut harness, "Start");
    wait(&mut harness, |state| matches!(state.run.phase, Phase::Finished(_)));
    press(&mut harness, "Advanced");
    harness.get_by_role_and_label(Role::SpinButton, "Iterations, number").set_value_accesskit(10_000.0);
    harness.step();
    press(&mut harness, "Continue");
    press(&mut harness, "Compare");
    wait(&mut harness, |state| state.run.progress.is_some() && state.shown_side() == Side::Compare);

    let mut times = Vec::new();
    let mut pictures = 0;
    let mut last = harness.state().state().canvas.clone();
    let began = Instant::now();
    while began.elapsed() < Duration::from_secs(seconds) {
        act(&mut harness, times.len());
        let frame_began = Instant::now();
        harness.step();
        let shapes = harness.output().shapes.clone();
        let triangles = harness.ctx.tessellate(shapes, harness.ctx.pixels_per_point());
        let taken = frame_began.elapsed();
        drop(triangles);
        times.push(taken);
        let now = harness.state().state().canvas.clone();
        if let (Some(now), Some(last)) = (&now, &last)
            && !now.image.is_same(&last.image)
        {
            pictures += 1;
        }
        last = now;
        std::thread::sleep(FRAME.saturating_sub(taken));
    }
    assert!(harness.state().state().run.is_active(), "the run ended before the measurement");
    times.sort();
    let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize].as_secs_f64() * 1e3;
    println!(
        "{} frames of the window, {pictures} pictures of 2048 pixels: \
         median {:.2} ms, 99th percentile {:.2} ms, longest {:.2} ms",
        times.len(),
        at(0.5),
        at(0.99),
        at(1.0)
    );
}

/// Simulates the user's input between two frames.
fn act(harness: &mut Harness<App>, frame: usize) {
    let turn = (frame as f32 / 40.0).sin();
    match frame / 120 % 3 {
        0 => {
            let slider = harness.get_by_role_and_label(Role::Slider, "Strength");
            slider.set_value_accesskit(f64::from(50.0 + 40.0 * turn));
        }
        1 => {
            let divider = harness.get_by_role_and_label(Role::Slider, "Divider between photo and result");
            let at = divider.rect().center();
            harness.drag_at(at);
            harness.hover_at(at + vec2(8.0 * turn, 0.0));
            harness.drop_at(at + vec2(8.0 * turn, 0.0));
        }
        _ => {
            harness.hover_at(egui::pos2(900.0 + 100.0 * turn, 500.0));
            harness.event(egui::Event::MouseWheel {
                unit: egui::MouseWheelUnit::Point,
                delta: vec2(0.0, 20.0 * turn),
                phase: egui::TouchPhase::Move,
                source: egui::MouseWheelSource::Wheel,
                modifiers: egui::Modifiers::NONE,
            });
        }
    }
}

fn press(harness: &mut Harness<App>, name: &str) {
    harness.get_by_label(name).click();
    harness.step();
    harness.step();
}

fn wait(harness: &mut Harness<App>, condition: impl Fn(&State) -> bool) {
    let began = Instant::now();
    while !condition(harness.state().state()) {
        harness.step();
        assert!(began.elapsed() < Duration::from_mins(5), "{:?}", harness.state().state().notices);
        std::thread::sleep(FRAME);
    }
    harness.step();
}

fn picture(folder: &Path, name: &str, width: u32, height: u32) -> PathBuf {
    let path = folder.join(name);
    let wave = |x: u32, y: u32| (128.0 + 120.0 * (x as f32 / 31.0).sin() * (y as f32 / 47.0).cos()) as u8;
    RgbImage::from_fn(width, height, |x, y| Rgb([wave(x, y), wave(y, x), wave(x + y, y)])).save(&path).unwrap();
    path
}
