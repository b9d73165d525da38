//! Standard output and standard error that are closed or full: neither costs a picture, and nothing panics.
#![cfg(unix)]

use std::fs::File;
use std::process::{Command, ExitStatus, Stdio};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::{Desk, size, text};

/// Where a stream of the program leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Leads {
    Nowhere,
    /// A pipe whose other end is closed already.
    Closed,
    /// A disk without room; Linux has one to try with.
    #[cfg(target_os = "linux")]
    Full,
}

impl Leads {
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

fn program(desk: &Desk, arguments: &[&str], out: Leads, err: Leads) -> Command {
    let mut program = Command::new(env!("CARGO_BIN_EXE_impasto"));
    program.current_dir(desk.0.path()).args(arguments).stdout(out.stream()).stderr(err.stream());
    program
}

fn run(desk: &Desk, arguments: &[&str], out: Leads, err: Leads) -> ExitStatus {
    program(desk, arguments, out, err).status().unwrap()
}

#[test]
fn a_stream_that_is_closed_or_full_costs_no_picture() {
    let desk = Desk::new();
    for &broken in Leads::BROKEN {
        for (out, err) in [(broken, broken), (broken, Leads::Nowhere), (Leads::Nowhere, broken)] {
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
fn what_only_prints_ends_quietly_at_a_closed_pipe_and_tells_of_a_full_disk() {
    let desk = Desk::new();
    for command in ["doctor", "licenses", "--help", "--version"] {
        for err in [Leads::Nowhere, Leads::Closed] {
            assert_eq!(run(&desk, &[command], Leads::Closed, err).code(), Some(0), "{command}");
        }
        #[cfg(target_os = "linux")]
        {
            let output =
                program(&desk, &[command], Leads::Full, Leads::Nowhere).stderr(Stdio::piped()).output().unwrap();
            assert_eq!(output.status.code(), Some(1), "{command}");
            let sentence = "error: standard output cannot be written to (the disk is full); print elsewhere\n";
            assert_eq!(text(&output.stderr), sentence, "{command}");
            assert_eq!(run(&desk, &[command], Leads::Full, Leads::Full).code(), Some(1), "{command}");
        }
    }
}

#[test]
fn a_refusal_that_nobody_hears_is_still_a_refusal() {
    let desk = Desk::new();
    let missing = ["stylize", "--content", "missing.png", "--style", "painting.png", "--output", "out.png"];
    for &broken in Leads::BROKEN {
        for arguments in [&missing[..], &["--no-such-option"], &["stylize"], &["doctor", "--weights", "missing"]] {
            assert_eq!(run(&desk, arguments, broken, broken).code(), Some(2), "{broken:?}, {arguments:?}");
        }
    }
}

/// Ctrl+C in a shell ends the reader of a pipe at the same time.
#[test]
fn an_interrupt_saves_the_picture_though_nobody_reads_any_more() {
    use std::io::{BufRead, BufReader};
    let desk = Desk::new();
    let (reader, writer) = std::io::pipe().unwrap();
    let mut painter = program(&desk, &PAINT, Leads::Nowhere, Leads::Nowhere)
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
