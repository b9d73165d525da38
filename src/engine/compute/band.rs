//! Rows of a picture's features, and memory for them.

use std::ops::Range;

use super::activation::Activation;
use super::backend::FeatureRows;
use super::device::Device;
use super::error::{ComputeError, ComputeResult};
use super::tensor::Tensor;

/// Rows of features, and where in the picture they lie.
#[derive(Clone, Debug)]
pub struct Band {
    /// Rows x width x channels.
    pub values: Tensor,
    /// Where in the picture the first row lies.
    pub first: usize,
    /// Rows of the whole picture.
    pub height: usize,
    /// All rows of the memory that these rows are in.
    memory: Tensor,
    /// Rows of that memory before the first.
    before: usize,
}

impl Band {
    /// Rows of a picture with `height` rows, from `first` on. They must be all that lies in their memory.
    pub fn new(values: Tensor, first: usize, height: usize) -> Self {
        Self { memory: values.clone(), values, first, height, before: 0 }
    }

    /// The whole picture.
    pub fn whole(values: Tensor) -> ComputeResult<Self> {
        let (height, _, _) = values.dims3()?;
        Ok(Self::new(values, 0, height))
    }

    /// Which rows of the picture it holds.
    pub fn rows(&self) -> Range<usize> {
        self.first..self.first + self.values.dims()[0]
    }

    /// Some of its rows, given as rows of the picture, in the same memory.
    ///
    /// # Errors
    /// When it does not hold all of them.
    pub fn narrow(&self, rows: &Range<usize>) -> ComputeResult<Self> {
        let own = self.rows();
        if rows.start < own.start || rows.end > own.end {
            return Err(ComputeError::new(format_args!("rows {rows:?} are not among rows {own:?}")));
        }
        let further = rows.start - own.start;
        let values = self.values.narrow(0, further, rows.len())?;
        let memory = self.memory.clone();
        Ok(Self { values, first: rows.start, height: self.height, memory, before: self.before + further })
    }

    /// Copies features, rows x width x channels, into its memory.
    pub fn copy_from(&self, source: &Tensor) -> ComputeResult<()> {
        self.backend().write_rows(self.parts(), self.values.same_device(source)?)
    }

    /// Replaces these features, which are the outputs of a ReLU, by the gradient with respect to the ReLU's input,
    /// given the gradient with respect to the features.
    pub(in crate::engine) fn relu_backward(&self, gradient: &Self) -> ComputeResult<()> {
        self.backend().relu_backward(self.parts(), gradient.parts())
    }

    /// Replaces each number by the activation of `factor x + offset`, with a factor and an offset for each channel.
    pub(in crate::engine) fn scale_channels(
        &self,
        factors: &[f32],
        offsets: &[f32],
        activation: Activation,
    ) -> ComputeResult<()> {
        self.backend().scale_channels(self.parts(), factors, offsets, activation)
    }

    /// As backends see it.
    pub(super) fn parts(&self) -> FeatureRows<'_> {
        FeatureRows {
            memory: self.memory.array(),
            before: self.before,
            count: self.values.dims()[0],
            first: self.first,
            height: self.height,
        }
    }

    fn backend(&self) -> &dyn super::backend::Backend {
        self.values.device().backend()
    }
}

/// Memory for features of changing shapes. It is allocated once, for the largest of them.
pub(in crate::engine) struct FeatureBuffer(Tensor);

impl FeatureBuffer {
    /// Memory for this many numbers.
    pub(in crate::engine) fn new(numbers: usize, device: &Device) -> ComputeResult<Self> {
        Tensor::zeros(numbers, device).map(Self)
    }

    /// For how many numbers there is room.
    pub(in crate::engine) fn numbers(&self) -> usize {
        self.0.elem_count()
    }

    /// The beginning of the memory as features of height x width x channels; they hold what was last written there.
    pub(in crate::engine) fn view(&self, shape: (usize, usize, usize)) -> ComputeResult<Tensor> {
        self.0.narrow(0, 0, shape.0 * shape.1 * shape.2)?.lay_out(shape)
    }
}
