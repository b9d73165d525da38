//! Some rows of a picture's features.

use std::ops::Range;

use candle_core::{Result, Tensor, bail};

/// Rows of features, and where in the picture they lie.
#[derive(Clone)]
pub struct Band {
    /// Rows x width x channels.
    pub values: Tensor,
    /// The picture's row that the first is.
    pub first: usize,
    /// Rows of the whole picture.
    pub height: usize,
}

impl Band {
    /// The whole picture.
    pub fn whole(values: Tensor) -> Result<Self> {
        let (height, _, _) = values.dims3()?;
        Ok(Self { values, first: 0, height })
    }

    /// Which rows of the picture it holds.
    pub fn rows(&self) -> Range<usize> {
        self.first..self.first + self.values.dims()[0]
    }

    /// Some of its rows, in the same memory.
    pub fn narrow(&self, rows: &Range<usize>) -> Result<Self> {
        let own = self.rows();
        if rows.start < own.start || rows.end > own.end {
            bail!("rows {rows:?} are not among rows {own:?}");
        }
        let values = self.values.narrow(0, rows.start - own.start, rows.len())?;
        Ok(Self { values, first: rows.start, height: self.height })
    }
}
