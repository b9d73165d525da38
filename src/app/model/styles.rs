//! The trained styles in the program's own folder.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::own_file::own_files;
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
        own_files(folder, name, StyleFile::ENDING, "Style")
    }

    /// The style in this file.
    pub fn find(&self, path: &Path) -> Option<&OwnStyle> {
        self.list.iter().find(|style| style.path == path)
    }
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
