//! Files of a data set, and their copies in the output folder.

use std::fs::{self, File};
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::path::Path;

use crate::picture::Problem;
use crate::picture::encode::{Existing, write_whole};
use crate::studio::batch::error::BatchError;

/// Copies a file, unless it is there already. `existing` says what becomes of another file there.
///
/// # Errors
/// When it cannot be read or written, or another file is there and must stay.
pub(super) fn mirror(from: &Path, to: &Path, existing: Existing) -> Result<(), BatchError> {
    let unreadable = |reason| BatchError::Unreadable { path: from.to_path_buf(), reason };
    let length = fs::metadata(from).map_err(unreadable)?.len();
    match fs::metadata(to) {
        Ok(found) if found.len() == length && is_same(from, to).map_err(unreadable)? => return Ok(()),
        Ok(_) if existing == Existing::Refuse => return Err(BatchError::OtherFile(to.to_path_buf())),
        _ => {}
    }
    let mut file = File::open(from).map_err(unreadable)?;
    create_folder_of(to)?;
    let written = write_whole(to, existing, |to| io::copy(&mut file, to).map(drop).map_err(Problem::writing));
    written.map_err(BatchError::Writing)
}

/// Writes a file, and replaces an older one.
///
/// # Errors
/// When it cannot be written.
pub(super) fn write_text(to: &Path, text: &str) -> Result<(), BatchError> {
    if fs::read(to).is_ok_and(|found| found == text.as_bytes()) {
        return Ok(());
    }
    create_folder_of(to)?;
    let written = write_whole(to, Existing::Replace, |file| file.write_all(text.as_bytes()).map_err(Problem::writing));
    written.map_err(BatchError::Writing)
}

/// Whether two files of the same length have the same content.
fn is_same(one: &Path, other: &Path) -> io::Result<bool> {
    let mut readers = [BufReader::new(File::open(one)?), BufReader::new(File::open(other)?)];
    loop {
        let [one, other] = &mut readers;
        let (one_part, other_part) = (one.fill_buf()?, other.fill_buf()?);
        let length = one_part.len().min(other_part.len());
        if one_part[..length] != other_part[..length] {
            return Ok(false);
        }
        if length == 0 {
            return Ok(one_part.len() == other_part.len());
        }
        one.consume(length);
        other.consume(length);
    }
}

fn create_folder_of(file: &Path) -> Result<(), BatchError> {
    let Some(parent) = file.parent() else { return Ok(()) };
    fs::create_dir_all(parent).map_err(|cause| BatchError::Folder { path: parent.to_path_buf(), cause })
}

/// The text of a file, if it is one.
///
/// # Errors
/// When it cannot be read.
pub(super) fn text_of(path: &Path) -> Result<Option<String>, BatchError> {
    let bytes = fs::read(path).map_err(|reason| BatchError::Unreadable { path: path.to_path_buf(), reason })?;
    Ok(String::from_utf8(bytes).ok())
}

/// The ending of a file's name, in small letters.
pub(super) fn ending(path: &Path) -> String {
    path.extension().and_then(|ending| ending.to_str()).unwrap_or_default().to_ascii_lowercase()
}
