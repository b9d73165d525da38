//! The graphics adapters of this machine.

use eframe::wgpu::{Backends, Instance, InstanceDescriptor};

use super::muted::Muted;

/// Name, kind and driver interface of each graphics adapter that the window can draw with.
pub fn graphics_adapters() -> Vec<String> {
    let _muted = Muted::new();
    let instance = Instance::new(InstanceDescriptor::new_without_display_handle());
    pollster::block_on(instance.enumerate_adapters(Backends::all()))
        .iter()
        .map(|adapter| {
            let info = adapter.get_info();
            format!("{} ({:?}, {})", info.name, info.device_type, info.backend)
        })
        .collect()
}
