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
    /// The files in a folder that a style of this name may have, the best first: without a number, then with 2, 3, …
    pub(in crate::app) fn files(folder: &Path, name: &str) -> impl Iterator<Item = PathBuf> {
        let (folder, name) = (folder.to_path_buf(), file_name(name));
        let file = move |name: &str| folder.join(format!("{name}.{}", StyleFile::ENDING));
        let first = file(&name);
        std::iter::once(first).chain((2u64..).map(move |number| file(&format!("{name} {number}"))))
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
    fn names_are_file_names() {
        let first = |name: &str| {
            let file = OwnStyles::files(Path::new("/styles"), name).next().unwrap();
            (file.display().to_string(), OwnStyle::name_of(&file))
        };
        let named = |name: &str| (format!("/styles/{name}.style"), name.to_owned());
        assert_eq!(first("wave.jpg"), named("wave"));
        assert_eq!(first("Café terrace at night"), named("Café terrace at night"));
        assert_eq!(first("No. 5"), named("No. 5"));
        assert_eq!(first("a/b:c"), named("a-b-c"));
        assert_eq!(first("..."), named("Style"));
        let third = OwnStyles::files(Path::new("/styles"), "wave").nth(2);
        assert_eq!(third, Some(PathBuf::from("/styles/wave 3.style")));
    }
}
