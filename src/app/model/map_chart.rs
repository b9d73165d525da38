//! How the paintings of a style map are drawn: which of them come first, and how dense they lie.

use crate::picture::style_map::StyleMap;

/// How the paintings of a map are drawn. It is computed once for each map.
#[derive(Clone, Debug, PartialEq)]
pub struct MapChart {
    /// The paintings, as indices: those that come first are drawn where there is no room for all. The first ones are far from each
    /// other, so that they show the whole map.
    pub order: Vec<usize>,
    /// How dense the paintings' styles lie, row by row from the top: the root of the density relative to the densest place, which
    /// makes places with few paintings visible as well. Each side is [`MapChart::SIDE`] numbers and reaches over the whole map.
    pub density: Vec<u8>,
    /// The least and the largest coordinates of the paintings.
    pub bounds: [[f32; 2]; 2],
}

/// How many paintings are chosen to be far from each other; the others follow in their own order.
const SPREAD: usize = 512;

/// The least spread of a painting's style that is drawn.
const LEAST_SPREAD: f32 = 0.2;

impl MapChart {
    /// Numbers along each side of the density.
    pub const SIDE: usize = 160;

    /// The chart of a map.
    pub fn new(map: &StyleMap) -> Self {
        let places: Vec<[f32; 2]> = map.paintings.iter().map(|painting| painting.place).collect();
        let spreads = map.paintings.iter().map(|painting| painting.spread);
        let axis = |axis: usize, choose: fn(f32, f32) -> f32| {
            places.iter().map(|place| place[axis]).reduce(choose).unwrap_or_default()
        };
        let bounds = [[axis(0, f32::min), axis(1, f32::min)], [axis(0, f32::max), axis(1, f32::max)]];
        Self { order: spread_out(&places), density: density(places.iter().copied().zip(spreads)), bounds }
    }
}

/// Indices of places, each of the first ones the farthest from those before it (Gonzalez 1985).
fn spread_out(places: &[[f32; 2]]) -> Vec<usize> {
    let mut distances = vec![f32::MAX; places.len()];
    let mut order = Vec::with_capacity(places.len());
    let mut next = (!places.is_empty()).then_some(0);
    while let Some(chosen) = next.filter(|_| order.len() < SPREAD) {
        order.push(chosen);
        for (own, place) in distances.iter_mut().zip(places) {
            *own = own.min(squared_distance(*place, places[chosen]));
        }
        distances[chosen] = -1.0;
        let farthest = (0..places.len()).max_by(|one, other| distances[*one].total_cmp(&distances[*other]));
        next = farthest.filter(|index| distances[*index] >= 0.0);
    }
    let rest = (0..places.len()).filter(|index| distances[*index] >= 0.0);
    let rest: Vec<usize> = rest.collect();
    order.extend(rest);
    order
}

/// The root of the sum of normal densities around places, relative to the largest.
fn density(paintings: impl Iterator<Item = ([f32; 2], f32)>) -> Vec<u8> {
    const SIDE: usize = MapChart::SIDE;
    let step = 2.0 * StyleMap::REACH / SIDE as f32;
    let coordinate = |index: usize| (index as f32 + 0.5) * step - StyleMap::REACH;
    let mut sums = vec![0.0f32; SIDE * SIDE];
    for ([across, along], spread) in paintings {
        let spread = spread.max(LEAST_SPREAD);
        // Beyond, it cannot be seen.
        let reach = 4.0 * spread;
        let range = |at: f32| {
            let index = |at: f32| (((at + StyleMap::REACH) / step).max(0.0) as usize).min(SIDE - 1);
            index(at - reach)..=index(at + reach)
        };
        let peak = 1.0 / spread.powi(2);
        for row in range(-along) {
            for column in range(across) {
                let square = squared_distance([coordinate(column), -coordinate(row)], [across, along]);
                sums[row * SIDE + column] += peak * (-0.5 * square / spread.powi(2)).exp();
            }
        }
    }
    let most = sums.iter().copied().fold(1e-9, f32::max);
    sums.iter().map(|sum| (255.0 * (sum / most).sqrt()).round() as u8).collect()
}

fn squared_distance(one: [f32; 2], other: [f32; 2]) -> f32 {
    (one[0] - other[0]).powi(2) + (one[1] - other[1]).powi(2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_paintings_are_far_from_each_other_and_none_is_missing() {
        let places: Vec<[f32; 2]> =
            (0..700).map(|index| [(index % 30) as f32 * 0.1, (index / 30) as f32 * 0.1]).collect();
        let order = spread_out(&places);
        let mut sorted = order.clone();
        sorted.sort_unstable();
        assert!(sorted.into_iter().eq(0..700));
        // The farthest corners come first, and the next ones are still far from all of them.
        assert_eq!(order[..2], [0, 689]);
        let least = |count: usize| {
            let first = &order[..count];
            let pairs = first
                .iter()
                .flat_map(|one| first.iter().filter(move |other| *other != one).map(move |other| (one, other)));
            pairs.map(|(one, other)| squared_distance(places[*one], places[*other])).fold(f32::MAX, f32::min).sqrt()
        };
        assert!(least(4) > 1.5 && least(16) > 0.5, "{} {}", least(4), least(16));
        // Paintings at one place are all there.
        assert_eq!(spread_out(&[[1.0, 2.0]; 3]), [0, 2, 1]);
        assert!(spread_out(&[]).is_empty());
    }

    #[test]
    fn the_density_is_largest_where_the_paintings_are() {
        let density = density([([3.0, 1.5], 0.3), ([3.1, 1.5], 0.3), ([-4.0, -2.0], 0.5)].into_iter());
        let at = |across: f32, along: f32| {
            let index = |at: f32| ((at + 6.0) / 12.0 * MapChart::SIDE as f32) as usize;
            density[index(-along) * MapChart::SIDE + index(across)]
        };
        assert!(
            at(3.05, 1.5) > 245 && at(-4.0, -2.0) > 80 && at(-4.0, -2.0) < 130,
            "{} {}",
            at(3.05, 1.5),
            at(-4.0, -2.0)
        );
        assert_eq!((at(3.0, -1.5), at(0.0, 0.0), at(-3.0, 1.5)), (0, 0, 0));
    }
}
