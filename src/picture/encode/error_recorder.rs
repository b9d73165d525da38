//! A writer that records its first error.

use std::io::{self, Seek, SeekFrom, Write};

/// Passes all calls on to `writer` and keeps its first error, because encoders may turn it into text.
pub(super) struct ErrorRecorder<W> {
    writer: W,
    first_error: Option<io::Error>,
}

impl<W> ErrorRecorder<W> {
    pub(super) fn new(writer: W) -> Self {
        Self { writer, first_error: None }
    }

    /// The first error that the writer returned, except interruptions.
    pub(super) fn into_first_error(self) -> Option<io::Error> {
        self.first_error
    }

    /// Keeps the first error and returns one of the same kind in its place.
    fn record<T>(&mut self, result: io::Result<T>) -> io::Result<T> {
        result.map_err(|error| {
            let kind = error.kind();
            if kind != io::ErrorKind::Interrupted {
                self.first_error.get_or_insert(error);
            }
            kind.into()
        })
    }
}

impl<W: Write> Write for ErrorRecorder<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let result = self.writer.write(bytes);
        self.record(result)
    }

    fn flush(&mut self) -> io::Result<()> {
        let result = self.writer.flush();
        self.record(result)
    }
}

impl<W: Seek> Seek for ErrorRecorder<W> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let result = self.writer.seek(to);
        self.record(result)
    }
}
