//! The backend that computes with candle's operations: on CUDA, on Metal and, for tests, on the CPU.
//!
//! Operations allocate their results, so large tensors are computed in [`chunks`]. Features lie plane by plane
//! ([`layout`]).

mod activation;
pub(super) mod array;
mod channels;
mod chunks;
mod convolution;
mod edge;
mod elementwise;
mod first;
mod layout;
mod nearest;
mod pooling;
mod resample;
mod sized;
mod sized_gradient;
mod square;
mod statistics;
mod strip;
mod tensor_cores;
mod trial;
mod variation;

use std::sync::Arc;

use candle_core::{Device, Tensor};

use super::activation::Activation;
use super::array::{Array, ArrayRef};
use super::backend::{
    AdamStep, Backend, Convolution, DirectionArrays, FeatureRows, FirstLayer, NearestSearch, SizedConvolution,
    SizedConvolutionGradient, SquareMatrix, VariationShares,
};
use super::channel_gradient::{ChannelMixture, ChannelProducts};
use super::channel_statistics::ChannelStatistics;
use super::error::ComputeResult;
use super::number::Number;
use super::shape::ConvolutionShape;
use array::{CandleArray, tensor};
use convolution::CandleConvolution;
use first::CandleFirstLayer;
use nearest::CandleSearch;
use resample::Filters;
use sized::CandleSizedConvolution;
use sized_gradient::CandleSizedConvolutionGradient;
use square::CandleSquare;
use strip::Strip;
use trial::OpenTrial;

use chunks::SCRATCH;
pub use trial::Trial;

/// candle on one device.
#[derive(Debug)]
pub(super) struct Candle {
    device: Device,
    trial: Option<Arc<OpenTrial>>,
    filters: Filters,
}

impl Candle {
    pub(super) fn new(device: Device) -> Self {
        Self { device, trial: None, filters: Filters::default() }
    }

    /// On the CPU in the place of a GPU.
    pub(super) fn trial(trial: Trial) -> Self {
        Self { device: Device::Cpu, trial: Some(Arc::new(OpenTrial::new(trial))), filters: Filters::default() }
    }

    /// candle's own handle.
    pub(super) fn device(&self) -> &Device {
        &self.device
    }

    fn array(&self, tensor: Tensor) -> ArrayRef {
        CandleArray::on(tensor, self.trial.as_ref())
    }

    /// The numbers of tensors; waits for the device.
    fn read<const N: usize>(&self, tensors: [Tensor; N]) -> ComputeResult<[Vec<f64>; N]> {
        let mut read = [const { Vec::new() }; N];
        for (read, tensor) in read.iter_mut().zip(tensors) {
            self.array(tensor).visit(&mut |numbers| read.extend(numbers.iter().copied().map(f64::from)))?;
        }
        Ok(read)
    }

    fn number(&self, tensor: Tensor) -> Number {
        Number::pending(self.array(tensor))
    }
}

impl Backend for Candle {
    fn upload(&self, numbers: Vec<f32>, dims: &[usize]) -> ComputeResult<ArrayRef> {
        Ok(self.array(Tensor::from_vec(numbers, dims, &self.device)?))
    }

    fn upload_indices(&self, indices: Vec<u32>, dims: &[usize]) -> ComputeResult<ArrayRef> {
        Ok(self.array(Tensor::from_vec(indices, dims, &self.device)?))
    }

    fn full(&self, value: f32, dims: &[usize]) -> ComputeResult<ArrayRef> {
        Ok(self.array(array::full(value, dims, &self.device)?))
    }

    fn identity(&self, size: usize) -> ComputeResult<ArrayRef> {
        Ok(self.array(square::identity(size, &self.device)?))
    }

    fn lay_out(&self, memory: &dyn Array, shape: (usize, usize, usize)) -> ComputeResult<ArrayRef> {
        Ok(self.array(layout::lay_out(tensor(memory)?, shape)?))
    }

    fn is_queued(&self) -> bool {
        true
    }

    fn scratch(&self) -> usize {
        SCRATCH
    }

    fn synchronize(&self) -> ComputeResult<()> {
        Ok(self.device.synchronize()?)
    }

    fn convolution(&self, weights: &[f32], inputs: usize, outputs: usize) -> ComputeResult<Box<dyn Convolution>> {
        Ok(Box::new(CandleConvolution::new(weights, inputs, outputs, &self.device, self.trial.clone())?))
    }

    fn sized_convolution(
        &self,
        shape: ConvolutionShape,
        weights: &[f32],
        bias: Option<&[f32]>,
        activation: Activation,
    ) -> ComputeResult<Box<dyn SizedConvolution>> {
        let trial = self.trial.clone();
        Ok(Box::new(CandleSizedConvolution::new(shape, weights, bias, activation, &self.device, trial)?))
    }

    fn sized_convolution_gradient(
        &self,
        shape: ConvolutionShape,
        weights: &[f32],
    ) -> ComputeResult<Box<dyn SizedConvolutionGradient>> {
        Ok(Box::new(CandleSizedConvolutionGradient::new(shape, weights, &self.device)?))
    }

    fn channel_products(
        &self,
        gradient: &dyn Array,
        features: &dyn Array,
        centres: &[f32],
    ) -> ComputeResult<ChannelProducts> {
        let [gradients, products] = self.read(channels::products(tensor(gradient)?, tensor(features)?, centres)?)?;
        Ok(ChannelProducts { gradients, products })
    }

    fn mix_channels(&self, gradient: &dyn Array, features: &dyn Array, mixture: &ChannelMixture) -> ComputeResult<()> {
        Ok(channels::mix(tensor(gradient)?, tensor(features)?, mixture)?)
    }

    fn channel_statistics(&self, features: &dyn Array) -> ComputeResult<ChannelStatistics> {
        let (height, width, _) = tensor(features)?.dims3()?;
        let [means, variances] = self.read(channels::statistics(tensor(features)?)?)?;
        Ok(ChannelStatistics::new(height * width, means, variances))
    }

    fn scale_channels(
        &self,
        features: FeatureRows,
        factors: &[f32],
        offsets: &[f32],
        activation: Activation,
    ) -> ComputeResult<()> {
        channels::scale(features, factors, offsets, activation, &self.device)
    }

    fn first_layer(&self, weights: &[f32], bias: &[f32]) -> ComputeResult<Box<dyn FirstLayer>> {
        Ok(Box::new(CandleFirstLayer::new(weights, bias, &self.device, self.trial.clone())?))
    }

    fn relu_backward(&self, features: FeatureRows, gradient: FeatureRows) -> ComputeResult<()> {
        elementwise::relu_backward(features, gradient)
    }

    fn write_rows(&self, target: FeatureRows, source: &dyn Array) -> ComputeResult<()> {
        Ok(Strip::new(target)?.write(&layout::planes(tensor(source)?)?)?)
    }

    fn clear(&self, array: &dyn Array) -> ComputeResult<()> {
        Ok(tensor(array)?.zero_set()?)
    }

    fn accumulate(&self, sum: &dyn Array, other: &dyn Array) -> ComputeResult<()> {
        Ok(elementwise::accumulate(tensor(sum)?, tensor(other)?)?)
    }

    fn add_difference(&self, sum: &dyn Array, one: &dyn Array, other: &dyn Array, factor: f32) -> ComputeResult<()> {
        Ok(elementwise::add_difference(tensor(sum)?, tensor(one)?, tensor(other)?, factor)?)
    }

    fn sum(&self, array: &dyn Array) -> ComputeResult<Number> {
        Ok(self.number(elementwise::total(tensor(array)?)?))
    }

    fn squared_distance(&self, one: &dyn Array, other: &dyn Array) -> ComputeResult<Number> {
        Ok(self.number(elementwise::squared_distance(tensor(one)?, tensor(other)?)?))
    }

    fn adam(
        &self,
        step: AdamStep,
        image: &dyn Array,
        gradient: &dyn Array,
        mean: &dyn Array,
        square: &dyn Array,
    ) -> ComputeResult<()> {
        Ok(elementwise::adam(step, tensor(image)?, tensor(gradient)?, tensor(mean)?, tensor(square)?)?)
    }

    fn add_variation(
        &self,
        gradient: &dyn Array,
        image: &dyn Array,
        shares: VariationShares,
        weight: f32,
    ) -> ComputeResult<Number> {
        Ok(self.number(variation::add_variation(tensor(gradient)?, tensor(image)?, shares, weight)?))
    }

    fn add_moments(
        &self,
        features: &dyn Array,
        weights: Option<&dyn Array>,
        sum: &dyn Array,
        products: &dyn Array,
    ) -> ComputeResult<()> {
        let weights = weights.map(tensor).transpose()?;
        Ok(statistics::add_moments(tensor(features)?, weights, tensor(sum)?, tensor(products)?)?)
    }

    fn add_mapped(
        &self,
        sum: &dyn Array,
        features: &dyn Array,
        weights: Option<&dyn Array>,
        map: &dyn Array,
        offset: &dyn Array,
    ) -> ComputeResult<()> {
        let weights = weights.map(tensor).transpose()?;
        Ok(statistics::add_mapped(tensor(sum)?, tensor(features)?, weights, tensor(map)?, tensor(offset)?)?)
    }

    fn square(&self, matrix: &dyn Array) -> ComputeResult<Box<dyn SquareMatrix>> {
        Ok(Box::new(CandleSquare::new(tensor(matrix)?, self.trial.clone())?))
    }

    fn nearest_search(&self, directions: DirectionArrays) -> ComputeResult<Box<dyn NearestSearch>> {
        Ok(Box::new(CandleSearch::new(&directions, self.trial.clone())?))
    }

    fn resample(&self, image: &dyn Array, size: (usize, usize)) -> ComputeResult<ArrayRef> {
        Ok(self.array(resample::resample(&self.filters, tensor(image)?, size)?))
    }
}
