//! Operations on tensors, and the one place that knows what a device is good at.
//!
//! On the CPU each runs on the project's own kernels and writes into memory that is there already, since
//! fresh memory costs half as much again as the computing. Elsewhere each is made of candle's operations.
//! Features are rows x width x channels, in an order of their own on cards ([`layout`]), images 3 x height x width; all
//! are f32.

pub mod band;
pub mod convolution;
mod edge;
pub(super) mod elementwise;
pub(super) mod first;
pub(super) mod layout;
pub(super) mod matrix;
pub(super) mod memory;
pub(super) mod nearest;
pub mod number;
mod pieces;
pub(super) mod pooling;
mod product;
pub(super) mod resampling;
pub(super) mod square;
pub(super) mod statistics;
mod tensor_cores;
#[doc(hidden)]
pub mod trial;
pub(super) mod variation;
mod winograd;

pub(super) use pieces::SCRATCH;
