//! The container: a ZIP file whose entries lie in it as they are, uncompressed. So nothing in a small file can
//! unpack to something large, and the pictures are compressed already.

use std::fs::{self, File};
use std::io::{self, BufReader, Read, Seek, Write};
use std::path::Path;

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

use super::error::ProjectError;
use crate::picture::Problem;

/// What the project says about itself and its entries.
pub(super) const MANIFEST: &str = "project.json";

/// The longest text in bytes: settings of a thousand pictures in the history take a tenth of it.
const LONGEST_TEXT: u64 = 8 << 20;

/// An entry to write.
pub(super) struct Entry<'a> {
    pub(super) name: String,
    pub(super) content: Content<'a>,
}

/// What is in an entry.
pub(super) enum Content<'a> {
    Bytes(&'a [u8]),
    Snapshot(&'a crate::engine::snapshot::Snapshot),
}

/// Opens a project's file, if it is one.
pub(super) fn open(path: &Path) -> Result<BufReader<File>, ProjectError> {
    // Before opening: to open a pipe is to wait for somebody to write to it.
    if !fs::metadata(path).map_err(ProjectError::Unreadable)?.is_file() {
        return Err(ProjectError::NotAFile);
    }
    File::open(path).map(BufReader::new).map_err(ProjectError::Unreadable)
}

/// The entries of a project's file.
pub(super) struct Entries<R> {
    archive: ZipArchive<R>,
    length: u64,
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
        let length = file.seek(io::SeekFrom::End(0)).map_err(ProjectError::Unreadable)?;
        let archive = ZipArchive::new(file).map_err(|_| ProjectError::Damaged)?;
        if archive.index_for_name(MANIFEST).is_none() {
            return Err(ProjectError::NotAProject);
        }
        Ok(Self { archive, length })
    }

    /// The bytes of an entry.
    pub(super) fn bytes(&mut self, name: &str) -> Result<Vec<u8>, ProjectError> {
        self.read(name, self.length)
    }

    /// The text of an entry.
    pub(super) fn text(&mut self, name: &str) -> Result<String, ProjectError> {
        String::from_utf8(self.read(name, LONGEST_TEXT)?).map_err(|_| ProjectError::Damaged)
    }

    fn read(&mut self, name: &str, longest: u64) -> Result<Vec<u8>, ProjectError> {
        let entry = self.archive.by_name(name).map_err(|_| ProjectError::Damaged)?;
        if entry.compression() != CompressionMethod::Stored || entry.size() > longest.min(self.length) {
            return Err(ProjectError::Damaged);
        }
        let mut bytes = Vec::with_capacity(entry.size() as usize);
        // Reading to the end checks the entry's checksum.
        entry.take(longest + 1).read_to_end(&mut bytes).map_err(|_| ProjectError::Damaged)?;
        Ok(bytes)
    }
}

/// Writes a project's file.
pub(super) fn write<W: Write + Seek>(file: W, manifest: &str, entries: &[Entry]) -> Result<(), Problem> {
    let mut archive = ZipWriter::new(file);
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored).large_file(true);
    let write = |archive: &mut ZipWriter<W>| -> io::Result<()> {
        archive.start_file(MANIFEST, options)?;
        archive.write_all(manifest.as_bytes())?;
        for entry in entries {
            archive.start_file(entry.name.as_str(), options)?;
            match &entry.content {
                Content::Bytes(bytes) => archive.write_all(bytes)?,
                Content::Snapshot(snapshot) => super::snapshot::write(snapshot, archive)?,
            }
        }
        Ok(())
    };
    write(&mut archive).and_then(|()| Ok(archive.finish().map(drop)?)).map_err(Problem::writing)
}
