//! Finds the pictures of a batch: in folders, by patterns, and in lists.

use std::path::{Component, Path, PathBuf};

use walkdir::WalkDir;

use super::error::BatchError;
use super::list::{is_list, listed};
use super::path_text::path_text;
use crate::picture::MapPlace;
use crate::picture::decode::is_picture_name;
use crate::picture::path::is_same_file;

/// A picture of a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Content {
    /// Its file.
    pub path: PathBuf,
    /// Its path below the folder that was named, or below the folder that all pictures of a list or a pattern share. Draws
    /// depend on it, and so do the names of the results.
    pub name: PathBuf,
}

/// The pictures that `places` name, sorted by their names. A place is a folder, whose folders are searched as well and whose
/// hidden files are passed over; a picture; a place on a style map; a pattern such as `photos/*.jpg`; or a list: a text file
/// with a path on each line, a CSV file with a column `content`, or JSON lines with a field `content`. Paths in a list are
/// relative to it. The folder `left_out`, to which results go, is not searched and is none of the places. Where several
/// folders are named, each name begins with that of its folder.
///
/// # Errors
/// When a place does not exist or cannot be read, has no picture, or two pictures have the same name.
pub fn find_contents(places: &[PathBuf], left_out: Option<&Path>) -> Result<Vec<Content>, BatchError> {
    let mut contents = Vec::new();
    for place in places {
        if place.is_dir() && left_out.is_some_and(|left_out| is_same_file(place, left_out)) {
            return Err(BatchError::SameFolder(place.clone()));
        }
        let mut found = in_place(place, left_out)?;
        if found.is_empty() {
            return Err(BatchError::NoPictures(place.clone()));
        }
        if places.len() > 1 && place.is_dir() {
            let folder = folder_name(place);
            for content in &mut found {
                content.name = folder.join(&content.name);
            }
        }
        contents.append(&mut found);
    }
    contents.sort_by(|one, other| one.name.cmp(&other.name));
    if let Some(pair) = contents.windows(2).find(|pair| pair[0].name == pair[1].name) {
        let [one, other] = [0, 1].map(|index: usize| pair[index].path.clone());
        return Err(BatchError::SameName { one, other });
    }
    Ok(contents)
}

fn in_place(place: &Path, left_out: Option<&Path>) -> Result<Vec<Content>, BatchError> {
    if place.is_dir() {
        return in_folder(place, left_out);
    }
    if place.exists() {
        return if is_list(place) { listed(place).map(named_from_shared_folder) } else { Ok(one_file(place)) };
    }
    if MapPlace::in_path(place).is_some() {
        return Ok(one_file(place));
    }
    let unreadable = |reason: std::io::Error| BatchError::Unreadable { path: place.to_path_buf(), reason };
    let pattern = place.to_str().filter(|text| text.contains(['*', '?', '[']));
    let Some(pattern) = pattern else { return Err(unreadable(std::io::ErrorKind::NotFound.into())) };
    let paths = glob::glob(pattern).map_err(|error| BatchError::Pattern(pattern.to_owned(), error.msg.to_owned()))?;
    let files = paths.filter_map(Result::ok).filter(|path| path.is_file() && is_picture_name(path));
    Ok(named_from_shared_folder(files.collect()))
}

fn in_folder(folder: &Path, left_out: Option<&Path>) -> Result<Vec<Content>, BatchError> {
    let files = files_below(folder, left_out)?.into_iter().filter(|name| is_picture_name(name));
    Ok(files.map(|name| Content { path: folder.join(&name), name }).collect())
}

/// All files in a folder and the folders in it, relative to it, sorted, without hidden ones. The folder `left_out` is not
/// searched.
///
/// # Errors
/// When the folder cannot be read.
pub(super) fn files_below(folder: &Path, left_out: Option<&Path>) -> Result<Vec<PathBuf>, BatchError> {
    let left_out = left_out.and_then(|folder| folder.canonicalize().ok());
    std::fs::read_dir(folder).map_err(|reason| BatchError::Unreadable { path: folder.to_path_buf(), reason })?;
    let is_hidden = |entry: &walkdir::DirEntry| entry.file_name().as_encoded_bytes().starts_with(b".");
    let is_left_out = |entry: &walkdir::DirEntry| {
        entry.file_type().is_dir()
            && left_out.as_deref().is_some_and(|left_out| entry.path().canonicalize().is_ok_and(|own| own == left_out))
    };
    // Links in a circle and folders that may not be read are passed over, as the file manager does.
    let entries = WalkDir::new(folder).follow_links(true).into_iter();
    let entries = entries.filter_entry(|entry| entry.depth() == 0 || !is_hidden(entry) && !is_left_out(entry));
    let files = entries.filter_map(Result::ok).filter(|entry| entry.file_type().is_file());
    let names = files.map(|entry| entry.path().strip_prefix(folder).unwrap_or(entry.path()).to_path_buf());
    let mut names: Vec<PathBuf> = names.collect();
    names.sort();
    Ok(names)
}

fn one_file(path: &Path) -> Vec<Content> {
    vec![Content { path: path.to_path_buf(), name: PathBuf::from(path.file_name().unwrap_or(path.as_os_str())) }]
}

/// Named by their paths below the deepest folder that all of them are in.
fn named_from_shared_folder(mut paths: Vec<PathBuf>) -> Vec<Content> {
    paths.sort();
    paths.dedup();
    let folder = |path: &PathBuf| path.parent().map(Path::to_path_buf).unwrap_or_default();
    let shared = paths.iter().map(folder).reduce(|shared, other| {
        let same = shared.components().zip(other.components()).take_while(|(one, other)| one == other);
        same.map(|(one, _)| one).collect()
    });
    let shared = shared.unwrap_or_default();
    let named = paths.into_iter().map(|path| {
        let below = path.strip_prefix(&shared).unwrap_or(&path);
        let name = below.components().filter(|part| matches!(part, Component::Normal(_))).collect();
        Content { path, name }
    });
    named.collect()
}

fn folder_name(folder: &Path) -> PathBuf {
    let whole = folder.canonicalize().unwrap_or_else(|_| folder.to_path_buf());
    whole.file_name().map_or_else(PathBuf::new, PathBuf::from)
}

impl Content {
    /// Its name as text, which is the same on every system.
    pub(super) fn text(&self) -> String {
        path_text(&self.name)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn names(contents: &[Content]) -> Vec<String> {
        contents.iter().map(Content::text).collect()
    }

    fn desk() -> tempfile::TempDir {
        let desk = tempfile::tempdir().unwrap();
        for file in ["b.jpg", "a/x.PNG", "a/y.txt", "a/.hidden.png", "out/z.png", ".cache/w.png", "c d/é.webp"] {
            let path = desk.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        }
        desk
    }

    #[test]
    fn folders_are_searched_in_a_fixed_order() {
        let desk = desk();
        let find = |left_out: Option<&str>| {
            let left_out = left_out.map(|name| desk.path().join(name));
            names(&find_contents(&[desk.path().to_path_buf()], left_out.as_deref()).unwrap())
        };
        assert_eq!(find(None), ["a/x.PNG", "b.jpg", "c d/é.webp", "out/z.png"]);
        assert_eq!(find(Some("out")), ["a/x.PNG", "b.jpg", "c d/é.webp"]);
        let two = find_contents(&[desk.path().join("a"), desk.path().join("out")], None).unwrap();
        assert_eq!(names(&two), ["a/x.PNG", "out/z.png"]);
    }

    #[test]
    fn patterns_and_lists_name_pictures_from_the_folder_that_they_share() {
        let desk = desk();
        let pattern = desk.path().join("*/*.png");
        assert_eq!(names(&find_contents(&[pattern], None).unwrap()), [".cache/w.png", "a/.hidden.png", "out/z.png"]);
        for (name, text) in [
            ("list.txt", "a/x.PNG\n\nb.jpg\nb.jpg\n"),
            ("list.csv", "class,content\ncat,a/x.PNG\ndog,b.jpg\n"),
            ("plain.csv", "a/x.PNG\nb.jpg\n"),
            ("list.jsonl", "{\"content\": \"a/x.PNG\", \"class\": 3}\n{\"content\": \"b.jpg\"}\n"),
        ] {
            let list = desk.path().join(name);
            fs::write(&list, text).unwrap();
            assert_eq!(names(&find_contents(&[list], None).unwrap()), ["a/x.PNG", "b.jpg"], "{name}");
        }
    }

    #[test]
    fn what_cannot_be_found_is_said() {
        let desk = desk();
        let find = |name: &str| find_contents(&[desk.path().join(name)], None).unwrap_err();
        assert!(matches!(find("nowhere"), BatchError::Unreadable { .. }));
        assert!(matches!(find("*.gif"), BatchError::NoPictures(_)));
        fs::create_dir(desk.path().join("empty")).unwrap();
        assert!(matches!(find("empty"), BatchError::NoPictures(_)));
        fs::write(desk.path().join("bad.jsonl"), "{\"photo\": 3}\n").unwrap();
        assert!(find("bad.jsonl").to_string().contains("line 1"), "{}", find("bad.jsonl"));
        let twice = [desk.path().join("b.jpg"), desk.path().join("b.jpg")];
        assert!(matches!(find_contents(&twice, None).unwrap_err(), BatchError::SameName { .. }));
    }

    #[cfg(unix)]
    #[test]
    fn links_in_a_circle_end() {
        let desk = desk();
        std::os::unix::fs::symlink(desk.path(), desk.path().join("a/circle")).unwrap();
        std::os::unix::fs::symlink("nowhere", desk.path().join("a/broken.png")).unwrap();
        let contents = find_contents(&[desk.path().to_path_buf()], None).unwrap();
        assert_eq!(names(&contents), ["a/x.PNG", "b.jpg", "c d/é.webp", "out/z.png"]);
    }
}
