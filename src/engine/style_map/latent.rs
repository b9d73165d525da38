//! The plane as learned: from styles to places on it, and back.

use rand::Rng;

use super::super::instant::StyleVector;
use super::perceptron::Perceptron;

/// A place on the plane. Under the prior, both coordinates are independent and of the standard normal distribution.
pub type LatentPoint = [f32; 2];

/// The networks between styles and places.
#[derive(Clone, Debug, PartialEq)]
pub struct LatentPlane {
    /// The mean of the styles that it was learned from.
    centre: StyleVector,
    /// The root of the mean square of what is left when it is subtracted.
    scale: f32,
    encoder: Perceptron,
    decoder: Perceptron,
}

impl LatentPlane {
    /// From its parts; `None` if they do not fit together. The encoder's first two outputs are the place.
    pub fn new(centre: StyleVector, scale: f32, encoder: Perceptron, decoder: Perceptron) -> Option<Self> {
        let ends = |network: &Perceptron| (network.sizes()[0], network.sizes()[network.sizes().len() - 1]);
        let ((from, to), (back, out)) = (ends(&encoder), ends(&decoder));
        let fits = (from, back, out) == (StyleVector::LENGTH, 2, StyleVector::LENGTH) && to >= 2;
        (fits && scale.is_finite() && scale > 0.0).then_some(Self { centre, scale, encoder, decoder })
    }

    /// The mean of the styles, and their scale.
    pub fn standard(&self) -> (&StyleVector, f32) {
        (&self.centre, self.scale)
    }

    /// The networks to places and back.
    pub fn networks(&self) -> (&Perceptron, &Perceptron) {
        (&self.encoder, &self.decoder)
    }

    /// The place of a style.
    pub fn place(&self, style: &StyleVector) -> LatentPoint {
        let place = self.encoder.run(&standardised(style, &self.centre, self.scale));
        [place[0], place[1]]
    }

    /// The share of the variance of styles that comes back from the plane.
    pub fn explained(&self, styles: &[StyleVector]) -> f64 {
        let square = |one: &StyleVector, other: &StyleVector| {
            let differences = one.numbers().iter().zip(other.numbers()).map(|(one, other)| f64::from(one - other));
            differences.map(|difference| difference * difference).sum::<f64>()
        };
        let whole: f64 = styles.iter().map(|style| square(style, &self.centre)).sum();
        let back = styles.iter().filter_map(|style| self.style(self.place(style)).map(|back| square(style, &back)));
        1.0 - back.sum::<f64>() / whole.max(1e-12)
    }

    /// The style at a place; `None` if it is out of all bounds.
    pub fn style(&self, place: LatentPoint) -> Option<StyleVector> {
        let decoded = self.decoder.run(&place);
        let numbers = decoded.iter().zip(self.centre.numbers()).map(|(number, centre)| centre + self.scale * number);
        StyleVector::new(&numbers.collect::<Vec<_>>())
    }
}

/// The same plane with places of the styles that have the mean and the covariance of the prior: 0, and 1 along both axes. The
/// transformation is part of the encoder's last layer, whose other outputs are left out, and of the decoder's first one. `None` if
/// the styles' places are on one line.
pub(super) fn with_prior_scale(plane: &LatentPlane, styles: &[StyleVector]) -> Option<LatentPlane> {
    let places: Vec<[f64; 2]> = styles.iter().map(|style| plane.place(style).map(f64::from)).collect();
    let count = places.len() as f64;
    let mean = [0, 1].map(|axis| places.iter().map(|place| place[axis]).sum::<f64>() / count);
    let moment = |one: usize, other: usize| {
        places.iter().map(|place| (place[one] - mean[one]) * (place[other] - mean[other])).sum::<f64>() / count
    };
    // The Cholesky factor of the covariance, [[a, 0], [b, c]], and its inverse.
    let a = moment(0, 0).sqrt();
    let b = moment(1, 0) / a;
    let c = (moment(1, 1) - b * b).sqrt();
    if !(a > 1e-6 && c > 1e-6 && b.is_finite()) {
        return None;
    }
    let inverse = [[1.0 / a, 0.0], [-b / (a * c), 1.0 / c]];
    let factor = [[a, 0.0], [b, c]];
    let LatentPlane { centre, scale, encoder, decoder } = plane;
    // The encoder's last layer, of which the first two rows are the place.
    let (sizes, mut parameters) = (encoder.sizes(), encoder.parameters().to_vec());
    let (inputs, outputs) = (sizes[sizes.len() - 2], sizes[sizes.len() - 1]);
    let last = parameters.len() - (inputs + 1) * outputs;
    let layer = parameters.split_off(last);
    let mut places_only = vec![0.0; (inputs + 1) * 2];
    for input in 0..=inputs {
        // After the weights come the biases.
        let at = |row: usize, rows: usize| if input < inputs { row * inputs + input } else { inputs * rows + row };
        let own = [0, 1].map(|row| f64::from(layer[at(row, outputs)]) - if input < inputs { 0.0 } else { mean[row] });
        for row in 0..2 {
            places_only[at(row, 2)] = (inverse[row][0] * own[0] + inverse[row][1] * own[1]) as f32;
        }
    }
    parameters.extend(places_only);
    let mut own_sizes = sizes.to_vec();
    own_sizes[sizes.len() - 1] = 2;
    let encoder = Perceptron::new(&own_sizes, parameters)?;
    // The decoder's first layer.
    let (sizes, mut parameters) = (decoder.sizes(), decoder.parameters().to_vec());
    let hidden = sizes[1];
    for row in 0..hidden {
        let own = [0, 1].map(|column| f64::from(parameters[2 * row + column]));
        for column in 0..2 {
            parameters[2 * row + column] = (own[0] * factor[0][column] + own[1] * factor[1][column]) as f32;
        }
        parameters[2 * hidden + row] += (own[0] * mean[0] + own[1] * mean[1]) as f32;
    }
    let decoder = Perceptron::new(sizes, parameters)?;
    LatentPlane::new(centre.clone(), *scale, encoder, decoder)
}

/// A place drawn from the prior.
pub fn draw_place(random: &mut impl Rng) -> LatentPoint {
    [normal(random), normal(random)]
}

/// A number of the standard normal distribution (Box and Muller 1958).
pub(super) fn normal(random: &mut impl Rng) -> f32 {
    let (one, other): (f32, f32) = (random.random_range(f32::MIN_POSITIVE..1.0), random.random());
    (-2.0 * one.ln()).sqrt() * (std::f32::consts::TAU * other).cos()
}

/// A style with the mean subtracted, relative to the scale.
pub(super) fn standardised(style: &StyleVector, centre: &StyleVector, scale: f32) -> Vec<f32> {
    style.numbers().iter().zip(centre.numbers()).map(|(number, centre)| (number - centre) / scale).collect()
}

/// The mean of styles, and the root of the mean square of what is left; the scale is never 0.
pub(super) fn standard_of(styles: &[StyleVector]) -> Option<(StyleVector, f32)> {
    let centre = StyleVector::blend(styles.iter().map(|style| (style, 1.0)))?;
    let squares =
        styles.iter().flat_map(|style| standardised(style, &centre, 1.0)).map(|number| f64::from(number).powi(2));
    let mean = squares.sum::<f64>() / (styles.len() * StyleVector::LENGTH) as f64;
    Some((centre, mean.sqrt().max(1e-6) as f32))
}
