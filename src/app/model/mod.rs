//! Models: the data of the window and its methods, one file per concept. A model may use the models below it, but not
//! [`super::state::State`], messages or panels.

pub mod arrival;
pub mod canvas;
pub mod card;
pub mod clip;
pub mod dialog;
pub mod document;
pub mod export;
pub mod favourites;
pub mod fingerprint;
pub mod folder;
pub mod folder_painting;
pub mod history;
pub mod instant;
pub mod losses;
pub mod map_chart;
pub mod map_making;
pub mod mask;
pub mod notices;
pub mod open_map;
pub mod own_file;
pub mod photo_folder;
pub mod presets;
pub mod question;
pub mod queue;
pub mod recent;
pub mod run;
pub mod sources;
pub mod styles;
pub mod training;
pub mod undo;
pub mod unfinished_clip;
pub mod unfinished_folder;
pub mod view;
