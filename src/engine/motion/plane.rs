//! A plane of brightness with a margin, so that patches may reach beyond its edges.

use rayon::prelude::*;

use super::super::pyramid::Size;
use super::bilinear::BilinearPlace;
use super::field::FlowField;

/// Pixels on each side that repeat the outermost ones.
pub(super) const MARGIN: usize = 16;

/// Brightness, 0 to 255.
pub(super) struct BrightnessPlane {
    pub(super) size: Size,
    /// Numbers of a row, margins included.
    stride: usize,
    values: Vec<f32>,
}

impl BrightnessPlane {
    /// From its rows.
    pub(super) fn new(size: Size, inner: &[f32]) -> Self {
        let Size { width, height } = size;
        let stride = width + 2 * MARGIN;
        let mut values = Vec::with_capacity(stride * (height + 2 * MARGIN));
        for row in 0..height + 2 * MARGIN {
            let row = row.saturating_sub(MARGIN).min(height - 1);
            let row = &inner[row * width..][..width];
            values.extend(std::iter::repeat_n(row[0], MARGIN));
            values.extend(row);
            values.extend(std::iter::repeat_n(row[width - 1], MARGIN));
        }
        Self { size, stride, values }
    }

    /// The pixels from this column on in this row; both may lie up to [`MARGIN`] outside the picture.
    pub(super) fn from(&self, column: isize, row: isize) -> &[f32] {
        let at = |place: isize| (place + MARGIN.cast_signed()).cast_unsigned();
        &self.values[at(row) * self.stride + at(column)..]
    }

    /// For each pixel, row by row, how much brighter or darker `other` is at the place that `flow` says.
    pub(super) fn differences(&self, other: &Self, flow: &FlowField) -> Vec<f32> {
        let Size { width, .. } = self.size;
        let pixel = |index: usize| {
            let (column, row) = (index % width, index / width);
            let [across, down] = flow.get(column, row);
            let place = BilinearPlace::new(column as f32 + across, row as f32 + down, self.size);
            let there = place.mix(|column, row| other.pixel(column, row));
            there - self.pixel(column, row)
        };
        (0..self.size.pixels()).into_par_iter().map(pixel).collect()
    }

    fn pixel(&self, column: usize, row: usize) -> f32 {
        self.values[(row + MARGIN) * self.stride + column + MARGIN]
    }

    /// Half the size, rounded up: means of two by two pixels.
    pub(super) fn half(&self) -> Self {
        let size = Size { width: self.size.width.div_ceil(2), height: self.size.height.div_ceil(2) };
        let mut inner = Vec::with_capacity(size.pixels());
        for row in 0..size.height {
            let [above, below] = [0, 1].map(|next| self.from(0, (2 * row + next).cast_signed()));
            inner.extend((0..size.width).map(|column| {
                let pair = |line: &[f32]| line[2 * column] + line[2 * column + 1];
                0.25 * (pair(above) + pair(below))
            }));
        }
        Self::new(size, &inner)
    }

    /// Its slopes in the direction of columns and of rows: half the difference of both neighbours.
    pub(super) fn slopes(&self) -> [Self; 2] {
        let slope = |columns: isize, rows: isize| {
            let mut inner = Vec::with_capacity(self.size.pixels());
            for row in 0..self.size.height.cast_signed() {
                let (before, after) = (self.from(-columns, row - rows), self.from(columns, row + rows));
                inner.extend(before.iter().zip(after).take(self.size.width).map(|(one, other)| 0.5 * (other - one)));
            }
            Self::new(self.size, &inner)
        };
        [slope(1, 0), slope(0, 1)]
    }
}
