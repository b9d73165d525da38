//! A GPU as its driver lists it.

/// A usable GPU.
pub(super) struct Gpu {
    /// Its index in the driver's list.
    pub(super) number: usize,
    /// Its product name.
    pub(super) name: String,
    /// Its memory in bytes.
    pub(super) memory: usize,
}

/// The usable GPUs, fastest first, and the reasons why others cannot be used or why there are none.
pub(super) type GpuList = (Vec<Gpu>, Vec<String>);
