//! The trained styles in the program's own folder.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::picture::Picture;
use crate::picture::style_file::StyleFile;

/// A trained style in the program's folder.
#[derive(Clone, Debug)]
pub struct OwnStyle {
    /// Its file.
    pub path: PathBuf,
    /// The thumbnail of its painting.
    pub thumbnail: Arc<Picture>,
    /// Whether its training can go on.
    pub is_unfinished: bool,
}

/// Longest name, in characters: file systems allow 255 bytes.
pub(in crate::app) const LONGEST_NAME: usize = 60;

impl OwnStyle {
    /// The folder, within that of the styles, for deleted ones that can be put back.
    pub(in crate::app) const DELETED: &str = ".deleted";

    /// Its name for the user: the file's without its ending.
    pub fn name(&self) -> String {
        Self::name_of(&self.path)
    }

    /// The name of a style in the file `path`.
    pub fn name_of(path: &Path) -> String {
        path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
    }
}

/// The trained styles, sorted by name, and their folder.
#[derive(Clone, Debug, Default)]
pub struct OwnStyles {
    /// The folder; `None` where the program stores nothing.
    pub folder: Option<PathBuf>,
    /// The styles in it.
    pub list: Vec<OwnStyle>,
}

impl OwnStyles {
    /// The file for a style of this name, which no other style has; `None` without a folder.
    pub(in crate::app) fn vacant(&self, name: &str) -> Option<PathBuf> {
        let folder = self.folder.as_ref()?;
        let name = file_name(name);
        let path = |name: &str| folder.join(format!("{name}.{}", StyleFile::ENDING));
        let is_taken = |path: &PathBuf| self.list.iter().any(|style| style.path == *path);
        let numbered = (2..).map(|number| path(&format!("{name} {number}")));
        std::iter::once(path(&name)).chain(numbered).find(|path| !is_taken(path))
    }

    /// The style in this file.
    pub fn find(&self, path: &Path) -> Option<&OwnStyle> {
        self.list.iter().find(|style| style.path == path)
    }
}

/// A name that every system allows for a file: without the ending of a picture, and without special characters.
fn file_name(name: &str) -> String {
    let stem = Path::new(name).file_stem().map_or_else(|| name.to_owned(), |stem| stem.to_string_lossy().into_owned());
    let is_picture = Path::new(name)
        .extension()
        .is_some_and(|ending| crate::picture::decode::ENDINGS.iter().any(|other| ending.eq_ignore_ascii_case(other)));
    let name = if is_picture { stem } else { name.to_owned() };
    let allowed = |letter: char| !letter.is_control() && !"/\\:*?\"<>|".contains(letter);
    let cleaned: String = name.chars().map(|letter| if allowed(letter) { letter } else { '-' }).collect();
    let cleaned: String = cleaned.trim().trim_matches('.').chars().take(LONGEST_NAME).collect();
    if cleaned.is_empty() { "Style".to_owned() } else { cleaned }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_file_names_and_unique() {
        let style = |name: &str| OwnStyle {
            path: PathBuf::from(format!("/styles/{name}.style")),
            thumbnail: Arc::new(Picture::new(image::DynamicImage::new_rgb8(1, 1))),
            is_unfinished: false,
        };
        let styles =
            OwnStyles { folder: Some("/styles".into()), list: vec![style("wave"), style("wave 2"), style("other")] };
        let vacant = |name: &str| styles.vacant(name).unwrap().display().to_string();
        assert_eq!(vacant("wave.jpg"), "/styles/wave 3.style");
        assert_eq!(vacant("Café terrace at night"), "/styles/Café terrace at night.style");
        assert_eq!(vacant("No. 5"), "/styles/No. 5.style");
        assert_eq!(vacant("a/b:c"), "/styles/a-b-c.style");
        assert_eq!(vacant("..."), "/styles/Style.style");
        assert_eq!(OwnStyles::default().vacant("wave"), None);
        assert_eq!(styles.find(Path::new("/styles/wave.style")).unwrap().name(), "wave");
    }
}
