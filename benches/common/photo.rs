//! A sample photo, from which frames are cut.

use std::path::Path;

use impasto::engine::pyramid::Size;
use impasto::picture::decode::open;

/// A photo: three planes of pixels.
pub(crate) struct Photo {
    pub(crate) size: Size,
    planes: Vec<f32>,
}

impl Photo {
    pub(crate) fn sample(name: &str) -> Self {
        let picture = open(Path::new(&format!("assets/samples/{name}.jpg"))).expect("a sample");
        let size = Size { width: picture.width() as usize, height: picture.height() as usize };
        Self { size, planes: picture.to_planes() }
    }

    /// The number of a plane at a place between pixels.
    pub(crate) fn at(&self, plane: usize, x: f32, y: f32) -> f32 {
        let Size { width, height } = self.size;
        let (x, y) = (x.clamp(0.0, (width - 2) as f32), y.clamp(0.0, (height - 2) as f32));
        let (column, row) = (x as usize, y as usize);
        let (right, below) = (x - column as f32, y - row as f32);
        let pixel = |column: usize, row: usize| self.planes[(plane * height + row) * width + column];
        let mix = |row: usize| pixel(column, row) * (1.0 - right) + pixel(column + 1, row) * right;
        mix(row) * (1.0 - below) + mix(row + 1) * below
    }
}
