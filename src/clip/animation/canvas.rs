//! Puts frames together from the parts that animations store.

use image::{Rgba, RgbaImage};

/// What a file stores of a frame.
pub(super) struct FramePart {
    /// Where its left top pixel is.
    pub(super) place: (u32, u32),
    /// Its pixels, with straight alpha.
    pub(super) pixels: RgbaImage,
    /// Whether it is laid over what is there, or replaces it.
    pub(super) is_over: bool,
    /// What happens to its place before the next frame.
    pub(super) disposal: PartDisposal,
    /// Seconds for which the frame is shown.
    pub(super) seconds: f64,
}

/// What happens to the place of a part before the next frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PartDisposal {
    /// It stays.
    Keep,
    /// It becomes transparent.
    Clear,
    /// It becomes what it was before the part.
    Restore,
}

/// The whole of what is shown.
pub(super) struct FrameCanvas {
    pixels: RgbaImage,
    /// What replaces the latest part before the next, and where.
    leftover: Option<((u32, u32), RgbaImage)>,
}

impl FrameCanvas {
    /// Transparent.
    pub(super) fn new((width, height): (u32, u32)) -> Self {
        Self { pixels: RgbaImage::new(width, height), leftover: None }
    }

    /// The next frame. What lies outside the canvas is left out.
    pub(super) fn draw(&mut self, part: &FramePart) -> &RgbaImage {
        self.dispose();
        let (left, top) = part.place;
        let width = part.pixels.width().min(self.pixels.width().saturating_sub(left));
        let height = part.pixels.height().min(self.pixels.height().saturating_sub(top));
        let leftover = match part.disposal {
            PartDisposal::Keep => None,
            PartDisposal::Clear => Some(RgbaImage::new(width, height)),
            PartDisposal::Restore => Some(image::imageops::crop_imm(&self.pixels, left, top, width, height).to_image()),
        };
        for y in 0..height {
            for x in 0..width {
                let (pixel, on) = (part.pixels.get_pixel(x, y), self.pixels.get_pixel_mut(left + x, top + y));
                *on = if part.is_over { over(*pixel, *on) } else { *pixel };
            }
        }
        self.leftover = leftover.map(|pixels| ((left, top), pixels));
        &self.pixels
    }

    fn dispose(&mut self) {
        let Some(((left, top), leftover)) = self.leftover.take() else { return };
        for (x, y, pixel) in leftover.enumerate_pixels() {
            self.pixels.put_pixel(left + x, top + y, *pixel);
        }
    }
}

/// A pixel laid over another, both with straight alpha.
fn over(pixel: Rgba<u8>, on: Rgba<u8>) -> Rgba<u8> {
    match (pixel.0[3], on.0[3]) {
        (0, _) => on,
        (255, _) | (_, 0) => pixel,
        (alpha, alpha_below) => {
            let alpha = u32::from(alpha) * 255;
            let below = u32::from(alpha_below) * (255 * 255 - alpha) / 255;
            let whole = alpha + below;
            let mix = |channel: usize| {
                let sum = u32::from(pixel.0[channel]) * alpha + u32::from(on.0[channel]) * below;
                ((sum + whole / 2) / whole) as u8
            };
            Rgba([mix(0), mix(1), mix(2), ((whole + 127) / 255) as u8])
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(place: (u32, u32), pixel: [u8; 4], disposal: PartDisposal) -> FramePart {
        FramePart { place, pixels: RgbaImage::from_pixel(1, 1, Rgba(pixel)), is_over: true, disposal, seconds: 0.1 }
    }

    #[test]
    fn parts_stay_are_cleared_or_restored() {
        let mut canvas = FrameCanvas::new((3, 1));
        let [red, blue] = [[255, 0, 0, 255], [0, 0, 255, 255]];
        assert_eq!(canvas.draw(&part((0, 0), red, PartDisposal::Keep)).as_raw()[..4], red);
        assert_eq!(canvas.draw(&part((0, 0), blue, PartDisposal::Restore)).as_raw()[..4], blue);
        let third = canvas.draw(&part((1, 0), blue, PartDisposal::Clear)).clone().into_raw();
        assert_eq!((&third[..4], &third[4..8]), (&red[..], &blue[..]));
        let fourth = canvas.draw(&part((9, 9), blue, PartDisposal::Keep)).clone().into_raw();
        assert_eq!((&fourth[..4], &fourth[4..8]), (&red[..], &[0; 4][..]));
    }

    #[test]
    fn half_transparent_pixels_are_mixed() {
        assert_eq!(over(Rgba([255, 0, 0, 128]), Rgba([0, 0, 255, 255])).0, [128, 0, 127, 255]);
        assert_eq!(over(Rgba([255, 0, 0, 128]), Rgba([0, 0, 255, 128])).0, [170, 0, 85, 192]);
        assert_eq!(over(Rgba([1, 2, 3, 0]), Rgba([4, 5, 6, 7])).0, [4, 5, 6, 7]);
        assert_eq!(over(Rgba([1, 2, 3, 9]), Rgba([4, 5, 6, 0])).0, [1, 2, 3, 9]);
    }
}
