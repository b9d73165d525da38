//! Apple GPUs.

use candle_core::MetalDevice;
use candle_metal_kernels::metal::Device;
use objc2_metal::MTLDevice;
use sysinfo::System;

use super::gpu::{Gpu, GpuList};

/// The first macOS version with all the Metal features that candle uses.
const FIRST_SYSTEM: u32 = 15;

/// The GPUs that the system lists, or the reason why there are none.
pub(super) fn list() -> GpuList {
    // On an older system the program would abort at the first call that the system does not support.
    let version = System::os_version().unwrap_or_default();
    let major: u32 = version.split('.').next().and_then(|major| major.parse().ok()).unwrap_or(0);
    if major < FIRST_SYSTEM {
        let reason = format!("painting on Apple GPUs needs macOS {FIRST_SYSTEM} (this is {version})");
        return (Vec::new(), vec![reason]);
    }
    let devices = Device::all();
    if devices.is_empty() {
        return (Vec::new(), vec!["the system finds no GPU that Metal can use".to_owned()]);
    }
    let gpu = |(number, device): (usize, Device)| Gpu {
        number,
        name: device.as_ref().name().to_string(),
        memory: device.recommended_max_working_set_size(),
    };
    (devices.into_iter().enumerate().map(gpu).collect(), Vec::new())
}

/// Bytes that this program may still allocate on the GPU, which shares the system's memory. Half of what the system
/// reports, because candle rounds each allocation up to a power of two.
pub(super) fn free_memory(device: &MetalDevice) -> usize {
    let device = device.metal_device();
    device.recommended_max_working_set_size().saturating_sub(device.current_allocated_size()) / 2
}
