//! What the parts of the objective need to know of the current scale.

use super::super::control::Control;
use super::super::error::Result;
use super::super::loss::temporal::TemporalTarget;
use super::super::motion::Prediction;
use super::super::network::{Network, Pass, PassBuffers};
use super::super::pyramid::Size;
use super::super::resample::{resample_mask, resample_within};
use super::job::{Continuation, Job};

/// One scale of a run.
#[derive(Clone, Copy)]
pub(super) struct CurrentScale<'a> {
    pub(super) network: &'a Network,
    pub(super) job: &'a Job,
    pub(super) control: &'a Control,
    /// Of the picture.
    pub(super) size: Size,
}

impl<'a> CurrentScale<'a> {
    /// A pass over images of this size, in the memory that this scale leaves for features; that of an earlier pass is
    /// used again where it fits.
    pub(super) fn pass(&self, size: Size, buffers: Option<PassBuffers>) -> Result<Pass<'a>> {
        let Self { network, job, .. } = *self;
        let memory = job.memory.for_features(network.architecture(), job.extent(self.size), job.extent(job.size()?));
        match buffers {
            Some(buffers) => network.pass_in(buffers, size, memory),
            None => network.pass(size, memory),
        }
    }

    /// What a frame of a clip is compared with, and the weight of that.
    pub(super) fn temporal_target(&self, continuation: &Continuation) -> Result<(TemporalTarget, f64)> {
        let Continuation { prediction: Prediction { image, sure, .. }, weight, .. } = continuation;
        let (shape, device) = (self.size.rows_and_columns(), self.network.device());
        let image = resample_within(image, shape)?.to_device(device)?;
        Ok((TemporalTarget::new(image, &resample_mask(sure, shape)?.to_device(device)?)?, *weight))
    }
}
