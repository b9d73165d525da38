//! `impasto licenses`: the notices that go wherever the program goes.

use std::io::{Write, stdout};
use std::process::ExitCode;

const NOTICES: &str = include_str!("../../THIRD-PARTY.md");

/// Prints the notices of every crate in the program; `LICENSE-MIT` and `LICENSE-APACHE` are the program's own.
pub fn licenses() -> ExitCode {
    // A reader that has seen enough is no failure.
    let _ = stdout().lock().write_all(NOTICES.as_bytes());
    ExitCode::SUCCESS
}
