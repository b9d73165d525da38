//! Square roots of symmetric matrices by matrix products alone, which any device is good at.

use crate::engine::compute::square::Square;
use crate::engine::compute::{ComputeResult, Number};

/// For each step `a`, `b` and `c` of the odd polynomial `a x + b x^3 + c x^5` that carries the interval `l..u` that is
/// left closest to 1, from 10^-3..1 on; after the last, it is 1 +- 10^-7. They come from Remez's algorithm: solve
/// `p(l) = p(r) = 1 - e`, `p(q) = p(u) = 1 + e` for `a, b, c, e`, set the extrema `q < r` to the zeros of `p'`, again until
/// `e` rests. For `l` stands at least `u / 10`: with all of `l..u` the largest values would be carried far below 1 and
/// lose their digits.
const STEPS: [[f64; 3]; 7] = [
    [7.681446800947, -19.031520674483, 13.342392445766],
    [3.813707479079, -2.380456642105, 0.420438935899],
    [3.700859364074, -2.360963153421, 0.426192293347],
    [3.343890473279, -2.315271869602, 0.453609040865],
    [2.475523609476, -1.821835211404, 0.435468834192],
    [1.915180694448, -1.293955766717, 0.379422017782],
    [1.875021351319, -1.250023723484, 0.375002372357],
];

/// The inverse root `A^(-1/2)` of a symmetric positive definite matrix.
///
/// With `M = A / |A|` (Frobenius norm) each step takes `P = a I + b M + c M^2`, multiplies `P` onto the inverse root so
/// far, and goes on with `P M P`: the product form of the Denman-Beavers iteration (Cheng, Higham, Kenney and Laub,
/// Approximating the Logarithm of a Matrix to Specified Accuracy, 2001) with the polynomials of the fewest products
/// (Amsel, Persson, Musco and Gower, The Polar Express, 2025). All are functions of one matrix, so their products are
/// symmetric, and may be computed as such: other than in the coupled iteration of Newton and Schulz, no step looks at
/// the inverse root, so its rounding is not carried on.
///
/// Directions in which the matrix is below 10^-6 of its norm stay damped. That is welcome: f32 knows nothing certain
/// about them. Where rounding has made such a direction negative, however, each step drives it further from zero. Then the
/// diagonal is raised, by as little as is enough. That is found out where numbers are at hand; a card that is not waited
/// for takes what it is given.
pub(crate) fn inverse_root(matrix: &Square) -> ComputeResult<Square> {
    /// Shares of the norm by which the diagonal is raised, one after the other.
    const RAISED: [f64; 6] = [1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1];
    let norm = matrix.trace_of_product(matrix)?.square_root()?;
    let inverse = inverse_root_of(matrix, &norm)?;
    let Some(known_norm) = norm.known() else { return Ok(inverse) };
    if is_root(matrix, &inverse)? {
        return Ok(inverse);
    }
    let mut last = inverse;
    for share in RAISED {
        let raised = matrix.clone().scaled(1.0, share * known_norm)?;
        last = inverse_root_of(&raised, &raised.trace_of_product(&raised)?.square_root()?)?;
        if is_root(&raised, &last)? {
            break;
        }
    }
    Ok(last)
}

/// Whether an inverse root `R` of `A` is one: with all eigenvalues above zero, damped or not, `A R` has squares that sum to
/// no more than the trace of `A`; a negative one that was driven away adds far more.
fn is_root(matrix: &Square, inverse: &Square) -> ComputeResult<bool> {
    let root = matrix.symmetric_product(inverse)?;
    let (squares, trace) = (root.trace_of_product(&root)?.read()?, matrix.trace()?.read()?);
    // No number at all is none, too.
    Ok(squares <= 1.01 * trace)
}

/// Without looking at what comes out; `norm` is the matrix's.
fn inverse_root_of(matrix: &Square, norm: &Number) -> ComputeResult<Square> {
    let shrink = norm.reciprocal()?;
    let step_of = |rest: &Square, [constant, linear, quadratic]: [f64; 3]| {
        rest.symmetric_product(rest)?.scaled(quadratic, constant)?.plus(linear, rest)
    };
    let mut rest = matrix.clone().times(&shrink)?;
    let mut step = step_of(&rest, STEPS[0])?;
    let mut inverse = step.clone();
    for coefficients in &STEPS[1..] {
        rest = step.symmetric_product(&step.symmetric_product(&rest)?)?;
        step = step_of(&rest, *coefficients)?;
        inverse = inverse.symmetric_product(&step)?;
    }
    inverse.times(&shrink.square_root()?)
}

/// The root `A^(1/2)` of a symmetric positive definite matrix, as exact as [`inverse_root`].
pub(crate) fn root(matrix: &Square) -> ComputeResult<Square> {
    matrix.symmetric_product(&inverse_root(matrix)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::compute::{Device, Tensor, Trial};

    fn devices() -> [Device; 2] {
        [Device::cpu(), Device::trial(Trial::default())]
    }

    fn square(numbers: &[f32], size: usize, device: &Device) -> Square {
        Square::new(&Tensor::from_vec(numbers.to_vec(), (size, size), device).unwrap()).unwrap()
    }

    fn numbers(square: &Square) -> Vec<f32> {
        square.tensor().unwrap().to_vec().unwrap()
    }

    /// Numbers within -1..1 that look like noise but are always the same.
    fn noise(count: usize) -> Vec<f32> {
        let number = |index: usize| (((index as f32 + 1.0) * 12.9898).sin() * 43_758.547).rem_euclid(1.0);
        (0..count).map(|index| 2.0 * number(index) - 1.0).collect()
    }

    /// `left right^T`, rows x rows, in f64; both have rows of `inner` numbers.
    fn product(left: &[f32], right: &[f32], inner: usize) -> Vec<f32> {
        let dot = |one: &[f32], other: &[f32]| -> f64 {
            one.iter().zip(other).map(|(one, other)| f64::from(*one) * f64::from(*other)).sum()
        };
        let rows = left.chunks(inner);
        rows.flat_map(|row| right.chunks(inner).map(move |column| dot(row, column) as f32)).collect()
    }

    fn distance(one: &[f32], other: &[f32]) -> f32 {
        one.iter().zip(other).map(|(one, other)| (one - other).abs()).fold(0.0, f32::max)
    }

    /// A covariance that rounding has made negative in some directions, by a share of its largest.
    #[test]
    fn directions_that_rounding_made_negative_have_no_say() {
        let size = 24;
        let random = noise(size * size);
        let exact = f64::sqrt(size as f64 * 3.0);
        for share in [0.0, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3] {
            let symmetric = |index: usize| random[index] + random[index % size * size + index / size];
            let matrix: Vec<f32> = (0..size * size).map(|index| 3.0 + share * symmetric(index)).collect();
            let matrix = square(&matrix, size, &Device::cpu());
            let inverse = inverse_root(&matrix).unwrap();
            let root_trace = matrix.trace_of_product(&inverse).unwrap().read().unwrap();
            assert!((root_trace / exact - 1.0).abs() < 0.3, "{share}: {root_trace} against {exact}");
            assert!(numbers(&inverse).iter().all(|number| number.is_finite()));
        }
    }

    #[test]
    fn roots_multiply_back() {
        let half = noise(9 * 12);
        let matrix = product(&half, &half, 12);
        let identity: Vec<f32> = (0..81).map(|index| f32::from(u8::from(index % 10 == 0))).collect();
        for device in devices() {
            let matrix_there = square(&matrix, 9, &device);
            let (root, inverse) = (root(&matrix_there).unwrap(), inverse_root(&matrix_there).unwrap());
            assert!(distance(&numbers(&root.product(&root).unwrap()), &matrix) < 1e-3);
            assert!(distance(&numbers(&root.product(&inverse).unwrap()), &identity) < 1e-3);
        }
    }

    /// Eigenvalues of 1, 0.1, ... 10^-7 of the largest, in a basis that is not the coordinates'.
    #[test]
    fn every_direction_that_counts_has_its_root() {
        let size = 8;
        let mirror: Vec<f32> = (1..=size).map(|number| number as f32).collect();
        let length: f32 = mirror.iter().map(|number| number * number).sum();
        let reflected = |row: usize, column: usize| {
            f32::from(u8::from(row == column)) - mirror[row] * mirror[column] * 2.0 / length
        };
        let basis: Vec<f32> = (0..size * size).map(|index| reflected(index / size, index % size)).collect();
        let eigenvalues: Vec<f32> = (0..size).map(|index| 10f32.powf(-(index as f32))).collect();
        let scaled: Vec<f32> =
            basis.iter().enumerate().map(|(index, number)| number * eigenvalues[index % size]).collect();
        let matrix = product(&scaled, &basis, size);
        for device in devices() {
            let inverse = numbers(&inverse_root(&square(&matrix, size, &device)).unwrap());
            for (index, eigenvalue) in eigenvalues.iter().enumerate() {
                // The basis is symmetric, so its rows are its columns.
                let direction = &basis[index * size..][..size];
                let along = product(direction, &product(&inverse, direction, size), size)[0];
                let found = along * eigenvalue.sqrt();
                // Rounding alone is as large as the smallest eigenvalues.
                let (least, most) = if *eigenvalue > 5e-5 { (0.99, 1.01) } else { (0.0, 1.5) };
                assert!((least..most).contains(&found), "{found} of the root of {eigenvalue}");
            }
        }
    }
}
