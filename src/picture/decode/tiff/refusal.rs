//! Errors for unsupported TIFF files.

use crate::picture::decode::format::RAW_PHOTO;
use crate::picture::error::{Cause, Problem};

/// The problem for an unsupported variant of TIFF.
pub(super) fn unsupported(cause: impl Into<Cause>) -> Problem {
    Problem::UnsupportedKind { format: "TIFF", cause: cause.into() }
}

/// The problem for a raw photo, which has to be developed first.
pub(super) fn raw_photo() -> Problem {
    Problem::NotRead { files: "raw photos", advice: RAW_PHOTO }
}
