//! The program: arguments to window or command.

use std::process::ExitCode;

use impasto::cli::{self, Command, Opening};

fn main() -> ExitCode {
    keep_panics_from_people();
    match cli::arguments() {
        Err(code) => code,
        Ok(arguments) => match arguments.command {
            Some(Command::Stylize(stylize)) => cli::stylize(&stylize),
            Some(Command::Texture(texture)) => cli::texture(&texture),
            Some(Command::Gallery(gallery)) => cli::gallery(&gallery),
            Some(Command::Doctor { weights }) => cli::doctor(weights.as_deref(), adapters()),
            Some(Command::Licenses) => cli::licenses(),
            None => open_window(arguments.opening),
        },
    }
}

/// A panic on one of the program's own threads becomes a sentence where the thread's work is waited for; what the
/// standard hook would print beside it helps developers only, who ask for it with `RUST_BACKTRACE`.
fn keep_panics_from_people() {
    let print = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        let is_ours = std::thread::current().name().is_some_and(|name| name.starts_with("impasto "));
        if !is_ours || std::env::var_os("RUST_BACKTRACE").is_some() {
            print(panic);
        }
    }));
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
            eprintln!("error: {sentence}");
            #[cfg(windows)]
            impasto::app::console::say(&sentence);
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
