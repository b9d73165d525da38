//! Gives a generator more channels without changing what it paints.

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use super::layers::GeneratorWidths;
use super::parameters::GeneratorParameters;

/// Seed of the shares: always the same, so that generators that were widened and then trained can be blended.
const SEED: u64 = 1;

impl GeneratorParameters {
    /// A wider generator that paints the same pictures (`Net2Net`: Chen, Goodfellow and Shlens 2016). New channels are
    /// copies of old ones, and what reads an old channel reads it and its copies, in random shares that sum to 1:
    /// equal shares would have equal gradients, and the copies would never come apart.
    ///
    /// Returns the same parameters where the widths are the same, and `None` where any is smaller.
    pub fn widened(&self, widths: GeneratorWidths) -> Option<Self> {
        let own = self.widths();
        if widths == own {
            return Some(self.clone());
        }
        if widths.full < own.full || widths.half < own.half || widths.quarter < own.quarter {
            return None;
        }
        let mut random = StdRng::seed_from_u64(SEED);
        let mut numbers = Vec::with_capacity(Self::count(widths));
        for ((layer, kernel, after), wide) in self.layers().zip(widths.layers()) {
            let taps = layer.shape.size * layer.shape.size;
            let (inputs, outputs) = (layer.shape.inputs, layer.shape.outputs);
            for output in 0..wide.shape.outputs {
                let old = output % outputs;
                let shares = shares(inputs, wide.shape.inputs, &mut random);
                for (input, share) in shares.iter().enumerate() {
                    let weights = &kernel[(old * inputs + input % inputs) * taps..][..taps];
                    numbers.extend(weights.iter().map(|weight| weight * share));
                }
            }
            for part in after.chunks_exact(outputs) {
                numbers.extend((0..wide.shape.outputs).map(|output| part[output % outputs]));
            }
        }
        Self::new(widths, numbers)
    }
}

/// For each of `count` channels, the first `old` of which are copied in turn, the share with which it is read: those of
/// all copies of a channel sum to 1.
fn shares(old: usize, count: usize, random: &mut StdRng) -> Vec<f32> {
    let mut shares: Vec<f32> = (0..count).map(|_| random.random_range(0.5..1.5)).collect();
    for channel in 0..old {
        let sum: f32 = shares.iter().skip(channel).step_by(old).sum();
        shares.iter_mut().skip(channel).step_by(old).for_each(|share| *share /= sum);
    }
    shares
}
