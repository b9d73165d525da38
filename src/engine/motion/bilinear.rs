//! Bilinear interpolation at places between pixels.

use super::super::pyramid::Size;

/// A place between four pixels, and how near it is to each.
#[derive(Clone, Copy)]
pub(super) struct BilinearPlace {
    columns: [usize; 2],
    rows: [usize; 2],
    right: f32,
    down: f32,
}

impl BilinearPlace {
    /// In a picture of this size; what lies outside has its nearest pixel.
    #[inline]
    pub(super) fn new(x: f32, y: f32, Size { width, height }: Size) -> Self {
        let inside = |place: f32, length: usize| place.clamp(0.0, (length - 1) as f32);
        let (x, y) = (inside(x, width), inside(y, height));
        let (column, row) = (x as usize, y as usize);
        Self {
            columns: [column, (column + 1).min(width - 1)],
            rows: [row, (row + 1).min(height - 1)],
            right: x - column as f32,
            down: y - row as f32,
        }
    }

    /// The number there, given that of each pixel by column and row.
    #[inline]
    pub(super) fn mix(&self, pixel: impl Fn(usize, usize) -> f32) -> f32 {
        let [upper, lower] = self.rows.map(|row| {
            let [one, other] = self.columns.map(|column| pixel(column, row));
            one + self.right * (other - one)
        });
        upper + self.down * (lower - upper)
    }
}
