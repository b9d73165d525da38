//! The pictures in the middle of the window: scaled down on a separate thread, and uploaded at the size that is needed.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, Sender};

use egui::{Color32, ColorImage, ImageData, Rangef, Rect, TextureHandle, TextureId, TextureOptions, Vec2, pos2, vec2};

use crate::app::model::canvas::CanvasImage;

/// A picture at full size, half size, quarter size, and so on: the level that is drawn is at most twice as large as on
/// the screen, so that shrinking it stays smooth.
#[derive(Debug)]
pub(in crate::app) struct Levels {
    images: Vec<Arc<ColorImage>>,
    transparent: bool,
}

impl Levels {
    fn new(shown: &CanvasImage) -> Self {
        let rgba;
        let (size, rgba, transparent) = match shown {
            CanvasImage::Picture(picture) => {
                rgba = picture.to_rgba8();
                ([picture.width(), picture.height()], &rgba, picture.has_alpha())
            }
            CanvasImage::Frame(frame) => {
                let transparent = frame.rgba.chunks_exact(4).any(|pixel| pixel[3] < u8::MAX);
                ([frame.width, frame.height], &frame.rgba, transparent)
            }
        };
        let size = size.map(|side| side as usize);
        let full = if transparent {
            ColorImage::from_rgba_unmultiplied(size, rgba)
        } else {
            ColorImage::from_rgba_premultiplied(size, rgba)
        };
        Self { images: halvings(full), transparent }
    }

    /// The region to upload, so that the part `visible` (in units of the whole picture) has a pixel for every screen
    /// pixel when the whole picture is `width_on_screen` pixels wide. No side is longer than `longest_side`.
    fn region_for(&self, width_on_screen: f32, visible: Rect, longest_side: usize) -> TextureRegion {
        let first = self.images.iter().rposition(|image| image.size[0] as f32 >= width_on_screen).unwrap_or(0);
        let mut region = self.region(first, visible, longest_side);
        while region.size.iter().any(|side| *side > longest_side) && region.level + 1 < self.images.len() {
            region = self.region(region.level + 1, visible, longest_side);
        }
        region
    }

    fn region(&self, level: usize, visible: Rect, longest_side: usize) -> TextureRegion {
        let [width, height] = self.images[level].size;
        if width.max(height) <= longest_side {
            return TextureRegion { level, corner: [0, 0], size: [width, height] };
        }
        let along = |range: Rangef, side: usize| {
            let side_length = side as f32;
            let needed = (range.span() * side_length).ceil() as usize + 2;
            // With a margin, so that not every step of a pan needs another upload.
            let size = (needed + needed / 2).min(longest_side.max(needed)).min(side);
            let middle = range.center() * side_length - size as f32 / 2.0;
            ((middle.max(0.0) as usize).min(side - size), size)
        };
        let (left, width) = along(visible.x_range(), width);
        let (top, height) = along(visible.y_range(), height);
        TextureRegion { level, corner: [left, top], size: [width, height] }
    }
}

/// A rectangle of one level, in its pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct TextureRegion {
    level: usize,
    corner: [usize; 2],
    size: [usize; 2],
}

impl TextureRegion {
    /// Its rectangle in units of the whole picture.
    fn place(&self, levels: &Levels) -> Rect {
        let whole = levels.images[self.level].size.map(|side| side as f32);
        let [left, top] = self.corner.map(|side| side as f32);
        let [width, height] = self.size.map(|side| side as f32);
        Rect::from_min_size(pos2(left / whole[0], top / whole[1]), vec2(width / whole[0], height / whole[1]))
    }

    fn image(&self, levels: &Levels) -> Arc<ColorImage> {
        let image = &levels.images[self.level];
        if self.size == image.size {
            return Arc::clone(image);
        }
        let [left, top] = self.corner;
        let [width, height] = self.size;
        let rows = (top..top + height).map(|row| &image.pixels[row * image.size[0] + left..][..width]);
        Arc::new(ColorImage::new(self.size, rows.flatten().copied().collect()))
    }
}

fn halvings(full: ColorImage) -> Vec<Arc<ColorImage>> {
    // Smaller levels would not be drawn any faster. This limits the long side, because a whole panorama must also fit
    // into one texture, and no adapter has a texture limit as small as this.
    const SMALLEST: usize = 256;
    let mut images = vec![Arc::new(full)];
    while let Some(last) = images.last()
        && last.size[0].max(last.size[1]) > SMALLEST
    {
        images.push(Arc::new(half(last)));
    }
    images
}

/// Halves both sides: each pixel is the mean of four; an odd last row or column counts twice.
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
pub(in crate::app) enum DisplaySide {
    /// What is painted.
    Result,
    /// The photo, or the result that it is compared with.
    Other,
}

/// The pictures in the middle of the window.
pub(in crate::app) struct Display {
    jobs: Sender<(DisplaySide, CanvasImage)>,
    ready: Receiver<(DisplaySide, CanvasImage, Option<Levels>)>,
    result: TextureSlot,
    other: TextureSlot,
}

#[derive(Default)]
struct TextureSlot {
    /// What is being prepared.
    pending: Option<CanvasImage>,
    current: Option<(CanvasImage, Levels)>,
    texture: Option<DisplayTexture>,
}

struct DisplayTexture {
    handle: TextureHandle,
    image: CanvasImage,
    region: TextureRegion,
    options: TextureOptions,
}

impl Display {
    /// Starts the thread. `wake` is called, on that thread, when a picture is ready.
    ///
    /// # Errors
    /// If no thread can be started.
    pub(in crate::app) fn spawn(wake: impl Fn() + Send + 'static) -> std::io::Result<Self> {
        let (jobs, inbox) = mpsc::channel::<(DisplaySide, CanvasImage)>();
        let (outlet, ready) = mpsc::channel();
        std::thread::Builder::new().name("impasto display".to_owned()).spawn(move || {
            for (side, shown) in inbox {
                let levels = catch_unwind(AssertUnwindSafe(|| Levels::new(&shown))).ok();
                if outlet.send((side, shown, levels)).is_err() {
                    return;
                }
                wake();
            }
        })?;
        Ok(Self { jobs, ready, result: TextureSlot::default(), other: TextureSlot::default() })
    }

    /// Whether nothing is being prepared for a side, so a new frame would not have to wait.
    pub(in crate::app) fn is_idle(&self, side: DisplaySide) -> bool {
        self.slot(side).pending.is_none()
    }

    /// Sets the picture of a side; a new one is prepared in the background.
    pub(in crate::app) fn set(&mut self, side: DisplaySide, shown: Option<&CanvasImage>) {
        let slot = self.slot_mut(side);
        let Some(shown) = shown else {
            *slot = TextureSlot { pending: slot.pending.take(), ..TextureSlot::default() };
            return;
        };
        let is_current = slot.current.as_ref().is_some_and(|(current, _)| current.is_same(shown));
        if is_current || slot.pending.is_some() {
            return;
        }
        slot.pending = Some(shown.clone());
        // Sending cannot fail: the thread lives as long as this struct.
        let _ = self.jobs.send((side, shown.clone()));
    }

    pub(in crate::app) fn update(&mut self) {
        while let Ok((side, shown, levels)) = self.ready.try_recv() {
            let slot = self.slot_mut(side);
            slot.pending = None;
            if let Some(levels) = levels {
                slot.current = Some((shown, levels));
            }
        }
    }

    pub(in crate::app) fn is_transparent(&self, side: DisplaySide) -> bool {
        self.slot(side).current.as_ref().is_some_and(|(_, levels)| levels.transparent)
    }

    /// Width and height of the ready picture of a side, in its own pixels.
    pub(in crate::app) fn size(&self, side: DisplaySide) -> Option<Vec2> {
        let (shown, _) = self.slot(side).current.as_ref()?;
        let (width, height) = shown.size();
        Some(vec2(width as f32, height as f32))
    }

    /// A texture of the ready picture of a side, and the part of the picture that it shows, in units of the whole. On
    /// the screen, the whole picture is `width_on_screen` pixels wide, and its part `visible` is seen.
    pub(in crate::app) fn texture(
        &mut self,
        ctx: &egui::Context,
        side: DisplaySide,
        width_on_screen: f32,
        visible: Rect,
        crisp: bool,
    ) -> Option<(TextureId, Rect)> {
        let options = if crisp {
            TextureOptions { magnification: egui::TextureFilter::Nearest, ..TextureOptions::LINEAR }
        } else {
            TextureOptions::LINEAR
        };
        let longest_side = ctx.input(|input| input.max_texture_side);
        let slot = self.slot_mut(side);
        let (shown, levels) = slot.current.as_ref()?;
        let region = levels.region_for(width_on_screen, visible, longest_side);
        let is_usable = |texture: &DisplayTexture| {
            let same_level = texture.image.is_same(shown) && texture.region.level == region.level;
            let covers = || texture.region == region || texture.region.place(levels).contains_rect(visible);
            same_level && texture.options == options && covers()
        };
        match &mut slot.texture {
            Some(texture) if is_usable(texture) => {}
            Some(texture) => {
                texture.handle.set(ImageData::Color(region.image(levels)), options);
                *texture = DisplayTexture { handle: texture.handle.clone(), image: shown.clone(), region, options };
            }
            none => {
                let handle = ctx.load_texture(format!("{side:?}"), ImageData::Color(region.image(levels)), options);
                *none = Some(DisplayTexture { handle, image: shown.clone(), region, options });
            }
        }
        slot.texture.as_ref().map(|texture| (texture.handle.id(), texture.region.place(levels)))
    }

    fn slot(&self, side: DisplaySide) -> &TextureSlot {
        match side {
            DisplaySide::Result => &self.result,
            DisplaySide::Other => &self.other,
        }
    }

    fn slot_mut(&mut self, side: DisplaySide) -> &mut TextureSlot {
        match side {
            DisplaySide::Result => &mut self.result,
            DisplaySide::Other => &mut self.other,
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
    fn halving_averages_four_pixels_even_at_odd_edges() {
        let image = grey(3, 3, |x, y| (x * 10 + y * 100) as u8);
        let small = half(&image);
        assert_eq!(small.size, [2, 2]);
        let values: Vec<u8> = small.pixels.iter().map(egui::Color32::r).collect();
        assert_eq!(values, [55, 70, 205, 220]);
    }

    fn levels(width: usize, height: usize) -> Levels {
        let shade = |x: usize, y: usize| ((x / 64) * 7 + (y / 64) * 13) as u8;
        Levels { images: halvings(grey(width, height, shade)), transparent: false }
    }

    fn part(left: f32, top: f32, width: f32, height: f32) -> Rect {
        Rect::from_min_size(pos2(left, top), vec2(width, height))
    }

    #[test]
    fn a_region_has_a_pixel_for_every_screen_pixel() {
        let levels = levels(2048, 1024);
        assert_eq!(levels.images.len(), 4);
        let whole = part(0.0, 0.0, 1.0, 1.0);
        let width = |on_screen| levels.region_for(on_screen, whole, 8192).size[0];
        assert_eq!([4000.0, 2048.0, 1024.0, 1025.0, 10.0].map(width), [2048, 2048, 1024, 2048, 256]);
    }

    #[test]
    fn no_texture_exceeds_the_size_limit() {
        let levels = levels(3000, 300);
        for (left, share) in [(0.0, 1.0), (0.0, 0.1), (0.45, 0.1), (0.9, 0.1), (0.2, 0.7)] {
            let visible = part(left, 0.0, share, 1.0);
            let region = levels.region_for(3000.0, visible, 512);
            let image = region.image(&levels);
            assert_eq!(image.size, region.size);
            assert!(image.size.iter().all(|side| *side <= 512), "{region:?}");
        }
        // A tenth of the picture fits at full size and shows the right pixels.
        let visible = part(0.45, 0.0, 0.1, 1.0);
        let region = levels.region_for(3000.0, visible, 512);
        assert_eq!(region.level, 0);
        assert!(region.place(&levels).contains_rect(visible));
        let at = region.corner;
        assert_eq!(region.image(&levels).pixels[0], levels.images[0].pixels[at[1] * 3000 + at[0]]);
    }

    #[test]
    fn all_of_the_visible_part_is_drawn_for_every_shape() {
        for (width, height) in [(20_000, 400), (300, 9000), (20_000, 3), (2049, 2049), (4000, 300)] {
            let levels = levels(width, height);
            for limit in [2048, 8192] {
                for share in [1.0, 0.5, 0.05] {
                    let visible = part(0.5 - share / 2.0, 0.0, share, 1.0);
                    for on_screen in [60.0, 600.0, 3800.0, width as f32] {
                        let region = levels.region_for(on_screen, visible, limit);
                        let shown = region.place(&levels).expand(1e-4);
                        assert!(shown.contains_rect(visible), "{width} x {height} within {limit}: {shown:?}");
                        assert!(region.size.iter().all(|side| (1..=limit).contains(side)), "{region:?}");
                        assert_eq!(region.image(&levels).size, region.size);
                    }
                }
            }
        }
    }
}
