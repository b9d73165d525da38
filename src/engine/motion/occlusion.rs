//! Which pixels the flow is sure of: those that are seen in both pictures.

use rayon::prelude::*;

use super::super::pyramid::Size;
use super::field::FlowField;

/// For each pixel of the first picture 1 where the flow to the second is sure, else 0, row by row. `there` is the flow
/// from the first picture to the second, `back` that from the second to the first. A pixel is covered where the way there
/// and back does not end where it began (Sundaram, Brox and Keutzer 2010, in the form of Ruder, Dosovitskiy and Brox 2016).
/// Unlike those, pixels at the edges of motions count as sure: without them a moving object flickers more.
pub fn agreement(there: &FlowField, back: &FlowField) -> Vec<f32> {
    let Size { width, height } = there.size();
    let square = |[x, y]: [f32; 2]| x * x + y * y;
    let pixel = |index: usize| {
        let (column, row) = (index % width, index / width);
        let own = there.get(column, row);
        let (x, y) = (column as f32 + own[0], row as f32 + own[1]);
        let is_inside = (0.0..=(width - 1) as f32).contains(&x) && (0.0..=(height - 1) as f32).contains(&y);
        let return_way = back.at(x, y);
        let miss = [own[0] + return_way[0], own[1] + return_way[1]];
        let is_covered = square(miss) > 0.01 * (square(own) + square(return_way)) + 0.5;
        if is_inside && !is_covered { 1.0 } else { 0.0 }
    };
    (0..there.size().pixels()).into_par_iter().map(pixel).collect()
}
