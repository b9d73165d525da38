//! The search for the nearest of some directions.

use std::sync::Arc;

use candle_core::{D, Result, Tensor};

use super::array::{CandleArray, tensor};
use super::chunks::scratch_chunks;
use super::elementwise::{accumulate, total};
use super::trial::OpenTrial;
use crate::engine::compute::array::{Array, ArrayRef};
use crate::engine::compute::backend::{DirectionArrays, NearestSearch, SHORTEST};
use crate::engine::compute::error::ComputeResult;
use crate::engine::compute::number::Number;

/// Directions as candle tensors.
pub(super) struct CandleSearch {
    /// Channels.
    centre: Tensor,
    /// Count x channels.
    units: Tensor,
    /// Channels x count.
    transposed: Tensor,
    /// Count.
    offsets: Tensor,
    trial: Option<Arc<OpenTrial>>,
}

/// The features at some positions, and the nearest direction of each.
struct Positions {
    /// Seen from the centre: positions x channels.
    differences: Tensor,
    /// Positions x channels.
    units: Tensor,
    /// Of the differences: positions x 1.
    lengths: Tensor,
    /// Positions x 1.
    cosines: Tensor,
    /// Positions x 1.
    weights: Option<Tensor>,
}

impl CandleSearch {
    pub(super) fn new(directions: &DirectionArrays, trial: Option<Arc<OpenTrial>>) -> ComputeResult<Self> {
        let [centre, units, offsets] =
            [&directions.centre, &directions.units, &directions.offsets].map(|array| tensor(array.as_ref()).cloned());
        let units = units?;
        let transposed = units.t()?.contiguous()?;
        Ok(Self { centre: centre?, units, transposed, offsets: offsets?, trial })
    }

    /// Some positions at a time.
    fn chunks<'a>(
        &'a self,
        features: &dyn Array,
        nearest: &dyn Array,
        weights: Option<&dyn Array>,
    ) -> ComputeResult<impl Iterator<Item = Result<Positions>> + use<'a>> {
        let channels = self.centre.dim(0)?;
        let (features, nearest) = (tensor(features)?.reshape(((), channels))?, tensor(nearest)?.flatten_all()?);
        let weights = weights.map(|weights| ComputeResult::Ok(tensor(weights)?.reshape(((), 1))?)).transpose()?;
        Ok(scratch_chunks(0..features.dim(0)?, 5 * channels * size_of::<f32>()).map(move |rows| {
            let differences = features.narrow(0, rows.start, rows.len())?.broadcast_sub(&self.centre)?;
            let units = self.units.index_select(&nearest.narrow(0, rows.start, rows.len())?, 0)?;
            let lengths = differences.sqr()?.sum_keepdim(D::Minus1)?.sqrt()?.clamp(SHORTEST, f32::MAX)?;
            let cosines = ((&differences * &units)?.sum_keepdim(D::Minus1)? / &lengths)?;
            let weights = weights.as_ref().map(|weights| weights.narrow(0, rows.start, rows.len())).transpose()?;
            Ok(Positions { differences, units, lengths, cosines, weights })
        }))
    }

    fn array(&self, tensor: Tensor) -> ArrayRef {
        CandleArray::on(tensor, self.trial.as_ref())
    }
}

impl NearestSearch for CandleSearch {
    fn nearest(&self, features: &dyn Array) -> ComputeResult<ArrayRef> {
        let features = tensor(features)?;
        let (height, width, channels) = features.dims3()?;
        let flat = features.reshape(((), channels))?;
        let bytes = 2 * self.units.dim(0)? * size_of::<f32>();
        let chunks = scratch_chunks(0..height * width, bytes).map(|rows| {
            let products = flat.narrow(0, rows.start, rows.len())?.matmul(&self.transposed)?;
            products.broadcast_add(&self.offsets)?.argmax(D::Minus1)
        });
        let nearest = Tensor::cat(&chunks.collect::<Result<Vec<_>>>()?, 0)?;
        Ok(self.array(nearest.reshape((height, width))?))
    }

    fn distance(
        &self,
        features: &dyn Array,
        nearest: &dyn Array,
        weights: Option<&dyn Array>,
    ) -> ComputeResult<Number> {
        let mut sum = Number::default();
        for positions in self.chunks(features, nearest, weights)? {
            let Positions { cosines, weights, .. } = positions?;
            let distances = cosines.affine(-1.0, 1.0)?;
            let distances = weights.map_or(Ok(distances.clone()), |weights| distances * weights)?;
            sum = sum.plus(&Number::pending(self.array(total(&distances)?)))?;
        }
        Ok(sum)
    }

    fn add_gradient(
        &self,
        gradient: &dyn Array,
        features: &dyn Array,
        nearest: &dyn Array,
        weights: Option<&dyn Array>,
        factor: f32,
    ) -> ComputeResult<()> {
        let gradient = tensor(gradient)?;
        let mut all = Vec::new();
        for positions in self.chunks(features, nearest, weights)? {
            let Positions { differences, units, lengths, cosines, weights } = positions?;
            let slopes =
                (differences.broadcast_div(&lengths)?.broadcast_mul(&cosines)? - units)?.broadcast_div(&lengths)?;
            let slopes = weights.map_or(Ok(slopes.clone()), |weights| slopes.broadcast_mul(&weights))?;
            all.push((slopes * f64::from(factor))?);
        }
        Ok(accumulate(gradient, &Tensor::cat(&all, 0)?.reshape(gradient.shape())?)?)
    }
}
