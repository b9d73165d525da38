//! Goes through the parts of a file without reading all of it.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::Path;

/// A file and a place in it.
pub(super) struct FileScanner {
    reader: BufReader<File>,
    at: u64,
    length: u64,
}

impl FileScanner {
    /// At the beginning of a file.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let file = File::open(path)?;
        let length = file.metadata()?.len();
        Ok(Self { reader: BufReader::new(file), at: 0, length })
    }

    /// The next bytes; [`io::ErrorKind::UnexpectedEof`] where the file ends before.
    pub(super) fn bytes<const COUNT: usize>(&mut self) -> io::Result<[u8; COUNT]> {
        let mut bytes = [0; COUNT];
        self.reader.read_exact(&mut bytes)?;
        self.at += COUNT as u64;
        Ok(bytes)
    }

    /// So many of the next bytes; [`io::ErrorKind::UnexpectedEof`] where the file ends before.
    pub(super) fn content(&mut self, count: u64) -> io::Result<Vec<u8>> {
        self.check(count)?;
        let mut bytes = vec![0; usize::try_from(count).map_err(|_| io::ErrorKind::OutOfMemory)?];
        self.reader.read_exact(&mut bytes)?;
        self.at += count;
        Ok(bytes)
    }

    /// Passes over so many bytes; [`io::ErrorKind::UnexpectedEof`] where the file ends before.
    pub(super) fn skip(&mut self, count: u64) -> io::Result<()> {
        self.check(count)?;
        self.reader.seek_relative(i64::try_from(count).map_err(|_| io::ErrorKind::UnexpectedEof)?)?;
        self.at += count;
        Ok(())
    }

    /// How many bytes come before the place.
    pub(super) fn at(&self) -> u64 {
        self.at
    }

    /// How many bytes come after the place.
    pub(super) fn left(&self) -> u64 {
        self.length.saturating_sub(self.at)
    }

    fn check(&self, count: u64) -> io::Result<()> {
        if count > self.left() { Err(io::ErrorKind::UnexpectedEof.into()) } else { Ok(()) }
    }
}
