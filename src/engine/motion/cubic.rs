//! Cubic interpolation at places between pixels (Catmull and Rom 1974; Keys 1981 with a = -1/2).

use super::super::pyramid::Size;

/// A place among sixteen pixels, and how much each of their columns and rows counts.
pub(super) struct CubicPlace {
    columns: [usize; 4],
    rows: [usize; 4],
    across: [f32; 4],
    down: [f32; 4],
}

impl CubicPlace {
    /// In a picture of this size; what lies outside has its nearest pixel.
    #[inline]
    pub(super) fn new(x: f32, y: f32, Size { width, height }: Size) -> Self {
        let (columns, across) = taps(x, width);
        let (rows, down) = taps(y, height);
        Self { columns, rows, across, down }
    }

    /// The number there in a plane, whose rows have this width; not beyond those of the four pixels around it, because
    /// what overshoots would grow from frame to frame.
    #[inline]
    pub(super) fn mix(&self, plane: &[f32], width: usize) -> f32 {
        let mut sum = 0.0;
        let (mut least, mut most) = (f32::INFINITY, f32::NEG_INFINITY);
        for (line, (&row, &down)) in self.rows.iter().zip(&self.down).enumerate() {
            let row = &plane[row * width..][..width];
            let own = self.columns.map(|column| row[column]);
            sum += down * (0..4).map(|tap| self.across[tap] * own[tap]).sum::<f32>();
            if (1..3).contains(&line) {
                least = least.min(own[1]).min(own[2]);
                most = most.max(own[1]).max(own[2]);
            }
        }
        sum.clamp(least, most)
    }
}

/// The four pixels of a side around a place, and their weights.
#[inline]
fn taps(place: f32, length: usize) -> ([usize; 4], [f32; 4]) {
    let place = place.clamp(0.0, (length - 1) as f32);
    let begin = place as usize;
    let t = place - begin as f32;
    let (square, cube) = (t * t, t * t * t);
    let weights = [
        0.5 * (2.0 * square - cube - t),
        0.5 * (3.0 * cube - 5.0 * square + 2.0),
        0.5 * (4.0 * square - 3.0 * cube + t),
        0.5 * (cube - square),
    ];
    let pixel = |away: usize| (begin + away).saturating_sub(1).min(length - 1);
    ([0, 1, 2, 3].map(pixel), weights)
}
