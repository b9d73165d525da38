//! Labels in the JSON format of COCO.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::file::{ending, text_of, write_text};
use super::painted::PaintedNames;
use crate::studio::batch::error::BatchError;
use crate::studio::batch::path_text::path_text;

/// A file with the labels of many photos.
#[derive(Clone, Debug)]
pub(super) struct CocoFile {
    name: PathBuf,
    /// Of each photo its width and height, if the file says them.
    photos: HashMap<PathBuf, Option<(u32, u32)>>,
}

impl CocoFile {
    /// The labels in a file of a data set; `None` if it is something else.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub(super) fn read(root: &Path, file: &Path, photos: &[&Path]) -> Result<Option<Self>, BatchError> {
        if ending(file) != "json" {
            return Ok(None);
        }
        let Some(labels) = text_of(&root.join(file))?.and_then(|text| serde_json::from_str::<Value>(&text).ok()) else {
            return Ok(None);
        };
        let (Some(images), Some(_)) = (labels["images"].as_array(), labels["annotations"].as_array()) else {
            return Ok(None);
        };
        let finder = PhotoFinder::new(file, photos);
        let known = images.iter().filter_map(|image| {
            let side = |name: &str| image[name].as_u64().and_then(|side| u32::try_from(side).ok());
            Some((finder.find(image)?, side("width").zip(side("height"))))
        });
        let photos: HashMap<_, _> = known.collect();
        Ok((!photos.is_empty()).then(|| Self { name: file.to_path_buf(), photos }))
    }

    /// Its path, relative to the root.
    pub(super) fn name(&self) -> &Path {
        &self.name
    }

    /// The photos that it has labels of.
    pub(super) fn photos(&self) -> impl Iterator<Item = &Path> {
        self.photos.keys().map(PathBuf::as_path)
    }

    /// Width and height of a photo, if it says them.
    pub(super) fn stated_size(&self, photo: &Path) -> Option<(u32, u32)> {
        self.photos.get(photo).copied().flatten()
    }

    /// Writes it with the painted photos, which have the labels of the photos, and without the others if they are left out.
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
        let text = text_of(&root.join(&self.name))?;
        let Some(mut labels) = text.and_then(|text| serde_json::from_str::<Value>(&text).ok()) else { return Ok(()) };
        let known: Vec<&Path> = self.photos.keys().map(PathBuf::as_path).collect();
        let finder = PhotoFinder::new(&self.name, &known);
        let next = |list: &Value| {
            let numbers = list.as_array().into_iter().flatten().filter_map(|entry| entry["id"].as_i64());
            numbers.max().unwrap_or(0) + 1
        };
        let (mut image_id, mut label_id) = (next(&labels["images"]), next(&labels["annotations"]));
        let mut images = Vec::new();
        // For each photo its new numbers, and whether it stays itself.
        let mut numbers: HashMap<String, (Vec<i64>, bool)> = HashMap::new();
        for image in labels["images"].as_array().into_iter().flatten() {
            let new = finder.find(image).and_then(|photo| painted.get(&photo).map(|new| (photo, new)));
            let stays = !leaves_out || new.is_none();
            if stays {
                images.push(image.clone());
            }
            let mut own = Vec::new();
            for (photo, new) in new.into_iter().flat_map(|(photo, new)| new.iter().map(move |new| (photo.clone(), new)))
            {
                let mut copy = image.clone();
                copy["id"] = json!(image_id);
                copy["file_name"] = json!(renamed(image["file_name"].as_str().unwrap_or_default(), &photo, new));
                if let Some(fields) = copy.as_object_mut() {
                    // These lead to the photo as it was.
                    fields.retain(|name, _| !name.ends_with("_url"));
                }
                own.push(image_id);
                image_id += 1;
                images.push(copy);
            }
            numbers.insert(image["id"].to_string(), (own, stays));
        }
        let mut entries = Vec::new();
        for entry in labels["annotations"].as_array().into_iter().flatten() {
            let Some((own, stays)) = numbers.get(&entry["image_id"].to_string()) else {
                entries.push(entry.clone());
                continue;
            };
            if *stays {
                entries.push(entry.clone());
            }
            for number in own {
                let mut copy = entry.clone();
                (copy["id"], copy["image_id"]) = (json!(label_id), json!(number));
                label_id += 1;
                entries.push(copy);
            }
        }
        (labels["images"], labels["annotations"]) = (Value::from(images), Value::from(entries));
        write_text(&folder.join(&self.name), &labels.to_string())
    }
}

/// The path of a painted photo as the file writes those of photos.
fn renamed(old: &str, photo: &Path, painted: &Path) -> String {
    let old_name = photo.file_name().unwrap_or_default().to_string_lossy();
    let new_name = painted.file_name().map(|name| path_text(Path::new(name))).unwrap_or_default();
    old.strip_suffix(&*old_name).map_or(new_name.clone(), |folder| format!("{folder}{new_name}"))
}

/// Finds the photos that a file names.
struct PhotoFinder<'a> {
    by_name: HashMap<&'a str, Vec<&'a Path>>,
    /// The file's name, in small letters.
    own: String,
}

impl<'a> PhotoFinder<'a> {
    fn new(file: &Path, photos: &[&'a Path]) -> Self {
        let mut by_name: HashMap<&str, Vec<&Path>> = HashMap::new();
        for photo in photos {
            if let Some(name) = photo.file_name().and_then(|name| name.to_str()) {
                by_name.entry(name).or_default().push(photo);
            }
        }
        Self { by_name, own: file.to_string_lossy().to_lowercase() }
    }

    /// The photo of an entry: one with the same path at the end; if there are several, one in a folder that the file's name has
    /// in it, such as `train2017` in `instances_train2017.json`.
    fn find(&self, image: &Value) -> Option<PathBuf> {
        let path = Path::new(image["file_name"].as_str()?);
        let candidates = self.by_name.get(path.file_name()?.to_str()?)?.iter().filter(|photo| photo.ends_with(path));
        let is_in_name = |photo: &&&Path| {
            let mut folders = photo.parent().into_iter().flat_map(Path::iter);
            folders.any(|folder| self.own.contains(&folder.to_string_lossy().to_lowercase()))
        };
        candidates.max_by_key(is_in_name).map(|photo| photo.to_path_buf())
    }
}
