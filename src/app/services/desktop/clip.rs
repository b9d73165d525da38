//! Data from other programs.

use std::path::PathBuf;

/// What was pasted or dropped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Clip {
    /// A picture.
    Pixels {
        /// Width in pixels.
        width: u32,
        /// Height in pixels.
        height: u32,
        /// RGBA, 8 bits each, row by row.
        rgba: Vec<u8>,
    },
    /// Files, as copied in a file manager.
    Files(Vec<PathBuf>),
    /// Files, besides others that cannot be opened.
    Partly {
        /// The files.
        files: Vec<PathBuf>,
        /// One sentence about the others.
        problem: String,
    },
    /// No picture and no file.
    Nothing,
}
