//! How much memory a run may take.

use super::compute::SCRATCH;
use super::pyramid::Size;
use super::snapshot::Snapshot;

/// What a run may take, in bytes, beside the network's weights.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MemoryBudget {
    /// Up to here the features of a whole picture are kept, which is fastest.
    pub comfortable: usize,
    /// The features are computed in strips before more than this is taken.
    pub most: usize,
}

impl MemoryBudget {
    /// What a run may take on a card with so much free. All of it may be taken for speed: a card's memory is nobody
    /// else's while it computes. A tenth is left for what the card's driver needs, and for holes between what is taken.
    pub fn on_card(free: usize) -> Self {
        let most = (free / 10 * 9).saturating_sub(SCRATCH);
        Self { comfortable: most, most }
    }

    /// What is left when so many bytes are taken.
    #[must_use]
    pub fn beside(self, bytes: usize) -> Self {
        Self { comfortable: self.comfortable.saturating_sub(bytes), most: self.most.saturating_sub(bytes) }
    }

    /// What is left when snapshots of a result of this size are taken, one at a time.
    #[must_use]
    pub fn beside_snapshots(self, size: Size) -> Self {
        self.beside(Snapshot::bytes(size))
    }

    /// What is left where masks say which parts of a result of this size are painted: for each pixel how much of it is (4),
    /// what shows (12), its gradient (12), and three images for a while (12 each).
    #[must_use]
    pub fn beside_masks(self, size: Size) -> Self {
        self.beside(size.pixels() * (4 + 5 * 12))
    }
}
