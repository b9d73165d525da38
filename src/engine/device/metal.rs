//! Apple's graphics processors.

use candle_core::MetalDevice;
use candle_metal_kernels::metal::Device;
use objc2_metal::MTLDevice;
use sysinfo::System;

use super::card::{Card, Listed};

/// The first macOS that has all that candle asks of Metal.
const FIRST_SYSTEM: u32 = 15;

/// All that the system tells of; and where there are none, why.
pub(super) fn list() -> Listed {
    // An older system would end the program at the first question that it does not know.
    let version = System::os_version().unwrap_or_default();
    let major: u32 = version.split('.').next().and_then(|major| major.parse().ok()).unwrap_or(0);
    if major < FIRST_SYSTEM {
        let reason = format!("painting on Apple's graphics processors needs macOS {FIRST_SYSTEM} (this is {version})");
        return (Vec::new(), vec![reason]);
    }
    let devices = Device::all();
    if devices.is_empty() {
        return (Vec::new(), vec!["the system finds no graphics processor that Metal can use".to_owned()]);
    }
    let card = |(number, device): (usize, Device)| Card {
        number,
        name: device.as_ref().name().to_string(),
        memory: device.recommended_max_working_set_size(),
    };
    (devices.into_iter().enumerate().map(card).collect(), Vec::new())
}

/// Bytes that the processor may take beside what this program has taken already; the memory is the system's. Half of
/// what the system says, since candle rounds each amount that it asks for up to a power of two.
pub(super) fn free_memory(device: &MetalDevice) -> usize {
    let device = device.metal_device();
    device.recommended_max_working_set_size().saturating_sub(device.current_allocated_size()) / 2
}
