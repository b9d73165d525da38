//! `THIRD-PARTY.md` has the licence notices of every crate in the binary, in the version that is used.
//!
//! `IMPASTO_UPDATE_THIRD_PARTY=1 cargo test --test supply` regenerates it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// A crate that is part of the binary.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Part {
    name: String,
    version: String,
    licence: String,
    authors: Vec<String>,
    folder: String,
}

/// The crates that `cargo metadata` lists as linked into the program, with the window. For every system, or for this
/// one only, which works offline because it needs no crate that was not built.
fn parts(this_system_only: bool) -> BTreeSet<Part> {
    let mut command = Command::new(env!("CARGO"));
    command.current_dir(ROOT).args(["metadata", "--format-version", "1", "--locked"]);
    if this_system_only {
        let host = Command::new("rustc").arg("-vV").output().unwrap().stdout;
        let host = String::from_utf8(host).unwrap();
        let host = host.lines().find_map(|line| line.strip_prefix("host: ")).unwrap().to_owned();
        command.args(["--offline", "--filter-platform", &host]);
    }
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();

    let nodes: BTreeMap<String, Vec<Value>> =
        list(&metadata["resolve"]["nodes"]).iter().map(|node| (text(&node["id"]), list(&node["deps"]))).collect();
    let root = text(&metadata["resolve"]["root"]);
    let mut linked = BTreeSet::new();
    let mut waiting = vec![root.clone()];
    while let Some(id) = waiting.pop() {
        for dependency in &nodes[&id] {
            let is_linked = list(&dependency["dep_kinds"]).iter().any(|kind| kind["kind"].is_null());
            if is_linked && linked.insert(text(&dependency["pkg"])) {
                waiting.push(text(&dependency["pkg"]));
            }
        }
    }
    let package = |package: &Value| Part {
        name: text(&package["name"]),
        version: text(&package["version"]),
        licence: text(&package["license"]),
        authors: list(&package["authors"]).iter().map(text).collect(),
        folder: Path::new(&text(&package["manifest_path"])).parent().unwrap().to_str().unwrap().to_owned(),
    };
    list(&metadata["packages"]).iter().filter(|of| linked.contains(&text(&of["id"]))).map(package).collect()
}

fn heading(part: &Part) -> String {
    format!("- {} {} ({})", part.name, part.version, part.licence)
}

/// The notices that come with a crate, or else the name of its licence and its authors.
fn notices(part: &Part) -> Vec<String> {
    let mut files: Vec<_> = fs::read_dir(&part.folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let is_notice = |path: &Path| {
        let name = path.file_name().unwrap().to_string_lossy().to_lowercase();
        ["license", "licence", "copying", "notice", "unlicense", "copyright"].iter().any(|of| name.starts_with(of))
            && path.is_file()
    };
    files.retain(|path| is_notice(path));
    // Where the MIT licence is one of the alternatives, the Apache licence is left out.
    let is_mit = |path: &Path| path.file_name().unwrap().to_string_lossy().to_lowercase().contains("mit");
    if part.licence.contains(" OR ") && files.iter().any(|path| is_mit(path)) {
        files.retain(|path| {
            is_mit(path) || !path.file_name().unwrap().to_string_lossy().to_lowercase().contains("apache")
        });
    }
    let texts = files.iter().filter_map(|path| fs::read_to_string(path).ok());
    let texts: Vec<String> = texts.map(|text| text.replace('\r', "").trim().to_owned()).collect();
    if texts.is_empty() { vec![format!("{}\n\n{}", part.licence, part.authors.join("\n"))] } else { texts }
}

fn regenerate() {
    let parts = parts(false);
    let mut by_text: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for part in &parts {
        for text in notices(part) {
            by_text.entry(text).or_default().push(format!("{} {}", part.name, part.version));
        }
    }
    let mut file = "# Notices\n\nImpasto is made with these crates, each under the licence that stands beside it. Their notices follow.\n\
                    `IMPASTO_UPDATE_THIRD_PARTY=1 cargo test --test supply` writes this file.\n\n"
        .to_owned();
    for part in &parts {
        writeln!(file, "{}", heading(part)).unwrap();
    }
    let mut by_text: Vec<_> = by_text.into_iter().collect();
    by_text.sort_by(|one, other| one.1.cmp(&other.1));
    for (text, names) in by_text {
        writeln!(file, "\n## {}\n\n```text\n{text}\n```", names.join(", ")).unwrap();
    }
    fs::write(Path::new(ROOT).join("THIRD-PARTY.md"), file).unwrap();
}

#[test]
fn every_part_of_the_binary_has_its_notice() {
    if std::env::var_os("IMPASTO_UPDATE_THIRD_PARTY").is_some() {
        regenerate();
    }
    let file = fs::read_to_string(Path::new(ROOT).join("THIRD-PARTY.md")).unwrap();
    let listed: BTreeSet<&str> = file.lines().take_while(|line| !line.starts_with("## ")).collect();
    let advice = "regenerate it with IMPASTO_UPDATE_THIRD_PARTY=1 cargo test --test supply";
    for part in parts(true) {
        assert!(listed.contains(heading(&part).as_str()), "{} is not in THIRD-PARTY.md; {advice}", part.name);
        let name = format!("{} {}", part.name, part.version);
        let has_text = file
            .lines()
            .any(|line| line.strip_prefix("## ").is_some_and(|names| names.split(", ").any(|other| other == name)));
        assert!(has_text, "{name} has no notice in THIRD-PARTY.md; {advice}");
    }
    let lock = fs::read_to_string(Path::new(ROOT).join("Cargo.lock")).unwrap();
    for line in listed.iter().filter_map(|line| line.strip_prefix("- ")) {
        let mut words = line.split(' ');
        let (name, version) = (words.next().unwrap(), words.next().unwrap());
        let entry = format!("name = \"{name}\"\nversion = \"{version}\"\n");
        assert!(lock.contains(&entry), "{name} {version} is in THIRD-PARTY.md but not in use; {advice}");
    }
}
