//! The paths in a project: relative to its folder, with `/`, so that the folder and the files around it can be moved
//! together, even to another operating system.

use std::path::{Component, Path, PathBuf, Prefix};

/// The path of `file` for a project in `folder`. Characters that are not Unicode are replaced, so the user is asked for
/// such a file when the project is opened.
pub(super) fn to_text(file: &Path, folder: &Path) -> String {
    let absolute = |path: &Path| std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
    let folder = absolute(if folder.as_os_str().is_empty() { Path::new(".") } else { folder });
    let file = absolute(file);
    let real = |path: &Path| path.canonicalize().map_or_else(|_| path.to_path_buf(), without_prefix);
    // Symbolic links are resolved in the folder only; a file that is a link keeps its own name.
    let real_file = file.parent().map(real).zip(file.file_name()).map_or(file.clone(), |(at, name)| at.join(name));
    let Some(path) = pathdiff::diff_paths(&real_file, real(&folder)) else { return portable(&file) };
    let mut parts = Vec::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => parts.push("..".into()),
            Component::Normal(part) => parts.push(part.to_string_lossy()),
            // On another drive, which no relative path reaches.
            Component::RootDir | Component::Prefix(_) => return portable(&file),
        }
    }
    parts.join("/")
}

/// An absolute path with `/`.
fn portable(path: &Path) -> String {
    if cfg!(windows) { path.to_string_lossy().replace('\\', "/") } else { path.to_string_lossy().into_owned() }
}

/// Removes the `\\?\` that Windows puts before canonical paths on a drive.
fn without_prefix(path: PathBuf) -> PathBuf {
    let mut components = path.components();
    if let Some(Component::Prefix(prefix)) = components.next()
        && let Prefix::VerbatimDisk(letter) = prefix.kind()
    {
        return Path::new(&format!("{}:", char::from(letter))).join(components.as_path());
    }
    path
}

/// The path that `text` stands for in a project in `folder`.
pub(super) fn from_text(text: &str, folder: &Path) -> PathBuf {
    // `join` keeps an absolute path unchanged.
    folder.join(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_relative_to_the_projects_folder() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        std::fs::create_dir_all(at("work/evening")).unwrap();
        std::fs::create_dir_all(at("photos")).unwrap();
        for (file, expected) in [
            ("work/evening/a.jpg", "a.jpg"),
            ("work/a b.jpg", "../a b.jpg"),
            ("photos/é.jpg", "../../photos/é.jpg"),
            ("work/evening/deep/a.jpg", "deep/a.jpg"),
            ("photos/../photos/x.jpg", "../../photos/x.jpg"),
        ] {
            let text = to_text(&at(file), &at("work/evening"));
            assert_eq!(text, expected);
            let path = from_text(&text, &at("work/evening"));
            assert_eq!(
                path.parent().and_then(|at| at.canonicalize().ok()),
                at(file).parent().and_then(|at| at.canonicalize().ok())
            );
        }
    }

    #[cfg(windows)]
    #[test]
    fn paths_on_another_drive_are_absolute() {
        let folder = tempfile::tempdir().unwrap();
        let folder = without_prefix(folder.path().canonicalize().unwrap());
        assert_eq!(to_text(Path::new(r"Q:\photos\a b.jpg"), &folder), "Q:/photos/a b.jpg");
        assert_eq!(from_text("Q:/photos/a b.jpg", &folder), Path::new(r"Q:\photos\a b.jpg"));
        // A folder that does not exist is still on the same drive.
        assert_eq!(to_text(&folder.join(r"gone\a.jpg"), &folder), "gone/a.jpg");
    }

    #[cfg(unix)]
    #[test]
    fn characters_that_are_not_unicode_are_replaced() {
        use std::os::unix::ffi::OsStrExt;
        let file = Path::new("/photos").join(std::ffi::OsStr::from_bytes(b"a\xFF.jpg"));
        assert_eq!(to_text(&file, Path::new("/art")), "../photos/a\u{FFFD}.jpg");
    }
}
