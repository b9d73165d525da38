//! Reads picture files into pixels and writes pixels to picture files.
//!
//! [`decode::open`] reads a file into an upright sRGB [`Picture`]; [`encode::save`] writes a picture to a file,
//! completely or not at all. In between, [`Picture`] converts to and from the engine's float planes, and [`resize`]
//! scales pictures. Every failure is a [`PictureError`] with a message that an artist can act on; no file makes this
//! module panic or hang.
//!
//! All functions block: call them from a thread that may wait.

mod bleed;
pub mod camera_name;
mod checksum;
mod cicp;
pub mod color;
pub mod decode;
pub mod encode;
mod error;
pub mod map_file;
mod map_place;
pub mod metadata;
pub mod path;
mod pixels;
mod profile;
pub mod resize;
mod sample;
mod scaling;
pub mod style_file;
pub mod style_map;
mod tensor_file;
mod trained;

pub use checksum::{Checksum, NotAChecksum};
pub use encode::Format;
pub use error::{PictureError, Problem};
pub use map_place::MapPlace;
pub use pixels::Picture;
pub use trained::{TrainedStyle, TrainingRecord};
