//! A training order with the file that it writes.

use std::path::PathBuf;
use std::sync::Arc;

use super::order::{PaintingToLearn, TrainingError, TrainingLimit, TrainingOrder};
use super::photos::TrainingPhotos;
use crate::picture::encode::Existing;
use crate::picture::style_file::StyleFile;
use crate::picture::{Picture, PictureError, decode};
use crate::studio::hardware::Hardware;

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
    /// Goes on with the unfinished training in the file `path`, for the picture of the paintings that is in it, on the
    /// program's sample photos.
    ///
    /// # Errors
    /// When the file cannot be read or holds no unfinished training.
    pub fn going_on(path: PathBuf, hardware: Hardware, preview: Option<Arc<Picture>>) -> Result<Self, GoingOnError> {
        let file = StyleFile::open(&path)?;
        let Some(state) = &file.unfinished else { return Err(GoingOnError::Finished(path.display().to_string())) };
        let record = &file.style.record;
        let name = record.paintings.first().map_or_else(String::new, |(name, _)| name.clone());
        let picture = Arc::new(decode::open(&path)?);
        let limit = TrainingLimit::Steps(state.of.max(record.steps + 1));
        let order = TrainingOrder::new(
            vec![PaintingToLearn { name, picture, weight: 1.0 }],
            TrainingPhotos::samples(),
            limit,
            record.seed,
            record.painting_side,
            hardware,
        )?;
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
    /// Its settings cannot be used.
    #[error(transparent)]
    Order(#[from] TrainingError),
}
