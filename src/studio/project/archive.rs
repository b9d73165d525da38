//! The container: a ZIP file whose entries are uncompressed and do not overlap. So a small file cannot unpack to a huge
//! amount of data. The pictures are compressed already.

use std::fs::{self, File};
use std::io::{self, BufReader, Read, Seek, SeekFrom, Write};
use std::path::Path;

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

use super::error::ProjectError;
use crate::picture::Problem;

/// The name of the entry that describes the project and its other entries.
pub(super) const MANIFEST: &str = "project.json";

/// Maximum length of a text entry in bytes: ten times what the settings of a thousand pictures in the history take.
const LONGEST_TEXT: u64 = 8 << 20;

/// An entry to write.
pub(super) struct Entry<'a> {
    pub(super) name: String,
    pub(super) content: Content<'a>,
}

/// The content of an entry.
pub(super) enum Content<'a> {
    Bytes(&'a [u8]),
    Snapshot(&'a crate::engine::snapshot::Snapshot),
}

/// Opens a file; refuses anything but a regular file.
pub(super) fn open(path: &Path) -> Result<BufReader<File>, ProjectError> {
    // Checked before opening, because opening a pipe blocks until another process writes to it.
    if !fs::metadata(path).map_err(ProjectError::Unreadable)?.is_file() {
        return Err(ProjectError::NotAFile);
    }
    File::open(path).map(BufReader::new).map_err(ProjectError::Unreadable)
}

/// The entries of a project's file.
pub(super) struct Entries<R> {
    archive: ZipArchive<R>,
    /// The file's length minus the entries read so far. Overlapping entries, which would let a small file unpack to any
    /// amount of data, exceed it.
    left: u64,
}

impl<R: Read + Seek> Entries<R> {
    pub(super) fn new(mut file: R) -> Result<Self, ProjectError> {
        let mut signature = [0; 4];
        let is_archive = match file.read_exact(&mut signature) {
            Ok(()) => signature == *b"PK\x03\x04",
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => false,
            Err(error) => return Err(ProjectError::Unreadable(error)),
        };
        if !is_archive {
            return Err(ProjectError::NotAProject);
        }
        let length = file.seek(SeekFrom::End(0)).map_err(ProjectError::Unreadable)?;
        let archive = ZipArchive::new(file).map_err(|_| ProjectError::Damaged)?;
        if archive.index_for_name(MANIFEST).is_none() {
            return Err(ProjectError::NotAProject);
        }
        Ok(Self { archive, left: length })
    }

    /// The bytes of an entry.
    pub(super) fn bytes(&mut self, name: &str) -> Result<Vec<u8>, ProjectError> {
        self.read(name, self.left)
    }

    /// The text of an entry.
    pub(super) fn text(&mut self, name: &str) -> Result<String, ProjectError> {
        String::from_utf8(self.read(name, LONGEST_TEXT)?).map_err(|_| ProjectError::Damaged)
    }

    fn read(&mut self, name: &str, longest: u64) -> Result<Vec<u8>, ProjectError> {
        let entry = self.archive.by_name(name).map_err(|_| ProjectError::Damaged)?;
        if entry.compression() != CompressionMethod::Stored || entry.size() > longest.min(self.left) {
            return Err(ProjectError::Damaged);
        }
        self.left -= entry.size();
        let mut bytes = Vec::with_capacity(entry.size() as usize);
        // Reading to the end checks the entry's checksum.
        entry.take(longest + 1).read_to_end(&mut bytes).map_err(|_| ProjectError::Damaged)?;
        Ok(bytes)
    }
}

/// Writes a project's file.
pub(super) fn write<W: Write + Seek>(file: W, manifest: &str, entries: &[Entry]) -> Result<(), Problem> {
    let mut lenient = Lenient { writer: file, failure: None, position: 0, end: 0 };
    let mut archive = ZipWriter::new(&mut lenient);
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored).large_file(true);
    let write = |archive: &mut ZipWriter<&mut Lenient<W>>| -> io::Result<()> {
        archive.start_file(MANIFEST, options)?;
        archive.write_all(manifest.as_bytes())?;
        for entry in entries {
            archive.start_file(entry.name.as_str(), options)?;
            match &entry.content {
                Content::Bytes(bytes) => archive.write_all(bytes)?,
                Content::Snapshot(snapshot) => super::snapshot_file::write(snapshot, archive)?,
            }
        }
        Ok(())
    };
    let written = write(&mut archive).and_then(|()| Ok(archive.finish().map(drop)?));
    lenient.failure.map_or(written, Err).map_err(Problem::writing)
}

/// Forwards everything to `writer` until that fails, then discards the rest and reports success. The ZIP library
/// finishes the archive when it is dropped, even after an error, and would report a full disk on standard error.
struct Lenient<W> {
    writer: W,
    failure: Option<io::Error>,
    position: u64,
    /// The highest position written so far.
    end: u64,
}

impl<W: Write> Write for Lenient<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = match self.failure.is_none().then(|| self.writer.write(bytes)) {
            Some(Err(error)) if error.kind() == io::ErrorKind::Interrupted => return Err(error),
            Some(Err(error)) => {
                self.failure = Some(error);
                bytes.len()
            }
            Some(Ok(written)) => written,
            None => bytes.len(),
        };
        self.position += written as u64;
        self.end = self.end.max(self.position);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.failure.is_none() {
            self.failure = self.writer.flush().err();
        }
        Ok(())
    }
}

impl<W: Seek> Seek for Lenient<W> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        match self.failure.is_none().then(|| self.writer.seek(to)) {
            Some(Ok(position)) => self.position = position,
            failed => {
                self.failure = self.failure.take().or(failed.and_then(Result::err));
                let offset_from = |from: u64, offset| from.saturating_add_signed(offset);
                self.position = match to {
                    SeekFrom::Start(position) => position,
                    SeekFrom::Current(offset) => offset_from(self.position, offset),
                    SeekFrom::End(offset) => offset_from(self.end, offset),
                };
            }
        }
        Ok(self.position)
    }
}
