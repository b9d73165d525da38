//! Rows of features as candle tensors.

use std::ops::Range;

use candle_core::{Result, Tensor};

use super::array::tensor;
use super::layout::{features, planes};
use crate::engine::compute::backend::FeatureRows;
use crate::engine::compute::error::ComputeResult;

/// Some rows of a picture's features.
#[derive(Clone)]
pub(super) struct Strip {
    /// All rows of the memory: rows x width x channels.
    memory: Tensor,
    /// Rows of the memory before the first of these.
    before: usize,
    count: usize,
    /// Where in the picture the first row lies.
    first: usize,
    /// Rows of the whole picture.
    pub(super) height: usize,
}

impl Strip {
    pub(super) fn new(rows: FeatureRows) -> ComputeResult<Self> {
        let FeatureRows { memory, before, count, first, height } = rows;
        Ok(Self { memory: tensor(memory)?.clone(), before, count, first, height })
    }

    /// Which rows of the picture these are.
    pub(super) fn rows(&self) -> Range<usize> {
        self.first..self.first + self.count
    }

    /// Width and channels.
    pub(super) fn line(&self) -> Result<(usize, usize)> {
        self.memory.dims3().map(|(_, width, channels)| (width, channels))
    }

    /// Some of these rows, given as rows of the picture.
    pub(super) fn narrow(&self, rows: &Range<usize>) -> Self {
        let before = self.before + rows.start - self.first;
        Self { memory: self.memory.clone(), before, count: rows.len(), first: rows.start, height: self.height }
    }

    /// Rows x width x channels.
    pub(super) fn values(&self) -> Result<Tensor> {
        self.memory.narrow(0, self.before, self.count)
    }

    /// Channels x rows x width.
    pub(super) fn planes(&self) -> Result<Tensor> {
        planes(&self.values()?)
    }

    /// Copies planes, channels x rows x width, into the rows' memory.
    pub(super) fn write(&self, source: &Tensor) -> Result<()> {
        if self.memory.is_contiguous() {
            return self.memory.slice_set(&features(source)?.contiguous()?, 0, self.before);
        }
        planes(&self.memory)?.slice_set(&source.contiguous()?, 1, self.before)
    }
}
