//! Impasto paints a photo in the manner of a painting: neural style transfer by optimisation.
//!
//! Five rooms, and arrows that point one way, `app` and `cli` -> [`studio`] -> [`engine`] and [`picture`]:
//!
//! - [`engine`]: tensors in, tensors out. The frozen network, the losses, the optimiser, the pyramid, the loop.
//! - [`picture`]: files on one side, pixels on the other.
//! - [`studio`]: a run as a thing that a person owns: recipe, worker thread, events, frames.
//! - `app`: the window (feature `gui`).
//! - [`cli`]: the commands.
//!
//! A file becomes a [`picture::Picture`]; pictures and [`studio::Settings`] become a [`studio::Recipe`], checked
//! once; a [`studio::Worker`] paints it and sends [`studio::Event`]s and [`studio::Frame`]s; the finished picture
//! goes back through [`picture::encode`]. `ARCHITECTURE.md` tells the rest.

// Printing macros panic where a stream is closed or its disk is full; `cli::tell` does not.
#![warn(clippy::print_stdout, clippy::print_stderr)]

#[cfg(feature = "gui")]
pub mod app;
pub mod cli;
mod duration;
pub mod engine;
pub mod picture;
mod reason;
pub mod studio;
