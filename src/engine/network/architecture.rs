//! The network's architecture: the channel counts of its convolutions, and names for its taps.

use std::fmt;

/// A VGG network (Simonyan and Zisserman, 2015): stages of 3x3 convolutions, each followed by a ReLU,
/// with 2x2 max pooling between the stages. It ends after the first convolution of the fifth stage,
/// the deepest tap that any loss uses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Architecture {
    name: &'static str,
    stages: Vec<Vec<usize>>,
}

/// The output of a convolution after its ReLU. Indices start at 0, so `relu4_2` is
/// `Tap { stage: 3, convolution: 1 }`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Tap {
    /// Index of the stage.
    pub stage: usize,
    /// Index of the convolution in its stage.
    pub convolution: usize,
}

impl Tap {
    /// The style taps: `relu1_1`, `relu2_1`, `relu3_1`, `relu4_1`, `relu5_1` (Gatys et al., 2016).
    pub const STYLE: [Self; 5] = [
        Self { stage: 0, convolution: 0 },
        Self { stage: 1, convolution: 0 },
        Self { stage: 2, convolution: 0 },
        Self { stage: 3, convolution: 0 },
        Self { stage: 4, convolution: 0 },
    ];

    /// The content tap: `relu4_2`.
    pub const CONTENT: Self = Self { stage: 3, convolution: 1 };

    /// Its index in [`Self::STYLE`]; `None` if it is not a style tap.
    pub(in super::super) fn style_index(self) -> Option<usize> {
        Self::STYLE.iter().position(|&tap| tap == self)
    }

    /// Whether a loss uses it. No such tap comes directly before a pooling layer.
    pub(super) fn is_observed(self) -> bool {
        self == Self::CONTENT || Self::STYLE.contains(&self)
    }

    /// The convolution's name in weights files, such as `conv4_2`.
    pub(super) fn convolution_name(self) -> String {
        format!("conv{}_{}", self.stage + 1, self.convolution + 1)
    }
}

impl fmt::Display for Tap {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "relu{}_{}", self.stage + 1, self.convolution + 1)
    }
}

impl Architecture {
    /// VGG-16, configuration D of the paper.
    pub fn vgg16() -> Self {
        let stages = vec![vec![64; 2], vec![128; 2], vec![256; 3], vec![512; 3], vec![512]];
        Self { name: "VGG-16", stages }
    }

    /// VGG-19, configuration E of the paper.
    pub fn vgg19() -> Self {
        let stages = vec![vec![64; 2], vec![128; 2], vec![256; 4], vec![512; 4], vec![512]];
        Self { name: "VGG-19", stages }
    }

    /// A VGG-16 with only a few channels, for tests that do not need real weights.
    pub fn tiny() -> Self {
        let stages = vec![vec![4; 2], vec![5; 2], vec![6; 3], vec![7; 3], vec![8]];
        Self { name: "a tiny network", stages }
    }

    /// The part of it from the image to a tap.
    #[must_use]
    pub(super) fn until(&self, tap: Tap) -> Self {
        let mut stages = self.stages[..=tap.stage].to_vec();
        stages[tap.stage].truncate(tap.convolution + 1);
        Self { name: self.name, stages }
    }

    /// The network's name.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Every convolution from the image upwards: its tap, input channels and output channels.
    pub fn convolutions(&self) -> impl Iterator<Item = (Tap, usize, usize)> + '_ {
        let taps = self.stages.iter().enumerate().flat_map(|(stage, channels)| {
            channels.iter().enumerate().map(move |(convolution, &outputs)| (Tap { stage, convolution }, outputs))
        });
        taps.scan(3, |inputs, (tap, outputs)| {
            let layer = (tap, *inputs, outputs);
            *inputs = outputs;
            Some(layer)
        })
    }
}
