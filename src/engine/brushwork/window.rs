//! The latest rows of a layer's output.

use super::super::compute::{Band, ComputeResult, Device, FeatureBuffer};

/// Rows of features, of which earlier ones are dropped as later ones come.
pub(super) struct Window {
    /// The rows are in the first; the second is for moving them.
    buffers: [Option<(usize, FeatureBuffer)>; 2],
    /// Rows of the whole picture, its width, and channels.
    shape: (usize, usize, usize),
    /// The rows that it holds.
    rows: std::ops::Range<usize>,
    device: Device,
}

impl Window {
    /// Without rows; the first will be `first`. `shape` is that of the whole picture's features.
    pub(super) fn new(shape: (usize, usize, usize), first: usize, device: &Device) -> Self {
        Self { buffers: [None, None], shape, rows: first..first, device: device.clone() }
    }

    /// Rows of the whole picture.
    pub(super) fn height(&self) -> usize {
        self.shape.0
    }

    /// The row after the last.
    pub(super) fn end(&self) -> usize {
        self.rows.end
    }

    /// Its rows, of which there must be one.
    pub(super) fn band(&self) -> ComputeResult<Band> {
        let (height, width, channels) = self.shape;
        let Some((_, buffer)) = &self.buffers[0] else { unreachable!("a window has rows before it is read") };
        Ok(Band::new(buffer.view((self.rows.len(), width, channels))?, self.rows.start, height))
    }

    /// Drops the rows before `keep` and makes room for rows up to `end`. Returns the new rows, to be written.
    pub(super) fn advance(&mut self, keep: usize, end: usize) -> ComputeResult<Band> {
        let (height, width, channels) = self.shape;
        let (kept, added) = (keep.clamp(self.rows.start, self.rows.end)..self.rows.end, self.rows.end..end);
        let count = end - kept.start;
        let numbers = count * width * channels;
        let buffer = match self.buffers[1].take() {
            Some((size, buffer)) if size >= numbers => (size, buffer),
            _ => (numbers, FeatureBuffer::new(numbers, &self.device)?),
        };
        let band = Band::new(buffer.1.view((count, width, channels))?, kept.start, height);
        if !kept.is_empty() {
            band.narrow(&kept)?.copy_from(&self.band()?.narrow(&kept)?.values)?;
        }
        self.rows = kept.start..end;
        self.buffers[1] = Some(buffer);
        self.buffers.swap(0, 1);
        band.narrow(&added)
    }
}
