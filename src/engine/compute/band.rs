//! Some rows of a picture's features.

use std::ops::Range;

use candle_core::{Result, Tensor, bail};

use super::layout::{features, planes};

/// Rows of features, and where in the picture they lie.
#[derive(Clone)]
pub struct Band {
    /// Rows x width x channels.
    pub values: Tensor,
    /// The picture's row that the first is.
    pub first: usize,
    /// Rows of the whole picture.
    pub height: usize,
    /// The memory that the rows are in, from its first row on.
    memory: Tensor,
    /// Rows of that memory before the first.
    before: usize,
}

impl Band {
    /// The rows of a picture of so many from `first` on, which are all that lies in their memory.
    pub fn new(values: Tensor, first: usize, height: usize) -> Self {
        Self { memory: values.clone(), values, first, height, before: 0 }
    }

    /// The whole picture.
    pub fn whole(values: Tensor) -> Result<Self> {
        let (height, _, _) = values.dims3()?;
        Ok(Self::new(values, 0, height))
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
        let further = rows.start - own.start;
        let values = self.values.narrow(0, further, rows.len())?;
        let memory = self.memory.clone();
        Ok(Self { values, first: rows.start, height: self.height, memory, before: self.before + further })
    }

    /// Copies features, rows x width x channels, into its memory.
    pub fn copy_from(&self, source: &Tensor) -> Result<()> {
        self.write(&planes(source)?)
    }

    /// The same numbers as planes, channels x rows x width.
    pub(super) fn planes(&self) -> Result<Tensor> {
        planes(&self.values)
    }

    /// Copies planes, channels x rows x width, into its memory.
    pub(super) fn write(&self, source: &Tensor) -> Result<()> {
        if self.memory.is_contiguous() {
            return self.memory.slice_set(&features(source)?.contiguous()?, 0, self.before);
        }
        planes(&self.memory)?.slice_set(&source.contiguous()?, 1, self.before)
    }
}

#[cfg(test)]
mod tests {
    use candle_core::Device;

    use super::super::layout::{overwrite, zeros};
    use super::super::trial;
    use super::*;

    #[test]
    fn some_rows_are_written_and_no_others_however_they_lie() {
        for as_card in [false, true] {
            if as_card {
                trial::begin(trial::Card::default());
            }
            let whole = Band::whole(zeros((7, 3, 2), &Device::Cpu).unwrap()).unwrap();
            trial::end();
            assert_eq!(whole.values.is_contiguous(), !as_card);
            let ones = Tensor::ones((2, 3, 2), candle_core::DType::F32, &Device::Cpu).unwrap();
            let some = whole.narrow(&(1..6)).unwrap().narrow(&(3..5)).unwrap();
            some.copy_from(&ones).unwrap();
            let rows = whole.values.sum((1, 2)).unwrap().to_vec1::<f32>().unwrap();
            assert_eq!(rows, [0.0, 0.0, 0.0, 6.0, 6.0, 0.0, 0.0]);
            // A part of memory that lies in pieces cannot be told from a copy of it.
            assert_eq!(overwrite(&some.values, &ones).is_err(), as_card);
        }
    }
}
