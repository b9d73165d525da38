//! The Debian package: built from the program under test, installed into an empty root folder, started from there, and
//! purged.

use std::collections::{BTreeSet, HashMap};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use impasto::picture::decode;

use super::display::{Display, RunningApp, is_installed};

#[test]
fn the_package_is_built_installed_started_and_purged() {
    let tools = [
        ("cargo-deb", "none; cargo install cargo-deb"),
        ("dpkg", "dpkg"),
        ("dpkg-shlibdeps", "dpkg-dev"),
        ("desktop-file-validate", "desktop-file-utils"),
        ("appstreamcli", "appstream"),
    ];
    if !tools.iter().all(|(program, package)| is_installed(program, package)) {
        return;
    }
    let Some(display) = Display::start() else { return };
    let folder = tempfile::tempdir().unwrap();
    let package = build(folder.path());
    let system = System::empty(folder.path().join("system"));
    system.dpkg(&["--install", package.to_str().unwrap()]);

    let desktop = system.file("usr/share/applications/impasto.desktop");
    output_of(Command::new("desktop-file-validate").arg(&desktop));
    let metainfo = system.file("usr/share/metainfo/org.impasto.Impasto.metainfo.xml");
    output_of(Command::new("appstreamcli").args(["validate", "--no-net"]).arg(metainfo));
    let entry = fs::read_to_string(desktop).unwrap();
    assert!(entry.contains("\nExec=impasto %F\n") && entry.contains("\nIcon=impasto\n"), "{entry}");
    for side in [48, 128, 256] {
        let icon = system.file(&format!("usr/share/icons/hicolor/{side}x{side}/apps/impasto.png"));
        let icon = decode::open(&icon).unwrap();
        assert_eq!((icon.width(), icon.height()), (side, side));
    }
    let program = system.file("usr/bin/impasto");
    let version = output_of(Command::new(&program).arg("--version"));
    assert_eq!(version.trim(), concat!("impasto ", env!("CARGO_PKG_VERSION")));

    let mut app = RunningApp::start(&display, folder.path(), &mut Command::new(&program));
    app.wait_for("the window's panels", |pixels| pixels.colours() > 40);
    assert_opened_libraries_are_dependencies(&package, app.process_id());
    app.request_close();
    assert!(app.wait_for_exit().success());

    system.dpkg(&["--purge", "impasto"]);
    assert!(!program.exists());
    assert!(!system.root.join("usr/share/doc/impasto").exists());
}

/// Packages the program under test itself, without building it a second time.
fn build(folder: &Path) -> PathBuf {
    let package = folder.join("impasto.deb");
    let built_in = Path::new(env!("CARGO_BIN_EXE_impasto")).parent().unwrap().file_name().unwrap();
    let profile = if built_in == "debug" { "dev" } else { built_in.to_str().unwrap() };
    let mut command = Command::new(env!("CARGO"));
    command.current_dir(env!("CARGO_MANIFEST_DIR")).args(["deb", "--quiet", "--locked", "--no-build"]);
    command.args(["--fast", "--no-strip", "--no-dbgsym", "--profile", profile, "--output"]);
    output_of(command.arg(&package));
    package
}

/// An empty root folder for dpkg, with nothing but its own package database.
struct System {
    root: PathBuf,
}

impl System {
    fn empty(root: PathBuf) -> Self {
        for folder in ["var/lib/dpkg/updates", "var/lib/dpkg/info"] {
            fs::create_dir_all(root.join(folder)).unwrap();
        }
        fs::write(root.join("var/lib/dpkg/status"), "").unwrap();
        Self { root }
    }

    /// Runs dpkg on this root. Missing dependencies are ignored: the host has them, the root does not.
    fn dpkg(&self, arguments: &[&str]) {
        let mut command = Command::new("dpkg");
        command.arg(format!("--root={}", self.root.display()));
        command.args(["--force-depends", "--force-not-root", "--log=/dev/null"]);
        output_of(command.args(arguments));
    }

    fn file(&self, path: &str) -> PathBuf {
        let file = self.root.join(path);
        assert!(file.is_file(), "{path} was not installed");
        file
    }
}

/// Asserts that every library that the running program has opened comes from a package that its own package depends on
/// or recommends, directly or through others.
fn assert_opened_libraries_are_dependencies(package: &Path, process: u32) {
    let field = |name: &str| output_of(Command::new("dpkg-deb").arg("--field").arg(package).arg(name));
    let declared = format!("{}, {}", field("Depends"), field("Recommends"));
    for library in ["libx11-6", "libxkbcommon0", "libwayland-client0", "libvulkan1"] {
        assert!(names(&declared).any(|name| name == library), "{library} is not declared: {declared}");
    }
    let installed = output_of(Command::new("dpkg-query").args(["-W", "-f=${Package}\\t${Depends}, ${Pre-Depends}\\n"]));
    let needs: HashMap<&str, &str> = installed.lines().filter_map(|line| line.split_once('\t')).collect();
    let mut reached = BTreeSet::new();
    let mut waiting: Vec<&str> = names(&declared).collect();
    while let Some(name) = waiting.pop() {
        if reached.insert(name) {
            waiting.extend(needs.get(name).into_iter().flat_map(|needs| names(needs)));
        }
    }
    let maps = fs::read_to_string(format!("/proc/{process}/maps")).unwrap();
    let opened: BTreeSet<&str> =
        maps.lines().filter_map(|line| line.split_whitespace().nth(5)).filter(|path| path.contains(".so")).collect();
    assert!(opened.iter().any(|path| path.contains("/libvulkan.so")), "{opened:?}");
    for path in opened {
        // A driver that comes from no package is specific to this machine.
        let Some(owner) = owner(path) else { continue };
        assert!(reached.contains(owner.as_str()), "{path} of {owner} is opened, but not declared: {declared}");
    }
}

/// The package names in a dependency list, alternatives included.
fn names(list: &str) -> impl Iterator<Item = &str> {
    list.split([',', '|']).filter_map(|part| part.split([' ', '(', ':', '\n']).find(|word| !word.is_empty()))
}

/// The package that a file comes from. dpkg may list the file with or without the leading `/usr`.
fn owner(path: &str) -> Option<String> {
    [path, path.strip_prefix("/usr").unwrap_or(path)].into_iter().find_map(|path| {
        let output = Command::new("dpkg").args(["--search", path]).output().unwrap();
        let line = String::from_utf8(output.stdout).ok()?;
        line.split([':', ',']).next().map(str::to_owned).filter(|_| output.status.success())
    })
}

/// Runs a program, which must succeed, and returns its standard output.
fn output_of(command: &mut Command) -> String {
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{command:?}\n{said}\n{}", String::from_utf8_lossy(&output.stderr));
    said
}
