//! Closed or full standard output and standard error: pictures are still saved, and nothing panics.
#![cfg(unix)]

use std::fs::File;
use std::process::{Command, ExitStatus, Stdio};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::{Desk, size, text};

/// Where a stream of the program is redirected to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum StreamTarget {
    Nowhere,
    /// A pipe whose other end is closed.
    Closed,
    /// A full disk, for which Linux has a device.
    #[cfg(target_os = "linux")]
    Full,
}

impl StreamTarget {
    const BROKEN: &[Self] = &[
        Self::Closed,
        #[cfg(target_os = "linux")]
        Self::Full,
    ];

    fn stream(self) -> Stdio {
        match self {
            Self::Nowhere => Stdio::null(),
            Self::Closed => std::io::pipe().unwrap().1.into(),
            #[cfg(target_os = "linux")]
            Self::Full => File::options().write(true).open("/dev/full").unwrap().into(),
        }
    }
}

const PAINT: [&str; 11] = [
    "stylize",
    "--content",
    "photo.png",
    "--style",
    "painting.png",
    "--size",
    "48",
    "--iterations",
    "2",
    "--output",
    "out.png",
];

fn program(desk: &Desk, arguments: &[&str], out: StreamTarget, err: StreamTarget) -> Command {
    let mut program = Command::new(env!("CARGO_BIN_EXE_impasto"));
    program.current_dir(desk.0.path()).args(arguments).stdout(out.stream()).stderr(err.stream());
    program
}

fn run(desk: &Desk, arguments: &[&str], out: StreamTarget, err: StreamTarget) -> ExitStatus {
    program(desk, arguments, out, err).status().unwrap()
}

#[test]
fn a_closed_or_full_stream_does_not_prevent_the_picture() {
    let desk = Desk::new();
    for &broken in StreamTarget::BROKEN {
        for (out, err) in [(broken, broken), (broken, StreamTarget::Nowhere), (StreamTarget::Nowhere, broken)] {
            for more in [&["--json"][..], &["--save-project", "work.impasto"]] {
                let status = run(&desk, &[&PAINT, more, &["--overwrite"]].concat(), out, err);
                assert_eq!(status.code(), Some(0), "{out:?}, {err:?}, {more:?}");
                assert_eq!(size(&desk.path("out.png")), (48, 32));
                std::fs::remove_file(desk.path("out.png")).unwrap();
            }
        }
    }
}

#[test]
fn printing_commands_ignore_a_closed_pipe_and_report_a_full_disk() {
    let desk = Desk::new();
    for command in ["doctor", "licenses", "--help", "--version"] {
        for err in [StreamTarget::Nowhere, StreamTarget::Closed] {
            assert_eq!(run(&desk, &[command], StreamTarget::Closed, err).code(), Some(0), "{command}");
        }
        #[cfg(target_os = "linux")]
        {
            let output = program(&desk, &[command], StreamTarget::Full, StreamTarget::Nowhere)
                .stderr(Stdio::piped())
                .output()
                .unwrap();
            assert_eq!(output.status.code(), Some(1), "{command}");
            let sentence = "error: standard output cannot be written to (the disk is full); print elsewhere\n";
            assert_eq!(text(&output.stderr), sentence, "{command}");
            assert_eq!(run(&desk, &[command], StreamTarget::Full, StreamTarget::Full).code(), Some(1), "{command}");
        }
    }
}

#[test]
fn bad_input_fails_even_if_the_message_cannot_be_printed() {
    let desk = Desk::new();
    let missing = ["stylize", "--content", "missing.png", "--style", "painting.png", "--output", "out.png"];
    for &broken in StreamTarget::BROKEN {
        for arguments in [&missing[..], &["--no-such-option"], &["stylize"], &["doctor", "--weights", "missing"]] {
            assert_eq!(run(&desk, arguments, broken, broken).code(), Some(2), "{broken:?}, {arguments:?}");
        }
    }
}

/// Ctrl+C in a shell ends the reader of a pipe at the same time.
#[test]
fn an_interrupt_saves_the_picture_even_if_the_pipe_is_closed() {
    use std::io::{BufRead, BufReader};
    let desk = Desk::new();
    let (reader, writer) = std::io::pipe().unwrap();
    let mut painter = program(&desk, &PAINT, StreamTarget::Nowhere, StreamTarget::Nowhere)
        .arg("--json")
        .stdout(writer.try_clone().unwrap())
        .stderr(writer)
        .spawn()
        .unwrap();
    let mut reader = BufReader::new(reader);
    let mut line = String::new();
    reader.read_line(&mut line).unwrap();
    drop(reader);
    kill(Pid::from_raw(i32::try_from(painter.id()).unwrap()), Signal::SIGINT).unwrap();
    let code = painter.wait().unwrap().code();
    assert!(matches!(code, Some(130 | 0)), "{code:?}: two iterations may have been done by then");
    assert_eq!(size(&desk.path("out.png")).0, 48);
}
