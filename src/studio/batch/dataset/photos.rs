//! The photos of a data set, as its files name them.

use std::collections::HashMap;
use std::path::{Component, Path, PathBuf};

/// The photos of a data set by their names.
pub(super) struct PhotosByName<'a>(HashMap<&'a str, Vec<&'a Path>>);

impl<'a> PhotosByName<'a> {
    /// By file names, and without their endings.
    pub(super) fn new(photos: &[&'a Path]) -> Self {
        let mut names: HashMap<&str, Vec<&Path>> = HashMap::new();
        for photo in photos {
            for name in [photo.file_name(), photo.file_stem()].into_iter().flatten().filter_map(|name| name.to_str()) {
                names.entry(name).or_default().push(photo);
            }
        }
        Self(names)
    }

    /// The photo that a list means with a path: the one whose path agrees with it from the end on, or else whose folder is
    /// nearest to the list's.
    pub(super) fn named(&self, path: &str, list: &Path) -> Option<PathBuf> {
        let path = tidy(path);
        let candidates = self.0.get(path.file_name()?.to_str()?)?;
        let likeness = |photo: &&&Path| (shared_end(photo, &path), shared_start(photo, list));
        candidates.iter().max_by_key(likeness).map(|photo| photo.to_path_buf())
    }

    /// The photo of this name without ending that is nearest to a list.
    pub(super) fn of_stem(&self, stem: &str, list: &Path) -> Option<PathBuf> {
        let candidates = self.0.get(stem)?.iter().filter(|photo| photo.file_stem().is_some_and(|own| own == stem));
        candidates.max_by_key(|photo| shared_start(photo, list)).map(|photo| photo.to_path_buf())
    }

    /// The photo that a file with labels means with a path: one whose path ends as that does; if there are several, one in a
    /// folder whose name is the longest in the file's, such as `train2017` in `instances_train2017.json`, or else the nearest
    /// to the file.
    pub(super) fn labelled(&self, path: &str, file: &Path) -> Option<PathBuf> {
        let path = tidy(path);
        let name = path.file_name()?;
        let candidates = self.0.get(name.to_str()?)?.iter().filter(|photo| photo.file_name() == Some(name));
        let candidates = candidates.filter(|photo| photo.ends_with(&path) || path.ends_with(photo));
        let own = file.file_stem().unwrap_or_default().to_string_lossy().to_lowercase();
        let likeness = |photo: &&&Path| {
            let folders = photo.parent().into_iter().flat_map(Path::iter);
            let folders = folders.map(|folder| folder.to_string_lossy().to_lowercase());
            let named = folders.filter(|folder| own.contains(folder.as_str())).map(|folder| folder.len()).max();
            (named, shared_start(photo, file))
        };
        candidates.max_by_key(likeness).map(|photo| photo.to_path_buf())
    }
}

/// A path without `.`, and with slashes where another system wrote it.
fn tidy(text: &str) -> PathBuf {
    let text = text.trim().replace('\\', "/");
    Path::new(&text).components().filter(|part| *part != Component::CurDir).collect()
}

/// How many parts two paths have in common from the end on.
fn shared_end(one: &Path, other: &Path) -> usize {
    one.components().rev().zip(other.components().rev()).take_while(|(one, other)| one == other).count()
}

/// How many parts two paths have in common from the beginning on.
fn shared_start(one: &Path, other: &Path) -> usize {
    one.components().zip(other.components()).take_while(|(one, other)| one == other).count()
}
