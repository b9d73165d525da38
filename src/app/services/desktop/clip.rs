//! What other programs hand over.

use std::path::PathBuf;

/// What the clipboard holds, or what was dropped.
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
    /// Files, and beside them something that cannot be opened.
    Partly {
        /// The files.
        files: Vec<PathBuf>,
        /// One sentence about the rest.
        trouble: String,
    },
    /// Nothing that could be a picture.
    Nothing,
}
