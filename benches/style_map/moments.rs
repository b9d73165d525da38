//! A map whose paintings are described by components of their features' moments instead of the numbers that instant pictures are
//! painted with.

use std::error::Error;

use impasto::engine::balance::Balance;
use impasto::engine::compute::Tensor;
use impasto::engine::control::Control;
use impasto::engine::instant::StyleVector;
use impasto::engine::loss::moments::MomentSums;
use impasto::engine::network::{Network, Tap};
use impasto::engine::style_map::{PlaneTraining, learn};
use impasto::picture::style_map::StyleMap;
use impasto::picture::{Picture, decode};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use crate::judge::{image_of, size};

/// How many parts along each side of a painting are described, and by how much their sides are shorter than its short side: as
/// `impasto map` does.
const PARTS: [(f32, u32); 2] = [(1.5, 2), (2.4, 3)];

/// Long side in pixels at which the network sees a part.
const SIDE: usize = 256;

/// Rounds of the orthogonal iteration that finds the components.
const ROUNDS: usize = 12;

/// The same paintings on a plane that was learned from the leading components of the means and deviations of their features.
pub(crate) fn laid_out_by_moments(map: &StyleMap, network: &Network) -> Result<StyleMap, Box<dyn Error>> {
    let mut rows = Vec::new();
    for painting in &map.paintings {
        let picture = decode::map_painting(painting)?;
        rows.push(description(network, &image_of(&picture, SIDE))?);
        for part in parts(&picture) {
            rows.push(description(network, &image_of(&part, SIDE))?);
        }
    }
    let styles: Option<Vec<StyleVector>> = components(&rows).iter().map(|row| StyleVector::new(row)).collect();
    let styles = styles.ok_or("numbers that are not finite")?;
    let control = Control::new(Balance::default());
    let learned = learn(&styles, PlaneTraining::default(), &control, &mut |_| {})?.ok_or("too few paintings")?;
    println!(
        "components of moments: {:.0} % of their variance is on the plane",
        100.0 * learned.plane.explained(&styles)
    );
    let mut laid_out = map.clone();
    let each = rows.len() / map.paintings.len();
    for (index, painting) in laid_out.paintings.iter_mut().enumerate() {
        painting.place = learned.plane.place(&styles[index * each]).map(|number| number.clamp(-6.0, 6.0));
    }
    Ok(laid_out)
}

/// The means and the standard deviations of the features at four taps, each tap of the same size.
fn description(network: &Network, image: &Tensor) -> Result<Vec<f32>, Box<dyn Error>> {
    let mut pass = network.pass_until(Tap::STYLE[3], size(image))?;
    let sums = |tap: Tap| MomentSums::new(pass.shape(tap), network.device()).map(|sums| (tap, sums));
    let mut sums = Tap::STYLE[..4].iter().map(|tap| sums(*tap)).collect::<Result<Vec<_>, _>>()?;
    pass.forward(image, &Control::new(Balance::default()), |features| {
        if let Some((_, sums)) = sums.iter_mut().find(|(tap, _)| *tap == features.tap) {
            sums.add(features.values, None)?;
        }
        Ok(())
    })?;
    let mut numbers = Vec::new();
    for (_, sums) in &sums {
        let moments = sums.moments()?;
        let (mean, covariance) = (moments.mean.to_vec()?, moments.covariance(0.0)?.to_vec()?);
        let channels = mean.len();
        let deviations = (0..channels).map(|channel| covariance[channel * channels + channel].max(0.0).sqrt());
        let own: Vec<f32> = mean.iter().copied().chain(deviations).collect();
        let length = own.iter().map(|number| number * number).sum::<f32>().sqrt().max(1e-6);
        numbers.extend(own.into_iter().map(|number| number / length));
    }
    Ok(numbers)
}

/// Squares in a painting, evenly spread over it.
fn parts(picture: &Picture) -> Vec<Picture> {
    let (width, height) = (picture.width(), picture.height());
    let mut parts = Vec::new();
    for (divisor, count) in PARTS {
        let side = (width.min(height) as f32 / divisor) as u32;
        for row in 0..count {
            for column in 0..count {
                let at = |length: u32, index: u32| (length - side) * index / (count - 1);
                parts.push(picture.part(at(width, column), at(height, row), side, side));
            }
        }
    }
    parts
}

/// Rows as numbers along their leading principal components, by orthogonal iteration.
fn components(rows: &[Vec<f32>]) -> Vec<Vec<f32>> {
    let (count, length) = (rows.len(), rows[0].len());
    let mean: Vec<f32> = (0..length).map(|at| rows.iter().map(|row| row[at]).sum::<f32>() / count as f32).collect();
    let centred: Vec<Vec<f32>> =
        rows.iter().map(|row| row.iter().zip(&mean).map(|(own, mean)| own - mean).collect()).collect();
    let mut random = StdRng::seed_from_u64(1);
    let mut axes: Vec<Vec<f32>> =
        (0..StyleVector::LENGTH).map(|_| (0..length).map(|_| random.random_range(-1.0..1.0)).collect()).collect();
    orthonormalise(&mut axes);
    for _ in 0..ROUNDS {
        for axis in &mut axes {
            let along: Vec<f32> = centred.iter().map(|row| product(row, axis)).collect();
            for (at, own) in axis.iter_mut().enumerate() {
                *own = centred.iter().zip(&along).map(|(row, along)| row[at] * along).sum();
            }
        }
        orthonormalise(&mut axes);
    }
    centred.iter().map(|row| axes.iter().map(|axis| product(row, axis)).collect()).collect()
}

/// Makes axes orthogonal and of length 1, by the method of Gram and Schmidt.
fn orthonormalise(axes: &mut [Vec<f32>]) {
    for index in 0..axes.len() {
        let (before, rest) = axes.split_at_mut(index);
        let own = &mut rest[0];
        for other in before {
            let along = product(own, other);
            own.iter_mut().zip(other).for_each(|(own, other)| *own -= along * *other);
        }
        let length = product(own, own).sqrt().max(1e-12);
        for number in own.iter_mut() {
            *number /= length;
        }
    }
}

fn product(one: &[f32], other: &[f32]) -> f32 {
    one.iter().zip(other).map(|(one, other)| one * other).sum()
}
