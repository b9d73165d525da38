//! What was painted of a data set.

use std::collections::HashMap;
use std::path::PathBuf;

/// Names of the painted photos, of each photo.
pub(in crate::studio::batch) type PaintedNames = HashMap<PathBuf, Vec<PathBuf>>;
