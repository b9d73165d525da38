//! Reads the pictures of a sequence as frames.

use std::path::PathBuf;
use std::vec::IntoIter;

use super::super::error::ClipError;
use super::super::frame::{ClipFrame, FrameReader};
use super::listing::PictureSequence;
use crate::picture::decode;

/// Reads the pictures of a sequence one after the other.
pub struct SequenceReader {
    files: IntoIter<PathBuf>,
    size: (u32, u32),
    time: i64,
}

impl SequenceReader {
    /// Begins to read.
    pub fn new(sequence: &PictureSequence) -> Self {
        Self { files: sequence.files().to_vec().into_iter(), size: sequence.info().size, time: 0 }
    }
}

impl FrameReader for SequenceReader {
    fn read(&mut self) -> Result<Option<ClipFrame>, ClipError> {
        let Some(path) = self.files.next() else { return Ok(None) };
        let picture = decode::open(&path)?;
        let size = (picture.width(), picture.height());
        if size != self.size {
            return Err(ClipError::OtherSize { path, size, first: self.size });
        }
        self.time += 1;
        Ok(Some(ClipFrame { picture, time: self.time - 1, duration: 1 }))
    }
}
