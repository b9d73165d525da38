//! `impasto licenses`: the notices that go wherever the program goes.

use std::process::ExitCode;

use super::stream::Printer;

const NOTICES: &str = include_str!("../../THIRD-PARTY.md");

/// Prints the notices of every crate in the program; `LICENSE-MIT` and `LICENSE-APACHE` are the program's own.
pub fn licenses() -> ExitCode {
    let mut printer = Printer::default();
    printer.print(NOTICES);
    printer.end()
}
