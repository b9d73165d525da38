//! The plane of the first two principal components, for few paintings.

use super::super::instant::StyleVector;
use super::latent::{LatentPlane, standard_of, standardised};
use super::perceptron::Perceptron;

/// Steps of the power iteration: far more than two well separated components need.
const STEPS: usize = 300;

/// The plane of the two directions in which styles differ most, each scaled to a variance of 1; `None` if there are fewer than
/// two styles.
pub fn principal_plane(styles: &[StyleVector]) -> Option<LatentPlane> {
    const LENGTH: usize = StyleVector::LENGTH;
    if styles.len() < 2 {
        return None;
    }
    let (centre, scale) = standard_of(styles)?;
    let rows: Vec<Vec<f64>> =
        styles.iter().map(|style| standardised(style, &centre, scale).into_iter().map(f64::from).collect()).collect();
    let mut directions: Vec<(Vec<f64>, f64)> = Vec::new();
    for first in 0..2 {
        // Any start that is not at a right angle to the direction will do.
        let mut direction: Vec<f64> =
            (0..LENGTH).map(|index| if index % (first + 2) == 0 { 1.0 } else { -0.5 }).collect();
        let mut variance = 0.0;
        let mut has_direction = false;
        for _ in 0..STEPS {
            let mut next = vec![0.0; LENGTH];
            for row in &rows {
                let share = dot(row, &direction);
                next.iter_mut().zip(row).for_each(|(next, number)| *next += share * number);
            }
            for (other, _) in &directions {
                let share = dot(&next, other);
                next.iter_mut().zip(other).for_each(|(next, number)| *next -= share * number);
            }
            let length = dot(&next, &next).sqrt();
            variance = length / rows.len() as f64;
            if length < 1e-12 {
                break;
            }
            direction = next.into_iter().map(|number| number / length).collect();
            has_direction = true;
        }
        // Where nothing varies any more, all places have the same coordinate.
        directions.push(if has_direction { (direction, variance.max(1e-9)) } else { (vec![0.0; LENGTH], 1.0) });
    }
    let mut encoder = Vec::new();
    let mut decoder = vec![0.0; 2 * LENGTH];
    for (index, (direction, variance)) in directions.iter().enumerate() {
        let deviation = variance.sqrt();
        encoder.extend(direction.iter().map(|number| (number / deviation) as f32));
        for (place, number) in direction.iter().enumerate() {
            decoder[2 * place + index] = (number * deviation) as f32;
        }
    }
    encoder.extend([0.0; 2]);
    decoder.extend([0.0; LENGTH]);
    let encoder = Perceptron::new(&[LENGTH, 2], encoder)?;
    let decoder = Perceptron::new(&[2, LENGTH], decoder)?;
    LatentPlane::new(centre, scale, encoder, decoder)
}

fn dot(one: &[f64], other: &[f64]) -> f64 {
    one.iter().zip(other).map(|(one, other)| one * other).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn style(numbers: impl Fn(usize) -> f32) -> StyleVector {
        StyleVector::new(&(0..StyleVector::LENGTH).map(numbers).collect::<Vec<_>>()).unwrap()
    }

    /// Styles on a plane come back, and the direction in which they differ most is the first.
    #[test]
    fn styles_on_a_plane_come_back() {
        let on_plane = |across: f32, along: f32| {
            style(|index| 3.0 + across * (index as f32 * 0.7).sin() + along * (index as f32 * 0.3).cos())
        };
        let styles: Vec<StyleVector> =
            (0..12).map(|index| on_plane(((index * 5) % 12) as f32 - 5.5, ((index * 7) % 5) as f32 * 0.2)).collect();
        let plane = principal_plane(&styles).unwrap();
        for own in &styles {
            let back = plane.style(plane.place(own)).unwrap();
            for (expected, found) in own.numbers().iter().zip(back.numbers()) {
                assert!((expected - found).abs() < 1e-3, "{expected} {found}");
            }
        }
        for axis in 0..2 {
            let places = styles.iter().map(|style| f64::from(plane.place(style)[axis]));
            let variance = places.map(|place| place * place).sum::<f64>() / styles.len() as f64;
            assert!((variance - 1.0).abs() < 1e-3, "axis {axis}: {variance}");
        }
        let along = |style: &StyleVector| plane.place(style)[0];
        assert!((along(&on_plane(5.0, 0.4)) - along(&on_plane(-5.0, 0.4))).abs() > 2.0);
        // Of two styles, there is one direction.
        let line = principal_plane(&styles[..2]).unwrap();
        for own in &styles[..2] {
            let [along, across] = line.place(own);
            assert!((along.abs() - 1.0).abs() < 1e-3 && across.abs() < 1e-3, "{along} {across}");
        }
        assert_eq!(principal_plane(&styles[..1]), None);
    }
}
