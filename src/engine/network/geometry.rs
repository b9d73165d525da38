//! Which rows of the features depend on which.
//!
//! The network is a chain of layers; value 0 is the image, value `i + 1` is what layer `i` makes of value
//! `i`. Both directions can be computed strip by strip, exactly, as long as each strip takes along the
//! rows that its neighbours share.

use std::ops::Range;

use super::super::compute::pooling::{pooled, window_rows};
use super::architecture::{Architecture, Tap};

/// What a layer does to rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Layer {
    /// A 3x3 convolution with its ReLU.
    Convolution,
    /// 2x2 max pooling.
    Pooling,
}

/// Height, width and channels of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Shape {
    pub(super) height: usize,
    pub(super) width: usize,
    pub(super) channels: usize,
}

impl Shape {
    /// Numbers in so many rows.
    pub(super) fn numbers(self, rows: usize) -> usize {
        rows * self.width * self.channels
    }
}

/// The network's layers, and the shapes of its values for one size of image.
#[derive(Clone, Debug)]
pub(super) struct Geometry {
    pub(super) layers: Vec<Layer>,
    pub(super) shapes: Vec<Shape>,
    /// The place in the network that a value is, where it is the output of a convolution.
    pub(super) taps: Vec<Option<Tap>>,
}

/// The rows of each value that a strip needs; those of values outside its segment are empty.
pub(super) type RowsByValue = Vec<Range<usize>>;

impl Geometry {
    pub(super) fn new(architecture: &Architecture, height: usize, width: usize) -> Self {
        let mut shapes = vec![Shape { height, width, channels: 3 }];
        let mut layers = Vec::new();
        let mut taps = vec![None];
        let mut stage = 0;
        for (tap, _, channels) in architecture.convolutions() {
            let Shape { height, width, channels: below } = shapes[shapes.len() - 1];
            let mut shape = Shape { height, width, channels };
            if tap.stage > stage {
                stage = tap.stage;
                shape = Shape { height: pooled(height), width: pooled(width), channels };
                shapes.push(Shape { channels: below, ..shape });
                layers.push(Layer::Pooling);
                taps.push(None);
            }
            shapes.push(shape);
            layers.push(Layer::Convolution);
            taps.push(Some(tap));
        }
        Self { layers, shapes, taps }
    }

    /// The values at which a chain can be cut: the image, and what comes out of each pooling.
    pub(super) fn cuts(&self) -> Vec<usize> {
        let pooled = self.layers.iter().enumerate().filter(|(_, layer)| **layer == Layer::Pooling);
        std::iter::once(0).chain(pooled.map(|(layer, _)| layer + 1)).collect()
    }

    /// Rows of a layer's input that some rows of its output are made of.
    fn inputs(&self, layer: usize, output: &Range<usize>) -> Range<usize> {
        let height = self.shapes[layer].height;
        match self.layers[layer] {
            _ if output.is_empty() => output.clone(),
            Layer::Convolution => output.start.saturating_sub(1)..(output.end + 1).min(height),
            Layer::Pooling => window_rows(output, height),
        }
    }

    /// Rows of a layer's output that some rows of its input have a part in.
    fn outputs(&self, layer: usize, input: &Range<usize>) -> Range<usize> {
        let height = self.shapes[layer + 1].height;
        match self.layers[layer] {
            Layer::Convolution => input.start.saturating_sub(1)..(input.end + 1).min(height),
            Layer::Pooling => (input.start / 2).min(height)..input.end.div_ceil(2).min(height),
        }
    }

    /// Rows of a pooling's input with the whole windows of some rows of its output.
    pub(super) fn with_windows(&self, layer: usize, input: &Range<usize>, output: &Range<usize>) -> Range<usize> {
        union(input, &self.inputs(layer, output))
    }

    /// A segment's input rows cut into strips of about `rows` rows, which must be a multiple of what its
    /// poolings shrink. The last takes what is left.
    pub(super) fn strips(&self, segment: &Range<usize>, rows: usize) -> Vec<Range<usize>> {
        let height = self.shapes[segment.start].height;
        let count = (height / rows).max(1);
        (0..count).map(|strip| strip * rows..if strip + 1 == count { height } else { (strip + 1) * rows }).collect()
    }

    /// The rows of each value of a segment that belong to a strip and to no other.
    pub(super) fn own(&self, segment: &Range<usize>, strip: &Range<usize>) -> RowsByValue {
        let mut rows = vec![0..0; self.shapes.len()];
        let height = self.shapes[segment.start].height;
        let mut shrink = 0;
        for (value, own) in rows.iter_mut().enumerate().take(segment.end + 1).skip(segment.start) {
            if value > segment.start && self.layers[value - 1] == Layer::Pooling {
                shrink += 1;
            }
            let end = if strip.end == height { self.shapes[value].height } else { strip.end >> shrink };
            *own = strip.start >> shrink..end;
        }
        rows
    }

    /// The rows that must be there to compute a strip's own.
    pub(super) fn forward(&self, segment: &Range<usize>, strip: &Range<usize>) -> RowsByValue {
        let mut rows = self.own(segment, strip);
        for value in segment.clone().rev() {
            rows[value] = union(&rows[value], &self.inputs(value, &rows[value + 1]));
        }
        rows
    }

    /// The rows of each value whose gradient has a part in that of the strip's input rows.
    pub(super) fn gradient(&self, segment: &Range<usize>, strip: &Range<usize>) -> RowsByValue {
        let mut rows = vec![0..0; self.shapes.len()];
        rows[segment.start] = strip.clone();
        for layer in segment.clone() {
            rows[layer + 1] = self.outputs(layer, &rows[layer]);
        }
        rows
    }

    /// The rows that must be there to compute those gradients.
    pub(super) fn backward(&self, segment: &Range<usize>, strip: &Range<usize>) -> RowsByValue {
        let gradient = self.gradient(segment, strip);
        let mut rows = vec![0..0; self.shapes.len()];
        // A pooling at the end needs only its windows, not what it made of them.
        if self.layers[segment.end - 1] == Layer::Convolution {
            rows[segment.end] = gradient[segment.end].clone();
        }
        for value in segment.clone().rev() {
            let mut needed = self.inputs(value, &rows[value + 1]);
            if value > segment.start {
                needed = union(&needed, &gradient[value]);
            }
            if self.layers[value] == Layer::Pooling {
                needed = union(&needed, &self.inputs(value, &gradient[value + 1]));
            }
            rows[value] = needed;
        }
        rows
    }
}

fn union(one: &Range<usize>, other: &Range<usize>) -> Range<usize> {
    if one.is_empty() {
        other.clone()
    } else if other.is_empty() {
        one.clone()
    } else {
        one.start.min(other.start)..one.end.max(other.end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_shrink_by_pooling_and_keep_a_lone_row() {
        let geometry = Geometry::new(&Architecture::tiny(), 37, 1);
        let heights: Vec<usize> = geometry.cuts().into_iter().map(|value| geometry.shapes[value].height).collect();
        assert_eq!(heights, [37, 18, 9, 4, 2]);
        assert!(geometry.shapes.iter().all(|shape| shape.width == 1));
        assert_eq!(geometry.layers.len() + 1, geometry.shapes.len());
    }

    #[test]
    fn every_row_belongs_to_one_strip() {
        let geometry = Geometry::new(&Architecture::vgg16(), 203, 64);
        let segment = 0..geometry.layers.len();
        let mut next = vec![0; geometry.shapes.len()];
        for strip in geometry.strips(&segment, 32) {
            for (value, rows) in geometry.own(&segment, &strip).into_iter().enumerate() {
                assert_eq!(rows.start, next[value], "value {value}");
                next[value] = rows.end;
            }
        }
        let heights: Vec<usize> = geometry.shapes.iter().map(|shape| shape.height).collect();
        assert_eq!(next, heights);
    }

    #[test]
    fn a_strip_takes_along_what_its_convolutions_see() {
        let geometry = Geometry::new(&Architecture::vgg16(), 256, 64);
        let first_stage = 0..geometry.cuts()[1];
        let forward = geometry.forward(&first_stage, &(64..128));
        assert_eq!(forward[..4], [62..130, 63..129, 64..128, 32..64]);
        let gradient = geometry.gradient(&first_stage, &(64..128));
        assert_eq!(gradient[..4], [64..128, 63..129, 62..130, 31..65]);
        let backward = geometry.backward(&first_stage, &(64..128));
        assert_eq!(backward[..4], [60..132, 61..131, 62..130, 0..0]);
    }
}
