//! The console that Windows gives a program with commands. Behind the window it would stand empty, and closing it would
//! end the program: so the window gets a process without one.

use std::os::windows::process::CommandExt;
use std::process::{Command, Stdio};

/// Marks the process that has none.
const MARK: &str = "IMPASTO_WITHOUT_CONSOLE";
/// Windows' `DETACHED_PROCESS`.
const DETACHED: u32 = 0x8;

/// Hands the same arguments to a process without a console; `false` where this is that process, or none can be started.
pub fn leave() -> bool {
    let Ok(program) = std::env::current_exe() else { return false };
    let mut command = Command::new(program);
    command.args(std::env::args_os().skip(1)).env(MARK, "1").creation_flags(DETACHED);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    std::env::var_os(MARK).is_none() && command.spawn().is_ok()
}

/// Says in a box why there is no window; nobody would read it elsewhere.
pub fn say(sentence: &str) {
    rfd::MessageDialog::new().set_level(rfd::MessageLevel::Error).set_title("Impasto").set_description(sentence).show();
}
