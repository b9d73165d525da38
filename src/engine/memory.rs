//! How much memory a run may take, and how much it needs.

use super::compute::SCRATCH;
use super::network::{Architecture, Network};
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

/// Bytes for a result, whatever is kept of the network's features: for each pixel the image, its gradient, the
/// optimiser's two memories, the photo, and one copy, as a picture changes size (12 each); the last good image (6) and
/// the photo's features (32).
fn images(size: Size) -> usize {
    size.pixels() * (6 * 12 + 6 + 32)
}

impl MemoryBudget {
    /// What a run may take on a card with so much free. All of it may be taken for speed: a card's memory is nobody
    /// else's while it computes. A tenth is left for what the card's driver needs, and for holes between what is taken.
    pub fn on_card(free: usize) -> Self {
        let most = (free / 10 * 9).saturating_sub(SCRATCH);
        Self { comfortable: most, most }
    }

    /// What is left for features at a scale of this size, on the way to a result. Where the result's features are not
    /// all kept, no scale before takes more memory than the last one, even if it would be faster.
    pub(super) fn for_features(self, size: Size, result: Size) -> Self {
        let beside = |size: Size| {
            let images = images(size);
            Self { comfortable: self.comfortable.saturating_sub(images), most: self.most.saturating_sub(images) }
        };
        let at_last = Network::planned_memory(&Architecture::vgg16(), result, beside(result));
        let Self { comfortable, most } = beside(size);
        Self { comfortable: comfortable.min(at_last + images(result).saturating_sub(images(size))), most }
    }

    /// What is left when snapshots of a result of this size are taken, one at a time.
    #[must_use]
    pub fn beside_snapshots(self, size: Size) -> Self {
        let bytes = Snapshot::bytes(size);
        Self { comfortable: self.comfortable.saturating_sub(bytes), most: self.most.saturating_sub(bytes) }
    }

    /// What is left where masks say which parts of a result of this size are painted: for each pixel how much of it is (4),
    /// what shows (12), its gradient (12), and three images for a while (12 each).
    #[must_use]
    pub fn beside_masks(self, size: Size) -> Self {
        let bytes = size.pixels() * (4 + 5 * 12);
        Self { comfortable: self.comfortable.saturating_sub(bytes), most: self.most.saturating_sub(bytes) }
    }

    /// Whether a result of this size can be painted.
    pub fn allows(self, size: Size, snapshots: bool) -> bool {
        least(size, snapshots) <= self.most
    }

    /// The longest side that can be painted, for results shaped like this one.
    pub fn largest(self, size: Size, snapshots: bool) -> usize {
        let (mut allowed, mut refused) = (1, size.long_side());
        while refused > allowed + 1 {
            let middle = usize::midpoint(allowed, refused);
            if self.allows(size.scaled(middle as f64 / size.long_side() as f64), snapshots) {
                allowed = middle;
            } else {
                refused = middle;
            }
        }
        allowed
    }
}

/// The least memory in bytes, beside the network's weights, that a result of this size can be painted in; with
/// `snapshots` where its snapshots are taken.
pub fn least(size: Size, snapshots: bool) -> usize {
    let kept = if snapshots { Snapshot::bytes(size) } else { 0 };
    images(size) + Network::least_memory(&Architecture::vgg16(), size) + kept
}

/// The least memory in bytes that must be free on a card for a result of this size.
pub fn least_on_card(size: Size) -> usize {
    (least(size, false) + SCRATCH) / 9 * 10
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_scale_takes_more_than_the_last() {
        let size = Size { width: 2048, height: 1536 };
        let budget = MemoryBudget { comfortable: 6 << 30, most: 16 << 30 };
        let whole = Network::planned_memory(&Architecture::vgg16(), size, budget);
        assert!(budget.for_features(size, size).comfortable >= whole);
        let capped = budget.for_features(size, Size { width: 4096, height: 3072 });
        assert!(capped.comfortable + images(size) < 5 << 29, "{}", capped.comfortable + images(size));
    }

    #[test]
    fn names_the_largest_size_that_fits() {
        let size = Size { width: 8192, height: 6144 };
        let budget = MemoryBudget { comfortable: 0, most: 2 << 30 };
        let largest = [false, true].map(|snapshots| {
            assert!(!budget.allows(size, snapshots));
            let largest = budget.largest(size, snapshots);
            assert!(budget.allows(size.scaled(largest as f64 / 8192.0), snapshots));
            assert!(!budget.allows(size.scaled((largest + 1) as f64 / 8192.0), snapshots));
            assert!((2048..8192).contains(&largest), "{largest}");
            largest
        });
        assert!(largest[1] < largest[0], "snapshots take room: {largest:?}");
        let beside = budget.beside_snapshots(Size { width: 1000, height: 500 });
        assert_eq!(budget.most - beside.most, 36 * 500_000);
        let beside = budget.beside_masks(Size { width: 1000, height: 500 });
        assert_eq!(budget.most - beside.most, 64 * 500_000);
    }
}
