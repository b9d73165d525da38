//! The style transfer engine, from tensors to tensors: the frozen network, the losses, the optimiser, the pyramid and
//! the loop that ties them together ([`transfer::run`]).
//!
//! Images are f32 tensors of 3 x height x width, sRGB in 0..1. Features are height x width x channels.
//! Nothing here uses files, windows, the terminal or the clock, except that the network reads its weights file.

pub mod balance;
pub mod brushwork;
pub mod budget;
pub mod compute;
pub mod control;
pub mod device;
pub mod error;
pub mod extent;
pub mod instant;
pub mod loss;
pub mod memory;
pub mod motion;
pub mod network;
pub mod optimizer;
pub(crate) mod palette;
pub mod pyramid;
pub mod resample;
pub mod schedule;
pub mod self_test;
pub mod snapshot;
pub mod style_map;
pub mod training;
pub mod transfer;

pub use error::{EngineError, Result};
