//! Finds the pictures of a sequence.

use std::fs;
use std::path::{Path, PathBuf};

use super::super::error::ClipError;
use super::super::info::{ClipInfo, TimeBase};
use super::natural::natural_order;
use super::pattern::NamePattern;
use crate::picture::camera_name::is_camera_name;
use crate::picture::decode::{self, head, is_picture_name};
use crate::picture::path::{file_name, lower_ending};

/// For how long a picture is shown if nobody says otherwise.
const USUAL_RATE: TimeBase = TimeBase::one_in(25);

/// The ending of trained styles, which are opened as pictures but are not frames.
const STYLE: &str = "style";

/// Pictures that are the frames of a clip.
#[derive(Clone, Debug)]
pub struct PictureSequence {
    files: Vec<PathBuf>,
    info: ClipInfo,
}

impl PictureSequence {
    /// The pictures in a folder, in the order of their names and numbers, each shown for `rate`. Hidden files and what
    /// is no picture are left out.
    ///
    /// # Errors
    /// When there are fewer than two, one cannot be read, or their sizes differ.
    pub fn in_folder(folder: &Path, rate: Option<TimeBase>) -> Result<Self, ClipError> {
        let mut files = files_in(folder)?;
        files.retain(|file| is_picture(file));
        files.sort_by(|one, other| natural_order(&file_name(one), &file_name(other)));
        Self::of(folder, files, rate)
    }

    /// The pictures whose names fit a pattern, in the order of their numbers, each shown for `rate`. `path` is that of
    /// the pattern.
    ///
    /// # Errors
    /// When there are fewer than two, one cannot be read, or their sizes differ.
    pub fn fitting(pattern: &NamePattern, path: &Path, rate: Option<TimeBase>) -> Result<Self, ClipError> {
        let folder = Some(pattern.folder()).filter(|folder| !folder.as_os_str().is_empty());
        let mut files = files_in(folder.unwrap_or(Path::new(".")))?;
        files.retain(|file| pattern.number(file).is_some());
        files.sort_by_key(|file| pattern.number(file));
        Self::of(path, files, rate)
    }

    fn of(path: &Path, files: Vec<PathBuf>, rate: Option<TimeBase>) -> Result<Self, ClipError> {
        let [first, others @ ..] = &files[..] else { return Err(ClipError::NoPictures(path.to_path_buf())) };
        if others.is_empty() {
            return Err(ClipError::OnePicture(first.clone()));
        }
        let picture = decode::open(first)?;
        let size = (picture.width(), picture.height());
        let mut has_alpha = picture.has_alpha();
        for (file, (own_size, is_clear)) in others.iter().filter_map(|file| Some((file, head(file)?))) {
            if !is_alike(size, own_size) {
                return Err(ClipError::OtherSize { path: file.clone(), size: own_size, first: size });
            }
            has_alpha |= is_clear;
        }
        let time_base = rate.unwrap_or(USUAL_RATE);
        let info = ClipInfo {
            frames: Some(files.len() as u64),
            duration: Some(time_base.seconds(1) * files.len() as f64),
            has_alpha,
            ..ClipInfo::of_pictures(size, time_base)
        };
        Ok(Self { files, info })
    }

    /// What it is as a clip.
    pub fn info(&self) -> &ClipInfo {
        &self.info
    }

    /// Its pictures, in order.
    pub fn files(&self) -> &[PathBuf] {
        &self.files
    }
}

/// Whether the pictures in a folder are probably the frames of a clip: there are several, their names differ in one number
/// only, no camera has named them, and no folder is among them.
pub fn is_numbered(folder: &Path) -> bool {
    let Ok(entries) = fs::read_dir(folder) else { return false };
    let paths = entries.filter_map(|entry| Some(entry.ok()?.path())).filter(|path| !file_name(path).starts_with('.'));
    let (folders, files): (Vec<PathBuf>, Vec<PathBuf>) = paths.partition(|path| path.is_dir());
    let names: Vec<String> = files.iter().filter(|file| is_picture(file)).map(|file| file_name(file)).collect();
    let [first, others @ ..] = &names[..] else { return false };
    let around = around_number(first);
    folders.is_empty()
        && !others.is_empty()
        && around.is_some()
        && !is_camera_name(first)
        && others.iter().all(|other| around_number(other) == around)
}

/// What is before and after the last number in a name, ahead of its ending.
fn around_number(name: &str) -> Option<(&str, &str)> {
    let is_digit = |letter: char| letter.is_ascii_digit();
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    let end = stem.rfind(is_digit)? + 1;
    let begin = stem[..end].trim_end_matches(is_digit).len();
    Some((&name[..begin], &name[end..]))
}

/// The files in a folder that are not hidden.
fn files_in(folder: &Path) -> Result<Vec<PathBuf>, ClipError> {
    let entries = fs::read_dir(folder).map_err(|cause| ClipError::opening(folder, cause))?;
    let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    Ok(paths.filter(|path| !file_name(path).starts_with('.') && path.is_file()).collect())
}

/// Whether its name ends as those of pictures do.
fn is_picture(file: &Path) -> bool {
    is_picture_name(file) && lower_ending(file) != STYLE
}

/// Whether two pictures have the same sides, one of them perhaps turned.
fn is_alike((width, height): (u32, u32), other: (u32, u32)) -> bool {
    other == (width, height) || other == (height, width)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_told_from_photos_by_their_names() {
        for (names, expected) in [
            (&["8.png", "9.png", "10.png"][..], true),
            (&["shot2.0001.jpg", "shot2.0002.jpg", "notes.txt", ".hidden"], true),
            (&["frame-1.png"], false),
            (&["IMG_0001.JPG", "IMG_0002.JPG"], false),
            (&["a1.png", "b2.png"], false),
            (&["a1.png", "a2.jpg"], false),
            (&["garden.jpg", "house.jpg"], false),
            (&["1.png", "2.png", "more/3.png"], false),
            (&[], false),
        ] {
            let folder = tempfile::tempdir().unwrap();
            for name in names {
                let path = folder.path().join(name);
                fs::create_dir_all(path.parent().unwrap()).unwrap();
                fs::write(path, "").unwrap();
            }
            assert_eq!(is_numbered(folder.path()), expected, "{names:?}");
        }
        assert!(!is_numbered(Path::new("/nowhere")));
    }
}
