//! Apple's graphics processors.

use candle_core::MetalDevice;
use candle_metal_kernels::metal::Device;

use super::{Kind, Processor};

/// All that the system tells of; and where there are none, why.
pub(super) fn list() -> (Vec<Processor>, Vec<String>) {
    let devices = Device::all();
    if devices.is_empty() {
        return (Vec::new(), vec!["the system finds no graphics processor that Metal can use".to_owned()]);
    }
    let processor = |(number, device): (usize, Device)| Processor {
        kind: Kind::Metal(number),
        name: format!("Apple graphics processor {}", device.architecture_name()),
        memory: Some(device.recommended_max_working_set_size()),
    };
    (devices.into_iter().enumerate().map(processor).collect(), Vec::new())
}

/// Bytes that the processor may take beside what this program has taken already; the memory is the system's.
pub(super) fn free_memory(device: &MetalDevice) -> usize {
    let device = device.metal_device();
    device.recommended_max_working_set_size().saturating_sub(device.current_allocated_size())
}
