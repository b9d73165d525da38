//! Which rows of the features depend on which.
//!
//! The network is a chain of layers. Value 0 is the image; layer `i` takes value `i` and outputs value `i + 1`. The
//! forward and the backward pass can both be computed strip by strip, exactly, as long as each strip includes its halo,
//! the rows that it shares with its neighbours.

use std::ops::Range;

use super::super::compute::rows::{pooled, window_rows, windows_of, with_neighbours};
use super::architecture::{Architecture, Tap};

/// The kind of a layer, on which its receptive field depends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Layer {
    /// A 3x3 convolution with its ReLU.
    Convolution,
    /// The same, followed by 2x2 max pooling. The features before pooling are never stored.
    PooledConvolution,
}

/// Height, width and channels of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Shape {
    pub(super) height: usize,
    pub(super) width: usize,
    pub(super) channels: usize,
}

impl Shape {
    /// How many numbers `rows` rows hold.
    pub(super) fn numbers(self, rows: usize) -> usize {
        rows * self.width * self.channels
    }
}

/// The network's layers, and the shapes of its values for one size of image.
#[derive(Clone, Debug)]
pub(super) struct Geometry {
    pub(super) layers: Vec<Layer>,
    pub(super) shapes: Vec<Shape>,
    /// The tap of each value; `None` where it is the image, or pooled.
    pub(super) taps: Vec<Option<Tap>>,
}

/// For each value, the rows that a strip needs; empty for values outside the strip's segment.
pub(super) type RowsByValue = Vec<Range<usize>>;

impl Geometry {
    pub(super) fn new(architecture: &Architecture, height: usize, width: usize) -> Self {
        let mut shapes = vec![Shape { height, width, channels: 3 }];
        let mut layers = Vec::new();
        let mut taps = vec![None];
        let mut convolutions = architecture.convolutions().peekable();
        while let Some((tap, _, channels)) = convolutions.next() {
            let Shape { height, width, .. } = shapes[shapes.len() - 1];
            let is_pooled = convolutions.peek().is_some_and(|(next, ..)| next.stage > tap.stage);
            if is_pooled {
                debug_assert!(!tap.is_observed() && !layers.is_empty());
                shapes.push(Shape { height: pooled(height), width: pooled(width), channels });
                layers.push(Layer::PooledConvolution);
                taps.push(None);
            } else {
                shapes.push(Shape { height, width, channels });
                layers.push(Layer::Convolution);
                taps.push(Some(tap));
            }
        }
        Self { layers, shapes, taps }
    }

    /// The values at which the chain can be cut into segments: the image, and each that is pooled.
    pub(super) fn cuts(&self) -> Vec<usize> {
        (0..self.layers.len()).filter(|&value| value == 0 || self.is_pooled(value)).collect()
    }

    /// Whether a value was pooled.
    pub(super) fn is_pooled(&self, value: usize) -> bool {
        value > 0 && self.layers[value - 1] == Layer::PooledConvolution
    }

    /// The rows of a layer's input that the given rows of its output depend on.
    fn inputs(&self, layer: usize, output: &Range<usize>) -> Range<usize> {
        let height = self.shapes[layer].height;
        if output.is_empty() {
            return output.clone();
        }
        match self.layers[layer] {
            Layer::Convolution => with_neighbours(output, height),
            Layer::PooledConvolution => with_neighbours(&window_rows(output, height), height),
        }
    }

    /// The rows of a layer's output that depend on the given rows of its input.
    fn outputs(&self, layer: usize, input: &Range<usize>) -> Range<usize> {
        let convolved = with_neighbours(input, self.shapes[layer].height);
        match self.layers[layer] {
            Layer::Convolution => convolved,
            Layer::PooledConvolution => windows_of(&convolved, self.shapes[layer + 1].height),
        }
    }

    /// Cuts a segment's input rows into strips of `rows` rows, which must be a multiple of the factor by which the
    /// segment's poolings shrink the height. The last strip also takes the remaining rows.
    pub(super) fn strips(&self, segment: &Range<usize>, rows: usize) -> Vec<Range<usize>> {
        let height = self.shapes[segment.start].height;
        let count = (height / rows).max(1);
        (0..count).map(|strip| strip * rows..if strip + 1 == count { height } else { (strip + 1) * rows }).collect()
    }

    /// The rows of each of a segment's values that belong to this strip alone, without its halo.
    pub(super) fn own(&self, segment: &Range<usize>, strip: &Range<usize>) -> RowsByValue {
        let mut rows = vec![0..0; self.shapes.len()];
        let height = self.shapes[segment.start].height;
        let mut shrink = 0;
        for (value, own) in rows.iter_mut().enumerate().take(segment.end + 1).skip(segment.start) {
            if value > segment.start && self.is_pooled(value) {
                shrink += 1;
            }
            let end = if strip.end == height { self.shapes[value].height } else { strip.end >> shrink };
            *own = strip.start >> shrink..end;
        }
        rows
    }

    /// The rows of each value that must be available to compute the strip's [own](Self::own) rows.
    pub(super) fn forward(&self, segment: &Range<usize>, strip: &Range<usize>) -> RowsByValue {
        let mut rows = self.own(segment, strip);
        for value in segment.clone().rev() {
            rows[value] = union(&rows[value], &self.inputs(value, &rows[value + 1]));
        }
        rows
    }

    /// The rows of each value whose gradient contributes to the gradient of the strip's input rows.
    pub(super) fn gradient(&self, segment: &Range<usize>, strip: &Range<usize>) -> RowsByValue {
        let mut rows = vec![0..0; self.shapes.len()];
        rows[segment.start] = strip.clone();
        for layer in segment.clone() {
            rows[layer + 1] = self.outputs(layer, &rows[layer]);
        }
        rows
    }

    /// The rows of each value that must be available to compute the gradients of [`Self::gradient`].
    pub(super) fn backward(&self, segment: &Range<usize>, strip: &Range<usize>) -> RowsByValue {
        let gradient = self.gradient(segment, strip);
        let mut rows = vec![0..0; self.shapes.len()];
        // The value between two segments is kept.
        if segment.end == self.layers.len() {
            rows[segment.end] = gradient[segment.end].clone();
        }
        for value in segment.clone().rev() {
            rows[value] = self.inputs(value, &rows[value + 1]);
            if value > segment.start {
                rows[value] = union(&rows[value], &gradient[value]);
            }
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
    fn pooling_halves_the_height_and_keeps_a_width_of_one() {
        let geometry = Geometry::new(&Architecture::tiny(), 37, 1);
        let heights: Vec<usize> = geometry.cuts().into_iter().map(|value| geometry.shapes[value].height).collect();
        assert_eq!(heights, [37, 18, 9, 4, 2]);
        assert!(geometry.shapes.iter().all(|shape| shape.width == 1));
        assert_eq!(geometry.layers.len() + 1, geometry.shapes.len());
    }

    #[test]
    fn every_row_belongs_to_exactly_one_strip() {
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
    fn a_strip_includes_the_halo_of_its_convolutions() {
        let geometry = Geometry::new(&Architecture::vgg16(), 256, 64);
        let first_stage = 0..geometry.cuts()[1];
        let forward = geometry.forward(&first_stage, &(64..128));
        assert_eq!(forward[..3], [62..130, 63..129, 32..64]);
        let gradient = geometry.gradient(&first_stage, &(64..128));
        assert_eq!(gradient[..3], [64..128, 63..129, 31..65]);
        let backward = geometry.backward(&first_stage, &(64..128));
        assert_eq!(backward[..3], [62..130, 63..129, 0..0]);
    }
}
