//! Runs: what to paint ([`Recipe`]), the thread that paints it ([`Worker`]), and its reports ([`Event`], [`Frame`]).
//! Textures that a network paints in one pass need no run: [`BrushworkOrder`].
//!
//! The window and the command line both use this module. It depends on neither.

mod active_run;
pub mod batch;
mod brushwork;
mod clock;
mod controlled_thread;
mod event;
mod hardware;
mod ingredients;
mod instant;
mod job;
mod keeper;
mod known_styles;
pub mod map;
mod news_thread;
mod outlet;
mod pace;
mod paint;
mod pool;
mod prepared;
pub mod project;
mod recipe;
pub mod recovery;
mod reporter;
pub mod samples;
mod settings;
mod sizes;
mod style;
mod time_limit;
mod trained;
pub mod training;
pub mod video;
mod workbench;
mod worker;
pub mod workplace;
mod written;

pub use crate::engine::balance::StyleBalance;
pub use active_run::Continuity;
pub use brushwork::BrushworkOrder;
pub use event::{Event, EventKind, Frame, PaintedPicture, Progress, RunId};
pub use hardware::Hardware;
#[cfg(feature = "gui")]
pub(crate) use hardware::free_memory;
pub use ingredients::{Ingredients, Subject};
pub use keeper::Autosave;
pub use news_thread::NewsThread;
pub use pace::Pace;
pub use recipe::{Recipe, RecipeError};
pub use settings::{Method, Palette, Preset, SettingError, Settings, Start};
pub use style::Style;
pub use workbench::{NetworkLoader, ProcessorSearch, network_loader};
pub use worker::Worker;
pub use written::{WrittenRecipe, WrittenRecipeError, WrittenSource, WrittenSubject, nearest_paintings, program};
