//! The command line.

mod arguments;
mod batch;
mod batch_report;
mod doctor;
mod exit;
mod failure;
mod gallery;
mod interrupt;
mod licenses;
mod map;
mod map_report;
mod memory;
mod output;
mod paint;
mod report;
mod source;
mod stream;
mod style;
mod stylize;
mod texture;
mod train;
mod training_report;
mod video;
mod video_report;

use std::io::{IsTerminal, stdout};
use std::process::ExitCode;

use clap::Parser;
use clap::error::ErrorKind;

use stream::Printer;

pub use arguments::{Arguments, Command, Opening};
pub use batch::batch;
pub use doctor::doctor;
pub use exit::{FAILED, WRONG_INPUT};
pub use gallery::gallery;
pub use licenses::licenses;
pub use map::map;
pub use stream::tell;
pub use stylize::stylize;
pub use texture::texture;
pub use train::train;
pub use video::video;

/// Parses the program's arguments.
///
/// # Errors
/// The exit code, after printing help, the version, or one sentence about a wrong argument.
pub fn arguments() -> Result<Arguments, ExitCode> {
    Arguments::try_parse().map_err(|error| match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            let mut printer = Printer::default();
            printer.print(render(&error));
            printer.end()
        }
        _ => {
            let text = error.render().to_string();
            let sentence: Vec<&str> = text.lines().take_while(|line| !line.is_empty()).map(str::trim).collect();
            tell(format_args!("{}; see impasto --help", sentence.join(" ")));
            ExitCode::from(WRONG_INPUT)
        }
    })
}

/// The text of help or version, in colour if standard output is a terminal.
fn render(error: &clap::Error) -> String {
    let text = error.render();
    if stdout().is_terminal() { text.ansi().to_string() } else { text.to_string() }
}
