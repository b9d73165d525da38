//! Self-similarity: which places of the picture look alike should be which places of the photo look alike (Kolkin, Salavon
//! and Shakhnarovich, "Style Transfer by Relaxed Optimal Transport and Self-Similarity", 2019).
//!
//! Unlike the content loss it does not say what a place looks like. An empty sky may be painted with any strokes, but with
//! the same ones everywhere, so no part of the painting's subject appears in it; the features of a face stay apart from
//! the face.

use std::ops::Range;

use super::feature_samples::{FeatureSamples, is_sampled};
use crate::engine::compute::operations::{accumulate, multiply, squared_distance, sum_of_squares};
use crate::engine::compute::{ComputeResult, Number, Tensor};

/// The photo's self-similarity at one tap, with which the picture's is compared.
///
/// With directions `u = f / (|f|^2 + s^2)^1/2` of the features `f` at `n` positions, the loss is
/// `mean((U U^T - T)^2)`, where `T` is `U U^T` of the photo. The positions are a sample, evenly spread, because their
/// number squared are compared. `s` is small; it keeps the gradient finite where all features are zero. The paper
/// compares distances that are normalised in each row, by their absolute difference; squares of cosines keep empty
/// places calmer.
pub struct SelfSimilarity {
    /// For each position of the features (height x width) its index in the sample, or the sample's size.
    places: Tensor,
    width: usize,
    height: usize,
    /// `s^2`.
    softening: f64,
    target: Tensor,
    /// The picture's features seen since [`Self::begin`].
    seen: FeatureSamples,
    /// The gradient at each position of the sample, and a row of zeros: (count + 1) x channels.
    pull: Option<Tensor>,
}

/// The directions of some features.
struct Angles {
    /// Count x channels.
    units: Tensor,
    /// Count x 1.
    lengths: Tensor,
    /// Of the angle between each two: count x count.
    cosines: Tensor,
}

impl Angles {
    fn of(features: &Tensor, softening: f64) -> ComputeResult<Self> {
        let lengths = features.sqr()?.sum_last_axis()?.affine(1.0, softening)?.sqrt()?;
        let units = features.broadcast_div(&lengths)?;
        let cosines = multiply(&units, &units.t()?.contiguous()?)?;
        Ok(Self { units, lengths, cosines })
    }
}

impl SelfSimilarity {
    /// The most positions that are compared with each other.
    pub const POSITIONS: usize = 1024;

    /// From a sample of about [`Self::POSITIONS`] of the photo's features, which are height x width x channels.
    pub fn new(photo: &FeatureSamples, (height, width, _): (usize, usize, usize)) -> ComputeResult<Self> {
        /// Of the mean squared length of the photo's features.
        const SOFTENING: f64 = 1e-4;
        /// Where the photo has no features.
        const LEAST: f64 = 1e-6;
        let features = photo.all()?;
        let count = features.dim(0)?;
        let softening = (SOFTENING * sum_of_squares(&features)?.read()? / count as f64).max(LEAST);
        let mut places = Vec::with_capacity(height * width);
        let mut next = 0;
        for position in 0..height * width {
            let is_sampled = is_sampled(position, height * width, Self::POSITIONS);
            places.push(if is_sampled { next } else { count as u32 });
            next += u32::from(is_sampled);
        }
        let places = Tensor::from_indices(places, (height, width), features.device())?;
        let target = Angles::of(&features, softening)?.cosines;
        let seen = FeatureSamples::new(Self::POSITIONS);
        Ok(Self { places, width, height, softening, target, seen, pull: None })
    }

    /// Starts an evaluation.
    pub fn begin(&mut self) {
        self.seen.clear();
        self.pull = None;
    }

    /// Adds some rows of the picture's features, rows x width x channels.
    pub fn add_rows(&mut self, rows: &Range<usize>, features: &Tensor) -> ComputeResult<()> {
        self.seen.take(rows, features, self.height)
    }

    /// The loss of all features seen since [`Self::begin`], times `weight`.
    pub fn loss(&mut self, weight: f64) -> ComputeResult<Number> {
        let Angles { units, lengths, cosines } = Angles::of(&self.seen.all()?, self.softening)?;
        let pairs = self.target.elem_count() as f64;
        let loss = squared_distance(&cosines, &self.target)?.affine(weight / pairs, 0.0)?;
        // The difference is symmetric, so each pair counts twice in the gradient with respect to either direction.
        let slopes = multiply(&(cosines - &self.target)?.affine(4.0 * weight / pairs, 0.0)?, &units)?;
        let along = (&slopes * &units)?.sum_last_axis()?;
        let pull = (slopes - units.broadcast_mul(&along)?)?.broadcast_div(&lengths)?;
        self.pull = Some(pull.pad_with_zeros(0, 0, 1)?);
        Ok(loss)
    }

    /// Adds the gradient of the loss at some rows of features to a gradient of rows x width x channels.
    pub fn add_gradient(&self, gradient: &Tensor, rows: &Range<usize>) -> ComputeResult<()> {
        let Some(pull) = &self.pull else { return Ok(()) };
        let places = self.places.narrow(0, rows.start, rows.len())?.reshape(rows.len() * self.width)?;
        accumulate(gradient, &pull.index_select(&places)?.reshape(gradient.dims())?)
    }
}
