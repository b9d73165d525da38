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

/// Distances from the nearest painting, on the plane, up to which a style is a mixture of paintings, and from which on it is what the
/// plane says.
const MIXED: f32 = 0.75;
const FAR: f32 = 1.75;

/// The style at a place of a map. Near paintings it is that of the nearest ones, mixed by their shares; at a painting's place it is
/// that painting's. Far from all of them, it is what the plane says there, and what that leaves out of the nearest ones, by their shares
/// too. `None` if the map is damaged.
pub(in crate::studio) fn style_at(map: &StyleMap, place: [f32; 2]) -> Option<StyleVector> {
    let plane = latent_plane(map)?;
    let distance = |own: [f32; 2]| (own[0] - place[0]).hypot(own[1] - place[1]);
    let nearest = map.paintings.iter().map(|painting| distance(painting.place)).fold(f32::MAX, f32::min);
    let along = ((nearest - MIXED) / (FAR - MIXED)).clamp(0.0, 1.0);
    // Without a jump or a bend at both ends.
    let far = along * along * (3.0 - 2.0 * along);
    let mut style: Vec<f32> = plane.style(place)?.numbers().iter().map(|number| far * number).collect();
    for share in map.shares(place) {
        let painting = &map.paintings[share.painting];
        let learned = plane.style(painting.place)?;
        for (number, (own, learned)) in style.iter_mut().zip(painting.style.iter().zip(learned.numbers())) {
            *number += share.share * (own - far * learned);
        }
    }
    StyleVector::new(&style)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::picture::Checksum;
    use crate::picture::style_map::{MapMethod, MapPainting, MapRecord};

    /// A map of two paintings whose plane says the first coordinate everywhere.
    fn map() -> StyleMap {
        let length = StyleVector::LENGTH;
        let painting = |across: f32, style: f32| MapPainting {
            name: "a.jpg".to_owned(),
            checksum: Checksum::of(b"a"),
            place: [across, 0.0],
            spread: 0.1,
            style: vec![style; length],
            picture: Vec::new(),
        };
        let network =
            |sizes: [usize; 2], parameters| MapNetwork { sizes: sizes.map(|size| size as u32).to_vec(), parameters };
        let mut decoder = vec![0.0; 3 * length];
        decoder[..2 * length].iter_mut().step_by(2).for_each(|weight| *weight = 1.0);
        StyleMap {
            record: MapRecord {
                method: MapMethod::Components,
                parts: 2,
                seed: 0,
                evidence: None,
                explained: 1.0,
                trustworthiness: None,
                program: String::new(),
                weights: String::new(),
            },
            paintings: vec![painting(0.0, 10.0), painting(1.0, 20.0)],
            centre: vec![0.0; length],
            scale: 1.0,
            encoder: network([length, 2], vec![0.0; (length + 1) * 2]),
            decoder: network([2, length], decoder),
        }
    }

    #[test]
    fn styles_are_those_of_paintings_near_them_and_follow_the_plane_far_away() {
        let map = map();
        let at = |across: f32| style_at(&map, [across, 0.0]).unwrap().numbers()[7];
        assert!((at(0.0) - 10.0).abs() < 1e-4 && (at(1.0) - 20.0).abs() < 1e-4 && (at(0.5) - 15.0).abs() < 1e-4);
        // Both leave out about as much, so that far away each unit of the plane is one of the style.
        let step = at(5.0) - at(4.0);
        assert!((step - 1.0).abs() < 0.3, "{step}");
        let mut before = at(-5.0);
        for index in -499..=500 {
            let now = at(index as f32 / 100.0);
            assert!((now - before).abs() < 0.35, "{index}: {before} {now}");
            before = now;
        }
    }
}
