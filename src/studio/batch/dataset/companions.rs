//! Files that belong to one photo: its boxes, its mask.

use std::collections::{HashMap, HashSet};
use std::ffi::{OsStr, OsString};
use std::path::{Component, Path, PathBuf};

use super::file::{ending, mirror, text_of, write_text};
use super::voc;
use crate::picture::decode::ENDINGS;
use crate::picture::encode::Existing;
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
        if ending(&self.name) != "xml" {
            return None;
        }
        voc::stated_size(&text_of(&root.join(&self.name)).ok()??)
    }

    /// Copies it to the name that belongs to a painted photo.
    ///
    /// # Errors
    /// When it cannot be read or written.
    pub(super) fn copy(&self, root: &Path, painted: &Path, folder: &Path) -> Result<(), BatchError> {
        let mut name = OsString::from(painted.file_stem().unwrap_or_default());
        name.push(&self.rest);
        let (from, to) = (root.join(&self.name), folder.join(self.name.with_file_name(name)));
        if ending(&self.name) == "xml"
            && let Some(text) = text_of(&from)?
            && let Some(text) = voc::renamed(&text, &painted.file_name().unwrap_or_default().to_string_lossy())
        {
            return write_text(&to, &text);
        }
        mirror(&from, &to, Existing::Replace)
    }
}

/// Finds the photo that a file belongs to.
pub(super) struct CompanionFinder<'a> {
    /// By folder and name without the ending.
    photos: HashMap<PathBuf, &'a Path>,
}

impl<'a> CompanionFinder<'a> {
    pub(super) fn new(photos: &[&'a Path]) -> Self {
        Self { photos: photos.iter().map(|photo| (photo.with_extension(""), *photo)).collect() }
    }

    /// The photo that a file belongs to, if it is a text, an XML file or a mask that belongs to one.
    pub(super) fn find(&self, file: &Path, is_mask: bool) -> Option<(PathBuf, Companion)> {
        if !is_mask && !matches!(ending(file).as_str(), "txt" | "xml") {
            return None;
        }
        let (photo, rest) = photo_places(file).find_map(|(place, rest)| Some((*self.photos.get(&place)?, rest)))?;
        Some((photo.to_path_buf(), Companion { name: file.to_path_buf(), rest }))
    }
}

/// Whether a picture is a mask of another one.
pub(super) fn is_mask(picture: &Path, pictures: &HashSet<&Path>) -> bool {
    let is_beside_labels = picture.parent().is_some_and(|folder| folder.iter().any(|part| is_one_of(part, &LABELS)));
    let has_suffix = picture
        .file_stem()
        .and_then(|stem| stem.to_str())
        .is_some_and(|stem| SUFFIXES.iter().any(|suffix| stem.ends_with(suffix)));
    (is_beside_labels || has_suffix)
        && photo_places(picture).any(|(place, _)| {
            let endings = ENDINGS.iter();
            let mut names = endings.flat_map(|ending| {
                [place.with_added_extension(ending), place.with_added_extension(ending.to_ascii_uppercase())]
            });
            names.any(|name| name != picture && pictures.contains(name.as_path()))
        })
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
