//! Picture files on one side, pixels on the other.
//!
//! [`decode::open`] turns a file into an upright sRGB [`Picture`]; [`encode::save`] turns a picture
//! into a file, whole or not at all. In between, [`Picture`] hands the engine planes of floats and
//! takes them back, and [`resize`] makes pictures larger and smaller. Whatever is wrong with a file
//! comes back as a [`PictureError`], whose message an artist can act on; no file makes this room
//! panic or wait for ever.
//!
//! Everything here blocks: call it from a thread that may.

mod bleed;
mod checksum;
mod cicp;
pub mod color;
pub mod decode;
pub mod encode;
mod error;
pub mod metadata;
pub mod path;
mod pixels;
mod profile;
pub mod resize;
mod sample;
mod scaling;

pub use checksum::{Checksum, NotAChecksum};
pub use encode::Format;
pub use error::{PictureError, Problem};
pub use pixels::Picture;
