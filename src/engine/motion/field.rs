//! Where each pixel of a picture went.

use super::super::pyramid::Size;
use super::bilinear::BilinearPlace;

/// For each pixel, how many columns and rows it moved.
#[derive(Clone, Debug, PartialEq)]
pub struct FlowField {
    size: Size,
    vectors: Vec<[f32; 2]>,
}

impl FlowField {
    /// No motion.
    pub fn still(size: Size) -> Self {
        Self { size, vectors: vec![[0.0; 2]; size.pixels()] }
    }

    /// Row by row.
    ///
    /// # Panics
    /// When there is not one vector for each pixel.
    pub fn new(size: Size, vectors: Vec<[f32; 2]>) -> Self {
        assert_eq!(vectors.len(), size.pixels(), "one vector for each pixel");
        Self { size, vectors }
    }

    /// Width and height.
    pub fn size(&self) -> Size {
        self.size
    }

    /// The vectors, row by row.
    pub fn vectors(&self) -> &[[f32; 2]] {
        &self.vectors
    }

    /// The vector of a pixel.
    pub fn get(&self, column: usize, row: usize) -> [f32; 2] {
        self.vectors[row * self.size.width + column]
    }

    /// The vector at a place between pixels, by bilinear interpolation; outside the picture that of its nearest pixel.
    pub fn at(&self, x: f32, y: f32) -> [f32; 2] {
        let place = BilinearPlace::new(x, y, self.size);
        [0, 1].map(|axis| place.mix(|column, row| self.get(column, row)[axis]))
    }

    /// The same motion of a picture of another size.
    #[must_use]
    pub fn resized(&self, size: Size) -> Self {
        if size == self.size {
            return self.clone();
        }
        let [across, down] = [size.width as f32 / self.size.width as f32, size.height as f32 / self.size.height as f32];
        let vectors = (0..size.pixels()).map(|index| {
            let (column, row) = ((index % size.width) as f32, (index / size.width) as f32);
            let [x, y] = self.at((column + 0.5) / across - 0.5, (row + 0.5) / down - 0.5);
            [x * across, y * down]
        });
        Self { size, vectors: vectors.collect() }
    }
}
