//! Kernels, transformed for Winograd's algorithm.

use std::ops::RangeInclusive;

use rayon::prelude::*;

use super::tile::{Tile, Transforms};
use crate::engine::compute::cpu::product::Panels;

/// Numbers of channel pairs (inputs times outputs) for which a kernel uses the larger tiles. With fewer, the transforms
/// cost more than the products save. With more, an iteration would be 3 % faster, but the network's kernels, which are
/// nearly twice as large, would take 180 MiB more.
const PAIRS_IN_LARGE_TILES: RangeInclusive<usize> = 64 * 64..=256 * 512;

/// A transformed kernel: a matrix of inputs x outputs for each point of a patch.
pub(in super::super) struct WinogradKernel {
    pub(super) points: Panels,
    pub(super) tile: TileSize,
    pub(super) arch: pulp::Arch,
}

/// Rows and columns of outputs in a tile.
#[derive(Clone, Copy, Debug)]
pub(super) enum TileSize {
    FourByFour,
    SixBySix,
}

impl WinogradKernel {
    /// Transforms weights given as outputs x inputs x 3 x 3.
    pub(in super::super) fn new(weights: &[f32], inputs: usize, outputs: usize) -> Self {
        let are_large = PAIRS_IN_LARGE_TILES.contains(&(inputs * outputs));
        Self::for_tiles(if are_large { TileSize::SixBySix } else { TileSize::FourByFour }, weights, inputs, outputs)
    }

    pub(super) fn for_tiles(tile: TileSize, weights: &[f32], inputs: usize, outputs: usize) -> Self {
        let arch = pulp::Arch::new();
        let points = match tile {
            TileSize::FourByFour => transform_kernel::<4, 6>(weights, inputs, outputs, arch),
            TileSize::SixBySix => transform_kernel::<6, 8>(weights, inputs, outputs, arch),
        };
        Self { points, tile, arch }
    }

    /// Input channels.
    pub(in super::super) fn inputs(&self) -> usize {
        self.points.rows()
    }

    /// Output channels.
    pub(in super::super) fn outputs(&self) -> usize {
        self.points.columns()
    }
}

/// `G g G^T` of every pair of channels, in f64: the kernel is transformed once and used for thousands of iterations.
fn transform_kernel<const TILE: usize, const PATCH: usize>(
    weights: &[f32],
    inputs: usize,
    outputs: usize,
    arch: pulp::Arch,
) -> Panels
where
    Tile<TILE, PATCH>: Transforms<TILE, PATCH>,
{
    let mut points = Panels::new(PATCH * PATCH, inputs, outputs, arch);
    let width = points.width();
    points.panels_mut().enumerate().for_each(|(panel, values)| {
        for input in 0..inputs {
            for (column, output) in (panel * width..outputs).take(width).enumerate() {
                let weights = &weights[(output * inputs + input) * 9..][..9];
                let columns: [_; 3] = std::array::from_fn(|column| {
                    Tile::weights(std::array::from_fn(|row| f64::from(weights[row * 3 + column])))
                });
                for row in 0..PATCH {
                    let line = Tile::weights(columns.map(|column: [f64; PATCH]| column[row]));
                    for (point, value) in line.into_iter().enumerate() {
                        values[((row * PATCH + point) * inputs + input) * width + column] = value as f32;
                    }
                }
            }
        }
    });
    points
}
