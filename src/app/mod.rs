//! The window. [`state::State`] is its state machine: panels draw it and return the user's actions, flows apply them,
//! and services carry out the effects.
//!
//! From the bottom up: [`model`] (data), [`message`] (actions and effects), [`state`] (a struct of models), `flow`
//! (changes of several models), [`services`] (carrying out effects), `panel` (drawing), `window` (eframe application).

mod flow;
pub mod map_view;
pub mod message;
pub mod model;
mod panel;
pub mod preferences;
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
