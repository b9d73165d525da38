//! Square roots of symmetric matrices, computed with matrix products alone, which are fast on every device.

use crate::engine::compute::square::Square;
use crate::engine::compute::{ComputeResult, Number};

/// The coefficients `a`, `b` and `c` of each step's odd polynomial `a x + b x^3 + c x^5`, which maps the interval
/// `l..u` left by the step before as close to 1 as possible. The first interval is 10^-3..1; after the last step it is
/// 1 +- 10^-7. The coefficients come from Remez's algorithm: solve `p(l) = p(r) = 1 - e`, `p(q) = p(u) = 1 + e` for
/// `a, b, c, e`, set the extrema `q < r` to the zeros of `p'`, and repeat until `e` converges. `l` is taken to be at
/// least `u / 10`: with all of `l..u` the largest values would be mapped far below 1 and lose digits.
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
/// With `M = A / |A|` (Frobenius norm), each step computes `P = a I + b M + c M^2`, multiplies the inverse root so far
/// by `P`, and replaces `M` by `P M P`: the product form of the Denman-Beavers iteration (Cheng, Higham, Kenney and
/// Laub, Approximating the Logarithm of a Matrix to Specified Accuracy, 2001) with the polynomials that need the fewest
/// products (Amsel, Persson, Musco and Gower, The Polar Express, 2025). All factors are functions of one matrix, so
/// their products are symmetric and are computed as such. Unlike in the coupled Newton-Schulz iteration, no step reads
/// the inverse root, so its rounding errors do not propagate.
///
/// Eigenvalues below 10^-6 of the norm stay damped, which is desirable, because f32 does not resolve them. If rounding
/// has made such an eigenvalue negative, however, each step drives it further from zero; the diagonal is then raised by
/// the smallest sufficient share. Whether that is needed is only checked where the numbers are on the CPU: on a GPU,
/// which this function does not wait for, the result is used unchecked.
pub(crate) fn inverse_root(matrix: &Square) -> ComputeResult<Square> {
    /// Shares of the norm by which the diagonal is raised, tried in this order.
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

/// Whether `R`, computed as the inverse root of `A`, is valid. If all eigenvalues of `A` are positive, damped or not,
/// the squares of the elements of `A R` sum to at most the trace of `A`; a negative eigenvalue, driven away from zero,
/// adds far more.
fn is_root(matrix: &Square, inverse: &Square) -> ComputeResult<bool> {
    let root = matrix.symmetric_product(inverse)?;
    let (squares, trace) = (root.trace_of_product(&root)?.read()?, matrix.trace()?.read()?);
    // False for NaN as well.
    Ok(squares <= 1.01 * trace)
}

/// [`inverse_root`] without the check; `norm` is the Frobenius norm of the matrix.
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

/// The root `A^(1/2)` of a symmetric positive definite matrix, as accurate as [`inverse_root`].
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

    /// A covariance with eigenvalues that rounding has made negative, by a share of the largest eigenvalue.
    #[test]
    fn eigenvalues_made_negative_by_rounding_hardly_matter() {
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

    /// Eigenvalues of 1, 0.1, ... 10^-7 of the largest, in a basis other than the coordinate axes.
    #[test]
    fn the_inverse_root_is_accurate_for_all_but_the_smallest_eigenvalues() {
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
