//! Runs the real program under `strace`, which records its system calls.

use std::path::Path;
use std::process::{Command, Stdio};

use image::{DynamicImage, RgbImage};

/// Whether `tool` is installed. With `IMPASTO_TEST_NO_SKIP`, panics if it is not.
pub(crate) fn is_installed(tool: &str) -> bool {
    let found = Command::new(tool).arg("-h").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok();
    assert!(found || std::env::var_os("IMPASTO_TEST_NO_SKIP").is_none(), "{tool} is missing; install it");
    if !found {
        println!("skipped: {tool} is missing (Debian's {tool})");
    }
    found
}

/// Writes a small picture to a file.
pub(crate) fn picture(folder: &Path, name: &str) {
    let pixels = RgbImage::from_fn(40, 30, |x, y| image::Rgb([(x * 6) as u8, (y * 8) as u8, 90]));
    DynamicImage::from(pixels).save(folder.join(name)).unwrap();
}

/// The log of these system calls during a run of the program, which must succeed.
pub(crate) fn calls(folder: &Path, calls: &str, arguments: &[&str]) -> String {
    let mut command = Command::new("strace");
    command.current_dir(folder).args(["-f", "-y", "--seccomp-bpf", "-e", &format!("trace={calls}"), "-o", "log"]);
    command.arg(env!("CARGO_BIN_EXE_impasto")).args(arguments).stdout(Stdio::null()).stderr(Stdio::null());
    assert!(command.status().unwrap().success());
    let log = std::fs::read_to_string(folder.join("log")).unwrap();
    assert!(log.contains("exited"), "strace recorded nothing: {log}");
    log
}
