//! Which photos are for training, and which are for tests.

use std::collections::HashMap;
use std::path::Path;

use super::coco::CocoFile;
use super::lists::PhotoList;

/// What a part of a data set is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Split {
    Train,
    Test,
}

/// What a folder, a list or a file with labels is for, by the last such word in its name: Pascal VOC has lists such as
/// `train_val`, of trains that are for tests.
fn split_in(name: &str) -> Option<Split> {
    let name = name.to_ascii_lowercase();
    let words: Vec<&str> = name.split(|character: char| !character.is_ascii_alphabetic()).collect();
    words.into_iter().rev().find_map(|word| match word {
        "train" | "training" => Some(Split::Train),
        "val" | "valid" | "validation" | "test" | "testing" | "dev" => Some(Split::Test),
        _ => None,
    })
}

/// What the folder of a file is for.
fn split_of_folder(file: &Path) -> Option<Split> {
    file.parent()?.iter().rev().find_map(|part| split_in(&part.to_string_lossy()))
}

/// What a list or a file with labels is for.
fn split_of_file(file: &Path) -> Option<Split> {
    split_in(&file.file_stem()?.to_string_lossy()).or_else(|| split_of_folder(file))
}

/// Whether some photos are in folders for training and others in folders for tests.
pub(super) fn has_splits(photos: &[&Path]) -> bool {
    let has = |split| photos.iter().any(|photo| split_of_folder(photo) == Some(split));
    has(Split::Train) && has(Split::Test)
}

/// What lists and files with labels say that photos are for.
pub(super) struct Splits<'a>(HashMap<&'a Path, Vec<Split>>);

impl<'a> Splits<'a> {
    pub(super) fn new(lists: &'a [PhotoList], coco: &'a [CocoFile]) -> Self {
        let lists = lists.iter().flat_map(|list| list.photos().map(|photo| (list.name(), photo)));
        let coco = coco.iter().flat_map(|file| file.photos().map(|photo| (file.name(), photo)));
        let mut splits: HashMap<&Path, Vec<Split>> = HashMap::new();
        for (name, photo) in lists.chain(coco) {
            splits.entry(photo).or_default().extend(split_of_file(name));
        }
        Self(splits)
    }

    /// Whether a photo is for training: by its folder, else by the lists that it is in and the files with its labels. What is
    /// not said to be for tests is for training.
    pub(super) fn is_train(&self, photo: &Path) -> bool {
        if let Some(split) = split_of_folder(photo) {
            return split == Split::Train;
        }
        self.0.get(photo).is_none_or(|splits| splits.is_empty() || splits.contains(&Split::Train))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splits_are_known_by_words() {
        for (name, split) in [
            ("train", Some(Split::Train)),
            ("train2017", Some(Split::Train)),
            ("instances_val2017", Some(Split::Test)),
            ("Test", Some(Split::Test)),
            ("trains", None),
            ("trainval", None),
            ("train_val", Some(Split::Test)),
            ("val_train", Some(Split::Train)),
            ("cats", None),
        ] {
            assert_eq!(split_in(name), split, "{name}");
        }
        let photo = Path::new("val/cats/a.jpg");
        let splits = Splits::new(&[], &[]);
        assert!(!splits.is_train(photo) && splits.is_train(Path::new("cats/a.jpg")));
        assert!(has_splits(&[photo, Path::new("train/b.jpg")]) && !has_splits(&[photo]));
    }
}
