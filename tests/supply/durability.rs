//! Files are flushed to disk before they get their final names.

use super::strace::{calls, is_installed, picture};

/// Otherwise a power cut could leave a half-written file under the final name.
#[test]
fn files_are_flushed_before_they_get_their_names() {
    if !is_installed("strace") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    picture(folder.path(), "photo.png");
    picture(folder.path(), "painting.png");
    let sources = ["stylize", "--content", "photo.png", "--style", "painting.png", "--size", "32", "--iterations", "2"];
    let targets = ["--output", "out.png", "--save-project", "work.impasto"];
    let watched = "fsync,fdatasync,rename,renameat,renameat2,link,linkat";
    let log = calls(folder.path(), watched, &[&sources[..], &targets[..]].concat());
    for name in ["out.png", "work.impasto"] {
        let naming = log
            .lines()
            .position(|line| (line.contains("rename") || line.contains("link")) && line.contains(&format!("{name}\"")));
        let naming = naming.unwrap_or_else(|| panic!("{name} was never named:\n{log}"));
        let line = log.lines().nth(naming).unwrap();
        let temporary = line.split('"').find(|part| part.contains(".impasto-")).unwrap().rsplit('/').next().unwrap();
        let is_flush = |line: &str| line.contains("sync(") && line.contains(temporary);
        assert!(log.lines().take(naming).any(is_flush), "{temporary} was not flushed before it became {name}:\n{log}");
        // The directory entry must be flushed too.
        assert!(log.lines().skip(naming).any(|line| line.contains("sync(")), "{name} was not flushed:\n{log}");
    }
}
