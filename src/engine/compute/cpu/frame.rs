//! Where the numbers of a convolution's input and output lie, and the rows of the output that a thread computes at a time.

#![allow(clippy::inline_always)] // see `product`

use pulp::{Arch, WithSimd};
use rayon::prelude::*;

use super::slices::line;
use crate::engine::compute::activation::Activation;
use crate::engine::compute::backend::FeatureRows;
use crate::engine::compute::error::{ComputeError, ComputeResult};
use crate::engine::compute::shape::ConvolutionShape;

/// Where the numbers of input and output lie.
pub(super) struct ConvolutionFrame<'a> {
    pub(super) shape: &'a ConvolutionShape,
    /// The picture's row that the input begins with.
    pub(super) input_first: usize,
    /// Rows of the whole input.
    pub(super) height: usize,
    pub(super) width: usize,
    /// The picture's row that the output begins with.
    pub(super) output_first: usize,
    pub(super) output_width: usize,
}

impl<'a> ConvolutionFrame<'a> {
    pub(super) fn new(shape: &'a ConvolutionShape, input: &FeatureRows, output: &FeatureRows) -> ComputeResult<Self> {
        let ((width, inputs), (output_width, outputs)) = (line(input)?, line(output)?);
        let needed = shape.source_rows(&output.rows(), input.height);
        let fits = (inputs, outputs) == (shape.inputs, shape.outputs)
            && (output_width, output.height) == (shape.output_length(width), shape.output_length(input.height))
            && input.rows().start <= needed.start
            && input.rows().end >= needed.end;
        if !fits {
            return Err(ComputeError::new(format_args!(
                "rows {:?} of a convolution's output ({output_width} x {outputs}) do not fit rows {:?} of its input \
                 ({width} x {inputs})",
                output.rows(),
                input.rows()
            )));
        }
        let (input_first, height, output_first) = (input.first, input.height, output.first);
        Ok(Self { shape, input_first, height, width, output_first, output_width })
    }

    /// Numbers in a row of the output.
    pub(super) fn output_line(&self) -> usize {
        self.output_width * self.shape.outputs
    }

    /// The row of the input that a tap of an output's row reads; `None` is a row of zeros.
    pub(super) fn input_line<'b>(&self, numbers: &'b [f32], output: usize, tap: usize) -> Option<&'b [f32]> {
        let row = self.shape.source(output, tap, self.height)?;
        let line = self.width * self.shape.inputs;
        Some(&numbers[(row - self.input_first) * line..][..line])
    }
}

/// Some rows of the output of the convolution `K`, computed with a thread's own memory `M`.
pub(super) struct OutputRows<'a, K, M> {
    pub(super) kernel: &'a K,
    pub(super) frame: &'a ConvolutionFrame<'a>,
    pub(super) input: &'a [f32],
    /// The picture's row that `lines` begin with.
    pub(super) first: usize,
    pub(super) lines: &'a mut [f32],
    pub(super) scratch: &'a mut M,
}

/// Computes the rows of `output`, `rows` of them at a time on each thread.
pub(super) fn compute_rows<K: Sync, M: Default>(
    (kernel, arch): (&K, Arch),
    frame: &ConvolutionFrame,
    input: &[f32],
    rows: usize,
    output: &mut [f32],
) where
    for<'a> OutputRows<'a, K, M>: WithSimd<Output = ()>,
{
    output.par_chunks_mut(rows * frame.output_line()).enumerate().for_each_init(
        M::default,
        |scratch, (chunk, lines)| {
            let first = frame.output_first + chunk * rows;
            arch.dispatch(OutputRows { kernel, frame, input, first, lines, scratch });
        },
    );
}

/// The padded input and the sums of a matrix product.
#[derive(Default)]
pub(super) struct RowScratch {
    pub(super) padded: Vec<f32>,
    pub(super) sums: Vec<f32>,
}

/// Writes sums with their bias, through the activation.
#[inline(always)]
pub(super) fn finish(pixels: &mut [f32], sums: &[f32], bias: &[f32], activation: Activation) {
    let all = pixels.iter_mut().zip(sums).zip(bias);
    match activation {
        Activation::Identity => all.for_each(|((pixel, sum), bias)| *pixel = sum + bias),
        Activation::Relu => all.for_each(|((pixel, sum), bias)| *pixel = Activation::Relu.of(sum + bias)),
        Activation::Relu6 => all.for_each(|((pixel, sum), bias)| *pixel = Activation::Relu6.of(sum + bias)),
        Activation::Sigmoid => all.for_each(|((pixel, sum), bias)| *pixel = Activation::Sigmoid.of(sum + bias)),
    }
}
