//! What the window knows, one file for each thing: data with methods of their own. A model may know models below it, and
//! nothing of [`super::state::State`], messages or panels.

pub mod arrival;
pub mod canvas;
pub mod card;
pub mod dialog;
pub mod document;
pub mod export;
pub mod fingerprint;
pub mod history;
pub mod losses;
pub mod mask;
pub mod notices;
pub mod presets;
pub mod question;
pub mod queue;
pub mod recent;
pub mod run;
pub mod sources;
pub mod undo;
pub mod view;
