//! The trained styles in the program's folder: listing, moving and copying files, and what a training needs.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::app::model::card::THUMBNAIL_SIDE;
use crate::app::model::styles::OwnStyle;
use crate::app::model::training::{TrainingRequest, TrainingSubject};
use crate::picture::encode::Existing;
use crate::picture::resize::thumbnail;
use crate::picture::style_file::StyleFile;
use crate::picture::{PictureError, decode};
use crate::reason::reason;
use crate::studio::Hardware;
use crate::studio::training::{PaintingToLearn, TrainingLimit, TrainingOrder, TrainingPhotos, TrainingPlan};

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

/// Removes the styles that were deleted in earlier sessions.
pub(super) fn forget_deleted(folder: &Path) {
    // If this fails, they take some space.
    let _ = fs::remove_dir_all(folder.join(OwnStyle::DELETED));
}

/// Moves a style to a file that does not exist yet.
pub(super) fn rename(from: &Path, to: &Path) -> Result<(), String> {
    let moved = || {
        if let Some(folder) = to.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::rename(from, to)
    };
    moved()
        .map_err(|error| format!("the style was not changed ({}); check the disk: {}", reason(&error), from.display()))
}

/// Copies a style to a file that the user chose, which may replace another.
pub(super) fn copy(from: &Path, to: &Path) -> Result<PathBuf, String> {
    let sentence = |error: PictureError| error.to_string();
    let file = StyleFile::open(from).map_err(sentence)?;
    file.save(to, Existing::Replace).map_err(sentence)?;
    Ok(to.to_path_buf())
}

/// What to train for a request; called on the trainer's thread.
pub(super) fn plan(request: TrainingRequest) -> Result<TrainingPlan, String> {
    let TrainingRequest { subject, output, photo, hardware } = request;
    // Below the threads that paint and those of the window.
    let hardware = Hardware { low_priority: true, ..hardware };
    match subject {
        TrainingSubject::GoingOn => TrainingPlan::going_on(output, hardware, photo).map_err(|error| error.to_string()),
        TrainingSubject::Painting { name, picture, steps } => {
            if let Some(folder) = output.parent() {
                fs::create_dir_all(folder).map_err(|error| {
                    format!("the folder for styles cannot be created ({}): {}", reason(&error), folder.display())
                })?;
            }
            let order = TrainingOrder::new(
                vec![PaintingToLearn { name, picture, weight: 1.0 }],
                TrainingPhotos::samples(),
                TrainingLimit::Steps(steps),
                0,
                TrainingOrder::USUAL_PAINTING_SIDE,
                hardware,
            );
            let order = order.map_err(|error| error.to_string())?;
            Ok(TrainingPlan { order, output, existing: Existing::Refuse, before: None, preview: photo })
        }
    }
}
