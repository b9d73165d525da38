//! A plane of paintings: what the file of a style map holds, and what lies at a place on it.

use serde::{Deserialize, Serialize};

use super::checksum::Checksum;

/// A plane of paintings, on which those that are alike lie near each other.
#[derive(Clone, Debug, PartialEq)]
pub struct StyleMap {
    /// How it was made.
    pub record: MapRecord,
    /// The paintings.
    pub paintings: Vec<MapPainting>,
    /// The mean of the styles that the plane was learned from.
    pub centre: Vec<f32>,
    /// Their scale: the root of the mean square of what is left when the mean is subtracted.
    pub scale: f32,
    /// From styles to places.
    pub encoder: MapNetwork,
    /// From places to styles.
    pub decoder: MapNetwork,
}

/// A painting on a map.
#[derive(Clone, Debug, PartialEq)]
pub struct MapPainting {
    /// Its file name. The folder is left out for privacy.
    pub name: String,
    /// Of that file.
    pub checksum: Checksum,
    /// Its place.
    pub place: [f32; 2],
    /// How far the places of its parts are from it: the root of their mean square distance.
    pub spread: f32,
    /// Its style, in the numbers of `engine::instant::StyleVector`.
    pub style: Vec<f32>,
    /// The painting itself as a JPEG file, small enough for its map.
    pub picture: Vec<u8>,
}

/// A fully connected network: the sizes of its input and its layers, and its parameters as `engine::style_map::Perceptron` has
/// them.
#[derive(Clone, Debug, PartialEq)]
pub struct MapNetwork {
    /// The sizes.
    pub sizes: Vec<u32>,
    /// The parameters.
    pub parameters: Vec<f32>,
}

/// How a map was made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MapRecord {
    /// How the plane was found.
    pub method: MapMethod,
    /// How many parts of paintings it was learned from, the whole ones included.
    pub parts: u64,
    /// Seed of the training.
    pub seed: u64,
    /// The evidence lower bound in nats for each part, of an autoencoder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<f64>,
    /// The share of the styles' variance that comes back from the plane.
    pub explained: f64,
    /// How far neighbours on the plane are neighbours in style, from 0 to 1 (Venna and Kaski 2001); absent for few paintings.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trustworthiness: Option<f64>,
    /// The program that made it, with its version.
    pub program: String,
    /// SHA-256 of the weights that the styles were predicted with.
    pub weights: String,
}

/// How a plane was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MapMethod {
    /// By a variational autoencoder.
    Autoencoder,
    /// As that of the first two principal components, because there are few paintings.
    Components,
}

/// A painting's share in what lies at a place.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PaintingShare {
    /// Index of the painting.
    pub painting: usize,
    /// Its share; all sum to 1.
    pub share: f32,
}

/// How many paintings share in a place.
const NEAREST: usize = 6;

impl StyleMap {
    /// The longest side in pixels of the paintings in a map.
    pub const LONGEST_SIDE: u32 = 1024;

    /// The most paintings of a map.
    pub const MOST_PAINTINGS: usize = 20_000;

    /// The ending of a file's name.
    pub const ENDING: &str = "map";

    /// The largest absolute coordinate of a place: far beyond all that the prior makes likely.
    pub const REACH: f32 = 6.0;

    /// The same map without the paintings' pictures.
    #[must_use]
    pub fn without_pictures(&self) -> Self {
        // Not by copying the whole map, whose pictures may take many megabytes.
        let painting = |painting: &MapPainting| MapPainting {
            name: painting.name.clone(),
            checksum: painting.checksum,
            place: painting.place,
            spread: painting.spread,
            style: painting.style.clone(),
            picture: Vec::new(),
        };
        Self {
            record: self.record.clone(),
            paintings: self.paintings.iter().map(painting).collect(),
            centre: self.centre.clone(),
            scale: self.scale,
            encoder: self.encoder.clone(),
            decoder: self.decoder.clone(),
        }
    }

    /// Identifies the plane, whichever paintings are on it.
    pub fn plane(&self) -> Checksum {
        let numbers = self.decoder.parameters.iter().chain(&self.centre);
        Checksum::of(&numbers.flat_map(|number| number.to_le_bytes()).collect::<Vec<u8>>())
    }

    /// The nearest paintings of a place and their shares, the largest first: the roots of the weights of Franke and Little for Shepard's
    /// interpolation (Renka 1988, "Multivariate interpolation of large sets of scattered data"). At a painting's place they are
    /// that painting's alone; they change without a jump as the place moves. The weights themselves would change little near a
    /// painting and much between two.
    pub fn shares(&self, place: [f32; 2]) -> Vec<PaintingShare> {
        let distance = |painting: &MapPainting| {
            let [across, along] = [0, 1].map(|axis| painting.place[axis] - place[axis]);
            across.hypot(along)
        };
        let mut near: Vec<(f32, usize)> =
            self.paintings.iter().enumerate().map(|(index, painting)| (distance(painting), index)).collect();
        let nearer = |one: &(f32, usize), other: &(f32, usize)| one.0.total_cmp(&other.0).then(one.1.cmp(&other.1));
        if near.len() > NEAREST + 1 {
            near.select_nth_unstable_by(NEAREST, nearer);
            near.truncate(NEAREST + 1);
        }
        near.sort_by(nearer);
        let Some(&(nearest, first)) = near.first() else { return Vec::new() };
        if nearest < 1e-6 {
            return vec![PaintingShare { painting: first, share: 1.0 }];
        }
        // The first one beyond has no share; where there is none, all have one.
        let reach = match near.get(NEAREST) {
            Some((beyond, _)) => *beyond,
            None => 1.5 * near.last().map_or(1.0, |(farthest, _)| *farthest),
        };
        near.truncate(NEAREST);
        let weight = |distance: f32| (reach - distance).max(0.0) / (reach * distance);
        let total: f32 = near.iter().map(|(distance, _)| weight(*distance)).sum();
        // All are equally far.
        if total <= 0.0 {
            let share = 1.0 / near.len() as f32;
            return near.into_iter().map(|(_, painting)| PaintingShare { painting, share }).collect();
        }
        let shares =
            near.into_iter().map(|(distance, painting)| PaintingShare { painting, share: weight(distance) / total });
        shares.filter(|share| share.share > 0.0).collect()
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A map with paintings at these places.
    pub(in crate::picture) fn map(places: &[[f32; 2]]) -> StyleMap {
        let painting = |(index, place): (usize, &[f32; 2])| MapPainting {
            name: format!("{index}.jpg"),
            checksum: Checksum::of(&[index as u8]),
            place: *place,
            spread: 0.1,
            style: vec![index as f32; 3],
            picture: vec![1, 2, 3],
        };
        let network = |sizes: [u32; 2]| MapNetwork {
            sizes: sizes.to_vec(),
            parameters: vec![0.5; (sizes[0] as usize + 1) * sizes[1] as usize],
        };
        StyleMap {
            record: MapRecord {
                method: MapMethod::Components,
                parts: 17,
                seed: 3,
                evidence: None,
                explained: 0.5,
                trustworthiness: Some(0.75),
                program: "Impasto 0.1.0".to_owned(),
                weights: "abc".to_owned(),
            },
            paintings: places.iter().enumerate().map(painting).collect(),
            centre: vec![0.25; 3],
            scale: 2.0,
            encoder: network([3, 2]),
            decoder: network([2, 3]),
        }
    }

    #[test]
    fn shares_are_those_of_the_nearest_and_change_without_a_jump() {
        let places: Vec<[f32; 2]> = (0..12).map(|index| [(index % 4) as f32, (index / 4) as f32 * 1.1]).collect();
        let map = map(&places);
        assert_eq!(map.shares([2.0, 1.1]), [PaintingShare { painting: 6, share: 1.0 }]);
        let spread = |place| {
            let mut shares = [0.0; 12];
            for share in map.shares(place) {
                shares[share.painting] = share.share;
            }
            shares
        };
        let mut before = spread([-0.5, -0.5]);
        for step in 1..=4000 {
            let along = step as f32 / 1000.0;
            let now = spread([along - 0.5, 0.7 * along - 0.5]);
            assert!((now.iter().sum::<f32>() - 1.0).abs() < 1e-5);
            for (one, other) in before.iter().zip(now) {
                assert!((one - other).abs() < 0.02, "{along}: {one} {other}");
            }
            before = now;
        }
        // Halfway between two that are far from the others, both have the same share.
        let two = self::map(&[[0.0, 0.0], [1.0, 0.0]]);
        let shares = two.shares([0.5, 0.0]);
        assert!(shares.len() == 2 && (shares[0].share - 0.5).abs() < 1e-6, "{shares:?}");
        assert_eq!(self::map(&[]).shares([0.0, 0.0]), []);
    }
}
