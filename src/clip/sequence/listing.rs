//! Finds the pictures of a sequence.

use std::fs;
use std::path::{Path, PathBuf};

use super::super::error::ClipError;
use super::super::info::{ClipInfo, TimeBase};
use super::natural::natural_order;
use super::pattern::NamePattern;
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
