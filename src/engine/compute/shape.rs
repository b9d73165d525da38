//! The geometry of convolutions of any size.

use std::ops::Range;

/// How a convolution of any size reads its input: [`super::SizedConvolutionKernel`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConvolutionShape {
    /// Channels of the input.
    pub inputs: usize,
    /// Channels of the output; of a depthwise convolution as many as `inputs`.
    pub outputs: usize,
    /// Width and height of the kernel.
    pub size: usize,
    /// Rows and columns of the input from one output to the next.
    pub stride: usize,
    /// The input is first enlarged this many times by repeating each pixel.
    pub enlargement: usize,
    /// What lies around the (enlarged) input.
    pub padding: Padding,
    /// Whether each output channel depends on the input channel of the same number alone. The weights are then
    /// channels x 1 x size x size.
    pub is_depthwise: bool,
}

/// What a convolution reads beyond the edges of its input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Padding {
    /// The input mirrored at its outermost pixels, which are not repeated, by half the kernel on each side.
    Reflection,
    /// Zeros: this many rows above and columns on the left. Below and on the right there are as many as the last output
    /// needs.
    Zeros {
        /// Rows above, and columns on the left.
        before: usize,
    },
}

impl ConvolutionShape {
    /// Rows (or columns) of the output for so many of the input.
    pub fn output_length(&self, length: usize) -> usize {
        (length * self.enlargement).div_ceil(self.stride)
    }

    /// The row (or column) of the input that is read for one output by one tap, in an input of `length`; `None` is a
    /// zero.
    pub fn source(&self, output: usize, tap: usize, length: usize) -> Option<usize> {
        let enlarged = length * self.enlargement;
        let before = match self.padding {
            Padding::Reflection => self.size / 2,
            Padding::Zeros { before } => before,
        };
        let at = output * self.stride + tap;
        if (before..before + enlarged).contains(&at) {
            return Some((at - before) / self.enlargement);
        }
        if self.padding != Padding::Reflection {
            return None;
        }
        Some(reflected(at.abs_diff(before), enlarged) / self.enlargement)
    }

    /// How many weights a kernel has.
    pub fn kernel_length(&self) -> usize {
        self.outputs * self.inputs * self.size * self.size
    }

    /// The rows of the input, which has `height`, that some rows of the output depend on.
    pub fn source_rows(&self, outputs: &Range<usize>, height: usize) -> Range<usize> {
        let taps = outputs.clone().flat_map(|output| (0..self.size).map(move |tap| (output, tap)));
        let sources = taps.filter_map(|(output, tap)| self.source(output, tap, height));
        let (first, last) = sources.fold((height, 0), |(first, last), row| (first.min(row), last.max(row)));
        first..(last + 1).max(first)
    }
}

/// Which of `length` numbers stands at a place so far from the first, on either side, where they go on mirrored again and
/// again without repeating the outermost one.
pub fn reflected(distance: usize, length: usize) -> usize {
    let period = (2 * (length - 1)).max(1);
    let at = distance % period;
    at.min(period - at)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(size: usize, stride: usize, enlargement: usize, padding: Padding) -> ConvolutionShape {
        ConvolutionShape { inputs: 1, outputs: 1, size, stride, enlargement, padding, is_depthwise: false }
    }

    #[test]
    fn reflection_leaves_out_the_outermost_pixel() {
        let nine = shape(9, 1, 1, Padding::Reflection);
        let sources = |output, length| (0..9).map(|tap| nine.source(output, tap, length).unwrap()).collect::<Vec<_>>();
        assert_eq!(sources(0, 6), [4, 3, 2, 1, 0, 1, 2, 3, 4]);
        assert_eq!(sources(5, 6), [1, 2, 3, 4, 5, 4, 3, 2, 1]);
        assert_eq!(sources(0, 2), [0, 1, 0, 1, 0, 1, 0, 1, 0]);
        assert_eq!(sources(0, 1), [0; 9]);
        assert_eq!((nine.source_rows(&(2..3), 20), nine.source_rows(&(5..7), 20)), (0..7, 1..11));
    }

    #[test]
    fn enlargement_comes_before_reflection() {
        let doubled = shape(3, 1, 2, Padding::Reflection);
        assert_eq!(doubled.output_length(5), 10);
        // Enlarged pixels 1 0 1: the first pixel of the input only.
        assert_eq!([0, 1, 2].map(|tap| doubled.source(0, tap, 5)), [Some(0); 3]);
        assert_eq!([0, 1, 2].map(|tap| doubled.source(2, tap, 5)), [Some(0), Some(1), Some(1)]);
        assert_eq!(doubled.source_rows(&(2..4), 5), 0..3);
    }

    #[test]
    fn zeros_lie_where_they_are_asked_for() {
        let halved = shape(3, 2, 1, Padding::Zeros { before: 0 });
        assert_eq!(halved.output_length(4), 2);
        assert_eq!([0, 1, 2].map(|tap| halved.source(1, tap, 4)), [Some(2), Some(3), None]);
    }
}
