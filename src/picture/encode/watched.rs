//! A writer that remembers why it failed.

use std::io::{self, Seek, SeekFrom, Write};

/// Passes everything on to `writer` and keeps its first error, which encoders may turn into text on
/// the way up.
pub(super) struct Watched<W> {
    writer: W,
    failure: Option<io::Error>,
}

impl<W> Watched<W> {
    pub(super) fn new(writer: W) -> Self {
        Self { writer, failure: None }
    }

    /// The first error that the writer returned.
    pub(super) fn into_failure(self) -> Option<io::Error> {
        self.failure
    }

    /// Keeps the error itself and hands on one of its kind.
    fn watch<T>(&mut self, result: io::Result<T>) -> io::Result<T> {
        result.map_err(|error| {
            let kind = error.kind();
            if kind != io::ErrorKind::Interrupted {
                self.failure.get_or_insert(error);
            }
            kind.into()
        })
    }
}

impl<W: Write> Write for Watched<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let result = self.writer.write(bytes);
        self.watch(result)
    }

    fn flush(&mut self) -> io::Result<()> {
        let result = self.writer.flush();
        self.watch(result)
    }
}

impl<W: Seek> Seek for Watched<W> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let result = self.writer.seek(to);
        self.watch(result)
    }
}
