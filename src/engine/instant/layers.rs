//! The generator's layers: its architecture.

use super::super::compute::{ConvolutionShape, Padding};

/// Channels of the generator's features at the full, half and quarter size of the picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GeneratorWidths {
    /// At the picture's own size.
    pub full: usize,
    /// At half of it.
    pub half: usize,
    /// At a quarter of it.
    pub quarter: usize,
}

/// A convolution of the generator, and what follows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in super::super) struct GeneratorLayer {
    /// Its name in weights files, such as `residual1.conv2`.
    pub(in super::super) name: String,
    /// How it reads its input.
    pub(in super::super) shape: ConvolutionShape,
    /// Whether its sums are normalised and scaled; otherwise they have a bias and a ReLU.
    pub(in super::super) is_normalized: bool,
}

impl GeneratorWidths {
    /// Of the network that is built into the program.
    pub const BUILT_IN: Self = Self { full: 8, half: 16, quarter: 32 };

    /// How many residual blocks there are.
    pub const BLOCKS: usize = 5;

    /// Convolutions before the residual blocks, and after them.
    pub const OUTER: usize = 3;

    /// The larger of both widths at each size.
    #[must_use]
    pub fn max(self, other: Self) -> Self {
        let Self { full, half, quarter } = self;
        Self { full: full.max(other.full), half: half.max(other.half), quarter: quarter.max(other.quarter) }
    }

    /// Its layers, in the order in which they are computed: three that contract, two for each residual block, and three
    /// that expand.
    pub(in super::super) fn layers(self) -> Vec<GeneratorLayer> {
        let Self { full, half, quarter } = self;
        let layer = |name: String, inputs, outputs, size, (stride, enlargement)| {
            let is_normalized = !name.starts_with("contract");
            let padding = Padding::Reflection;
            let shape = ConvolutionShape { inputs, outputs, size, stride, enlargement, padding, is_depthwise: false };
            GeneratorLayer { name, shape, is_normalized }
        };
        let mut layers = vec![
            layer("contract1".to_owned(), 3, full, 9, (1, 1)),
            layer("contract2".to_owned(), full, half, 3, (2, 1)),
            layer("contract3".to_owned(), half, quarter, 3, (2, 1)),
        ];
        let blocks =
            (1..=Self::BLOCKS).flat_map(|block| (1..=2).map(move |part| format!("residual{block}.conv{part}")));
        layers.extend(blocks.map(|name| layer(name, quarter, quarter, 3, (1, 1))));
        layers.extend([
            layer("expand1".to_owned(), quarter, half, 3, (1, 2)),
            layer("expand2".to_owned(), half, full, 3, (1, 2)),
            layer("expand3".to_owned(), full, 3, 9, (1, 1)),
        ]);
        layers
    }
}

impl GeneratorLayer {
    /// How many parameters it has: the kernel's weights and a bias for each output, or a factor and an offset.
    pub(in super::super) fn length(&self) -> usize {
        self.shape.kernel_length() + self.shape.outputs * if self.is_normalized { 2 } else { 1 }
    }
}
