//! Pictures on their way to the screen: made ready on a thread of their own, uploaded at the size
//! that is needed.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, Sender};

use egui::{Color32, ColorImage, ImageData, Rangef, Rect, TextureHandle, TextureId, TextureOptions, Vec2, pos2, vec2};

use crate::app::model::canvas::CanvasImage;

/// A picture at its full size, at half of it, at a quarter, and so on: the one that is drawn is at
/// most twice as large as on the screen, so that shrinking it stays smooth.
#[derive(Debug)]
pub(in crate::app) struct Levels {
    images: Vec<Arc<ColorImage>>,
    transparent: bool,
}

impl Levels {
    /// Prepares a picture.
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

    /// What to upload, so that `visible` (in units of the whole picture) has a pixel for every pixel of a screen on
    /// which the whole would be `width_on_screen` wide; no side is longer than `longest_side`.
    fn piece_for(&self, width_on_screen: f32, visible: Rect, longest_side: usize) -> Piece {
        let first = self.images.iter().rposition(|image| image.size[0] as f32 >= width_on_screen).unwrap_or(0);
        let mut piece = self.piece(first, visible, longest_side);
        while piece.size.iter().any(|side| *side > longest_side) && piece.level + 1 < self.images.len() {
            piece = self.piece(piece.level + 1, visible, longest_side);
        }
        piece
    }

    fn piece(&self, level: usize, visible: Rect, longest_side: usize) -> Piece {
        let [width, height] = self.images[level].size;
        if width.max(height) <= longest_side {
            return Piece { level, corner: [0, 0], size: [width, height] };
        }
        let along = |range: Rangef, side: usize| {
            let side_length = side as f32;
            let needed = (range.span() * side_length).ceil() as usize + 2;
            // With room round it, so that not every step of a pan needs another upload.
            let size = (needed + needed / 2).min(longest_side.max(needed)).min(side);
            let middle = range.center() * side_length - size as f32 / 2.0;
            ((middle.max(0.0) as usize).min(side - size), size)
        };
        let (left, width) = along(visible.x_range(), width);
        let (top, height) = along(visible.y_range(), height);
        Piece { level, corner: [left, top], size: [width, height] }
    }
}

/// A part of one level.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Piece {
    level: usize,
    corner: [usize; 2],
    size: [usize; 2],
}

impl Piece {
    /// Where it lies, in units of the whole picture.
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
    // Smaller ones would not be drawn any faster. By the long side: all of a panorama must fit into one texture, too,
    // and no adapter has a limit as small as this.
    const SMALLEST: usize = 256;
    let mut images = vec![Arc::new(full)];
    while let Some(last) = images.last()
        && last.size[0].max(last.size[1]) > SMALLEST
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
pub(in crate::app) enum DisplaySide {
    /// What is painted.
    Result,
    /// What it is painted from, or compared with.
    Other,
}

/// The pictures in the middle of the window, as far as they are ready.
pub(in crate::app) struct Display {
    jobs: Sender<(DisplaySide, CanvasImage)>,
    ready: Receiver<(DisplaySide, CanvasImage, Option<Levels>)>,
    result: TextureSlot,
    other: TextureSlot,
}

#[derive(Default)]
struct TextureSlot {
    /// What is being made ready.
    awaited: Option<CanvasImage>,
    current: Option<(CanvasImage, Levels)>,
    texture: Option<DisplayTexture>,
}

struct DisplayTexture {
    handle: TextureHandle,
    of: CanvasImage,
    piece: Piece,
    options: TextureOptions,
}

impl Display {
    /// Starts the thread. `wake` is called, on that thread, when a picture is ready.
    ///
    /// # Errors
    /// When the system gives no thread.
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

    /// Nothing is being made ready for that side, so a new frame would not have to wait.
    pub(in crate::app) fn is_idle(&self, side: DisplaySide) -> bool {
        self.slot(side).awaited.is_none()
    }

    /// The picture to be shown on a side; made ready in the background if it is a new one.
    pub(in crate::app) fn want(&mut self, side: DisplaySide, shown: Option<&CanvasImage>) {
        let slot = self.slot_mut(side);
        let Some(shown) = shown else {
            *slot = TextureSlot { awaited: slot.awaited.take(), ..TextureSlot::default() };
            return;
        };
        let is_current = slot.current.as_ref().is_some_and(|(current, _)| current.is_same(shown));
        if is_current || slot.awaited.is_some() {
            return;
        }
        slot.awaited = Some(shown.clone());
        // The thread ends with this struct only.
        let _ = self.jobs.send((side, shown.clone()));
    }

    /// Takes in what has become ready.
    pub(in crate::app) fn update(&mut self) {
        while let Ok((side, shown, levels)) = self.ready.try_recv() {
            let slot = self.slot_mut(side);
            slot.awaited = None;
            if let Some(levels) = levels {
                slot.current = Some((shown, levels));
            }
        }
    }

    /// The picture on a side has transparent parts.
    pub(in crate::app) fn is_transparent(&self, side: DisplaySide) -> bool {
        self.slot(side).current.as_ref().is_some_and(|(_, levels)| levels.transparent)
    }

    /// Width and height of what is ready on a side, in its own pixels.
    pub(in crate::app) fn size(&self, side: DisplaySide) -> Option<Vec2> {
        let (shown, _) = self.slot(side).current.as_ref()?;
        let (width, height) = shown.size();
        Some(vec2(width as f32, height as f32))
    }

    /// A texture of what is ready on a side, and the part of the picture that it shows, in units of the whole. The
    /// picture would be `width_on_screen` pixels wide; the part `visible` of it is on the screen.
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
        let piece = levels.piece_for(width_on_screen, visible, longest_side);
        let serves = |texture: &DisplayTexture| {
            let same = texture.of.is_same(shown) && texture.piece.level == piece.level && texture.options == options;
            same && (texture.piece == piece || texture.piece.place(levels).contains_rect(visible))
        };
        match &mut slot.texture {
            Some(texture) if serves(texture) => {}
            Some(texture) => {
                texture.handle.set(ImageData::Color(piece.image(levels)), options);
                *texture = DisplayTexture { handle: texture.handle.clone(), of: shown.clone(), piece, options };
            }
            none => {
                let handle = ctx.load_texture(format!("{side:?}"), ImageData::Color(piece.image(levels)), options);
                *none = Some(DisplayTexture { handle, of: shown.clone(), piece, options });
            }
        }
        slot.texture.as_ref().map(|texture| (texture.handle.id(), texture.piece.place(levels)))
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
    fn half_is_the_mean_of_four_also_at_odd_edges() {
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
    fn what_is_drawn_has_a_pixel_for_every_pixel_of_the_screen() {
        let levels = levels(2048, 1024);
        assert_eq!(levels.images.len(), 4);
        let whole = part(0.0, 0.0, 1.0, 1.0);
        let width = |on_screen| levels.piece_for(on_screen, whole, 8192).size[0];
        assert_eq!([4000.0, 2048.0, 1024.0, 1025.0, 10.0].map(width), [2048, 2048, 1024, 2048, 256]);
    }

    #[test]
    fn no_texture_is_larger_than_it_may_be() {
        let levels = levels(3000, 300);
        for (left, share) in [(0.0, 1.0), (0.0, 0.1), (0.45, 0.1), (0.9, 0.1), (0.2, 0.7)] {
            let visible = part(left, 0.0, share, 1.0);
            let piece = levels.piece_for(3000.0, visible, 512);
            let image = piece.image(&levels);
            assert_eq!(image.size, piece.size);
            assert!(image.size.iter().all(|side| *side <= 512), "{piece:?}");
        }
        // A tenth of it fits at its real size, and shows what is there.
        let visible = part(0.45, 0.0, 0.1, 1.0);
        let piece = levels.piece_for(3000.0, visible, 512);
        assert_eq!(piece.level, 0);
        assert!(piece.place(&levels).contains_rect(visible));
        let at = piece.corner;
        assert_eq!(piece.image(&levels).pixels[0], levels.images[0].pixels[at[1] * 3000 + at[0]]);
    }

    #[test]
    fn all_that_is_visible_is_drawn_whatever_the_shape() {
        for (width, height) in [(20_000, 400), (300, 9000), (20_000, 3), (2049, 2049), (4000, 300)] {
            let levels = levels(width, height);
            for limit in [2048, 8192] {
                for share in [1.0, 0.5, 0.05] {
                    let visible = part(0.5 - share / 2.0, 0.0, share, 1.0);
                    for on_screen in [60.0, 600.0, 3800.0, width as f32] {
                        let piece = levels.piece_for(on_screen, visible, limit);
                        let shown = piece.place(&levels).expand(1e-4);
                        assert!(shown.contains_rect(visible), "{width} x {height} within {limit}: {shown:?}");
                        assert!(piece.size.iter().all(|side| (1..=limit).contains(side)), "{piece:?}");
                        assert_eq!(piece.image(&levels).size, piece.size);
                    }
                }
            }
        }
    }
}
