//! The program: arguments to window or command.

use std::process::ExitCode;

use impasto::cli::{self, Command, Opening};

fn main() -> ExitCode {
    match cli::arguments() {
        Err(code) => code,
        Ok(arguments) => match arguments.command {
            Some(Command::Stylize(stylize)) => cli::stylize(&stylize),
            Some(Command::Texture(texture)) => cli::texture(&texture),
            Some(Command::Gallery(gallery)) => cli::gallery(&gallery),
            Some(Command::Doctor { weights }) => cli::doctor(weights.as_deref(), adapters()),
            None => open_window(arguments.opening),
        },
    }
}

#[cfg(feature = "gui")]
fn open_window(opening: Opening) -> ExitCode {
    match impasto::app::run(opening.files, impasto::studio::network_loader(opening.weights)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(sentence) => {
            eprintln!("error: {sentence}");
            ExitCode::from(cli::FAILED)
        }
    }
}

#[cfg(not(feature = "gui"))]
fn open_window(_: Opening) -> ExitCode {
    eprintln!("error: this build of Impasto has no window; see impasto stylize --help");
    ExitCode::from(cli::WRONG_INPUT)
}

/// The graphics adapters; `None` in a build without the window.
fn adapters() -> Option<Vec<String>> {
    #[cfg(feature = "gui")]
    let adapters = Some(impasto::app::graphics_adapters());
    #[cfg(not(feature = "gui"))]
    let adapters = None;
    adapters
}
