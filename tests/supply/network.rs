//! The program uses no network: checked in its source, its dependencies and its system calls.

use std::fs;
use std::path::{Path, PathBuf};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// The Rust files under `folder`.
fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.push(path);
        }
    }
}

#[test]
fn no_line_of_the_program_opens_a_connection() {
    let mut files = Vec::new();
    sources(&Path::new(ROOT).join("src"), &mut files);
    assert!(files.len() > 50);
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        for word in ["std::net", "TcpStream", "UdpSocket", "ToSocketAddrs"] {
            assert!(!text.contains(word), "{word} in {}", file.display());
        }
    }
}

#[test]
fn no_dependency_is_a_network_library() {
    let notices = fs::read_to_string(Path::new(ROOT).join("THIRD-PARTY.md")).unwrap();
    let parts: Vec<&str> = notices.lines().filter_map(|line| line.strip_prefix("- ")?.split(' ').next()).collect();
    assert!(parts.contains(&"image"));
    for network in [
        "attohttpc",
        "curl",
        "h2",
        "hf-hub",
        "hickory-resolver",
        "hyper",
        "isahc",
        "minreq",
        "native-tls",
        "openssl",
        "quinn",
        "reqwest",
        "rustls",
        "socket2",
        "tungstenite",
        "ureq",
    ] {
        assert!(!parts.contains(&network), "{network} is a network library");
    }
}

#[cfg(target_os = "linux")]
mod sockets {
    use super::super::strace::{calls, is_installed, picture};

    /// The address families of the requested sockets, from the log of strace.
    fn families(log: &str) -> Vec<&str> {
        let calls = log.lines().filter(|line| line.contains("socket("));
        calls.filter_map(|line| line.split("socket(").nth(1)?.split([',', ')']).next()).collect()
    }

    fn assert_no_network(log: &str) {
        for family in families(log) {
            // The window system, and notifications from the kernel; neither leaves the machine.
            assert!(["AF_UNIX", "AF_LOCAL", "AF_NETLINK"].contains(&family), "{family}:\n{log}");
        }
    }

    #[test]
    fn painting_on_the_command_line_asks_for_no_socket() {
        if !is_installed("strace") {
            return;
        }
        let folder = tempfile::tempdir().unwrap();
        picture(folder.path(), "photo.png");
        picture(folder.path(), "painting.png");
        for arguments in [
            &["doctor"][..],
            &[
                "stylize",
                "--content",
                "photo.png",
                "--style",
                "painting.png",
                "--output",
                "out.png",
                "--size",
                "32",
                "--iterations",
                "2",
            ],
        ] {
            let log = calls(folder.path(), "socket", arguments);
            // `doctor` may contact the window system while it looks for graphics adapters.
            assert_no_network(&log);
            assert!(arguments.len() == 1 || families(&log).is_empty(), "{log}");
        }
    }

    #[cfg(feature = "gui")]
    #[test]
    fn the_window_connects_only_to_the_window_system() {
        use std::process::{Command, Stdio};
        use std::time::Duration;

        if !is_installed("strace") || !is_installed("xvfb-run") {
            return;
        }
        let folder = tempfile::tempdir().unwrap();
        picture(folder.path(), "photo.png");
        let mut program = Command::new("xvfb-run")
            .current_dir(folder.path())
            .env("XDG_DATA_HOME", folder.path())
            .args(["-a", "timeout", "-s", "KILL", "20"])
            .args(["strace", "-f", "--seccomp-bpf", "-e", "trace=socket,connect", "-o", "log"])
            .args([env!("CARGO_BIN_EXE_impasto"), "photo.png"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let log = || std::fs::read_to_string(folder.path().join("log")).unwrap_or_default();
        while program.try_wait().unwrap().is_none() {
            std::thread::sleep(Duration::from_millis(200));
        }
        assert!(log().contains("AF_UNIX"), "the window was not opened: {}", log());
        assert_no_network(&log());
    }
}
