//! Files of a data set.

use std::fs;
use std::path::Path;

use crate::studio::batch::error::BatchError;

/// The text of a file, without a mark of its byte order, if it is one.
///
/// # Errors
/// When it cannot be read.
pub(super) fn text_of(path: &Path) -> Result<Option<String>, BatchError> {
    let bytes = fs::read(path).map_err(|reason| BatchError::Unreadable { path: path.to_path_buf(), reason })?;
    let text = String::from_utf8(bytes).ok();
    Ok(text.map(|text| text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text)))
}
