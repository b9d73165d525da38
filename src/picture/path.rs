//! Paths of files that are read and written.

use std::path::{Path, PathBuf};

/// What a person calls a file: its name without the folder.
pub fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

/// Whether two paths lead to one file, whether it exists or not: links in the paths are followed.
pub fn is_same_file(one: &Path, other: &Path) -> bool {
    real(one) == real(other)
}

/// The path with all links followed; of a file that does not exist, those of its folder.
fn real(path: &Path) -> PathBuf {
    if let Ok(real) = path.canonicalize() {
        return real;
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    match (folder.canonicalize(), path.file_name()) {
        (Ok(folder), Some(name)) => folder.join(name),
        _ => path.to_path_buf(),
    }
}

/// Whether the name ends as file names do: a full stop and two to five letters or digits, the first a letter. So
/// `portrait v1.2` has no ending.
pub fn has_ending(path: &Path) -> bool {
    path.extension().and_then(|ending| ending.to_str()).is_some_and(|ending| {
        (2..=5).contains(&ending.len())
            && ending.starts_with(|first: char| first.is_ascii_alphabetic())
            && ending.chars().all(|character| character.is_ascii_alphanumeric())
    })
}

/// What a file's name ends with, in small letters and without the full stop; empty if there is nothing.
pub fn lower_ending(path: &Path) -> String {
    path.extension().and_then(|ending| ending.to_str()).unwrap_or_default().to_lowercase()
}

/// The path with `.ending` after its name, whatever the name contains.
pub fn with_ending(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(ending);
    PathBuf::from(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endings_are_told_from_version_numbers() {
        assert!(has_ending(Path::new("a.png")));
        assert!(has_ending(Path::new("a.xyz")));
        assert!(!has_ending(Path::new("a")));
        assert!(!has_ending(Path::new("portrait v1.2")));
        assert!(!has_ending(Path::new("end.")));
        assert!(!has_ending(Path::new("dr. who and more")));
        assert_eq!(with_ending(Path::new("portrait v1.2"), "png"), Path::new("portrait v1.2.png"));
    }

    #[test]
    fn one_file_is_recognised_by_any_path_before_and_after_it_exists() {
        let folder = tempfile::tempdir().unwrap();
        let (direct, indirect) =
            (folder.path().join("a.png"), folder.path().join("../").join(folder.path()).join("a.png"));
        assert!(is_same_file(&direct, &indirect));
        assert!(!is_same_file(&direct, &folder.path().join("b.png")));
        std::fs::write(&direct, "").unwrap();
        assert!(is_same_file(&direct, &indirect));
        #[cfg(unix)]
        {
            let link = folder.path().join("link.png");
            std::os::unix::fs::symlink(&direct, &link).unwrap();
            assert!(is_same_file(&direct, &link));
        }
        assert!(is_same_file(Path::new("nowhere/a.png"), Path::new("nowhere/a.png")));
    }
}
