//! Converts the errors and colour descriptions of `heic-rs`.

use heic_rs::Error;
use heic_rs::props::colr::{MatrixCoefficients, Nclx, Range};

use crate::picture::error::{Cause, Problem};

/// The colour description for code points of ITU-T H.273.
pub(super) fn nclx(primaries: u16, transfer: u16, matrix: u16, is_full: bool) -> Nclx {
    Nclx {
        primaries,
        transfer,
        matrix: MatrixCoefficients::from_code(matrix),
        matrix_code: matrix,
        range: if is_full { Range::Full } else { Range::Limited },
    }
}

/// The problem for an error of the box parser.
pub(super) fn problem(error: Error) -> Problem {
    match error {
        Error::Truncated(_) => Problem::CutOff,
        Error::Unsupported(cause) => unsupported(cause),
        error => Problem::damaged(error),
    }
}

/// The problem for an unsupported variant of the format.
pub(super) fn unsupported(cause: impl Into<Cause>) -> Problem {
    Problem::UnsupportedKind { format: "HEIC or AVIF", cause: cause.into() }
}
