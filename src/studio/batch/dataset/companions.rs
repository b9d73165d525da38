//! Files that belong to one photo: its boxes, its mask.

use std::collections::{HashMap, HashSet};
use std::ffi::{OsStr, OsString};
use std::path::{Component, Path, PathBuf};

use super::copies::Copies;
use super::file::text_of;
use super::voc;
use crate::picture::decode::ENDINGS;
use crate::picture::path::lower_ending;
use crate::studio::batch::error::BatchError;

/// Names of folders with photos, in small letters.
const PHOTOS: [&str; 7] = ["images", "image", "imgs", "img", "photos", "jpegimages", "leftimg8bit"];

/// Names of folders beside them with what belongs to the photos.
const LABELS: [&str; 14] = [
    "labels",
    "label",
    "annotations",
    "annotation",
    "masks",
    "mask",
    "segmentationclass",
    "segmentationobject",
    "segmentation",
    "segmentations",
    "gt",
    "gtfine",
    "instances",
    "depth",
];

/// Those of [`LABELS`] that are no names of classes.
const SURE_LABELS: [&str; 8] = [
    "labels",
    "annotations",
    "masks",
    "segmentationclass",
    "segmentationobject",
    "segmentations",
    "gtfine",
    "gtcoarse",
];

/// What follows the photo's name in the names of masks.
const SUFFIXES: [&str; 6] = ["_mask", "-mask", "_label", "_labels", "_seg", "_gt"];

/// A file with the labels of a photo.
#[derive(Clone, Debug)]
pub(super) struct Companion {
    /// Relative to the root.
    name: PathBuf,
    /// What follows the photo's name in its own name.
    rest: OsString,
}

impl Companion {
    /// Its path, relative to the root.
    pub(super) fn name(&self) -> &Path {
        &self.name
    }

    /// Width and height of the photo, if it says so.
    pub(super) fn stated_size(&self, root: &Path) -> Option<(u32, u32)> {
        if lower_ending(&self.name) != "xml" {
            return None;
        }
        voc::stated_size(&text_of(&root.join(&self.name)).ok()??)
    }

    /// Copies it to the name that belongs to a painted photo.
    ///
    /// # Errors
    /// When it cannot be read or written.
    pub(super) fn copy(&self, root: &Path, painted: &Path, copies: &Copies) -> Result<(), BatchError> {
        let mut name = OsString::from(painted.file_stem().unwrap_or_default());
        name.push(&self.rest);
        let (from, to) = (root.join(&self.name), self.name.with_file_name(name));
        if lower_ending(&self.name) == "xml"
            && let Some(text) = text_of(&from)?
            && let Some(text) = voc::renamed(&text, &painted.file_name().unwrap_or_default().to_string_lossy())
        {
            return copies.write_text(&to, &text);
        }
        copies.copy(&from, &to)
    }
}

/// Finds the photos that a file belongs to.
pub(super) struct CompanionFinder<'a> {
    /// By folder and name without the ending.
    photos: HashMap<PathBuf, Vec<&'a Path>>,
}

impl<'a> CompanionFinder<'a> {
    pub(super) fn new(photos: &[&'a Path]) -> Self {
        let mut by_place: HashMap<PathBuf, Vec<&Path>> = HashMap::new();
        for photo in photos {
            by_place.entry(photo.with_extension("")).or_default().push(photo);
        }
        Self { photos: by_place }
    }

    /// The photos that a file belongs to, if it is a text, an XML file or a mask that belongs to some: several, where they
    /// differ by their endings only.
    pub(super) fn find(&self, file: &Path, is_mask: bool) -> Vec<(PathBuf, Companion)> {
        if !is_mask && !matches!(lower_ending(file).as_str(), "txt" | "xml") {
            return Vec::new();
        }
        let found = photo_places(file).find_map(|(place, rest)| Some((self.photos.get(&place)?, rest)));
        let Some((photos, rest)) = found else { return Vec::new() };
        let companion = Companion { name: file.to_path_buf(), rest };
        photos.iter().map(|photo| (photo.to_path_buf(), companion.clone())).collect()
    }
}

/// Tells masks from photos.
pub(super) struct MaskFinder<'a> {
    pictures: &'a HashSet<&'a Path>,
    /// All folders with pictures, and the folders that those are in.
    folders: HashSet<&'a Path>,
}

impl<'a> MaskFinder<'a> {
    pub(super) fn new(pictures: &'a HashSet<&'a Path>) -> Self {
        let folders = pictures.iter().flat_map(|picture| picture.ancestors().skip(1)).collect();
        Self { pictures, folders }
    }

    /// Whether a picture is a mask: it is in a folder for labels, or is named like another picture with a word such as `_mask`
    /// after it.
    pub(super) fn is_mask(&self, picture: &Path) -> bool {
        picture.ancestors().skip(1).any(|folder| self.is_for_labels(folder)) || self.has_photo(picture)
    }

    /// Whether a folder is for labels by its name: words that nobody calls a class, others only beside a folder for photos, and
    /// `train_masks` beside `train`.
    fn is_for_labels(&self, folder: &Path) -> bool {
        let Some(name) = folder.file_name().and_then(|name| name.to_str()) else { return false };
        let name = name.to_ascii_lowercase();
        if SURE_LABELS.contains(&name.as_str()) {
            return true;
        }
        let is_beside = |other: &str| {
            let own = folder.parent();
            self.folders.iter().any(|folder| {
                folder.parent() == own && folder.file_name().is_some_and(|name| name.eq_ignore_ascii_case(other))
            })
        };
        if LABELS.contains(&name.as_str()) {
            return PHOTOS.into_iter().any(is_beside);
        }
        ["_masks", "_mask", "_labels", "_gt"].iter().any(|suffix| name.strip_suffix(suffix).is_some_and(is_beside))
    }

    /// Whether there is a photo whose name the picture's continues.
    fn has_photo(&self, picture: &Path) -> bool {
        let stem = picture.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
        if !SUFFIXES.iter().any(|suffix| stem.ends_with(suffix)) {
            return false;
        }
        photo_places(picture).any(|(place, _)| {
            let endings = ENDINGS.iter().flat_map(|ending| [(*ending).to_owned(), ending.to_ascii_uppercase()]);
            let mut names = endings.map(|ending| place.with_added_extension(ending));
            names.any(|name| name != picture && self.pictures.contains(name.as_path()))
        })
    }
}

/// Where the photo of a file with labels may be, without its ending, and what follows its name in that of the file: beside the
/// file, or in a folder for photos in place of one for labels.
fn photo_places(file: &Path) -> impl Iterator<Item = (PathBuf, OsString)> {
    let folder = file.parent().unwrap_or(Path::new(""));
    let parts: Vec<Component> = folder.components().collect();
    let mut folders = vec![folder.to_path_buf()];
    for (index, part) in parts.iter().enumerate() {
        if !is_one_of(part.as_os_str(), &LABELS) {
            continue;
        }
        // As it is written, and in small letters.
        for name in PHOTOS.into_iter().chain(["JPEGImages", "leftImg8bit", "Images"]) {
            let replaced = parts.iter().enumerate();
            folders
                .push(replaced.map(|(own, part)| if own == index { Path::new(name) } else { part.as_ref() }).collect());
        }
    }
    let stem = file.file_stem().unwrap_or_default().to_owned();
    let ending = file.extension().map(|ending| {
        let mut text = OsString::from(".");
        text.push(ending);
        text
    });
    let ending = ending.unwrap_or_default();
    let mut names = vec![(stem.clone(), ending.clone())];
    for suffix in SUFFIXES {
        if let Some(name) = stem.to_str().and_then(|stem| stem.strip_suffix(suffix)) {
            let mut rest = OsString::from(suffix);
            rest.push(&ending);
            names.push((name.into(), rest));
        }
    }
    folders.into_iter().flat_map(move |folder| {
        let places = names.iter().map(|(name, rest)| (folder.join(name), rest.clone()));
        places.collect::<Vec<_>>()
    })
}

fn is_one_of(part: &OsStr, names: &[&str]) -> bool {
    part.to_str().is_some_and(|part| names.contains(&part.to_ascii_lowercase().as_str()))
}
