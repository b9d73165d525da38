//! Impasto paints a photo in the manner of a painting: neural style transfer by optimisation.
//!
//! Six modules, with dependencies in one direction only: `app` and `cli` -> [`studio`] -> [`engine`] and [`picture`], and
//! [`clip`] -> [`picture`].
//!
//! - [`engine`]: tensors in, tensors out. The frozen network, the losses, the optimiser, the pyramid, the main loop.
//! - [`picture`]: reads files to pixels, and writes pixels to files.
//! - [`clip`]: frames of moving pictures, read and written by ffmpeg.
//! - [`studio`]: runs: recipe, worker thread, events, frames.
//! - `app`: the window (feature `gui`).
//! - [`cli`]: the command line.
//!
//! A file becomes a [`picture::Picture`]. Pictures and [`studio::Settings`] become a [`studio::Recipe`], which is
//! checked once. A [`studio::Worker`] paints it and sends [`studio::Event`]s and [`studio::Frame`]s. The finished
//! picture is saved by [`picture::encode`]. `ARCHITECTURE.md` has the details.

// Printing macros panic if a stream is closed or its disk is full; `cli::tell` does not.
#![warn(clippy::print_stdout, clippy::print_stderr)]

#[cfg(feature = "gui")]
pub mod app;
pub mod cli;
pub mod clip;
mod duration;
pub mod engine;
mod lock;
pub mod picture;
mod reason;
pub mod studio;
