//! The Debian package: built from the program under test, installed into an empty system of its own, started from
//! there, and taken away again.

use std::collections::{BTreeSet, HashMap};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use impasto::picture::decode;

use super::display::{Display, Seat, is_there};

#[test]
fn the_package_is_built_installed_started_and_purged() {
    let tools = [
        ("cargo-deb", "none; cargo install cargo-deb"),
        ("dpkg", "dpkg"),
        ("dpkg-shlibdeps", "dpkg-dev"),
        ("desktop-file-validate", "desktop-file-utils"),
        ("appstreamcli", "appstream"),
    ];
    if !tools.iter().all(|(program, package)| is_there(program, package)) {
        return;
    }
    let Some(display) = Display::start() else { return };
    let folder = tempfile::tempdir().unwrap();
    let package = build(folder.path());
    let system = System::empty(folder.path().join("system"));
    system.dpkg(&["--install", package.to_str().unwrap()]);

    let desktop = system.file("usr/share/applications/impasto.desktop");
    said_by(Command::new("desktop-file-validate").arg(&desktop));
    let metainfo = system.file("usr/share/metainfo/org.impasto.Impasto.metainfo.xml");
    said_by(Command::new("appstreamcli").args(["validate", "--no-net"]).arg(metainfo));
    let entry = fs::read_to_string(desktop).unwrap();
    assert!(entry.contains("\nExec=impasto %F\n") && entry.contains("\nIcon=impasto\n"), "{entry}");
    for side in [48, 128, 256] {
        let icon = system.file(&format!("usr/share/icons/hicolor/{side}x{side}/apps/impasto.png"));
        let icon = decode::open(&icon).unwrap();
        assert_eq!((icon.width(), icon.height()), (side, side));
    }
    let program = system.file("usr/bin/impasto");
    let version = said_by(Command::new(&program).arg("--version"));
    assert_eq!(version.trim(), concat!("impasto ", env!("CARGO_PKG_VERSION")));

    let mut seat = Seat::take(&display, folder.path(), &mut Command::new(&program));
    seat.wait_for("the window's panels", |pixels| pixels.colours() > 40);
    opens_only_what_it_depends_on(&package, seat.process());
    seat.ask_to_close();
    assert!(seat.leave().success());

    system.dpkg(&["--purge", "impasto"]);
    assert!(!program.exists());
    assert!(!system.root.join("usr/share/doc/impasto").exists());
}

/// Makes the package of the very program that is tested, without building it a second time.
fn build(folder: &Path) -> PathBuf {
    let package = folder.join("impasto.deb");
    let built_in = Path::new(env!("CARGO_BIN_EXE_impasto")).parent().unwrap().file_name().unwrap();
    let profile = if built_in == "debug" { "dev" } else { built_in.to_str().unwrap() };
    let mut command = Command::new(env!("CARGO"));
    command.current_dir(env!("CARGO_MANIFEST_DIR")).args(["deb", "--quiet", "--locked", "--no-build"]);
    command.args(["--fast", "--no-strip", "--no-dbgsym", "--profile", profile, "--output"]);
    said_by(command.arg(&package));
    package
}

/// A system with nothing but its own list of packages.
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

    /// What the package needs is not there, but on the machine round it.
    fn dpkg(&self, arguments: &[&str]) {
        let mut command = Command::new("dpkg");
        command.arg(format!("--root={}", self.root.display()));
        command.args(["--force-depends", "--force-not-root", "--log=/dev/null"]);
        said_by(command.args(arguments));
    }

    fn file(&self, path: &str) -> PathBuf {
        let file = self.root.join(path);
        assert!(file.is_file(), "{path} was not installed");
        file
    }
}

/// Every library that the running program has opened comes with the packages that its package asks for.
fn opens_only_what_it_depends_on(package: &Path, process: u32) {
    let field = |name: &str| said_by(Command::new("dpkg-deb").arg("--field").arg(package).arg(name));
    let asked_for = format!("{}, {}", field("Depends"), field("Recommends"));
    for library in ["libx11-6", "libxkbcommon0", "libwayland-client0", "libvulkan1"] {
        assert!(names(&asked_for).any(|name| name == library), "{library} is not asked for: {asked_for}");
    }
    let installed = said_by(Command::new("dpkg-query").args(["-W", "-f=${Package}\\t${Depends}, ${Pre-Depends}\\n"]));
    let needs: HashMap<&str, &str> = installed.lines().filter_map(|line| line.split_once('\t')).collect();
    let mut reached = BTreeSet::new();
    let mut waiting: Vec<&str> = names(&asked_for).collect();
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
        // A driver that no package brought is the machine's own affair.
        let Some(owner) = owner(path) else { continue };
        assert!(reached.contains(owner.as_str()), "{path} of {owner} is opened, but not asked for: {asked_for}");
    }
}

/// The names of packages in a list of dependencies, alternatives included.
fn names(list: &str) -> impl Iterator<Item = &str> {
    list.split([',', '|']).filter_map(|part| part.split([' ', '(', ':', '\n']).find(|word| !word.is_empty()))
}

/// The package that a file came with; the list may have it under either of its two folders.
fn owner(path: &str) -> Option<String> {
    [path, path.strip_prefix("/usr").unwrap_or(path)].into_iter().find_map(|path| {
        let output = Command::new("dpkg").args(["--search", path]).output().unwrap();
        let line = String::from_utf8(output.stdout).ok()?;
        line.split([':', ',']).next().map(str::to_owned).filter(|_| output.status.success())
    })
}

/// Runs a program that must succeed.
fn said_by(command: &mut Command) -> String {
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{command:?}\n{said}\n{}", String::from_utf8_lossy(&output.stderr));
    said
}
