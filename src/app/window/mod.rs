//! The native window and its eframe application.

mod adapter;
mod app;
#[cfg(windows)]
pub mod console;
mod muted;
mod open;
pub(super) mod place;

pub use adapter::graphics_adapters;
pub use app::App;
pub use open::run;
