//! Pictures on their way to the screen: made ready on a thread of their own, uploaded at the size
//! that is needed.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, Sender};

use egui::{Color32, ColorImage, ImageData, TextureHandle, TextureOptions, Vec2, vec2};

use super::state::Shown;

/// A picture at its full size, at half of it, at a quarter, and so on: the one that is drawn is at
/// most twice as large as on the screen, so that shrinking it stays smooth.
#[derive(Debug)]
pub(super) struct Levels {
    images: Vec<Arc<ColorImage>>,
    transparent: bool,
}

impl Levels {
    /// Prepares a picture; no side of what is drawn is longer than `longest_side`.
    pub(super) fn new(shown: &Shown, longest_side: usize) -> Self {
        let full = match shown {
            Shown::Picture(picture) => {
                let size = [picture.width() as usize, picture.height() as usize];
                let rgba = picture.to_rgba8();
                if picture.has_alpha() {
                    ColorImage::from_rgba_unmultiplied(size, &rgba)
                } else {
                    ColorImage::from_rgba_premultiplied(size, &rgba)
                }
            }
            Shown::Frame(frame) => {
                ColorImage::from_rgba_premultiplied([frame.width as usize, frame.height as usize], &frame.rgba)
            }
        };
        let transparent = matches!(shown, Shown::Picture(picture) if picture.has_alpha());
        Self { images: halvings(full, longest_side), transparent }
    }

    /// The smallest level that still has a pixel for every pixel of the screen.
    fn level_for(&self, width_on_screen: f32) -> usize {
        self.images.iter().rposition(|image| image.size[0] as f32 >= width_on_screen).unwrap_or(0)
    }
}

fn halvings(full: ColorImage, longest_side: usize) -> Vec<Arc<ColorImage>> {
    // Smaller ones would not be drawn any faster.
    const SMALLEST: usize = 128;
    let mut next = full;
    while next.size[0].max(next.size[1]) > longest_side.max(1) {
        next = half(&next);
    }
    let mut images = vec![Arc::new(next)];
    while let Some(last) = images.last()
        && last.size[0].min(last.size[1]) > 2 * SMALLEST
    {
        let smaller = half(last);
        images.push(Arc::new(smaller));
    }
    images
}

/// Each pixel the mean of four; an odd last row or column is counted twice.
fn half(image: &ColorImage) -> ColorImage {
    let [width, height] = image.size;
    let size = [width.div_ceil(2), height.div_ceil(2)];
    let mut pixels = Vec::with_capacity(size[0] * size[1]);
    for y in 0..size[1] {
        let top = 2 * y * width;
        let bottom = (2 * y + 1).min(height - 1) * width;
        for x in 0..size[0] {
            let (left, right) = (2 * x, (2 * x + 1).min(width - 1));
            let four = [top + left, top + right, bottom + left, bottom + right].map(|at| image.pixels[at].to_array());
            let mean = |channel: usize| {
                let sum: u16 = four.iter().map(|pixel| u16::from(pixel[channel])).sum();
                ((sum + 2) / 4) as u8
            };
            pixels.push(Color32::from_rgba_premultiplied(mean(0), mean(1), mean(2), mean(3)));
        }
    }
    ColorImage::new(size, pixels)
}

/// One of the pictures in the middle of the window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    /// What is painted.
    Result,
    /// What it is painted from.
    Photo,
}

/// The pictures in the middle of the window, as far as they are ready.
pub(super) struct Display {
    jobs: Sender<(Side, Shown, usize)>,
    ready: Receiver<(Side, Shown, Option<Levels>)>,
    result: Slot,
    photo: Slot,
}

#[derive(Default)]
struct Slot {
    /// What is being made ready.
    awaited: Option<Shown>,
    current: Option<(Shown, Levels)>,
    texture: Option<Texture>,
}

struct Texture {
    handle: TextureHandle,
    of: Shown,
    level: usize,
    options: TextureOptions,
}

impl Display {
    /// Starts the thread. `wake` is called, on that thread, when a picture is ready.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub(super) fn spawn(wake: impl Fn() + Send + 'static) -> std::io::Result<Self> {
        let (jobs, inbox) = mpsc::channel::<(Side, Shown, usize)>();
        let (outlet, ready) = mpsc::channel();
        std::thread::Builder::new().name("impasto display".to_owned()).spawn(move || {
            for (side, shown, longest_side) in inbox {
                let levels = catch_unwind(AssertUnwindSafe(|| Levels::new(&shown, longest_side))).ok();
                if outlet.send((side, shown, levels)).is_err() {
                    return;
                }
                wake();
            }
        })?;
        Ok(Self { jobs, ready, result: Slot::default(), photo: Slot::default() })
    }

    /// Nothing is being made ready for that side, so a new frame would not have to wait.
    pub(super) fn is_idle(&self, side: Side) -> bool {
        self.slot(side).awaited.is_none()
    }

    /// The picture to be shown on a side; made ready in the background if it is a new one.
    pub(super) fn want(&mut self, side: Side, shown: Option<&Shown>, longest_side: usize) {
        let slot = self.slot_mut(side);
        let Some(shown) = shown else {
            *slot = Slot { awaited: slot.awaited.take(), ..Slot::default() };
            return;
        };
        let is_current = slot.current.as_ref().is_some_and(|(current, _)| current.is(shown));
        if is_current || slot.awaited.is_some() {
            return;
        }
        slot.awaited = Some(shown.clone());
        // The thread ends with this struct only.
        let _ = self.jobs.send((side, shown.clone(), longest_side));
    }

    /// Takes in what has become ready.
    pub(super) fn update(&mut self) {
        while let Ok((side, shown, levels)) = self.ready.try_recv() {
            let slot = self.slot_mut(side);
            slot.awaited = None;
            if let Some(levels) = levels {
                slot.current = Some((shown, levels));
            }
        }
    }

    /// The picture on a side has transparent parts.
    pub(super) fn is_transparent(&self, side: Side) -> bool {
        self.slot(side).current.as_ref().is_some_and(|(_, levels)| levels.transparent)
    }

    /// Width and height of what is ready on a side, in its own pixels.
    pub(super) fn size(&self, side: Side) -> Option<Vec2> {
        let (shown, _) = self.slot(side).current.as_ref()?;
        let (width, height) = shown.size();
        Some(vec2(width as f32, height as f32))
    }

    /// A texture of what is ready on a side, for so many pixels of the screen.
    pub(super) fn texture(
        &mut self,
        ctx: &egui::Context,
        side: Side,
        width_on_screen: f32,
        crisp: bool,
    ) -> Option<egui::TextureId> {
        let options = if crisp {
            TextureOptions { magnification: egui::TextureFilter::Nearest, ..TextureOptions::LINEAR }
        } else {
            TextureOptions::LINEAR
        };
        let slot = self.slot_mut(side);
        let (shown, levels) = slot.current.as_ref()?;
        let level = levels.level_for(width_on_screen);
        match &mut slot.texture {
            Some(texture) if texture.of.is(shown) && texture.level == level && texture.options == options => {}
            Some(texture) => {
                texture.handle.set(ImageData::Color(Arc::clone(&levels.images[level])), options);
                *texture = Texture { handle: texture.handle.clone(), of: shown.clone(), level, options };
            }
            none => {
                let image = ImageData::Color(Arc::clone(&levels.images[level]));
                let handle = ctx.load_texture(format!("{side:?}"), image, options);
                *none = Some(Texture { handle, of: shown.clone(), level, options });
            }
        }
        slot.texture.as_ref().map(|texture| texture.handle.id())
    }

    fn slot(&self, side: Side) -> &Slot {
        match side {
            Side::Result => &self.result,
            Side::Photo => &self.photo,
        }
    }

    fn slot_mut(&mut self, side: Side) -> &mut Slot {
        match side {
            Side::Result => &mut self.result,
            Side::Photo => &mut self.photo,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grey(width: usize, height: usize, value: impl Fn(usize, usize) -> u8) -> ColorImage {
        let pixels =
            (0..height).flat_map(|y| (0..width).map(move |x| (x, y))).map(|(x, y)| Color32::from_gray(value(x, y)));
        ColorImage::new([width, height], pixels.collect())
    }

    #[test]
    fn half_is_the_mean_of_four_also_at_odd_edges() {
        let image = grey(3, 3, |x, y| (x * 10 + y * 100) as u8);
        let small = half(&image);
        assert_eq!(small.size, [2, 2]);
        let values: Vec<u8> = small.pixels.iter().map(egui::Color32::r).collect();
        assert_eq!(values, [55, 70, 205, 220]);
    }

    #[test]
    fn no_level_is_larger_than_a_texture_may_be() {
        let images = halvings(grey(700, 3, |_, _| 7), 256);
        assert!(images.iter().all(|image| image.size[0] <= 256 && image.pixels.iter().all(|pixel| pixel.r() == 7)));
        assert_eq!(images[0].size, [175, 1]);
    }

    #[test]
    fn the_level_drawn_has_a_pixel_for_every_pixel_of_the_screen() {
        let levels = Levels { images: halvings(grey(2048, 1024, |_, _| 0), 8192), transparent: false };
        assert_eq!(levels.images.len(), 3);
        let width = |on_screen| levels.images[levels.level_for(on_screen)].size[0];
        assert_eq!(width(4000.0), 2048);
        assert_eq!(width(2048.0), 2048);
        assert_eq!(width(1024.0), 1024);
        assert_eq!(width(1025.0), 2048);
        assert_eq!(width(10.0), 512);
    }
}
