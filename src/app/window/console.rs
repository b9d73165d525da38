//! The console that Windows opens for a command-line program. It would stay empty behind the window, and closing it
//! would end the program, so the window runs in a process without one.

use std::os::windows::process::CommandExt;
use std::process::{Command, Stdio};

/// Environment variable that marks the process without a console.
const MARK: &str = "IMPASTO_WITHOUT_CONSOLE";
/// Windows' `DETACHED_PROCESS`.
const DETACHED: u32 = 0x8;

/// Starts a process without a console with the same arguments; `false` in that process, or if it cannot be started.
pub fn leave() -> bool {
    let Ok(program) = std::env::current_exe() else { return false };
    let mut command = Command::new(program);
    command.args(std::env::args_os().skip(1)).env(MARK, "1").creation_flags(DETACHED);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    std::env::var_os(MARK).is_none() && command.spawn().is_ok()
}

/// Shows in a message box why there is no window, because a process without a console has no other output.
pub fn say(sentence: &str) {
    rfd::MessageDialog::new().set_level(rfd::MessageLevel::Error).set_title("Impasto").set_description(sentence).show();
}
