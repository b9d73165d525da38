//! How much memory a run needs, and whether it fits the budget.

use super::budget::MemoryBudget;
use super::compute::Device;
use super::extent::Extent;
use super::network::{Architecture, Network};
use super::pyramid::Size;
use super::snapshot::Snapshot;

/// Memory in bytes for a result, in addition to the network's features. For each pixel: the image, its gradient, the
/// optimiser's two averages, the photo, and one copy while the picture changes size or moves with its coarse levels (12
/// each); a plane while those levels are enlarged (4), and the levels (1); the last good image (6); and the photo's
/// features (32). The margins of a seamless texture need copies at the size of the network's input: the image, its
/// gradient, and two temporary ones while the gradient is folded back (12 each).
fn images(extent: Extent) -> usize {
    let margins = if extent.seamless { extent.shown().pixels() * 4 * 12 } else { 0 };
    extent.size.pixels() * (6 * 12 + 4 + 1 + 6 + 32) + margins
}

impl MemoryBudget {
    /// The budget left for the network's features at a scale of a run that ends at `result`. If the features are not
    /// all kept at the last scale, no earlier scale uses more memory than the last one, even if that would be faster.
    pub(super) fn for_features(self, architecture: &Architecture, scale: Extent, result: Extent) -> Self {
        let at_last = Network::planned_memory(architecture, result.shown(), self.beside(images(result)));
        let Self { comfortable, most } = self.beside(images(scale));
        Self { comfortable: comfortable.min((at_last + images(result)).saturating_sub(images(scale))), most }
    }

    /// Whether a result of this size can be painted within the budget; with `snapshots`, their memory is included.
    pub fn allows(self, architecture: &Architecture, result: Extent, snapshots: bool) -> bool {
        least(architecture, result, snapshots) <= self.most
    }
}

/// The longest side, in pixels and shorter than that of `size`, at which a picture of its aspect ratio fits.
pub fn largest_side(size: Size, fits: impl Fn(Size) -> bool) -> usize {
    let (mut allowed, mut refused) = (1, size.long_side());
    while refused > allowed + 1 {
        let middle = usize::midpoint(allowed, refused);
        if fits(size.scaled(middle as f64 / size.long_side() as f64)) {
            allowed = middle;
        } else {
            refused = middle;
        }
    }
    allowed
}

/// The least memory in bytes, apart from the network's weights, in which a result of this size can be painted; with
/// `snapshots`, their memory is included.
pub fn least(architecture: &Architecture, result: Extent, snapshots: bool) -> usize {
    let kept = if snapshots { Snapshot::bytes(result.size) } else { 0 };
    images(result) + Network::least_memory(architecture, result.shown()) + kept
}

/// The least free memory in bytes that `gpu` needs for a result of this size.
pub fn least_on_gpu(gpu: &Device, architecture: &Architecture, result: Extent) -> usize {
    (least(architecture, result, false) + gpu.scratch()) / 9 * 10
}

#[cfg(test)]
mod tests {
    use super::super::optimizer::Optimizer;
    use super::*;

    fn photo(width: usize, height: usize) -> Extent {
        Extent { size: Size { width, height }, seamless: false }
    }

    #[test]
    fn no_scale_uses_more_memory_than_the_last() {
        let (network, extent) = (Architecture::vgg16(), photo(2048, 1536));
        let budget = MemoryBudget { comfortable: 6 << 30, most: 16 << 30 };
        let whole = Network::planned_memory(&network, extent.size, budget);
        assert!(budget.for_features(&network, extent, extent).comfortable >= whole);
        let capped = budget.for_features(&network, extent, photo(4096, 3072));
        assert!(capped.comfortable + images(extent) < 5 << 29, "{}", capped.comfortable + images(extent));
    }

    /// With enough memory all activations are kept at every scale, with each network and with a texture's margins.
    #[test]
    fn all_activations_are_kept_if_there_is_enough_memory() {
        let plenty = MemoryBudget { comfortable: 64 << 30, most: 64 << 30 };
        for network in [Architecture::vgg16(), Architecture::vgg19()] {
            for seamless in [false, true] {
                let result = Extent { size: Size { width: 512, height: 384 }, seamless };
                let whole = Network::planned_memory(&network, result.shown(), plenty);
                assert!(whole > 2 * Network::least_memory(&network, result.shown()));
                let scales = [Optimizer::Pixels, Optimizer::Levels].map(|optimizer| optimizer.scales(result.size));
                for scale in scales.into_iter().flatten().map(|size| result.at(size)) {
                    let budget = plenty.for_features(&network, scale, result);
                    let planned = Network::planned_memory(&network, scale.shown(), budget);
                    let kept_whole = Network::planned_memory(&network, scale.shown(), plenty);
                    assert_eq!(planned, kept_whole, "{} seamless {seamless} {scale:?}", network.name());
                }
            }
        }
    }

    #[test]
    fn the_largest_size_is_the_largest_that_fits() {
        let (network, result) = (Architecture::vgg16(), photo(8192, 6144));
        let budget = MemoryBudget { comfortable: 0, most: 2 << 30 };
        let at = |long_side: usize| result.at(result.size.scaled(long_side as f64 / 8192.0));
        let largest = [false, true].map(|snapshots| {
            assert!(!budget.allows(&network, result, snapshots));
            let largest = largest_side(result.size, |size| budget.allows(&network, result.at(size), snapshots));
            assert!(budget.allows(&network, at(largest), snapshots));
            assert!(!budget.allows(&network, at(largest + 1), snapshots));
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
