//! Favourite places on style maps.

use serde::{Deserialize, Serialize};

use crate::picture::Checksum;

/// The favourite places of all maps.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Favourites(Vec<FavouritesOfPlane>);

/// The favourite places on one plane, which stays the same when paintings are added to its map or the file is moved.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct FavouritesOfPlane {
    plane: Checksum,
    places: Vec<[f32; 2]>,
}

/// The most planes with favourites; those without a change for the longest time are forgotten.
const MOST_PLANES: usize = 100;

/// The most favourites of a plane.
const MOST: usize = 200;

/// Places that are closer than this are one.
const SAME: f32 = 0.002;

impl Favourites {
    /// Those of a plane.
    pub fn of(&self, plane: Checksum) -> &[[f32; 2]] {
        self.0.iter().find(|own| own.plane == plane).map_or(&[], |own| &own.places)
    }

    /// Whether a place is one.
    pub fn contain(&self, plane: Checksum, place: [f32; 2]) -> bool {
        self.of(plane).iter().any(|own| is_same(*own, place))
    }

    /// Makes a place a favourite, or no longer one.
    pub(in crate::app) fn toggle(&mut self, plane: Checksum, place: [f32; 2]) {
        let mut places = match self.0.iter().position(|own| own.plane == plane) {
            Some(index) => self.0.remove(index).places,
            None => Vec::new(),
        };
        let before = places.len();
        places.retain(|own| !is_same(*own, place));
        if places.len() == before {
            places.push(place);
            places.drain(..places.len().saturating_sub(MOST));
        }
        if !places.is_empty() {
            self.0.push(FavouritesOfPlane { plane, places });
        }
        self.0.drain(..self.0.len().saturating_sub(MOST_PLANES));
    }
}

fn is_same(one: [f32; 2], other: [f32; 2]) -> bool {
    one.iter().zip(other).all(|(one, other)| (one - other).abs() < SAME)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_become_favourites_and_cease_to_be() {
        let (one, other) = (Checksum::of(b"one"), Checksum::of(b"other"));
        let mut favourites = Favourites::default();
        favourites.toggle(one, [0.5, 1.0]);
        favourites.toggle(one, [-0.5, 1.0]);
        favourites.toggle(other, [0.5, 1.0]);
        assert_eq!(favourites.of(one), [[0.5, 1.0], [-0.5, 1.0]]);
        favourites.toggle(one, [0.501, 1.0]);
        assert!(!favourites.contain(one, [0.5, 1.0]) && favourites.contain(other, [0.5, 1.0]));
        let json = serde_json::to_string(&favourites).unwrap();
        assert_eq!(serde_json::from_str::<Favourites>(&json).unwrap(), favourites);
        favourites.toggle(one, [-0.5, 1.0]);
        assert_eq!(favourites.of(one), [[0.0f32; 2]; 0]);
        for number in 0..300 {
            favourites.toggle(other, [number as f32 / 100.0, 0.0]);
            favourites.toggle(Checksum::of(&[number as u8, 9]), [1.0, 1.0]);
        }
        assert!(favourites.0.len() <= MOST_PLANES && favourites.of(other).len() == MOST);
    }
}
