//! How well neighbours on a plane are neighbours in what it was made of.

use rayon::prelude::*;

/// The trustworthiness of a plane (Venna and Kaski 2001): 1 if the `neighbours` nearest of each point on the plane are also the
/// nearest in the original space, less for each that is not, by how far it is. Points are numbers of any length, `originals` and
/// `places` in the same order. `None` if there are not more than twice as many points as neighbours, which the measure needs.
pub fn trustworthiness<const N: usize>(originals: &[&[f32]], places: &[[f32; N]], neighbours: usize) -> Option<f64> {
    let count = originals.len();
    if count != places.len() || neighbours == 0 || count <= 2 * neighbours {
        return None;
    }
    let penalty = |index: usize| {
        let near_originally = order(count, index, |other| distance(originals[index], originals[other]));
        let mut ranks = vec![0; count];
        for (rank, other) in near_originally.into_iter().enumerate() {
            ranks[other] = rank + 1;
        }
        let near = order(count, index, |other| distance(&places[index], &places[other]));
        near.into_iter().take(neighbours).map(|other| ranks[other].saturating_sub(neighbours)).sum::<usize>()
    };
    let penalties: usize = (0..count).into_par_iter().map(penalty).sum();
    let (n, k) = (count as f64, neighbours as f64);
    Some(1.0 - 2.0 / (n * k * (2.0 * n - 3.0 * k - 1.0)) * penalties as f64)
}

/// The other points, nearest first; equally near ones in their own order.
fn order(count: usize, own: usize, distance: impl Fn(usize) -> f32) -> Vec<usize> {
    let mut others: Vec<(f32, usize)> =
        (0..count).filter(|other| *other != own).map(|other| (distance(other), other)).collect();
    others.sort_by(|one, other| one.0.total_cmp(&other.0).then(one.1.cmp(&other.1)));
    others.into_iter().map(|(_, other)| other).collect()
}

fn distance(one: &[f32], other: &[f32]) -> f32 {
    one.iter().zip(other).map(|(one, other)| (one - other).powi(2)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plane_that_keeps_neighbours_is_trusted() {
        let number = |index: usize| index as f32;
        let originals: Vec<[f32; 3]> = (0..20)
            .map(|index| [number(index) + 0.01 * number(index).powi(2), 0.1 * number(index).sin(), 0.0])
            .collect();
        let slices: Vec<&[f32]> = originals.iter().map(<[f32; 3]>::as_slice).collect();
        let kept: Vec<[f32; 2]> = originals.iter().map(|point| [2.0 * point[0], point[1]]).collect();
        assert!((trustworthiness(&slices, &kept, 3).unwrap() - 1.0).abs() < 1e-9);
        // from sklearn.manifold import trustworthiness; x = [[i + .01 * i * i, .1 * math.sin(i), 0] for i in range(20)]
        // print(trustworthiness(x, [[(7 * i) % 20 + .3 * math.sin(i), 0] for i in range(20)], n_neighbors=3))
        let mixed: Vec<[f32; 2]> =
            (0..20).map(|index| [number((7 * index) % 20) + 0.3 * number(index).sin(), 0.0]).collect();
        let found = trustworthiness(&slices, &mixed, 3).unwrap();
        assert!((found - 0.648_888_9).abs() < 1e-6, "{found}");
        assert_eq!(trustworthiness(&slices[..4], &kept[..4], 3), None);
    }
}
