//! The handle of an opened processor, and the list of backends.

use std::fmt;
use std::sync::{Arc, LazyLock};

use super::backend::Backend;
use super::candle::{Candle, Trial};
use super::cpu::Cpu;
use super::error::ComputeResult;

/// An opened processor: the backend that computes on it. Tensors, kernels and networks are made on a device and stay
/// there; [`super::Tensor::to_device`] alone moves them. Cloning a device gives another handle of the same one.
#[derive(Clone)]
pub struct Device(Arc<dyn Backend>);

/// The backends. Another one is added here.
impl Device {
    /// The CPU, with the project's own kernels.
    pub fn cpu() -> Self {
        static CPU: LazyLock<Device> = LazyLock::new(|| Device(Arc::new(Cpu)));
        CPU.clone()
    }

    /// A device that candle computes on with its own operations.
    pub(in crate::engine) fn candle(device: candle_core::Device) -> Self {
        Self(Arc::new(Candle::new(device)))
    }

    /// candle's operations on the CPU in the place of a GPU, for tests and benchmarks on machines without one.
    #[doc(hidden)]
    pub fn trial(trial: Trial) -> Self {
        Self(Arc::new(Candle::trial(trial)))
    }
}

impl Device {
    /// Whether this is the CPU with the project's own kernels.
    pub fn is_cpu(&self) -> bool {
        *self == Self::cpu()
    }

    /// Whether operations are queued and computed while the caller goes on.
    pub(in crate::engine) fn is_queued(&self) -> bool {
        self.0.is_queued()
    }

    /// Bytes of temporary memory that its operations may need beside their results.
    pub(crate) fn scratch(&self) -> usize {
        self.0.scratch()
    }

    /// Waits until all operations are done. Memory that the driver kept for later is released.
    ///
    /// # Errors
    /// When any of them failed.
    pub fn synchronize(&self) -> ComputeResult<()> {
        self.0.synchronize()
    }

    /// candle's own handle, where candle computes.
    pub(in crate::engine) fn as_candle(&self) -> Option<&candle_core::Device> {
        let any: &dyn std::any::Any = self.0.as_ref();
        any.downcast_ref::<Candle>().map(Candle::device)
    }

    /// The operations.
    pub(super) fn backend(&self) -> &dyn Backend {
        self.0.as_ref()
    }
}

impl PartialEq for Device {
    /// Whether both are handles of one opened processor.
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for Device {}

impl fmt::Debug for Device {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}
