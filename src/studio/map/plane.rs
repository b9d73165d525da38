//! The styles at the places of a map.

use crate::engine::instant::StyleVector;
use crate::engine::style_map::{LatentPlane, Perceptron};
use crate::picture::style_map::{MapNetwork, StyleMap};

/// The networks of a map; `None` if they do not fit together.
pub(super) fn latent_plane(map: &StyleMap) -> Option<LatentPlane> {
    let network = |MapNetwork { sizes, parameters }: &MapNetwork| {
        Perceptron::new(&sizes.iter().map(|size| *size as usize).collect::<Vec<_>>(), parameters.clone())
    };
    LatentPlane::new(StyleVector::new(&map.centre)?, map.scale, network(&map.encoder)?, network(&map.decoder)?)
}

/// The parts of a network for a map's file.
pub(super) fn map_network(network: &Perceptron) -> MapNetwork {
    let sizes = network.sizes().iter().map(|size| u32::try_from(*size).unwrap_or(u32::MAX)).collect();
    MapNetwork { sizes, parameters: network.parameters().to_vec() }
}

/// The style at a place of a map: what the plane says there, and what it leaves out of the nearest paintings' styles, by their
/// shares. At a painting's place it is that painting's style. `None` if the map is damaged.
pub(in crate::studio) fn style_at(map: &StyleMap, place: [f32; 2]) -> Option<StyleVector> {
    let plane = latent_plane(map)?;
    let mut style = plane.style(place)?.numbers().to_vec();
    for share in map.shares(place) {
        let painting = &map.paintings[share.painting];
        let learned = plane.style(painting.place)?;
        for (number, (own, learned)) in style.iter_mut().zip(painting.style.iter().zip(learned.numbers())) {
            *number += share.share * (own - learned);
        }
    }
    StyleVector::new(&style)
}
