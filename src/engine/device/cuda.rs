//! NVIDIA cards.

// The one block says why it may.
#![allow(unsafe_code)]

use std::any::Any;
use std::sync::Arc;

use candle_core::CudaDevice;
use candle_core::cuda_backend::cudarc::driver::sys::CUdevice_attribute as Attribute;
use candle_core::cuda_backend::cudarc::driver::{CudaContext, DriverError};

use super::card::{Card, Listed};

/// All that can be used, the fastest first; and of the others, or where there are none, why.
pub(super) fn list() -> Listed {
    let count = match CudaContext::device_count() {
        Ok(count) => usize::try_from(count).unwrap_or(0),
        Err(error) => return (Vec::new(), vec![format!("NVIDIA's driver finds no card ({})", in_words(error))]),
    };
    if count == 0 {
        return (Vec::new(), vec!["NVIDIA's driver finds no card".to_owned()]);
    }
    let (mut cards, mut reasons) = (Vec::new(), Vec::new());
    for number in 0..count {
        match CudaContext::new(number).and_then(|context| card(number, &context)) {
            Ok(card) => cards.push(card),
            Err(error) => reasons.push(format!("NVIDIA's driver cannot open card {number} ({})", in_words(error))),
        }
    }
    cards.sort_by_key(|(speed, _)| std::cmp::Reverse(*speed));
    (cards.into_iter().map(|(_, card)| card).collect(), reasons)
}

/// The driver's own words for an error, and its name, which is what can be looked up.
fn in_words(error: DriverError) -> String {
    match (error.error_string(), error.error_name()) {
        (Ok(words), Ok(name)) => format!("{}, {}", words.to_string_lossy(), name.to_string_lossy()),
        _ => error.to_string(),
    }
}

/// Spares each tensor two events that would tell other streams of work when it is ready.
pub(super) fn use_one_stream(device: &CudaDevice) {
    // SAFETY: there is one stream for each thread, and who opens a card uses it on its own thread alone.
    unsafe { device.disable_event_tracking() };
}

/// As long as what it gives lives, this thread tells the card the shape of each tensor once, not at each operation.
pub(super) fn remember_shapes(device: &CudaDevice) -> Box<dyn Any> {
    // Made for recordings of operations, which cannot be told anything new.
    Box::new(device.enable_cuda_graph_htod_cache())
}

/// Bytes of a card's memory that are free.
pub(super) fn free_memory(device: &CudaDevice) -> Option<usize> {
    device.cuda_stream().context().mem_get_info().ok().map(|(free, _)| free)
}

/// A card and how much it computes in a while, which tells cards apart.
fn card(number: usize, context: &Arc<CudaContext>) -> Result<(i64, Card), DriverError> {
    let multiprocessors = context.attribute(Attribute::CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT)?;
    let kilohertz = context.attribute(Attribute::CU_DEVICE_ATTRIBUTE_CLOCK_RATE)?;
    let card = Card { number, name: context.name()?, memory: context.total_mem()? };
    Ok((i64::from(multiprocessors) * i64::from(kilohertz), card))
}
