//! Kinds of TIFF files that are not read.

use crate::picture::decode::format::RAW_PHOTO;
use crate::picture::error::{Cause, Problem};

/// A kind of TIFF file that is not read.
pub(super) fn unsupported(cause: impl Into<Cause>) -> Problem {
    Problem::UnsupportedKind { format: "TIFF", cause: cause.into() }
}

/// A raw photo, whose picture has still to be developed.
pub(super) fn raw_photo() -> Problem {
    Problem::NotRead { files: "raw photos", advice: RAW_PHOTO }
}
