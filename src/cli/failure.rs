//! Why a command fails, and checks that several commands make.

use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use super::exit::{FAILED, INTERRUPTED, WRONG_INPUT};
use crate::engine::error::EngineError;
use crate::picture::path::{is_same_file, lower_ending};
use crate::picture::{PictureError, Problem};

/// Why the command failed: an exit code and a sentence.
pub(super) struct Failure(pub(super) u8, pub(super) String);

impl Failure {
    #[allow(clippy::needless_pass_by_value)] // `map_err` passes the error by value
    pub(super) fn wrong_input(error: impl ToString) -> Self {
        Self(WRONG_INPUT, error.to_string())
    }
}

/// The exit code of a command, whose failure is told by `tell`.
pub(super) fn exit_code(result: Result<u8, Failure>, tell: impl FnOnce(&str)) -> ExitCode {
    ExitCode::from(result.unwrap_or_else(|Failure(code, sentence)| {
        tell(&sentence);
        code
    }))
}

impl From<EngineError> for Failure {
    fn from(error: EngineError) -> Self {
        match error {
            EngineError::Stopped => Self(INTERRUPTED, "painting was interrupted; nothing was saved".to_owned()),
            error => Self(FAILED, error.to_string()),
        }
    }
}

/// Of writing a picture.
impl From<PictureError> for Failure {
    fn from(error: PictureError) -> Self {
        let is_wrong_input = matches!(error.problem(), Problem::TooLargeForFormat { .. } | Problem::TooLongForTiff);
        Self(if is_wrong_input { WRONG_INPUT } else { FAILED }, error.to_string())
    }
}

/// Checks that the file for `what`, such as "a style map", has the ending of such files.
pub(super) fn check_ending(output: &Path, what: &str, ending: &str) -> Result<(), Failure> {
    if lower_ending(output) == ending {
        return Ok(());
    }
    Err(Failure::wrong_input(format!("{what} is a file that ends in .{ending}; change the name: {}", output.display())))
}

/// A time limit given in seconds.
pub(super) fn time_limit(seconds: f64) -> Result<Duration, Failure> {
    match Duration::try_from_secs_f64(seconds) {
        Ok(limit) if !limit.is_zero() => Ok(limit),
        _ => Err(Failure::wrong_input(format!("the time limit is {seconds} seconds, but must be more than 0"))),
    }
}

/// Refuses to overwrite a source picture.
pub(super) fn refuse_same_file(input: &Path, output: &Path) -> Result<(), Failure> {
    if is_same_file(input, output) {
        return Err(Failure::wrong_input(format!(
            "the output is one of the pictures to read, and would be lost; choose another name: {}",
            output.display()
        )));
    }
    Ok(())
}
