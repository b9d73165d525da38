//! Carries out effects: with the painter, background threads and the desktop. Nothing slow runs on the window's thread.

mod background;
mod clips;
pub mod desktop;
mod effects;
mod folders;
mod incoming;
mod loading;
mod maps;
mod reading;
mod styles;
mod unfinished_work;
mod writing;

pub(super) use effects::{Services, no_thread};
pub(super) use incoming::Incoming;
