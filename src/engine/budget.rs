//! How much memory a run may use.

use super::compute::Device;
use super::pyramid::Size;
use super::snapshot::Snapshot;

/// How much memory a run may use, in bytes, apart from the network's weights.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MemoryBudget {
    /// The features of a whole picture are kept, which is fastest, as long as they fit in this.
    pub comfortable: usize,
    /// The limit: the features are computed in strips rather than use more than this.
    pub most: usize,
}

impl MemoryBudget {
    /// The budget on `gpu` with `free` bytes of free memory. All of it may be used for speed, because no other program
    /// needs the GPU's memory while it computes. A tenth is left for the driver and for fragmentation.
    pub fn on_gpu(gpu: &Device, free: usize) -> Self {
        let most = (free / 10 * 9).saturating_sub(gpu.scratch());
        Self { comfortable: most, most }
    }

    /// The budget left after reserving `bytes`.
    #[must_use]
    pub fn beside(self, bytes: usize) -> Self {
        Self { comfortable: self.comfortable.saturating_sub(bytes), most: self.most.saturating_sub(bytes) }
    }

    /// The budget left after reserving memory for snapshots of a result of this size, taken one at a time.
    #[must_use]
    pub fn beside_snapshots(self, size: Size) -> Self {
        self.beside(Snapshot::bytes(size))
    }

    /// The budget left after reserving memory for masks that select which parts of a result of this size are painted.
    /// The bytes for each pixel: the mask (4), the composited image (12), its gradient (12), and three temporary images
    /// (12 each).
    #[must_use]
    pub fn beside_masks(self, size: Size) -> Self {
        self.beside(size.pixels() * (4 + 5 * 12))
    }
}
