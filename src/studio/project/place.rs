//! Paths as a project names them: relative to its own folder, with `/`, so that folder and project can move
//! together, to another system too.

use std::path::{Component, Path, PathBuf, Prefix};

/// The path of `file` as a project in `folder` names it. What is no text in it is replaced, so that a file of such a
/// name is asked for when the project is opened.
pub(super) fn written(file: &Path, folder: &Path) -> String {
    let absolute = |path: &Path| std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
    let folder = absolute(if folder.as_os_str().is_empty() { Path::new(".") } else { folder });
    let file = absolute(file);
    let real = |path: &Path| path.canonicalize().map_or_else(|_| path.to_path_buf(), usual);
    // Links are followed for the folder alone: the file is to be found under its own name.
    let real_file = file.parent().map(real).zip(file.file_name()).map_or(file.clone(), |(at, name)| at.join(name));
    let Some(path) = pathdiff::diff_paths(&real_file, real(&folder)) else { return portable(&file) };
    let mut parts = Vec::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => parts.push("..".into()),
            Component::Normal(part) => parts.push(part.to_string_lossy()),
            // On another drive there is no way from here to there.
            Component::RootDir | Component::Prefix(_) => return portable(&file),
        }
    }
    parts.join("/")
}

/// A whole path with `/`.
fn portable(path: &Path) -> String {
    if cfg!(windows) { path.to_string_lossy().replace('\\', "/") } else { path.to_string_lossy().into_owned() }
}

/// A path on a drive of Windows as people write it; the system's own form begins with `\\?\`.
fn usual(path: PathBuf) -> PathBuf {
    let mut components = path.components();
    if let Some(Component::Prefix(prefix)) = components.next()
        && let Prefix::VerbatimDisk(letter) = prefix.kind()
    {
        return Path::new(&format!("{}:", char::from(letter))).join(components.as_path());
    }
    path
}

/// The path that a project in `folder` means.
pub(super) fn meant(written: &str, folder: &Path) -> PathBuf {
    // Joining takes an absolute path as it is.
    folder.join(written)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_named_from_the_projects_folder() {
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
            let written = written(&at(file), &at("work/evening"));
            assert_eq!(written, expected);
            let meant = meant(&written, &at("work/evening"));
            assert_eq!(
                meant.parent().and_then(|at| at.canonicalize().ok()),
                at(file).parent().and_then(|at| at.canonicalize().ok())
            );
        }
    }

    #[cfg(windows)]
    #[test]
    fn files_on_another_drive_are_named_from_its_root() {
        let folder = tempfile::tempdir().unwrap();
        let folder = usual(folder.path().canonicalize().unwrap());
        assert_eq!(written(Path::new(r"Q:\photos\a b.jpg"), &folder), "Q:/photos/a b.jpg");
        assert_eq!(meant("Q:/photos/a b.jpg", &folder), Path::new(r"Q:\photos\a b.jpg"));
        // A folder that is gone is on the same drive all the same.
        assert_eq!(written(&folder.join(r"gone\a.jpg"), &folder), "gone/a.jpg");
    }

    #[cfg(unix)]
    #[test]
    fn a_name_that_is_no_text_is_written_as_far_as_it_is() {
        use std::os::unix::ffi::OsStrExt;
        let file = Path::new("/photos").join(std::ffi::OsStr::from_bytes(b"a\xFF.jpg"));
        assert_eq!(written(&file, Path::new("/art")), "../photos/a\u{FFFD}.jpg");
    }
}
