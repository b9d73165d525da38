//! Messages contain no error numbers of the system and no paths of the machine that built the program.

use std::process::Command;

use crate::{Desk, text};

#[test]
fn messages_contain_no_system_error_numbers() {
    let desk = Desk::new();
    std::fs::create_dir(desk.path("folder")).unwrap();
    let long = format!("{}.png", "x".repeat(300));
    for bad in ["photo.png/in it.png", "folder", "missing/in it.png", long.as_str()] {
        for option in [
            "--content",
            "--style",
            "--protect",
            "--init",
            "--weights",
            "--recipe",
            "--project",
            "--output",
            "--save-project",
        ] {
            let output = desk.stylize(&[option, bad]);
            let sentence = text(&output.stderr);
            assert_eq!(output.status.code(), Some(2), "{option} {bad}: {sentence}");
            assert!(!sentence.contains("os error"), "{option} {bad}: {sentence}");
            assert_eq!(sentence.trim_end().lines().count(), 1, "{option} {bad}: {sentence}");
        }
        let sentence = text(&desk.run(&["doctor", "--weights", bad]).stderr);
        assert!(!sentence.contains("os error"), "{sentence}");
    }
}

#[cfg(all(feature = "gui", target_os = "linux"))]
#[test]
fn a_missing_display_gives_a_one_sentence_error() {
    let desk = Desk::new();
    for (name, value) in
        [("NOTHING", ""), ("DISPLAY", ":4711"), ("WAYLAND_DISPLAY", "wayland-4711"), ("XDG_RUNTIME_DIR", "/missing")]
    {
        let mut program = Command::new(env!("CARGO_BIN_EXE_impasto"));
        for variable in ["DISPLAY", "WAYLAND_DISPLAY", "WAYLAND_SOCKET", "XDG_RUNTIME_DIR"] {
            program.env_remove(variable);
        }
        let output = program.current_dir(desk.0.path()).env(name, value).output().unwrap();
        let sentence = text(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{sentence}");
        assert_eq!(sentence.lines().count(), 1, "{name}: {sentence}");
        assert!(
            sentence.starts_with("error: the window cannot be opened, because no display can be reached"),
            "{sentence}"
        );
        assert!(!sentence.contains(".rs"), "{sentence}");
    }
}

#[cfg(unix)]
#[test]
fn doctor_suppresses_messages_of_libraries() {
    let desk = Desk::new();
    for folder in [None, Some("/missing")] {
        let mut program = Command::new(env!("CARGO_BIN_EXE_impasto"));
        program
            .current_dir(desk.0.path())
            .arg("doctor")
            .env_remove("XDG_RUNTIME_DIR")
            .envs(folder.map(|folder| ("XDG_RUNTIME_DIR", folder)));
        let output = program.output().unwrap();
        assert_eq!((output.status.code(), text(&output.stderr).as_str()), (Some(0), ""));
    }
}
