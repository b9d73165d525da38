//! What one run leaves for the next.

use super::super::balance::Balance;
use super::super::compute::Device;
use super::super::network::PassBuffers;
use super::super::pyramid::Size;
use super::scale::CurrentScale;
use super::targets::Targets;

/// What a run leaves for the next one with the same paintings and masks, such as that of a clip's next frame: what was
/// measured of the paintings, and the memory for features.
pub struct Carried {
    /// Of the scale that was painted last.
    pub(super) size: Size,
    pub(super) device: Device,
    pub(super) targets: Targets,
    pub(super) buffers: PassBuffers,
}

impl Carried {
    /// Whether it is of this scale's size and device, and of the same styles.
    pub(super) fn fits(&self, scale: &CurrentScale, balance: &Balance) -> bool {
        self.size == scale.size
            && self.device == *scale.network.device()
            && self.targets.balance.styles == balance.styles
    }
}
