//! The CPU: the project's own kernels.
//!
//! Arrays are candle's CPU tensors, and elementary operations are candle's ([`super::candle::array`]). An iteration
//! spends its time in kernels that work on slices and write into memory that exists already: allocating it would add
//! half of the computing time. Features lie in memory in the order of their axes, rows x width x channels, because
//! vectors run along the channels.

mod channels;
mod convolution;
mod elementwise;
mod enlarged;
mod first;
mod frame;
mod matrix;
mod nearest;
mod planar;
mod product;
mod resample;
mod sized;
mod sized_gradient;
mod slices;
mod square;
mod statistics;
mod variation;
mod winograd;

use candle_core::{Device, Tensor};

use super::activation::Activation;
use super::array::{Array, ArrayRef};
use super::backend::{
    AdamStep, Backend, Convolution, DirectionArrays, FeatureRows, FirstLayer, NearestSearch, SizedConvolution,
    SizedConvolutionGradient, SquareMatrix, VariationShares,
};
use super::candle::array::{CandleArray, full, tensor};
use super::channel_gradient::{ChannelMixture, ChannelProducts};
use super::channel_statistics::ChannelStatistics;
use super::error::{ComputeError, ComputeResult};
use super::number::Number;
use super::shape::ConvolutionShape;
use convolution::{CpuConvolution, CpuSizedWinograd};
use enlarged::CpuEnlargedConvolution;
use first::CpuFirstLayer;
use nearest::CpuSearch;
use planar::CpuPlanarConvolution;
use sized::{CpuDepthwiseConvolution, CpuSizedConvolution};
use sized_gradient::CpuSizedConvolutionGradient;
use slices::{axes, edit, edit_rows, row_values, values};
use square::CpuSquare;

/// The CPU with the project's own kernels.
#[derive(Debug)]
pub(super) struct Cpu;

impl Backend for Cpu {
    fn upload(&self, numbers: Vec<f32>, dims: &[usize]) -> ComputeResult<ArrayRef> {
        Ok(CandleArray::on_cpu(Tensor::from_vec(numbers, dims, &Device::Cpu)?))
    }

    fn upload_indices(&self, indices: Vec<u32>, dims: &[usize]) -> ComputeResult<ArrayRef> {
        Ok(CandleArray::on_cpu(Tensor::from_vec(indices, dims, &Device::Cpu)?))
    }

    fn full(&self, value: f32, dims: &[usize]) -> ComputeResult<ArrayRef> {
        Ok(CandleArray::on_cpu(full(value, dims, &Device::Cpu)?))
    }

    fn lay_out(&self, memory: &dyn Array, (height, width, channels): (usize, usize, usize)) -> ComputeResult<ArrayRef> {
        memory.reshape(&[height, width, channels])
    }

    fn is_queued(&self) -> bool {
        false
    }

    fn synchronize(&self) -> ComputeResult<()> {
        Ok(())
    }

    fn convolution(&self, weights: &[f32], inputs: usize, outputs: usize) -> ComputeResult<Box<dyn Convolution>> {
        Ok(Box::new(CpuConvolution::new(weights, inputs, outputs)))
    }

    fn sized_convolution(
        &self,
        shape: ConvolutionShape,
        weights: &[f32],
        bias: Option<&[f32]>,
        activation: Activation,
    ) -> ComputeResult<Box<dyn SizedConvolution>> {
        Ok(fastest(shape, weights, bias, activation))
    }

    fn sized_convolution_gradient(
        &self,
        shape: ConvolutionShape,
        weights: &[f32],
    ) -> ComputeResult<Box<dyn SizedConvolutionGradient>> {
        Ok(Box::new(CpuSizedConvolutionGradient::new(shape, weights)?))
    }

    fn channel_products(
        &self,
        gradient: &dyn Array,
        features: &dyn Array,
        centres: &[f32],
    ) -> ComputeResult<ChannelProducts> {
        Ok(channels::products(&values(gradient)?, &values(features)?, centres))
    }

    fn mix_channels(&self, gradient: &dyn Array, features: &dyn Array, mixture: &ChannelMixture) -> ComputeResult<()> {
        let features = values(features)?;
        edit(gradient, |gradient| channels::mix(gradient, &features, mixture))
    }

    fn channel_statistics(&self, features: &dyn Array) -> ComputeResult<ChannelStatistics> {
        let [_, _, channels] = axes(features)?;
        Ok(channels::statistics(&values(features)?, channels))
    }

    fn scale_channels(
        &self,
        features: FeatureRows,
        factors: &[f32],
        offsets: &[f32],
        activation: Activation,
    ) -> ComputeResult<()> {
        edit_rows(&features, |numbers| channels::scale(numbers, factors, offsets, activation))
    }

    fn first_layer(&self, weights: &[f32], bias: &[f32]) -> ComputeResult<Box<dyn FirstLayer>> {
        Ok(Box::new(CpuFirstLayer::new(weights, bias)))
    }

    fn relu_backward(&self, features: FeatureRows, gradient: FeatureRows) -> ComputeResult<()> {
        let gradient = row_values(&gradient)?;
        edit_rows(&features, |features| elementwise::relu_backward(features, &gradient))
    }

    fn write_rows(&self, target: FeatureRows, source: &dyn Array) -> ComputeResult<()> {
        target.memory.narrow(0, target.before, target.count)?.overwrite(source)
    }

    fn clear(&self, array: &dyn Array) -> ComputeResult<()> {
        edit(array, elementwise::clear)
    }

    fn accumulate(&self, sum: &dyn Array, other: &dyn Array) -> ComputeResult<()> {
        let other = values(other)?;
        edit(sum, |sum| elementwise::accumulate(sum, &other))
    }

    fn add_difference(&self, sum: &dyn Array, one: &dyn Array, other: &dyn Array, factor: f32) -> ComputeResult<()> {
        let (one, other) = (values(one)?, values(other)?);
        edit(sum, |sum| elementwise::add_difference(sum, &one, &other, factor))
    }

    fn sum(&self, array: &dyn Array) -> ComputeResult<Number> {
        Ok(Number::new(f64::from(tensor(array)?.sum_all()?.to_scalar::<f32>()?)))
    }

    fn squared_distance(&self, one: &dyn Array, other: &dyn Array) -> ComputeResult<Number> {
        Ok(Number::new(elementwise::squared_distance(&values(one)?, &values(other)?)))
    }

    fn adam(
        &self,
        step: AdamStep,
        image: &dyn Array,
        gradient: &dyn Array,
        mean: &dyn Array,
        square: &dyn Array,
    ) -> ComputeResult<()> {
        let gradient = values(gradient)?;
        edit(image, |image| {
            edit(mean, |mean| edit(square, |square| elementwise::adam(step, image, &gradient, mean, square)))
        })??
    }

    fn add_variation(
        &self,
        gradient: &dyn Array,
        image: &dyn Array,
        shares: VariationShares,
        weight: f32,
    ) -> ComputeResult<Number> {
        let ([_, height, width], numbers) = (axes(image)?, values(image)?);
        edit(gradient, |gradient| {
            Number::new(variation::add_variation(gradient, &numbers, (height, width), shares, weight))
        })
    }

    fn add_moments(
        &self,
        features: &dyn Array,
        weights: Option<&dyn Array>,
        sum: &dyn Array,
        products: &dyn Array,
    ) -> ComputeResult<()> {
        let ([_, _, channels], numbers) = (axes(features)?, values(features)?);
        let weights = weights.map(values).transpose()?;
        let parts = statistics::moments(&numbers, weights.as_deref(), channels);
        edit(sum, |sum| {
            for part in &parts {
                sum.iter_mut().zip(&part.sum).for_each(|(sum, part)| *sum += part);
            }
        })?;
        edit(products, |products| {
            for part in &parts {
                part.products.add_to(products);
            }
        })
    }

    fn add_mapped(
        &self,
        sum: &dyn Array,
        features: &dyn Array,
        weights: Option<&dyn Array>,
        map: &dyn Array,
        offset: &dyn Array,
    ) -> ComputeResult<()> {
        let (features, map, offset) = (values(features)?, values(map)?, values(offset)?);
        let weights = weights.map(values).transpose()?;
        edit(sum, |sum| statistics::add_mapped(sum, &features, weights.as_deref(), &map, &offset))
    }

    fn multiply(&self, left: &dyn Array, right: &dyn Array) -> ComputeResult<ArrayRef> {
        let ([rows, inner], [right_inner, columns]) = (axes(left)?, axes(right)?);
        if inner != right_inner {
            let (left, right) = (left.dims(), right.dims());
            return Err(ComputeError::new(format_args!("{left:?} cannot be multiplied by {right:?}")));
        }
        let product = self.full(0.0, &[rows, columns])?;
        let (left, right) = (values(left)?, values(right)?);
        edit(product.as_ref(), |product| matrix::multiply(&left, &right, (inner, columns), product))?;
        Ok(product)
    }

    fn square(&self, matrix: &dyn Array) -> ComputeResult<Box<dyn SquareMatrix>> {
        let [size, _] = axes(matrix)?;
        Ok(Box::new(CpuSquare::new(&values(matrix)?, size)))
    }

    fn nearest_search(&self, directions: DirectionArrays) -> ComputeResult<Box<dyn NearestSearch>> {
        Ok(Box::new(CpuSearch::new(directions)?))
    }

    fn resample(&self, image: &dyn Array, size: (usize, usize)) -> ComputeResult<ArrayRef> {
        let ([planes, height, width], image) = (axes(image)?, image.contiguous()?);
        let resized = resample::resample(&values(image.as_ref())?, (height, width), size)?;
        self.upload(resized, &[planes, size.0, size.1])
    }
}

/// Prepares the fastest implementation, from weights given as outputs x inputs x size x size, or of a depthwise
/// convolution as channels x 1 x size x size.
fn fastest(
    shape: ConvolutionShape,
    weights: &[f32],
    bias: Option<&[f32]>,
    activation: Activation,
) -> Box<dyn SizedConvolution> {
    if shape.is_depthwise {
        Box::new(CpuDepthwiseConvolution::new(shape, weights, bias, activation))
    } else if CpuSizedWinograd::computes(&shape, activation) {
        Box::new(CpuSizedWinograd::new(shape, weights, bias, activation))
    } else if CpuEnlargedConvolution::computes(&shape) {
        Box::new(CpuEnlargedConvolution::new(shape, weights, bias, activation))
    } else if CpuPlanarConvolution::computes(&shape) {
        Box::new(CpuPlanarConvolution::new(shape, weights, bias, activation))
    } else {
        Box::new(CpuSizedConvolution::new(shape, weights, bias, activation))
    }
}
