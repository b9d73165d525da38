//! Text output to the standard streams. Either may be closed or redirected to a full disk, which must not cost the user
//! a picture: unlike the standard library's printing macros, nothing here panics.

use std::fmt::Display;
use std::io::{self, ErrorKind, Write, stderr, stdout};
use std::process::ExitCode;

use super::exit::FAILED;
use crate::reason::reason;

/// Writes a line for people to standard error. Ignores errors, because there is nowhere to report them.
pub fn tell(line: impl Display) {
    // In one write, so that lines from several threads do not mix.
    let _ = stderr().lock().write_all(format!("{line}\n").as_bytes());
}

/// Standard output of a command that exists to print something.
#[derive(Default)]
pub(super) struct Printer {
    failure: Option<io::Error>,
}

impl Printer {
    /// Prints text. After an error, prints nothing more.
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

    /// The command's exit code. A full disk is a failure; a reader that has closed the pipe is not.
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
