//! What a batch has copied or written into the output folder beside painted photos. It may be replaced there by what is right
//! later, and nothing else may.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use crate::lock::lock;
use crate::picture::Problem;
use crate::picture::encode::{Existing, write_whole};
use crate::studio::batch::error::BatchError;
use crate::studio::batch::path_text::path_text;

/// The file that lists them, a path on each line.
const LIST: &str = ".impasto-batch.copies";

/// The copies in an output folder.
pub(in crate::studio::batch) struct Copies {
    folder: PathBuf,
    /// What becomes of files that are there and no copies.
    existing: Existing,
    known: Mutex<HashSet<String>>,
}

impl Copies {
    /// Those in a folder. `existing` says what becomes of other files where copies are to be.
    pub(in crate::studio::batch) fn new(folder: &Path, existing: Existing) -> Self {
        Self { folder: folder.to_path_buf(), existing, known: Mutex::default() }
    }

    /// Copies a file to this path in the folder, unless it is there already.
    ///
    /// # Errors
    /// When it cannot be read or written, or another file is there.
    pub(super) fn copy(&self, from: &Path, name: &Path) -> Result<(), BatchError> {
        let unreadable = |reason| BatchError::Unreadable { path: from.to_path_buf(), reason };
        let to = self.folder.join(name);
        let length = fs::metadata(from).map_err(unreadable)?.len();
        if fs::metadata(&to).is_ok_and(|found| found.len() == length) && is_same(from, &to).map_err(unreadable)? {
            return Ok(());
        }
        let mut file = File::open(from).map_err(unreadable)?;
        self.write(name, |to| io::copy(&mut file, to).map(drop))
    }

    /// Writes a text to this path in the folder.
    ///
    /// # Errors
    /// When it cannot be written, or another file is there.
    pub(super) fn write_text(&self, name: &Path, text: &str) -> Result<(), BatchError> {
        if fs::read(self.folder.join(name)).is_ok_and(|found| found == text.as_bytes()) {
            return Ok(());
        }
        self.write(name, |file| file.write_all(text.as_bytes()))
    }

    fn write(&self, name: &Path, fill: impl FnOnce(&mut dyn io::Write) -> io::Result<()>) -> Result<(), BatchError> {
        let (to, text) = (self.folder.join(name), path_text(name));
        // In this order: another process lists a path before it writes the file.
        if to.exists() && self.existing == Existing::Refuse && !self.is_listed(&text) {
            return Err(BatchError::OtherFile(to));
        }
        self.note(&text)?;
        if let Some(parent) = to.parent() {
            fs::create_dir_all(parent).map_err(|cause| BatchError::Folder { path: parent.to_path_buf(), cause })?;
        }
        let written = write_whole(&to, Existing::Replace, |file| fill(file).map_err(Problem::writing));
        written.map_err(BatchError::Writing)
    }

    /// Whether this or another process has listed a path.
    fn is_listed(&self, text: &str) -> bool {
        let mut known = lock(&self.known);
        if !known.contains(text) {
            let listed = fs::read_to_string(self.folder.join(LIST)).unwrap_or_default();
            known.extend(listed.lines().map(str::to_owned));
        }
        known.contains(text)
    }

    /// Lists a path, before the file is written: after a kill in between, it may be written again.
    fn note(&self, text: &str) -> Result<(), BatchError> {
        if !lock(&self.known).insert(text.to_owned()) {
            return Ok(());
        }
        let path = self.folder.join(LIST);
        let file = File::options().append(true).create(true).open(&path);
        let written = file.and_then(|mut file| file.write_all(format!("\n{text}\n").as_bytes()));
        written.map_err(|cause| BatchError::Folder { path, cause })
    }
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
