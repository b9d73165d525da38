//! Carries out effects: with the painter, background threads and the desktop. Nothing slow runs on the window's thread.

mod background;
mod clip_work;
mod clips;
pub mod desktop;
mod effects;
mod incoming;
mod reading;
mod styles;
mod writing;

pub(super) use effects::{Services, no_thread};
pub(super) use incoming::Incoming;
