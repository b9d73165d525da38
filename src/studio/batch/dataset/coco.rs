//! Labels in the JSON format of COCO.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::copies::Copies;
use super::file::text_of;
use super::painted::PaintedNames;
use super::photos::PhotosByName;
use crate::picture::path::lower_ending;
use crate::studio::batch::error::BatchError;
use crate::studio::batch::path_text::path_text;

/// A file with the labels of many photos.
#[derive(Clone, Debug)]
pub(super) struct CocoFile {
    name: PathBuf,
    /// Of each photo its width and height, if the file says them.
    photos: HashMap<PathBuf, Option<(u32, u32)>>,
    /// The largest numbers of its photos and of its labels.
    largest: [i64; 2],
}

impl CocoFile {
    /// The labels in a file of a data set; `None` if it is something else.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub(super) fn read(root: &Path, file: &Path, photos: &PhotosByName) -> Result<Option<Self>, BatchError> {
        if lower_ending(file) != "json" {
            return Ok(None);
        }
        let Some(labels) = text_of(&root.join(file))?.and_then(|text| serde_json::from_str::<Value>(&text).ok()) else {
            return Ok(None);
        };
        let (Some(images), Some(_)) = (labels["images"].as_array(), labels["annotations"].as_array()) else {
            return Ok(None);
        };
        let known = images.iter().filter_map(|image| {
            let side = |name: &str| image[name].as_u64().and_then(|side| u32::try_from(side).ok());
            Some((photos.labelled(image["file_name"].as_str()?, file)?, side("width").zip(side("height"))))
        });
        let photos: HashMap<_, _> = known.collect();
        let largest = ["images", "annotations"].map(|list| largest(&labels[list]));
        Ok((!photos.is_empty()).then(|| Self { name: file.to_path_buf(), photos, largest }))
    }

    /// Its path, relative to the root.
    pub(super) fn name(&self) -> &Path {
        &self.name
    }

    /// The largest number of its photos.
    pub(super) fn largest(&self) -> i64 {
        self.largest[0]
    }

    /// Whether it has labels of a photo.
    pub(super) fn has(&self, photo: &Path) -> bool {
        self.photos.contains_key(photo)
    }

    /// The photos that it has labels of.
    pub(super) fn photos(&self) -> impl Iterator<Item = &Path> {
        self.photos.keys().map(PathBuf::as_path)
    }

    /// Width and height of a photo, if it says them.
    pub(super) fn stated_size(&self, photo: &Path) -> Option<(u32, u32)> {
        self.photos.get(photo).copied().flatten()
    }

    /// Writes it with the painted photos, which have the labels of the photos and these numbers, and without the others if they
    /// are left out.
    ///
    /// # Errors
    /// When it cannot be read or written.
    pub(super) fn write(
        &self,
        root: &Path,
        (painted, numbers_of): (&PaintedNames, &HashMap<PathBuf, i64>),
        leaves_out: bool,
        copies: &Copies,
    ) -> Result<(), BatchError> {
        let text = text_of(&root.join(&self.name))?;
        let Some(mut labels) = text.and_then(|text| serde_json::from_str::<Value>(&text).ok()) else { return Ok(()) };
        let known: Vec<&Path> = self.photos.keys().map(PathBuf::as_path).collect();
        let photos = PhotosByName::new(&known);
        let mut label_id = self.largest[1];
        let mut images = Vec::new();
        // For each photo its new numbers, and whether it stays itself.
        let mut numbers: HashMap<String, (Vec<i64>, bool)> = HashMap::new();
        for image in labels["images"].as_array().into_iter().flatten() {
            let photo = image["file_name"].as_str().and_then(|path| photos.labelled(path, &self.name));
            let new = photo.and_then(|photo| painted.get(&photo).map(|new| (photo, new)));
            let stays = !leaves_out || new.is_none();
            if stays {
                images.push(image.clone());
            }
            let mut own = Vec::new();
            for (photo, new) in new.into_iter().flat_map(|(photo, new)| new.iter().map(move |new| (photo.clone(), new)))
            {
                let mut copy = image.clone();
                let number = numbers_of.get(new).copied().unwrap_or_default();
                copy["id"] = json!(number);
                copy["file_name"] = json!(renamed(image["file_name"].as_str().unwrap_or_default(), &photo, new));
                if let Some(fields) = copy.as_object_mut() {
                    // These lead to the photo as it was.
                    fields.retain(|name, _| !name.ends_with("_url"));
                }
                own.push(number);
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
                label_id += 1;
                (copy["id"], copy["image_id"]) = (json!(label_id), json!(number));
                entries.push(copy);
            }
        }
        (labels["images"], labels["annotations"]) = (Value::from(images), Value::from(entries));
        copies.write_text(&self.name, &labels.to_string())
    }
}

/// The largest number in a list, as far as others can follow it.
fn largest(list: &Value) -> i64 {
    /// Numbers up to this are whole in every program.
    const MOST: i64 = 1 << 53;
    let entries = list.as_array().into_iter().flatten();
    // Some programs write whole numbers with a fraction.
    let number = |id: &Value| id.as_i64().or_else(|| id.as_f64().map(|id| id as i64));
    entries.filter_map(|entry| number(&entry["id"])).filter(|number| *number < MOST).max().unwrap_or(0).max(0)
}

/// The path of a painted photo as the file writes those of photos.
fn renamed(old: &str, photo: &Path, painted: &Path) -> String {
    let old_name = photo.file_name().unwrap_or_default().to_string_lossy();
    let new_name = painted.file_name().map(|name| path_text(Path::new(name))).unwrap_or_default();
    old.strip_suffix(&*old_name).map_or(new_name.clone(), |folder| format!("{folder}{new_name}"))
}
