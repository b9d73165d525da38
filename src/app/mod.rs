//! The window. [`state::State`] is a plain machine under it: panels draw it and say what the person did, flows change it,
//! services carry out what follows.
//!
//! From the bottom up: [`model`] (data), [`message`] (actions and effects), [`state`] (a struct of models), `flow` (changes
//! that involve several models), [`services`] (effects carried out), `panel` (drawing), `window` (egui's application).

mod flow;
pub mod message;
pub mod model;
mod panel;
pub mod preferences;
pub mod samples;
pub mod services;
mod shortcut;
pub mod state;
mod texture;
pub mod viewport;
mod widget;
mod window;
mod wording;

#[cfg(windows)]
pub use window::console;
pub use window::{App, graphics_adapters, run};
