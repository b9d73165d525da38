//! The program: opens the window or runs a command.

#![warn(clippy::print_stdout, clippy::print_stderr)]

mod heap;

use std::panic::catch_unwind;
use std::process::ExitCode;

use impasto::cli::{self, Command, Opening};

fn main() -> ExitCode {
    hide_panic_messages();
    heap::share_among_threads();
    catch_unwind(run).unwrap_or_else(|_| {
        cli::tell("error: Impasto ended because of a bug; please report it with the output of RUST_BACKTRACE=1");
        ExitCode::from(cli::FAILED)
    })
}

fn run() -> ExitCode {
    match cli::arguments() {
        Err(code) => code,
        Ok(arguments) => match arguments.command {
            Some(Command::Stylize(stylize)) => cli::stylize(&stylize),
            Some(Command::Texture(texture)) => cli::texture(&texture),
            Some(Command::Gallery(gallery)) => cli::gallery(&gallery),
            Some(Command::Video(video)) => cli::video(&video),
            Some(Command::Batch(batch)) => cli::batch(&batch),
            Some(Command::Train(train)) => cli::train(&train),
            Some(Command::Map(map)) => cli::map(&map),
            Some(Command::Doctor { weights, side }) => cli::doctor(weights.as_deref(), side, adapters()),
            Some(Command::Licenses) => cli::licenses(),
            None => open_window(arguments.opening),
        },
    }
}

/// Hides the messages of the standard panic hook, which only help developers, unless `RUST_BACKTRACE` is set. The user
/// gets one sentence instead: `main` handles panics on the main thread, and the code that waits for other threads
/// handles theirs. The standard hook ignores a standard error that cannot be written to.
fn hide_panic_messages() {
    if std::env::var_os("RUST_BACKTRACE").is_none() {
        std::panic::set_hook(Box::new(|_| {}));
    }
}

#[cfg(feature = "gui")]
fn open_window(opening: Opening) -> ExitCode {
    #[cfg(windows)]
    if impasto::app::console::leave() {
        return ExitCode::SUCCESS;
    }
    match impasto::app::run(opening.files, impasto::studio::network_loader(opening.weights)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(sentence) => {
            cli::tell(format_args!("error: {sentence}"));
            #[cfg(windows)]
            impasto::app::console::say(&sentence);
            ExitCode::from(cli::FAILED)
        }
    }
}

#[cfg(not(feature = "gui"))]
fn open_window(_: Opening) -> ExitCode {
    cli::tell("error: this build of Impasto has no window; see impasto stylize --help");
    ExitCode::from(cli::WRONG_INPUT)
}

/// The graphics adapters that can draw the window; `None` in a build without the window.
fn adapters() -> Option<Vec<String>> {
    #[cfg(feature = "gui")]
    let adapters = Some(impasto::app::graphics_adapters());
    #[cfg(not(feature = "gui"))]
    let adapters = None;
    adapters
}
