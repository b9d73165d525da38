//! Text on the standard streams. Either may be closed or on a full disk, and neither may cost a picture: nothing here
//! panics, which the standard library's printing macros do.

use std::fmt::Display;
use std::io::{self, ErrorKind, Write, stderr, stdout};
use std::process::ExitCode;

use super::exit::FAILED;
use crate::reason::reason;

/// Writes a line for people to standard error. Where it cannot be written there is nobody to tell.
pub fn tell(line: impl Display) {
    // In one piece, so that lines of several threads do not mix.
    let _ = stderr().lock().write_all(format!("{line}\n").as_bytes());
}

/// Standard output of a command that exists to print something.
#[derive(Default)]
pub(super) struct Printer {
    failure: Option<io::Error>,
}

impl Printer {
    /// Prints text; nothing more once that has failed.
    pub(super) fn print(&mut self, text: impl Display) {
        if self.failure.is_none() {
            let mut out = stdout().lock();
            self.failure = out.write_all(text.to_string().as_bytes()).and_then(|()| out.flush()).err();
        }
    }

    /// Prints a line.
    pub(super) fn line(&mut self, line: impl Display) {
        self.print(format_args!("{line}\n"));
    }

    /// The command's exit code. A reader that has seen enough is no failure; a full disk is one.
    pub(super) fn end(self) -> ExitCode {
        match self.failure {
            Some(error) if error.kind() != ErrorKind::BrokenPipe => {
                tell(format_args!("error: standard output cannot be written to ({}); print elsewhere", reason(&error)));
                ExitCode::from(FAILED)
            }
            _ => ExitCode::SUCCESS,
        }
    }
}
