//! A training order with the file that it writes.

use std::path::PathBuf;
use std::sync::Arc;

use super::order::{PaintingToLearn, TrainingChoices, TrainingError, TrainingLimit, TrainingOrder};
use super::photos::TrainingPhotos;
use crate::picture::encode::Existing;
use crate::picture::style_file::StyleFile;
use crate::picture::{Picture, PictureError, TrainingRecord, decode};
use crate::studio::hardware::Hardware;

/// The largest side at which a painting is seen that the picture in a style's file serves.
const MOST_SIDE: u32 = 1024;

/// What to train, and where what was learned is kept.
pub struct TrainingPlan {
    /// What to train.
    pub order: TrainingOrder,
    /// The style's file.
    pub output: PathBuf,
    /// Whether it may replace a file that was there before.
    pub existing: Existing,
    /// The unfinished training that goes on.
    pub before: Option<StyleFile>,
    /// A photo that is painted with what was learned, every few seconds.
    pub preview: Option<Arc<Picture>>,
}

impl TrainingPlan {
    /// Goes on with the unfinished training in the file `path`, for the picture of the paintings that is in it.
    ///
    /// # Errors
    /// When the file cannot be read or holds no unfinished training.
    pub fn going_on(
        path: PathBuf,
        photos: TrainingPhotos,
        hardware: Hardware,
        preview: Option<Arc<Picture>>,
    ) -> Result<Self, GoingOnError> {
        let file = StyleFile::open(&path)?;
        let Some(state) = &file.unfinished else { return Err(GoingOnError::Finished(path.display().to_string())) };
        let record = &file.style.record;
        let has_all = record.paintings.len() == 1 && record.sample_photos && record.painting_side <= MOST_SIDE;
        if !has_all {
            return Err(GoingOnError::MoreThanTheFileHolds(path.display().to_string()));
        }
        let name = record.paintings.first().map_or_else(String::new, |(name, _)| name.clone());
        let picture = Arc::new(decode::open(&path)?);
        let limit = TrainingLimit::Steps(state.of.max(record.steps.saturating_add(1)));
        let TrainingRecord { adversary, stability, seed, painting_side, .. } = *record;
        let choices = TrainingChoices { limit, adversary, stability, seed, painting_side };
        let order =
            TrainingOrder::new(vec![PaintingToLearn { name, picture, weight: 1.0 }], photos, choices, hardware)?;
        Ok(Self { order, output: path, existing: Existing::Replace, before: Some(file), preview })
    }
}

/// Why an unfinished training cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum GoingOnError {
    /// The file cannot be read.
    #[error(transparent)]
    File(#[from] PictureError),
    /// The training is over.
    #[error("this training is over; train the painting again for another one: {0}")]
    Finished(String),
    /// It was trained on several paintings, on other photos, or at a larger size than the file's picture has.
    #[error("this training can only go on with impasto train, its paintings and its photos: {0}")]
    MoreThanTheFileHolds(String),
    /// Its settings cannot be used.
    #[error(transparent)]
    Order(#[from] TrainingError),
}
