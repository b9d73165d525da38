//! Changes of the state that involve several models, and the effects that follow; one file per activity. [`apply`]
//! passes each action to its flow.

mod add;
mod apply;
mod arrive;
mod clip;
mod dialogs;
mod export;
mod folder;
mod instant;
mod leave;
mod map;
mod mask;
mod paint;
mod presets;
mod project;
mod questions;
mod queue;
mod restore;
mod results;
#[cfg(test)]
mod tests;
mod training;
mod undo;
