//! Panics of GPU drivers.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::Processor;
use crate::engine::error::{EngineError, Result};
use crate::reason::panic_text;

/// Calls `work`, which may use a GPU, and turns a panic into an error: GPU drivers panic instead of returning errors.
pub(crate) fn catch_driver_panics<T>(processor: &Processor, work: impl FnOnce() -> Result<T>) -> Result<T> {
    if processor.is_cpu() {
        return work();
    }
    catch_unwind(AssertUnwindSafe(work))
        .unwrap_or_else(|panic| Err(EngineError::Device(format!("its driver failed: {}", panic_text(panic.as_ref())))))
}
