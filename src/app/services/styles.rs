//! The trained styles in the program's folder: listing, moving and copying files, and what a training needs.

use std::fs::{self, File};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tempfile::{PathPersistError, TempPath};

use crate::app::model::card::THUMBNAIL_SIDE;
use crate::app::model::styles::{OwnStyle, OwnStyles};
use crate::app::model::training::{TrainingRequest, TrainingSubject};
use crate::picture::encode::Existing;
use crate::picture::resize::thumbnail;
use crate::picture::style_file::StyleFile;
use crate::picture::{PictureError, decode};
use crate::reason::reason;
use crate::studio::Hardware;
use crate::studio::training::{
    PaintingToLearn, TrainingChoices, TrainingLimit, TrainingOrder, TrainingPhotos, TrainingPlan,
};

/// The styles in a folder, sorted by name. Files that cannot be read are passed over: opening one says why.
pub(super) fn list(folder: &Path) -> Vec<OwnStyle> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let is_style = |path: &PathBuf| path.extension().is_some_and(|ending| ending == StyleFile::ENDING);
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).filter(is_style).collect();
    paths.sort();
    let style = |path: PathBuf| {
        let file = StyleFile::open(&path).ok()?;
        let painting = decode::open(&path).ok()?;
        let thumbnail = Arc::new(thumbnail(&painting, THUMBNAIL_SIDE));
        Some(OwnStyle { path, thumbnail, is_unfinished: file.unfinished.is_some() })
    };
    paths.into_iter().filter_map(style).collect()
}

/// How long deleted styles are kept: another window may still put them back.
const KEPT: Duration = Duration::from_hours(7 * 24);

/// Removes the styles that were deleted long ago.
pub(super) fn forget_deleted(folder: &Path) {
    let Ok(entries) = fs::read_dir(folder.join(OwnStyle::DELETED)) else { return };
    for entry in entries.flatten() {
        let age = entry.metadata().and_then(|file| file.modified()).ok().and_then(|time| time.elapsed().ok());
        if age.is_some_and(|age| age > KEPT) {
            // If this fails, it takes some space.
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// Moves a style to a file of this name in a folder, or, where that exists, to one with a number. Returns the file.
pub(super) fn rename(from: &Path, folder: &Path, name: &str) -> Result<PathBuf, String> {
    let failed = |error: &std::io::Error| {
        format!("the style could not be moved ({}); check the disk: {}", reason(error), from.display())
    };
    let mut source = TempPath::try_from_path(from).map_err(|error| failed(&error))?;
    // Not a temporary file: nothing may delete it.
    source.disable_cleanup(true);
    fs::create_dir_all(folder).map_err(|error| failed(&error))?;
    for to in OwnStyles::files(folder, name) {
        match source.persist_noclobber(&to) {
            Ok(()) => return Ok(to),
            Err(PathPersistError { error, path }) if error.kind() == ErrorKind::AlreadyExists => source = path,
            Err(PathPersistError { error, .. }) => return Err(failed(&error)),
        }
    }
    unreachable!("there is no last number")
}

/// Moves a style to the deleted ones. Returns the file.
pub(super) fn delete(path: &Path, folder: &Path) -> Result<PathBuf, String> {
    let deleted = rename(path, &folder.join(OwnStyle::DELETED), &OwnStyle::name_of(path))?;
    // Says when it was deleted. If this fails, it may be removed sooner.
    let _ = File::options().write(true).open(&deleted).and_then(|file| file.set_modified(SystemTime::now()));
    Ok(deleted)
}

/// Copies a style to a file, which is replaced only if the user agreed to that.
pub(super) fn copy(from: &Path, to: &Path, may_replace: bool) -> Result<PathBuf, String> {
    let sentence = |error: PictureError| error.to_string();
    let existing = if may_replace { Existing::Replace } else { Existing::Refuse };
    StyleFile::open(from).map_err(sentence)?.save(to, existing).map_err(sentence)?;
    Ok(to.to_path_buf())
}

/// What to train for a request; called on the trainer's thread.
pub(super) fn plan(request: TrainingRequest) -> Result<TrainingPlan, String> {
    let TrainingRequest { subject, photo, hardware } = request;
    let hardware = Hardware { low_priority: true, ..hardware };
    let samples = TrainingPhotos::samples();
    let photos = match &photo {
        Some(photo) => samples.with(photo),
        None => samples,
    };
    match subject {
        TrainingSubject::GoingOn(path) => {
            TrainingPlan::going_on(path, photos, hardware, photo).map_err(|error| error.to_string())
        }
        TrainingSubject::Painting { name, picture, steps, adversary, stability, folder } => {
            fs::create_dir_all(&folder).map_err(|error| {
                format!("the folder for styles cannot be created ({}): {}", reason(&error), folder.display())
            })?;
            let order = TrainingOrder::new(
                vec![PaintingToLearn { name: name.clone(), picture, weight: 1.0 }],
                photos,
                TrainingChoices {
                    limit: TrainingLimit::Steps(steps),
                    adversary,
                    stability,
                    ..TrainingChoices::default()
                },
                hardware,
            );
            let order = order.map_err(|error| error.to_string())?;
            let vacant = OwnStyles::files(&folder, &name).find(|path| !path.exists());
            let Some(output) = vacant else { unreachable!("there is no last number") };
            Ok(TrainingPlan { order, output, existing: Existing::Refuse, before: None, preview: photo })
        }
    }
}
