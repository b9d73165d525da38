//! NVIDIA GPUs.

// The comment at the one unsafe block says why it is sound.
#![allow(unsafe_code)]

use std::any::Any;
use std::sync::Arc;

use candle_core::CudaDevice;
use candle_core::cuda_backend::cudarc::driver::sys::CUdevice_attribute as Attribute;
use candle_core::cuda_backend::cudarc::driver::{CudaContext, DriverError};

use super::gpu::{Gpu, GpuList};

/// The usable GPUs, fastest first, and the reasons why others cannot be used or why there are none.
pub(super) fn list() -> GpuList {
    let count = match CudaContext::device_count() {
        Ok(count) => usize::try_from(count).unwrap_or(0),
        Err(error) => return (Vec::new(), vec![format!("the NVIDIA driver finds no GPU ({})", in_words(error))]),
    };
    if count == 0 {
        return (Vec::new(), vec!["the NVIDIA driver finds no GPU".to_owned()]);
    }
    let (mut gpus, mut reasons) = (Vec::new(), Vec::new());
    for number in 0..count {
        match CudaContext::new(number).and_then(|context| gpu(number, &context)) {
            Ok(gpu) => gpus.push(gpu),
            Err(error) => reasons.push(format!("the NVIDIA driver cannot open GPU {number} ({})", in_words(error))),
        }
    }
    gpus.sort_by_key(|(speed, _)| std::cmp::Reverse(*speed));
    (gpus.into_iter().map(|(_, gpu)| gpu).collect(), reasons)
}

/// The driver's description of an error, and the error's name, which can be looked up.
fn in_words(error: DriverError) -> String {
    match (error.error_string(), error.error_name()) {
        (Ok(words), Ok(name)) => format!("{}, {}", words.to_string_lossy(), name.to_string_lossy()),
        _ => error.to_string(),
    }
}

/// Disables the two events per tensor that would tell other streams when the tensor is ready.
pub(super) fn use_one_stream(device: &CudaDevice) {
    // SAFETY: each thread has one stream, and a GPU is only used on the thread that opened it.
    unsafe { device.disable_event_tracking() };
}

/// While the returned guard lives, this thread sends each tensor shape to the GPU once instead of for every operation.
pub(super) fn remember_shapes(device: &CudaDevice) -> Box<dyn Any> {
    // candle has this cache for CUDA graphs, recordings of operations whose arguments cannot change.
    Box::new(device.enable_cuda_graph_htod_cache())
}

/// Free GPU memory in bytes.
pub(super) fn free_memory(device: &CudaDevice) -> Option<usize> {
    device.cuda_stream().context().mem_get_info().ok().map(|(free, _)| free)
}

/// A GPU and a measure of its speed, by which GPUs are sorted.
fn gpu(number: usize, context: &Arc<CudaContext>) -> Result<(i64, Gpu), DriverError> {
    let multiprocessors = context.attribute(Attribute::CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT)?;
    let kilohertz = context.attribute(Attribute::CU_DEVICE_ATTRIBUTE_CLOCK_RATE)?;
    let gpu = Gpu { number, name: context.name()?, memory: context.total_mem()? };
    Ok((i64::from(multiprocessors) * i64::from(kilohertz), gpu))
}
