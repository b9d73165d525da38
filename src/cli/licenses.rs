//! `impasto licenses`: the notices that must be distributed with the program.

use std::process::ExitCode;

use super::stream::Printer;

const NOTICES: &str = include_str!("../../THIRD-PARTY.md");

/// Where the networks come from, and their licences.
const WEIGHTS: &str = include_str!("../../weights/README.md");

/// Runs `impasto licenses`: prints the notices of every crate and network in the program. The program's own licences are
/// in `LICENSE-MIT` and `LICENSE-APACHE`.
pub fn licenses() -> ExitCode {
    let mut printer = Printer::default();
    printer.print(NOTICES);
    printer.print("\n");
    printer.print(WEIGHTS);
    printer.end()
}
