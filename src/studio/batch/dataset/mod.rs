//! Data sets: photos with labels. Painting keeps every pixel in its place, so labels stay true; they are copied to the names of
//! the painted photos, and lists of photos are extended.

mod coco;
mod companions;
mod copies;
mod file;
mod lists;
mod painted;
mod photos;
mod splits;
mod voc;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::{Path, PathBuf};

use self::coco::CocoFile;
use self::companions::{Companion, CompanionFinder, MaskFinder};
use self::lists::PhotoList;
use self::photos::PhotosByName;
use self::splits::Splits;
use super::content::{Content, files_below};
use super::error::BatchError;
use super::manifest::is_manifest;

pub(super) use self::copies::Copies;
pub(super) use self::painted::PaintedNames;

/// A data set: a folder with photos and their labels.
#[derive(Debug)]
pub struct DataSet {
    root: PathBuf,
    /// All its files, relative to the root.
    files: Vec<PathBuf>,
    /// The files with the labels of each photo.
    companions: HashMap<PathBuf, Vec<Companion>>,
    coco: Vec<CocoFile>,
    lists: Vec<PhotoList>,
    /// Photos to be painted.
    pub(super) train: HashSet<PathBuf>,
    /// Whether photos that are painted are left out themselves.
    leaves_out_originals: bool,
}

/// What of a data set is painted.
#[derive(Clone, Copy, Debug, Default)]
pub struct DataSetChoices {
    /// All of it, not only the part for training.
    pub all_splits: bool,
    /// Whether photos that are painted are left out themselves.
    pub leaves_out_originals: bool,
}

impl DataSet {
    /// The data set in a folder whose pictures are `contents`; `None` if it has neither labels nor a division into parts for
    /// training and for tests. Known are COCO, Pascal VOC and YOLO labels, masks of the photos' names, and folders such as
    /// `train` and `val`. The folder `left_out` is not looked at.
    ///
    /// # Errors
    /// When a file with labels cannot be read.
    pub fn find(
        root: &Path,
        contents: &[Content],
        left_out: Option<&Path>,
        choices: DataSetChoices,
    ) -> Result<Option<Self>, BatchError> {
        let mut files = files_below(root, left_out)?;
        // Those of a batch that made the data set are not its labels, and the new ones have their place.
        files.retain(|file| file.components().count() > 1 || !is_manifest(file));
        let names = contents.iter().map(|content| content.name.as_path());
        let pictures: HashSet<&Path> = names.clone().collect();
        let finder = MaskFinder::new(&pictures);
        let (masks, photos): (Vec<&Path>, Vec<&Path>) = names.partition(|name| finder.is_mask(name));
        let masks: HashSet<&Path> = masks.into_iter().collect();
        let finder = CompanionFinder::new(&photos);
        let mut companions: HashMap<PathBuf, Vec<Companion>> = HashMap::new();
        for file in &files {
            for (photo, companion) in finder.find(file, masks.contains(file.as_path())) {
                companions.entry(photo).or_default().push(companion);
            }
        }
        let labels: HashSet<&Path> = companions.values().flatten().map(Companion::name).collect();
        let by_name = PhotosByName::new(&photos);
        let (mut coco, mut lists) = (Vec::new(), Vec::new());
        for file in files.iter().filter(|file| !labels.contains(file.as_path())) {
            coco.extend(CocoFile::read(root, file, &by_name)?);
            lists.extend(PhotoList::read(root, file, &by_name)?);
        }
        let has_splits = splits::has_splits(&photos);
        if companions.is_empty() && coco.is_empty() && lists.is_empty() && !has_splits {
            return Ok(None);
        }
        let splits = Splits::new(&lists, &coco);
        let train = photos.iter().filter(|photo| choices.all_splits || splits.is_train(photo));
        let train = train.map(|photo| photo.to_path_buf()).collect();
        let leaves_out_originals = choices.leaves_out_originals;
        Ok(Some(Self { root: root.to_path_buf(), files, companions, coco, lists, train, leaves_out_originals }))
    }

    /// Its folder.
    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    /// Width and height of a photo, as far as its labels say it. Where they are other ones than the picture has, its boxes
    /// would be wrong.
    pub(super) fn stated_size(&self, photo: &Path) -> Option<(u32, u32)> {
        let own = self.companions.get(photo).into_iter().flatten();
        let mut stated = own.filter_map(|companion| companion.stated_size(&self.root));
        stated.next().or_else(|| self.coco.iter().find_map(|file| file.stated_size(photo)))
    }

    /// Whether a photo has labels, which would be wrong if it were turned.
    pub(super) fn has_labels(&self, photo: &Path) -> bool {
        self.companions.contains_key(photo) || self.coco.iter().any(|file| file.has(photo))
    }

    /// Whether a file of the data set has this path.
    pub(super) fn has_file(&self, name: &Path) -> bool {
        self.files.binary_search_by(|file| file.as_path().cmp(name)).is_ok()
    }

    /// Writes the labels of a painted photo into the output folder.
    ///
    /// # Errors
    /// When they cannot be read or written.
    pub(super) fn write_labels(&self, photo: &Path, output: &Path, copies: &Copies) -> Result<(), BatchError> {
        let mut own = self.companions.get(photo).into_iter().flatten();
        own.try_for_each(|companion| companion.copy(&self.root, output, copies))
    }

    /// Copies what is not painted into the output folder, apart from files that [`Self::write_lists`] writes.
    ///
    /// # Errors
    /// When something cannot be read or written.
    pub(super) fn copy_rest(&self, painted: &PaintedNames, copies: &Copies) -> Result<(), BatchError> {
        let written: HashSet<&Path> =
            self.coco.iter().map(CocoFile::name).chain(self.lists.iter().map(PhotoList::name)).collect();
        let gone = |photo: &Path| self.leaves_out_originals && painted.contains_key(photo);
        let labels: HashSet<&Path> = self
            .companions
            .iter()
            .filter(|(photo, _)| gone(photo))
            .flat_map(|(_, companions)| companions.iter().map(Companion::name))
            .collect();
        let is_copied = |file: &&PathBuf| {
            let file = file.as_path();
            !written.contains(file) && !gone(file) && !labels.contains(file)
        };
        let mut copied = self.files.iter().filter(is_copied);
        copied.try_for_each(|file| copies.copy(&self.root.join(file), file))
    }

    /// Writes the files that list photos, with those that were painted.
    ///
    /// # Errors
    /// When something cannot be read or written.
    pub(super) fn write_lists(&self, painted: &PaintedNames, copies: &Copies) -> Result<(), BatchError> {
        for list in &self.lists {
            list.write(&self.root, painted, self.leaves_out_originals, copies)?;
        }
        // A painted photo has the same number in all files, and one that nothing else has in any of them.
        let largest = self.coco.iter().map(CocoFile::largest).max().unwrap_or(0);
        let photos = painted.iter().filter(|(photo, _)| self.coco.iter().any(|file| file.has(photo)));
        let photos: BTreeMap<_, _> = photos.collect();
        let numbers: HashMap<PathBuf, i64> = photos.into_values().flatten().cloned().zip(largest + 1..).collect();
        for file in &self.coco {
            file.write(&self.root, (painted, &numbers), self.leaves_out_originals, copies)?;
        }
        Ok(())
    }
}
