//! What a backend must provide: memory, elementary operations ([`super::array`]), and the operations that painting
//! spends its time in.
//!
//! Features have the shape rows x width x channels; how they lie in memory is the backend's choice. Images are
//! 3 x height x width and matrices rows x columns, both row-major. All of them are f32.

use std::any::Any;
use std::fmt::Debug;
use std::ops::Range;

use super::activation::Activation;
use super::array::{Array, ArrayRef};
use super::channel_gradient::{ChannelMixture, ChannelProducts};
use super::channel_statistics::ChannelStatistics;
use super::error::ComputeResult;
use super::number::Number;
use super::shape::ConvolutionShape;

/// Some rows of a picture's features, in memory that may hold more of them.
#[derive(Clone, Copy, Debug)]
pub(super) struct FeatureRows<'a> {
    /// All rows of the memory: rows x width x channels, made by [`Backend::lay_out`].
    pub memory: &'a dyn Array,
    /// Rows of the memory before the first of these rows.
    pub before: usize,
    /// How many rows these are.
    pub count: usize,
    /// Where in the picture the first of them lies.
    pub first: usize,
    /// Rows of the whole picture.
    pub height: usize,
}

impl FeatureRows<'_> {
    /// Which rows of the picture these are.
    pub(super) fn rows(&self) -> Range<usize> {
        self.first..self.first + self.count
    }
}

/// Applied to each sum of a convolution before it is stored. `B` is how the bias is given: one number for each output
/// channel.
#[derive(Clone, Copy, Debug)]
pub enum Epilogue<B> {
    /// Adds the bias.
    Bias(B),
    /// Adds the bias, then applies ReLU.
    BiasRelu(B),
    /// Zero where the number in the output's memory is not above zero, else the sum: the gradient of a ReLU takes the
    /// place of its output.
    ReluMask,
    /// The same where the output's memory holds pooled features ([`Convolution::convolve_and_pool`]): the gradient takes
    /// the place of the features and keeps the places of the largest values.
    PooledMask,
    /// Stores the sum as it is.
    Identity,
}

impl<B> Epilogue<B> {
    /// The same epilogue with the bias in another form.
    ///
    /// # Errors
    /// That of the conversion.
    pub(super) fn map<C>(self, convert: impl FnOnce(B) -> ComputeResult<C>) -> ComputeResult<Epilogue<C>> {
        Ok(match self {
            Self::Bias(bias) => Epilogue::Bias(convert(bias)?),
            Self::BiasRelu(bias) => Epilogue::BiasRelu(convert(bias)?),
            Self::ReluMask => Epilogue::ReluMask,
            Self::PooledMask => Epilogue::PooledMask,
            Self::Identity => Epilogue::Identity,
        })
    }
}

/// The constants of one step of Adam.
#[derive(Clone, Copy, Debug)]
pub(in crate::engine) struct AdamStep {
    /// Decay of the mean of gradients, and of the mean of their squares.
    pub decays: (f32, f32),
    /// Step size, divided by the correction of the mean for its start at zero.
    pub size: f32,
    /// The mean of squares is divided by this, which corrects it for its start at zero.
    pub square_correction: f32,
    /// Added to the root of the mean of squares, so that the division stays finite.
    pub epsilon: f32,
    /// Whether the result is clamped to 0..1.
    pub within_unit: bool,
}

/// What the squared differences of [`Backend::add_variation`] count: between neighbours along an axis, and between
/// diagonal neighbours.
pub(super) type VariationShares = (f32, f32);

/// A kind of processor that painting can run on. Each has a folder of its own, in which it implements this trait,
/// [`Array`] and the traits of what it prepares: [`Convolution`], [`FirstLayer`], [`SquareMatrix`] and
/// [`NearestSearch`]. `compute/tests.rs` compares the backends with each other.
///
/// Every operation takes arrays of this backend and fails on others. An operation may return before it is computed;
/// then its failure is reported at the latest when numbers are read.
pub(super) trait Backend: Any + Debug + Send + Sync {
    /// Copies numbers into the backend's memory, in row-major order.
    fn upload(&self, numbers: Vec<f32>, dims: &[usize]) -> ComputeResult<ArrayRef>;

    /// Copies indices into the backend's memory.
    fn upload_indices(&self, indices: Vec<u32>, dims: &[usize]) -> ComputeResult<ArrayRef>;

    /// Memory that holds the same number everywhere.
    fn full(&self, value: f32, dims: &[usize]) -> ComputeResult<ArrayRef>;

    /// The identity matrix, size x size. By default it is uploaded.
    fn identity(&self, size: usize) -> ComputeResult<ArrayRef> {
        let numbers = (0..size * size).map(|index| f32::from(u8::from(index % (size + 1) == 0)));
        self.upload(numbers.collect(), &[size, size])
    }

    /// Shows memory with one axis as features of height x width x channels, laid out as this backend wants them.
    fn lay_out(&self, memory: &dyn Array, shape: (usize, usize, usize)) -> ComputeResult<ArrayRef>;

    /// Whether operations are queued and computed while the caller goes on. They are then best asked for whole, and
    /// cannot be interrupted.
    fn is_queued(&self) -> bool;

    /// Bytes of temporary memory that its operations may need beside their results.
    fn scratch(&self) -> usize {
        0
    }

    /// Waits until all operations are done. Memory that the driver kept for later is released.
    ///
    /// # Errors
    /// When any of them failed.
    fn synchronize(&self) -> ComputeResult<()>;

    /// Prepares a 3x3 convolution with zero padding, from weights given as outputs x inputs x 3 x 3.
    fn convolution(&self, weights: &[f32], inputs: usize, outputs: usize) -> ComputeResult<Box<dyn Convolution>>;

    /// Prepares a convolution of any size, from weights given as outputs x inputs x size x size and, if it has one, a
    /// bias for each output. The activation is applied to the sums with the bias.
    fn sized_convolution(
        &self,
        shape: ConvolutionShape,
        weights: &[f32],
        bias: Option<&[f32]>,
        activation: Activation,
    ) -> ComputeResult<Box<dyn SizedConvolution>>;

    /// Prepares the gradients of a convolution of any size that is not depthwise, from weights given as outputs x inputs
    /// x size x size.
    fn sized_convolution_gradient(
        &self,
        shape: ConvolutionShape,
        weights: &[f32],
    ) -> ComputeResult<Box<dyn SizedConvolutionGradient>>;

    /// For each channel the sum of a gradient over all positions, and the sum of the products of gradient and feature,
    /// from which the channel's centre is subtracted; waits for the backend.
    fn channel_products(
        &self,
        gradient: &dyn Array,
        features: &dyn Array,
        centres: &[f32],
    ) -> ComputeResult<ChannelProducts>;

    /// Replaces each number of a gradient by `factor gradient + feature_factor feature + offset`, with three numbers for
    /// each channel.
    fn mix_channels(&self, gradient: &dyn Array, features: &dyn Array, mixture: &ChannelMixture) -> ComputeResult<()>;

    /// Mean and variance of each channel of features; waits for the backend.
    fn channel_statistics(&self, features: &dyn Array) -> ComputeResult<ChannelStatistics>;

    /// Replaces each number of features by the activation of `factor x + offset`, with a factor and an offset for each
    /// channel.
    fn scale_channels(
        &self,
        features: FeatureRows,
        factors: &[f32],
        offsets: &[f32],
        activation: Activation,
    ) -> ComputeResult<()>;

    /// Prepares the first convolution, from weights given as outputs x 3 x 3 x 3 and a bias for each output.
    fn first_layer(&self, weights: &[f32], bias: &[f32]) -> ComputeResult<Box<dyn FirstLayer>>;

    /// Replaces features, which are the outputs of a ReLU, by the gradient with respect to the ReLU's input, given the
    /// gradient with respect to the features.
    fn relu_backward(&self, features: FeatureRows, gradient: FeatureRows) -> ComputeResult<()>;

    /// Copies features (rows x width x channels) into the memory of some rows.
    fn write_rows(&self, target: FeatureRows, source: &dyn Array) -> ComputeResult<()>;

    /// Makes all numbers zero.
    fn clear(&self, array: &dyn Array) -> ComputeResult<()>;

    /// Adds `other` to `sum`, of the same shape.
    fn accumulate(&self, sum: &dyn Array, other: &dyn Array) -> ComputeResult<()>;

    /// Adds `factor (one - other)` to `sum`; all three have the same shape.
    fn add_difference(&self, sum: &dyn Array, one: &dyn Array, other: &dyn Array, factor: f32) -> ComputeResult<()>;

    /// The sum of all numbers.
    fn sum(&self, array: &dyn Array) -> ComputeResult<Number>;

    /// The sum of the squared differences of two arrays of the same shape.
    fn squared_distance(&self, one: &dyn Array, other: &dyn Array) -> ComputeResult<Number>;

    /// One step of Adam against a gradient. Changes the image and the means of the gradients and of their squares; all
    /// four have the same shape.
    fn adam(
        &self,
        step: AdamStep,
        image: &dyn Array,
        gradient: &dyn Array,
        mean: &dyn Array,
        square: &dyn Array,
    ) -> ComputeResult<()>;

    /// The weighted sum of the squared differences of neighbouring pixels in an image (planes x height x width). The
    /// edge is repeated around the image, so diagonal neighbours reach one pixel further. Adds `weight` times the
    /// gradient of that sum to a gradient of the same shape.
    fn add_variation(
        &self,
        gradient: &dyn Array,
        image: &dyn Array,
        shares: VariationShares,
        weight: f32,
    ) -> ComputeResult<Number>;

    /// Adds the sum of features `F` (height x width x channels) over their positions to `sum` (channels), and `F^T F`
    /// to `products` (channels x channels). With weights (height x width, none below zero) each position counts that
    /// much.
    fn add_moments(
        &self,
        features: &dyn Array,
        weights: Option<&dyn Array>,
        sum: &dyn Array,
        products: &dyn Array,
    ) -> ComputeResult<()>;

    /// Adds `F map + offset` of features `F` (height x width x channels) to `sum`, of the same shape; `map` is channels
    /// x channels, `offset` channels. With weights (height x width) each position's part is multiplied by its own.
    fn add_mapped(
        &self,
        sum: &dyn Array,
        features: &dyn Array,
        weights: Option<&dyn Array>,
        map: &dyn Array,
        offset: &dyn Array,
    ) -> ComputeResult<()>;

    /// The product of two large matrices. By default that of [`Array::matmul`].
    fn multiply(&self, left: &dyn Array, right: &dyn Array) -> ComputeResult<ArrayRef> {
        left.matmul(right)
    }

    /// Prepares a square matrix for products with others of its size.
    fn square(&self, matrix: &dyn Array) -> ComputeResult<Box<dyn SquareMatrix>>;

    /// Prepares the search for the nearest of some directions.
    fn nearest_search(&self, directions: DirectionArrays) -> ComputeResult<Box<dyn NearestSearch>>;

    /// An image (planes x height x width) at another height and width: Catmull-Rom, antialiased when shrinking,
    /// overshoot not clamped.
    fn resample(&self, image: &dyn Array, size: (usize, usize)) -> ComputeResult<ArrayRef>;
}

/// A 3x3 convolution with zero padding.
pub(super) trait Convolution: Send + Sync {
    /// Convolves `input` into the rows of `output`. The input must hold the row above the output's first and the row
    /// below its last, where the picture has them.
    fn convolve(&self, input: FeatureRows, epilogue: Epilogue<&dyn Array>, output: FeatureRows) -> ComputeResult<()>;

    /// The convolution of `input` with bias and ReLU, then 2x2 max pooling with stride 2, into rows of the pooled
    /// features. Each pooled value also tells which of its window's values it is, the first of several that are equal,
    /// in a way of the backend's own that changes it by less than a millionth. The input must hold the rows above and
    /// below the windows of the output, where the picture has them.
    fn convolve_and_pool(&self, input: FeatureRows, bias: &dyn Array, output: FeatureRows) -> ComputeResult<()>;

    /// Convolves the gradient before pooling, given the gradient of pooled features that [`Epilogue::PooledMask`] left:
    /// each window's gradient at the place of its largest value, zeros elsewhere. The gradient must hold the windows of
    /// the output's rows, of the row above and the row below, where the picture has them.
    fn convolve_unpooled(
        &self,
        gradient: FeatureRows,
        epilogue: Epilogue<&dyn Array>,
        output: FeatureRows,
    ) -> ComputeResult<()>;
}

/// A convolution of any size: [`Backend::sized_convolution`].
pub(super) trait SizedConvolution: Send + Sync {
    /// Convolves `input` into the rows of `output`. The input must hold the rows that [`ConvolutionShape::source_rows`]
    /// names.
    fn convolve(&self, input: FeatureRows, output: FeatureRows) -> ComputeResult<()>;
}

/// The gradients of a convolution of any size, of whole pictures: [`Backend::sized_convolution_gradient`].
pub(super) trait SizedConvolutionGradient: Send + Sync {
    /// Writes the gradient with respect to the input, given the gradient with respect to the sums.
    fn input(&self, gradient: FeatureRows, input_gradient: FeatureRows) -> ComputeResult<()>;

    /// The gradient with respect to the weights, given the input and the gradient with respect to the sums: outputs x
    /// inputs x size x size; waits for the backend.
    fn kernel(&self, input: FeatureRows, gradient: FeatureRows) -> ComputeResult<Vec<f32>>;
}

/// The network's first convolution: image (3 x height x width) to features, with the image's edge repeated, bias and
/// ReLU.
pub(super) trait FirstLayer: Send + Sync {
    /// Some rows of the features of a whole image.
    fn forward(&self, image: &dyn Array, output: FeatureRows) -> ComputeResult<()>;

    /// Writes some rows of the gradient with respect to the image into `image_gradient` (3 x height x width), given the
    /// gradient with respect to the sums before the ReLU. That must hold the row above and the row below.
    fn backward(&self, gradient: FeatureRows, rows: &Range<usize>, image_gradient: &dyn Array) -> ComputeResult<()>;
}

/// A square matrix, ready to be multiplied by others of its size.
pub(super) trait SquareMatrix: Any + Send + Sync {
    /// A copy of it.
    fn duplicate(&self) -> Box<dyn SquareMatrix>;

    /// The matrix as an array.
    fn array(&self) -> ComputeResult<ArrayRef>;

    /// `self^T other`.
    fn product(&self, other: &dyn SquareMatrix) -> ComputeResult<Box<dyn SquareMatrix>>;

    /// `self^T other` where the product is known to be symmetric; the result is exactly symmetric.
    fn symmetric_product(&self, other: &dyn SquareMatrix) -> ComputeResult<Box<dyn SquareMatrix>>;

    /// `factor self + diagonal I`, in the same memory where that is possible.
    fn scaled(self: Box<Self>, factor: f64, diagonal: f64) -> ComputeResult<Box<dyn SquareMatrix>>;

    /// `factor self` with a factor that may not be known yet.
    fn times(self: Box<Self>, factor: &Number) -> ComputeResult<Box<dyn SquareMatrix>>;

    /// `self + factor other`, in the same memory where that is possible.
    fn plus(self: Box<Self>, factor: f64, other: &dyn SquareMatrix) -> ComputeResult<Box<dyn SquareMatrix>>;

    /// The sum of the diagonal.
    fn trace(&self) -> ComputeResult<Number>;

    /// `trace(self^T other)`: the sum of the products of the matrices' numbers.
    fn trace_of_product(&self, other: &dyn SquareMatrix) -> ComputeResult<Number>;
}

/// Directions in the space of features, seen from a centre.
#[derive(Clone, Debug)]
pub(super) struct DirectionArrays {
    /// Where they are seen from: channels.
    pub centre: ArrayRef,
    /// Vectors of length 1: count x channels.
    pub units: ArrayRef,
    /// The dot product of each with the centre, negated: count.
    pub offsets: ArrayRef,
}

/// Distances from the centre are taken to be at least this, so that a feature at the centre has a direction.
pub(super) const SHORTEST: f32 = 1e-6;

/// The search for the nearest of some directions, by angle.
pub(super) trait NearestSearch: Send + Sync {
    /// For each position of features (height x width x channels) the index of the direction with the smallest angle:
    /// height x width, u32.
    fn nearest(&self, features: &dyn Array) -> ComputeResult<ArrayRef>;

    /// The sum over all positions of `1 - cos`, where `cos` is the cosine between the feature, seen from the centre,
    /// and the direction that `nearest` has for it. With weights (height x width) each position counts that much.
    fn distance(&self, features: &dyn Array, nearest: &dyn Array, weights: Option<&dyn Array>)
    -> ComputeResult<Number>;

    /// Adds `factor` times the gradient of [`NearestSearch::distance`], with `nearest` taken as constant, to a
    /// gradient of the features' shape.
    fn add_gradient(
        &self,
        gradient: &dyn Array,
        features: &dyn Array,
        nearest: &dyn Array,
        weights: Option<&dyn Array>,
        factor: f32,
    ) -> ComputeResult<()>;
}
