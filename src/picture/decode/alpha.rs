//! Converts premultiplied alpha to straight alpha.

use rayon::prelude::*;

use crate::picture::sample::Sample;

/// Divides the colours of every pixel by its alpha, the last of its `channels` samples.
pub(super) fn unpremultiply<S: Sample>(samples: &mut [S], channels: usize) {
    samples.par_chunks_exact_mut(channels).for_each(divide_by_alpha);
}

/// Divides the colours of `pixel` by the alpha at its end; colours of alpha 0 do not change.
fn divide_by_alpha<S: Sample>(pixel: &mut [S]) {
    if let Some((alpha, colours)) = pixel.split_last_mut() {
        let alpha = alpha.to_unit();
        if alpha > 0.0 {
            for colour in colours {
                *colour = S::from_unit(colour.to_unit() / alpha);
            }
        }
    }
}
