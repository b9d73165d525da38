//! NVIDIA cards.

use std::sync::Arc;

use candle_core::CudaDevice;
use candle_core::cuda_backend::cudarc::driver::sys::CUdevice_attribute as Attribute;
use candle_core::cuda_backend::cudarc::driver::{CudaContext, DriverError};

use super::{Kind, Processor};

/// All that the driver tells of, the fastest first; or why there are none.
pub(super) fn list() -> Result<Vec<Processor>, String> {
    let count = CudaContext::device_count().map_err(|error| format!("NVIDIA's driver finds no card ({error})"))?;
    let mut reason = "NVIDIA's driver finds no card".to_owned();
    let mut cards = Vec::new();
    for number in 0..usize::try_from(count).unwrap_or(0) {
        match CudaContext::new(number).and_then(|context| card(number, &context)) {
            Ok(card) => cards.push(card),
            Err(error) => reason = format!("NVIDIA's driver cannot open the card ({error})"),
        }
    }
    if cards.is_empty() {
        return Err(reason);
    }
    cards.sort_by_key(|(speed, _)| std::cmp::Reverse(*speed));
    Ok(cards.into_iter().map(|(_, card)| card).collect())
}

/// Bytes of a card's memory that are free.
pub(super) fn free_memory(device: &CudaDevice) -> Option<usize> {
    device.cuda_stream().context().mem_get_info().ok().map(|(free, _)| free)
}

/// A card and how much it computes in a while, which tells cards apart.
fn card(number: usize, context: &Arc<CudaContext>) -> Result<(i64, Processor), DriverError> {
    let multiprocessors = context.attribute(Attribute::CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT)?;
    let kilohertz = context.attribute(Attribute::CU_DEVICE_ATTRIBUTE_CLOCK_RATE)?;
    let processor = Processor { kind: Kind::Cuda(number), name: context.name()?, memory: Some(context.total_mem()?) };
    Ok((i64::from(multiprocessors) * i64::from(kilohertz), processor))
}
