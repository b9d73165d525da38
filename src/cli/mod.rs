//! The commands.

mod arguments;
mod doctor;
mod gallery;
mod licenses;
mod memory;
mod paint;
mod report;
mod source;
mod style;
mod stylize;
mod texture;

use std::process::ExitCode;

use clap::Parser;
use clap::error::ErrorKind;

pub use arguments::{Arguments, Command, Opening};
pub use doctor::doctor;
pub use gallery::gallery;
pub use licenses::licenses;
pub use stylize::stylize;
pub use texture::texture;

/// A wrong argument, or an input that cannot be used.
pub const WRONG_INPUT: u8 = 2;
/// Anything else that went wrong.
pub const FAILED: u8 = 1;
/// Interrupted; what was painted is saved.
const INTERRUPTED: u8 = 130;

/// Reads the program's arguments; help and version are printed here.
///
/// # Errors
/// The exit code, with help printed or with one sentence on standard error.
pub fn arguments() -> Result<Arguments, ExitCode> {
    Arguments::try_parse().map_err(|error| match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            // Nobody is there to hear of a closed standard output.
            let _ = error.print();
            ExitCode::SUCCESS
        }
        _ => {
            let text = error.render().to_string();
            let sentence: Vec<&str> = text.lines().take_while(|line| !line.is_empty()).map(str::trim).collect();
            eprintln!("{}; see impasto --help", sentence.join(" "));
            ExitCode::from(WRONG_INPUT)
        }
    })
}
