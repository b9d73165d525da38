//! What the parser of the boxes says, in this program's terms.

use heic_rs::Error;
use heic_rs::props::colr::{MatrixCoefficients, Nclx, Range};

use crate::picture::error::{Cause, Problem};

/// The colours of what code points of ITU-T H.273 say.
pub(super) fn described(primaries: u16, transfer: u16, matrix: u16, is_full: bool) -> Nclx {
    Nclx {
        primaries,
        transfer,
        matrix: MatrixCoefficients::from_code(matrix),
        matrix_code: matrix,
        range: if is_full { Range::Full } else { Range::Limited },
    }
}

/// The problem behind what the parser of the boxes found.
pub(super) fn problem(error: Error) -> Problem {
    match error {
        Error::Truncated(_) => Problem::CutOff,
        Error::Unsupported(cause) => unsupported(cause),
        error => Problem::damaged(error),
    }
}

/// A kind of file that is not read.
pub(super) fn unsupported(cause: impl Into<Cause>) -> Problem {
    Problem::UnsupportedKind { format: "HEIC or AVIF", cause: cause.into() }
}
