//! Writes frames as numbered pictures.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::super::error::ClipError;
use super::super::frame::{ClipFrame, FrameWriter};
use super::pattern::NamePattern;
use crate::picture::encode::{Existing, Export, save};
use crate::picture::path::{has_ending, with_ending};

/// Where pictures are written.
enum PicturePlace {
    /// Files whose names fit a pattern.
    Pattern(NamePattern),
    /// A folder, with the names of the first pictures.
    Folder(PathBuf, Vec<String>),
}

/// Writes frames as pictures one after the other, each file completely or not at all.
pub struct SequenceWriter {
    place: PicturePlace,
    export: Export,
    written: u64,
}

impl SequenceWriter {
    /// Begins to write pictures as `export` says: numbered from 1 if the name of `path` is a pattern, or else into the
    /// folder `path`, which is created, with the names of `names` but for their endings; those without a name are
    /// `000001.png` and so on. Existing pictures are replaced.
    ///
    /// # Errors
    /// When the folder cannot be created.
    pub fn create(path: &Path, names: &[String], export: &Export) -> Result<Self, ClipError> {
        let place = match NamePattern::of(path).filter(|_| !path.is_dir()) {
            Some(pattern) => PicturePlace::Pattern(pattern),
            None => PicturePlace::Folder(path.to_path_buf(), renamed(names, export.format.ending())),
        };
        let folder = match &place {
            PicturePlace::Pattern(pattern) => pattern.folder(),
            PicturePlace::Folder(folder, _) => folder,
        };
        if !folder.as_os_str().is_empty() {
            fs::create_dir_all(folder).map_err(|error| ClipError::writing(folder, &error))?;
        }
        Ok(Self { place, export: export.clone(), written: 0 })
    }

    /// The file of the next picture.
    fn next(&self) -> PathBuf {
        let number = self.written + 1;
        match &self.place {
            PicturePlace::Pattern(pattern) => pattern.path(number),
            PicturePlace::Folder(folder, names) => {
                let name = names.get(self.written as usize).cloned();
                folder.join(name.unwrap_or_else(|| format!("{number:06}.{}", self.export.format.ending())))
            }
        }
    }
}

impl FrameWriter for SequenceWriter {
    fn write(&mut self, frame: &ClipFrame) -> Result<(), ClipError> {
        save(&self.next(), &frame.picture, &self.export, Existing::Replace)?;
        self.written += 1;
        Ok(())
    }

    fn finish(self: Box<Self>) -> Result<(), ClipError> {
        Ok(())
    }
}

/// The names with another ending. Names that would be the same then keep theirs before it.
fn renamed(names: &[String], ending: &str) -> Vec<String> {
    let mut taken = HashSet::new();
    let rename = |name: &String| {
        let path = Path::new(name);
        let short = if has_ending(path) { path.with_extension(ending) } else { with_ending(path, ending) };
        let new = if taken.contains(&short) { with_ending(path, ending) } else { short };
        taken.insert(new.clone());
        new.to_string_lossy().into_owned()
    };
    names.iter().map(rename).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_pictures_get_one_name() {
        let names = ["a.jpg", "b.png", "a.png", "c.0001"].map(str::to_owned);
        assert_eq!(renamed(&names, "png"), ["a.png", "b.png", "a.png.png", "c.0001.png"]);
    }
}
