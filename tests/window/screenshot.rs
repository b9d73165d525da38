//! Renders the screenshot in README.md: a finished run of the real network on samples, with two paintings.

use std::path::{Path, PathBuf};

use eframe::{egui, egui_wgpu, wgpu};
use egui_kittest::Harness;
use image::codecs::jpeg::JpegEncoder;
use image::{DynamicImage, RgbaImage};
use impasto::app::model::run::Phase;
use impasto::engine::network::Network;

use crate::support::Person;

/// The largest screenshot, in bytes, that README.md should make a reader load.
const MOST_BYTES: u64 = 400_000;

#[test]
fn the_readme_screenshot_can_be_rendered() {
    if !adapter_is_there() {
        return;
    }
    let builder = Harness::builder().with_theme(egui::Theme::Dark).with_render_cursor(false).wgpu();
    let mut person = Person::with(builder, |_| Vec::new(), Box::new(Network::built_in));
    person.wait_until("the samples", |state| state.sample_thumbnails.len() == impasto::studio::samples::ALL.len());
    person.press("Try it with samples");
    person.wait_until("the pair", |state| state.start_obstacle().is_none());
    person.press("Sample painting Café terrace at night");
    person.wait_until("the second painting", |state| state.sources.ready_paintings().count() == 2);
    if updating() {
        person.max_steps = 40_000;
    } else {
        person.set_size_and_iterations(128.0, 8.0);
    }
    person.press("Start");
    person.wait_until("the end", |state| matches!(state.run.phase, Phase::Finished(_)));
    person.press("Compare");
    person.harness.remove_cursor();
    let image = shot(&mut person);

    let preview = egui_kittest::kittest::Queryable::get_by_label(&person.harness, "Preview of photo and result").rect();
    let colours = colours_in(&image, preview);
    assert!(colours > 2000, "only {colours} colours in the preview");
    let path = target();
    save_small(&image, &path);
    let bytes = std::fs::metadata(&path).unwrap().len();
    assert!(bytes < MOST_BYTES, "{bytes} bytes");
    println!("written to {}", path.display());
}

/// Saves a JPEG: a painted picture is close to noise, which PNG would store bit for bit.
fn save_small(image: &RgbaImage, path: &Path) {
    let opaque = DynamicImage::ImageRgba8(image.clone()).into_rgb8();
    let file = std::fs::File::create(path).unwrap();
    opaque.write_with_encoder(JpegEncoder::new_with_quality(file, 90)).unwrap();
}

/// Steps for at least 400 ms, so that the display thread can deliver the picture, then renders the window.
pub(crate) fn shot(person: &mut Person) -> RgbaImage {
    for _ in 0..20 {
        person.harness.step();
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    person.harness.render().unwrap()
}

/// The number of distinct colours in a part of the image.
fn colours_in(image: &RgbaImage, rect: egui::Rect) -> usize {
    let part = image.enumerate_pixels().filter(|(x, y, _)| rect.contains(egui::pos2(*x as f32, *y as f32)));
    part.map(|(_, _, pixel)| pixel.0).collect::<std::collections::HashSet<_>>().len()
}

/// Whether to update the screenshot in the repository, which takes a full run instead of a short one.
fn updating() -> bool {
    std::env::var_os("IMPASTO_UPDATE_SCREENSHOTS").is_some()
}

/// Where to save the screenshot: in the repository when updating, else in the target folder.
fn target() -> PathBuf {
    let folder = if updating() {
        PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("screenshots")
    } else {
        PathBuf::from(env!("CARGO_TARGET_TMPDIR"))
    };
    std::fs::create_dir_all(&folder).unwrap();
    folder.join("window.jpg")
}

/// Whether there is a graphics adapter. Without one, prints that the test is skipped, or panics when
/// `IMPASTO_TEST_NO_SKIP` is set.
pub(crate) fn adapter_is_there() -> bool {
    let setup = egui_wgpu::WgpuSetupCreateNew::without_display_handle();
    let instance = wgpu::Instance::new(setup.instance_descriptor);
    let is_there = !pollster::block_on(instance.enumerate_adapters(wgpu::Backends::all())).is_empty();
    if !is_there {
        assert!(
            std::env::var_os("IMPASTO_TEST_NO_SKIP").is_none(),
            "no graphics adapter; install a software one, such as Debian's mesa-vulkan-drivers"
        );
        println!("skipped: no graphics adapter (Debian's mesa-vulkan-drivers is a software one)");
    }
    is_there
}
