//! Which part of a frame differs from the one before.

use image::{GenericImageView as _, RgbaImage};

/// A rectangle of pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct PixelBox {
    pub(super) left: u32,
    pub(super) top: u32,
    pub(super) width: u32,
    pub(super) height: u32,
}

impl PixelBox {
    /// All of a frame.
    pub(super) fn whole(frame: &RgbaImage) -> Self {
        Self { left: 0, top: 0, width: frame.width(), height: frame.height() }
    }

    /// The smallest with all pixels that differ, or one pixel where none does. All of the first frame, which has none
    /// before it.
    pub(super) fn of_changes(before: Option<&RgbaImage>, frame: &RgbaImage) -> Self {
        let Some(before) = before else { return Self::whole(frame) };
        let width = frame.width() as usize * 4;
        let rows = before.as_raw().chunks_exact(width).zip(frame.as_raw().chunks_exact(width));
        let (mut left, mut right, mut top, mut bottom) = (u32::MAX, 0, u32::MAX, 0);
        for (y, (row_before, row)) in rows.enumerate() {
            let differs = |x: &usize| row_before[4 * x..4 * x + 4] != row[4 * x..4 * x + 4];
            let mut pixels = 0..width / 4;
            if let Some(first) = pixels.find(differs) {
                let last = pixels.rfind(differs).unwrap_or(first);
                (left, right) = (left.min(first as u32), right.max(last as u32));
                (top, bottom) = (top.min(y as u32), y as u32);
            }
        }
        if left > right {
            return Self { left: 0, top: 0, width: 1, height: 1 };
        }
        Self { left, top, width: right - left + 1, height: bottom - top + 1 }
    }

    /// The same with an even left and top.
    pub(super) fn at_even_place(self) -> Self {
        let (odd_left, odd_top) = (self.left % 2, self.top % 2);
        Self {
            left: self.left - odd_left,
            top: self.top - odd_top,
            width: self.width + odd_left,
            height: self.height + odd_top,
        }
    }

    /// Its pixels.
    pub(super) fn of(self, frame: &RgbaImage) -> RgbaImage {
        frame.view(self.left, self.top, self.width, self.height).to_image()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::Rgba;

    #[test]
    fn the_box_has_all_changes_and_no_more() {
        let before = RgbaImage::new(9, 7);
        let mut frame = before.clone();
        assert_eq!(PixelBox::of_changes(Some(&before), &frame), PixelBox { left: 0, top: 0, width: 1, height: 1 });
        assert_eq!(PixelBox::of_changes(None, &frame), PixelBox { left: 0, top: 0, width: 9, height: 7 });
        frame.put_pixel(3, 5, Rgba([1, 0, 0, 0]));
        let one = PixelBox::of_changes(Some(&before), &frame);
        assert_eq!(one, PixelBox { left: 3, top: 5, width: 1, height: 1 });
        assert_eq!(one.at_even_place(), PixelBox { left: 2, top: 4, width: 2, height: 2 });
        frame.put_pixel(8, 1, Rgba([0, 0, 0, 1]));
        let two = PixelBox::of_changes(Some(&before), &frame);
        assert_eq!(two, PixelBox { left: 3, top: 1, width: 6, height: 5 });
        assert_eq!(two.of(&frame).get_pixel(5, 0).0, [0, 0, 0, 1]);
    }
}
