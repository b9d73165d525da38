//! What a person does, one file for each activity: the changes to the state that involve several models, and the effects
//! that follow. [`apply`] hands each action to its flow.

mod add;
mod apply;
mod arrive;
mod dialogs;
mod export;
mod leave;
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
mod undo;
