//! Where effects are carried out: by the painter, by threads in the background, and by the desktop. Nothing slow happens
//! on the window's thread.

mod background;
pub mod desktop;
mod effects;
mod incoming;
mod reading;
mod writing;

pub(super) use effects::{Services, no_thread};
pub(super) use incoming::Incoming;
