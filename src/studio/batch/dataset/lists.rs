//! Text files that list photos, one on each line: paths, as YOLO has them, or names without endings, as Pascal VOC has them.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use super::file::{ending, text_of, write_text};
use super::painted::PaintedNames;
use crate::studio::batch::error::BatchError;

/// A file that lists photos.
#[derive(Clone, Debug)]
pub(super) struct PhotoList {
    name: PathBuf,
    /// The photo of each line.
    pub(super) photos: Vec<PathBuf>,
}

impl PhotoList {
    /// The list in a file of a data set; `None` if it is something else.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub(super) fn read(root: &Path, file: &Path, photos: &[&Path]) -> Result<Option<Self>, BatchError> {
        if ending(file) != "txt" {
            return Ok(None);
        }
        let Some(text) = text_of(&root.join(file))? else { return Ok(None) };
        let by_name: HashMap<&str, Vec<&Path>> = photos.iter().fold(HashMap::new(), |mut names, photo| {
            let own = [photo.file_name(), photo.file_stem()];
            own.into_iter()
                .flatten()
                .filter_map(|name| name.to_str())
                .for_each(|name| names.entry(name).or_default().push(photo));
            names
        });
        let lines = text.lines().filter(|line| !line.trim().is_empty());
        let found: Option<Vec<PathBuf>> = lines.map(|line| photo_of(line, &by_name)).collect();
        let is_list = found.filter(|found| !found.is_empty());
        Ok(is_list.map(|photos| Self { name: file.to_path_buf(), photos }))
    }

    /// Its path, relative to the root.
    pub(super) fn name(&self) -> &Path {
        &self.name
    }

    /// Writes it with the painted photos, and without the others if they are left out.
    ///
    /// # Errors
    /// When it cannot be read or written.
    pub(super) fn write(
        &self,
        root: &Path,
        painted: &PaintedNames,
        leaves_out: bool,
        folder: &Path,
    ) -> Result<(), BatchError> {
        let Some(text) = text_of(&root.join(&self.name))? else { return Ok(()) };
        let mut lines = Vec::new();
        for (line, photo) in text.lines().filter(|line| !line.trim().is_empty()).zip(&self.photos) {
            let new = painted.get(photo).map(Vec::as_slice).unwrap_or_default();
            if !leaves_out || new.is_empty() {
                lines.push(line.to_owned());
            }
            lines.extend(new.iter().filter_map(|new| renamed(line, photo, new)));
        }
        write_text(&folder.join(&self.name), &(lines.join("\n") + "\n"))
    }
}

/// The photo that a line names: by the end of its path, or by its name.
fn photo_of(line: &str, by_name: &HashMap<&str, Vec<&Path>>) -> Option<PathBuf> {
    let whole = line.trim();
    // Lists of Pascal VOC say after the name whether the photo shows something.
    [whole, whole.split_whitespace().next()?].into_iter().find_map(|text| {
        let path = Path::new(text);
        let candidates = by_name.get(path.file_name()?.to_str()?)?;
        let length = |photo: &&&Path| {
            let (mut own, mut other) = (photo.with_extension(""), path.to_path_buf());
            if photo.file_name() != path.file_name() {
                other.set_extension(photo.extension().unwrap_or_default());
            }
            own = photo.parent().map(|folder| folder.join(own.file_name().unwrap_or_default())).unwrap_or(own);
            let own = own.components().rev().skip(1);
            own.zip(other.components().rev().skip(1)).take_while(|(one, other)| one == other).count()
        };
        candidates.iter().max_by_key(length).map(|photo| photo.to_path_buf())
    })
}

/// A line with the name of a painted photo in place of that of the photo.
fn renamed(line: &str, photo: &Path, painted: &Path) -> Option<String> {
    let replace = |old: &str, new: &str| {
        let at = line.rfind(old)?;
        Some(format!("{}{new}{}", &line[..at], &line[at + old.len()..]))
    };
    replace(photo.file_name()?.to_str()?, painted.file_name()?.to_str()?)
        .or_else(|| replace(photo.file_stem()?.to_str()?, painted.file_stem()?.to_str()?))
}
