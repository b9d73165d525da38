//! Text files that list photos, one on each line: paths, as YOLO has them, or names without endings, as Pascal VOC has them in
//! `ImageSets`.

use std::path::{Path, PathBuf};

use super::copies::Copies;
use super::file::text_of;
use super::painted::PaintedNames;
use super::photos::PhotosByName;
use crate::picture::decode::is_picture_name;
use crate::picture::path::lower_ending;
use crate::studio::batch::error::BatchError;

/// The folder in which Pascal VOC has lists of names.
const VOC_LISTS: &str = "ImageSets";

/// A file that lists photos.
#[derive(Clone, Debug)]
pub(super) struct PhotoList {
    name: PathBuf,
    /// The photo of each line, where it is one of the data set.
    photos: Vec<Option<PathBuf>>,
}

impl PhotoList {
    /// The list in a file of a data set; `None` if it is something else.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub(super) fn read(root: &Path, file: &Path, photos: &PhotosByName) -> Result<Option<Self>, BatchError> {
        if lower_ending(file) != "txt" {
            return Ok(None);
        }
        let Some(text) = text_of(&root.join(file))? else { return Ok(None) };
        let is_voc = file.iter().any(|part| part == VOC_LISTS);
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
        let is_picture = |line: &str| is_picture_name(Path::new(line));
        if !is_voc && !lines.clone().all(is_picture) {
            return Ok(None);
        }
        let photos: Vec<Option<PathBuf>> = lines
            .map(|line| match line.split_whitespace().next() {
                // The name is followed by whether the photo shows something.
                Some(stem) if is_voc => photos.of_stem(stem, file),
                _ => photos.named(line, file),
            })
            .collect();
        let is_list = photos.iter().any(Option::is_some);
        Ok(is_list.then(|| Self { name: file.to_path_buf(), photos }))
    }

    /// Its path, relative to the root.
    pub(super) fn name(&self) -> &Path {
        &self.name
    }

    /// The photos of the data set that it lists.
    pub(super) fn photos(&self) -> impl Iterator<Item = &Path> {
        self.photos.iter().flatten().map(PathBuf::as_path)
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
        copies: &Copies,
    ) -> Result<(), BatchError> {
        let Some(text) = text_of(&root.join(&self.name))? else { return Ok(()) };
        let mut lines = Vec::new();
        for (line, photo) in text.lines().filter(|line| !line.trim().is_empty()).zip(&self.photos) {
            let new = photo.as_ref().and_then(|photo| Some((photo, painted.get(photo)?)));
            if !leaves_out || new.is_none() {
                lines.push(line.to_owned());
            }
            for (photo, new) in new.into_iter().flat_map(|(photo, new)| new.iter().map(move |new| (photo, new))) {
                lines.extend(renamed(line, photo, new));
            }
        }
        copies.write_text(&self.name, &(lines.join("\n") + "\n"))
    }
}

/// A line with the name of a painted photo in place of that of the photo: at its end, or without endings at its beginning.
fn renamed(line: &str, photo: &Path, painted: &Path) -> Option<String> {
    let line = line.trim();
    if let Some(folder) = line.strip_suffix(photo.file_name()?.to_str()?) {
        return Some(format!("{folder}{}", painted.file_name()?.to_str()?));
    }
    let rest = line.strip_prefix(photo.file_stem()?.to_str()?)?;
    Some(format!("{}{rest}", painted.file_stem()?.to_str()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_alone_is_replaced() {
        let (photo, painted) = (Path::new("a/1.jpg"), Path::new("a/1--x.jpg"));
        assert_eq!(renamed("1 -1", photo, painted).unwrap(), "1--x -1");
        assert_eq!(renamed("./1.jpg/1.jpg", photo, painted).unwrap(), "./1.jpg/1--x.jpg");
        assert_eq!(renamed("2 1", photo, painted), None);
    }
}
