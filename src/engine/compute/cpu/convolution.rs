//! 3x3 convolutions with zero padding, by Winograd's algorithm.

use super::slices::{edit_rows, line, row_values, values};
use super::winograd::{self, FeatureFrame, WinogradKernel};
use crate::engine::compute::array::Array;
use crate::engine::compute::backend::{Convolution, Epilogue, FeatureRows};
use crate::engine::compute::error::ComputeResult;

/// A convolution by the project's kernel.
pub(super) struct CpuConvolution(WinogradKernel);

impl CpuConvolution {
    /// From weights given as outputs x inputs x 3 x 3.
    pub(super) fn new(weights: &[f32], inputs: usize, outputs: usize) -> Self {
        Self(WinogradKernel::new(weights, inputs, outputs))
    }
}

impl Convolution for CpuConvolution {
    fn convolve(&self, input: FeatureRows, epilogue: Epilogue<&dyn Array>, output: FeatureRows) -> ComputeResult<()> {
        let (width, _) = line(&input)?;
        let frame = FeatureFrame { height: input.height, width, input_start: input.first, output_start: output.first };
        let numbers = row_values(&input)?;
        let convolve = |epilogue: Epilogue<&[f32]>| {
            edit_rows(&output, |output| winograd::convolve(&numbers, frame, &self.0, epilogue, output))
        };
        match epilogue {
            Epilogue::BiasRelu(bias) => convolve(Epilogue::BiasRelu(&values(bias)?)),
            Epilogue::ReluMask => convolve(Epilogue::ReluMask),
            Epilogue::Identity => convolve(Epilogue::Identity),
        }
    }
}
