//! Masks painted by hand: their pixels, the brush, and undoable strokes.

use std::ops::RangeInclusive;
use std::sync::Arc;

use egui::{Pos2, Vec2, vec2};
use image::GrayImage;

use super::card::CardId;
use crate::picture::Picture;

/// What a mask is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MaskFor {
    /// Where the photo stays unchanged.
    Protection,
    /// Where a painting's style applies.
    Painting(CardId),
}

/// The pixels of a mask, row by row: from 0 (bare) to 255 (covered).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mask {
    width: usize,
    height: usize,
    values: Vec<u8>,
}

/// Long side of a mask in pixels: large enough for soft edges, small enough for fast strokes.
const LONG_SIDE: f32 = 1024.0;

impl Mask {
    /// A bare mask with the aspect ratio of a picture of this width and height.
    pub fn bare((width, height): (u32, u32)) -> Self {
        let scale = LONG_SIDE / width.max(height).max(1) as f32;
        let side = |length: u32| ((length as f32 * scale).round() as usize).max(1);
        let (width, height) = (side(width), side(height));
        Self { width, height, values: vec![0; width * height] }
    }

    /// Width and height in pixels.
    pub fn size(&self) -> [usize; 2] {
        [self.width, self.height]
    }

    /// The values, row by row.
    pub fn values(&self) -> &[u8] {
        &self.values
    }

    /// The mask as a grey picture: white where it covers.
    pub(in crate::app) fn to_picture(&self) -> Picture {
        let pixels = GrayImage::from_raw(self.width as u32, self.height as u32, self.values.clone());
        Picture::new(pixels.expect("a mask has a value for each pixel").into())
    }

    /// The inverse of [`Mask::to_picture`].
    pub(in crate::app) fn from_picture(picture: &Picture) -> Self {
        let pixels = picture.pixels().to_luma8();
        let (width, height) = (pixels.width() as usize, pixels.height() as usize);
        Self { width, height, values: pixels.into_raw() }
    }

    /// Whether nothing is covered.
    pub fn is_bare(&self) -> bool {
        self.values.iter().all(|value| *value == 0)
    }

    /// Whether it has the aspect ratio of a picture, up to rounding.
    pub fn fits(&self, (width, height): (u32, u32)) -> bool {
        let shape = self.width as f32 / self.height as f32;
        (shape / (width as f32 / height as f32) - 1.0).abs() < 0.005
    }

    fn filled_with(&self, value: u8) -> Self {
        Self { values: vec![value; self.values.len()], ..*self }
    }

    fn inverted(&self) -> Self {
        Self { values: self.values.iter().map(|value| 255 - value).collect(), ..*self }
    }
}

/// The brush.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Brush {
    /// Diameter as a share of the picture's long side, within [`Brush::SIZE`].
    pub size: f32,
    /// Width of the soft edge as a share of the radius: 0 is hard, 1 is soft to the centre.
    pub softness: f32,
    /// Whether it erases instead of covering.
    pub erases: bool,
}

impl Default for Brush {
    fn default() -> Self {
        Self { size: 0.12, softness: 0.5, erases: false }
    }
}

impl Brush {
    /// Range of `size`.
    pub const SIZE: RangeInclusive<f32> = 0.005..=0.6;

    /// Coverage, from 0 to 255, at a distance from the centre in units of the radius.
    fn cover(&self, distance: f32) -> u8 {
        let soft = self.softness.clamp(0.0, 1.0).max(0.02);
        let edge = ((1.0 - distance) / soft).clamp(0.0, 1.0);
        (255.0 * edge * edge * (3.0 - 2.0 * edge)).round() as u8
    }
}

/// An action on a mask.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum MaskAction {
    /// Edit a mask.
    Open(MaskFor),
    /// Keep it and return to the picture.
    Done,
    /// Remove it and return to the picture.
    Remove,
    /// Change the brush.
    SetBrush(Brush),
    /// Begin a stroke; positions range from 0 to 1 in both directions.
    Press(Pos2),
    /// Continue the stroke to a position.
    Draw(Pos2),
    /// End the stroke.
    Lift,
    /// Cover everything.
    Fill,
    /// Uncover everything.
    Clear,
    /// Swap covered and bare.
    Invert,
    /// Undo the last stroke.
    Undo,
    /// Redo it.
    Redo,
}

/// A mask that is being edited.
#[derive(Clone, Debug)]
pub struct Easel {
    /// What it is for.
    pub purpose: MaskFor,
    /// The brush of the next stroke.
    pub brush: Brush,
    mask: Arc<Mask>,
    undo: Vec<Arc<Mask>>,
    redo: Vec<Arc<Mask>>,
    stroke: Option<Stroke>,
}

/// A stroke in progress.
#[derive(Clone, Debug)]
struct Stroke {
    last: Pos2,
    before: Arc<Mask>,
    /// Coverage of each pixel by this stroke: the maximum, so painting over a pixel twice adds nothing.
    cover: Vec<u8>,
}

/// Most strokes that can be undone.
const STEPS: usize = 64;

impl Easel {
    /// Starts with a mask, or with a bare one for a picture of this size.
    pub(in crate::app) fn new(purpose: MaskFor, mask: Option<Arc<Mask>>, brush: Brush, picture: (u32, u32)) -> Self {
        let mask = mask.unwrap_or_else(|| Arc::new(Mask::bare(picture)));
        Self { purpose, brush, mask, undo: Vec::new(), redo: Vec::new(), stroke: None }
    }

    /// The mask so far.
    pub fn mask(&self) -> &Arc<Mask> {
        &self.mask
    }

    /// Whether a stroke is in progress.
    pub fn is_drawing(&self) -> bool {
        self.stroke.is_some()
    }

    /// Whether a stroke can be undone.
    pub fn can_undo(&self) -> bool {
        !self.undo.is_empty()
    }

    /// Whether a stroke can be redone.
    pub fn can_redo(&self) -> bool {
        !self.redo.is_empty()
    }

    pub(in crate::app) fn apply(&mut self, action: MaskAction) {
        match action {
            MaskAction::SetBrush(brush) => {
                let size = brush.size.clamp(*Brush::SIZE.start(), *Brush::SIZE.end());
                self.brush = Brush { size, softness: brush.softness.clamp(0.0, 1.0), ..brush };
            }
            MaskAction::Press(at) => {
                self.lift();
                let cover = vec![0; self.mask.values.len()];
                self.stroke = Some(Stroke { last: at, before: Arc::clone(&self.mask), cover });
                self.draw(at);
            }
            MaskAction::Draw(to) => self.draw(to),
            MaskAction::Lift => self.lift(),
            MaskAction::Fill => self.replace(|mask| mask.filled_with(255)),
            MaskAction::Clear => self.replace(|mask| mask.filled_with(0)),
            MaskAction::Invert => self.replace(Mask::inverted),
            MaskAction::Undo => {
                self.lift();
                if let Some(before) = self.undo.pop() {
                    self.redo.push(std::mem::replace(&mut self.mask, before));
                }
            }
            MaskAction::Redo => {
                self.lift();
                if let Some(after) = self.redo.pop() {
                    self.undo.push(std::mem::replace(&mut self.mask, after));
                }
            }
            MaskAction::Open(_) | MaskAction::Done | MaskAction::Remove => {}
        }
    }

    /// Changes the whole mask in one step; a stroke in progress ends first.
    fn replace(&mut self, change: impl FnOnce(&Mask) -> Mask) {
        self.lift();
        let changed = Arc::new(change(&self.mask));
        let before = std::mem::replace(&mut self.mask, changed);
        self.step(before);
    }

    /// Ends the stroke in progress, so that it can be undone.
    fn lift(&mut self) {
        if let Some(stroke) = self.stroke.take() {
            self.step(stroke.before);
        }
    }

    fn step(&mut self, before: Arc<Mask>) {
        if *before == *self.mask {
            return;
        }
        self.undo.push(before);
        if self.undo.len() > STEPS {
            self.undo.remove(0);
        }
        self.redo.clear();
    }

    /// Paints along the line from the last position to this one.
    fn draw(&mut self, to: Pos2) {
        let Some(stroke) = &mut self.stroke else { return };
        let mask = Arc::make_mut(&mut self.mask);
        let size = vec2(mask.width as f32, mask.height as f32);
        let radius = (self.brush.size * size.max_elem() / 2.0).max(0.5);
        let pixel = |at: Pos2| at.to_vec2() * size;
        let (from, line) = (pixel(stroke.last), pixel(to) - pixel(stroke.last));
        stroke.last = to;
        let (low, high) = (from.min(from + line), from.max(from + line));
        let reach = |low: f32, high: f32, side: usize| {
            let first = (low - radius).floor().max(0.0) as usize;
            let end = (high + radius).ceil().max(0.0) as usize + 1;
            first.min(side)..end.min(side)
        };
        let columns = reach(low.x, high.x, mask.width);
        for y in reach(low.y, high.y, mask.height) {
            for x in columns.clone() {
                let at = vec2(x as f32 + 0.5, y as f32 + 0.5);
                let cover = self.brush.cover(distance(at - from, line) / radius);
                let index = y * mask.width + x;
                if cover > stroke.cover[index] {
                    stroke.cover[index] = cover;
                    mask.values[index] = blend(stroke.before.values[index], cover, self.brush.erases);
                }
            }
        }
    }
}

/// Distance of a point from the line segment from the origin to `line`.
fn distance(point: Vec2, line: Vec2) -> f32 {
    let along = if line.length_sq() > 0.0 { (point.dot(line) / line.length_sq()).clamp(0.0, 1.0) } else { 0.0 };
    (point - along * line).length()
}

fn blend(before: u8, cover: u8, erases: bool) -> u8 {
    let (before, cover) = (u16::from(before), u16::from(cover));
    let rest = (before * (255 - cover) + 127) / 255;
    (if erases { rest } else { rest + cover }).min(255) as u8
}

#[cfg(test)]
mod tests {
    use egui::pos2;

    use super::*;

    fn easel() -> Easel {
        let brush = Brush { size: 0.2, softness: 0.5, erases: false };
        Easel::new(MaskFor::Protection, None, brush, (400, 200))
    }

    fn at(easel: &Easel, x: f32, y: f32) -> u8 {
        let mask = easel.mask();
        let pixel = |place: f32, side: usize| ((place * side as f32) as usize).min(side - 1);
        mask.values()[pixel(y, mask.height) * mask.width + pixel(x, mask.width)]
    }

    fn stroke(easel: &mut Easel, places: &[(f32, f32)]) {
        easel.apply(MaskAction::Press(pos2(places[0].0, places[0].1)));
        for place in places {
            easel.apply(MaskAction::Draw(pos2(place.0, place.1)));
        }
        easel.apply(MaskAction::Lift);
    }

    #[test]
    fn a_stroke_covers_its_path_and_fades_at_its_edge() {
        let mut easel = easel();
        assert_eq!(easel.mask().size(), [1024, 512]);
        stroke(&mut easel, &[(0.2, 0.5), (0.8, 0.5)]);
        assert_eq!([at(&easel, 0.2, 0.5), at(&easel, 0.5, 0.5), at(&easel, 0.8, 0.5)], [255; 3]);
        // The radius is a tenth of the width, a fifth of the height; its outer half is soft.
        let edge = at(&easel, 0.5, 0.65);
        assert!((1..255).contains(&edge), "{edge}");
        assert_eq!([at(&easel, 0.5, 0.75), at(&easel, 0.95, 0.5), at(&easel, 0.5, 0.05)], [0; 3]);
    }

    #[test]
    fn painting_over_a_place_twice_in_one_stroke_adds_nothing() {
        let (mut once, mut twice) = (easel(), easel());
        stroke(&mut once, &[(0.3, 0.5), (0.6, 0.5)]);
        stroke(&mut twice, &[(0.3, 0.5), (0.6, 0.5), (0.3, 0.5), (0.6, 0.5)]);
        assert_eq!(once.mask(), twice.mask());
    }

    #[test]
    fn the_eraser_uncovers_and_steps_can_be_undone_and_redone() {
        let mut easel = easel();
        easel.apply(MaskAction::Fill);
        easel.apply(MaskAction::SetBrush(Brush { erases: true, ..easel.brush }));
        stroke(&mut easel, &[(0.5, 0.5)]);
        assert_eq!([at(&easel, 0.5, 0.5), at(&easel, 0.1, 0.1)], [0, 255]);
        easel.apply(MaskAction::Invert);
        assert_eq!([at(&easel, 0.5, 0.5), at(&easel, 0.1, 0.1)], [255, 0]);
        for _ in 0..3 {
            assert!(easel.can_undo());
            easel.apply(MaskAction::Undo);
        }
        assert!(easel.mask().is_bare() && !easel.can_undo());
        for _ in 0..3 {
            easel.apply(MaskAction::Redo);
        }
        assert_eq!([at(&easel, 0.5, 0.5), at(&easel, 0.1, 0.1)], [255, 0]);
        // A new step clears redo.
        easel.apply(MaskAction::Undo);
        easel.apply(MaskAction::Clear);
        assert!(!easel.can_redo() && easel.mask().is_bare());
        // An action that changes nothing is not a step.
        easel.apply(MaskAction::Clear);
        easel.apply(MaskAction::Undo);
        assert!(!easel.mask().is_bare());
    }

    #[test]
    fn strokes_outside_the_sheet_and_extreme_brushes_are_harmless() {
        let mut easel = easel();
        easel.apply(MaskAction::SetBrush(Brush { size: 9.0, softness: -1.0, erases: false }));
        assert!((easel.brush.size - 0.6).abs() < 1e-6);
        stroke(&mut easel, &[(-3.0, -3.0), (4.0, -2.0), (4.0, 5.0)]);
        easel.apply(MaskAction::Draw(pos2(0.5, 0.5)));
        assert!(easel.mask().is_bare());
        let narrow = Mask::bare((3, 9000));
        assert_eq!(narrow.size(), [1, 1024]);
        assert!(Mask::bare((400, 200)).fits((2000, 1002)) && !Mask::bare((400, 200)).fits((400, 300)));
    }
}
