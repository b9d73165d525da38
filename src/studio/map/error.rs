//! Why a style map cannot be made, each one sentence.

use crate::engine::error::EngineError;
use crate::picture::PictureError;
use crate::picture::style_map::StyleMap;
use crate::studio::recipe::RecipeError;

/// Why a style map cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum MapError {
    /// Fewer than two paintings could be read.
    #[error("a map needs two paintings or more, and {0} could be read; add more")]
    TooFew(usize),
    /// Fewer than two paintings would be left.
    #[error("a map needs two paintings or more, and {0} would be left on it")]
    TooFewLeft(usize),
    /// More paintings than a map can hold.
    #[error("a map holds at most {most} paintings, and these are {0}; leave some out", most = StyleMap::MOST_PAINTINGS)]
    TooMany(usize),
    /// The map to begin with cannot be used.
    #[error(transparent)]
    Before(#[from] RecipeError),
    /// A painting cannot be written into the map.
    #[error(transparent)]
    Painting(#[from] PictureError),
    /// Stopped, or computing failed.
    #[error(transparent)]
    Engine(#[from] EngineError),
}
