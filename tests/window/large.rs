//! Pictures larger than the graphics adapter's maximum texture size are shown whole and at 100 %.

use std::path::{Path, PathBuf};

use eframe::egui::{Key, Modifiers, Rect, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use image::{Rgb, RgbImage, RgbaImage};

use crate::screenshot::{adapter_is_there, shot};
use crate::support::{Person, tiny_network};

const RED: [u8; 3] = [200, 30, 30];
const GREEN: [u8; 3] = [30, 160, 60];
const BLUE: [u8; 3] = [40, 60, 200];

/// Writes a picture of three parts along its long side: a red quarter, a green half and a blue quarter.
fn three_parts(folder: &Path, width: u32, height: u32) -> PathBuf {
    let path = folder.join(format!("{width}.png"));
    let wide = width > height;
    let part = |x: u32, y: u32| if wide { 4 * x / width } else { 4 * y / height };
    let color = |x, y| match part(x, y) {
        0 => RED,
        3 => BLUE,
        _ => GREEN,
    };
    RgbImage::from_fn(width, height, |x, y| Rgb(color(x, y))).save(&path).unwrap();
    path
}

#[test]
fn a_picture_larger_than_a_texture_is_shown_whole() {
    if !adapter_is_there() {
        return;
    }
    for (width, height) in [(20_000, 400), (400, 9000)] {
        for limit in [2048, 8192] {
            let builder = Harness::builder().with_render_cursor(false).wgpu();
            let mut person = Person::with(builder, |folder| vec![three_parts(folder, width, height)], tiny_network());
            person.harness.input_mut().max_texture_side = Some(limit);
            person.wait_until("the photo", |state| state.sources.photo_picture().is_some());
            let room = person.harness.get_by_label("Preview of the photo").rect();
            let middle = |image: &RgbaImage| image.get_pixel(room.center().x as u32, room.center().y as u32).0;
            // Another thread prepares the picture for display.
            let images = std::iter::repeat_with(|| shot(&mut person)).take(50);
            let image = images.into_iter().find(|image| middle(image)[..3] == GREEN).expect("the picture");
            let picture = fitted(room, width as f32 / height as f32);
            for (share, color) in [(0.02, RED), (0.22, RED), (0.28, GREEN), (0.72, GREEN), (0.78, BLUE), (0.98, BLUE)] {
                let at = if width > height { vec2(share, 0.5) } else { vec2(0.5, share) };
                let at = picture.lerp_inside(at);
                let pixel = image.get_pixel(at.x as u32, at.y as u32).0;
                let apart = (0..3).map(|channel| pixel[channel].abs_diff(color[channel])).max().unwrap();
                assert!(apart < 12, "{width} within {limit}: {pixel:?} instead of {color:?} at {share}");
            }
            // At 100 % the middle of the picture fills the preview.
            person.key(Modifiers::NONE, Key::Num1);
            let image = shot(&mut person);
            assert_eq!(middle(&image)[..3], GREEN, "{width} within {limit}");
        }
    }
}

/// The rectangle in which a picture of aspect ratio `shape` (width / height) is fitted into `room`.
fn fitted(room: Rect, shape: f32) -> Rect {
    let room = room.shrink(24.0);
    let width = room.width().min(room.height() * shape);
    Rect::from_center_size(room.center(), vec2(width, width / shape))
}
