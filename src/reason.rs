//! The words for system errors and panics. Errors of picture files have sentences of their own (`picture/error.rs`).

use std::fmt::Display;
use std::io::{self, ErrorKind};

/// The message for `error`, to put after a colon or in parentheses. It leaves out the system's error number.
pub(crate) fn reason(error: &io::Error) -> String {
    let words = match error.kind() {
        ErrorKind::NotFound => "there is no such file or folder",
        ErrorKind::PermissionDenied => "it is not permitted",
        ErrorKind::AlreadyExists => "a file with that name already exists",
        ErrorKind::NotADirectory => "a part of the path is a file, not a folder",
        ErrorKind::IsADirectory => "it is a folder",
        ErrorKind::StorageFull => "the disk is full",
        ErrorKind::QuotaExceeded => "your share of the disk is used up",
        ErrorKind::FileTooLarge => "the file is too large for the disk",
        ErrorKind::ReadOnlyFilesystem => "the disk is read-only",
        ErrorKind::InvalidFilename => "the name is too long or has a character that names cannot have",
        ErrorKind::BrokenPipe => "the program at the other end has stopped reading",
        ErrorKind::UnexpectedEof => "its end is missing",
        ErrorKind::InvalidData => "its content is damaged",
        ErrorKind::TimedOut => "it took too long",
        ErrorKind::OutOfMemory => "there is not enough memory",
        ErrorKind::WouldBlock | ErrorKind::ResourceBusy => "another program is using it",
        _ => return without_numbers(error),
    };
    words.to_owned()
}

/// The text of `error` without the ` (os error N)` that the standard library appends to system messages.
pub(crate) fn without_numbers(error: impl Display) -> String {
    const BEGIN: &str = " (os error ";
    let mut text = error.to_string();
    while let Some(begin) = text.find(BEGIN) {
        let end = text[begin..].find(')').map_or(text.len(), |length| begin + length + 1);
        text.replace_range(begin..end, "");
    }
    text
}

/// The message of a panic.
pub(crate) fn panic_text(panic: &(dyn std::any::Any + Send)) -> &str {
    panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no message")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_message_contains_a_system_error_number() {
        for code in 1..200 {
            let words = reason(&io::Error::from_raw_os_error(code));
            assert!(!words.contains("os error") && !words.is_empty(), "{code}: {words}");
        }
        let folder = tempfile::tempdir().unwrap();
        let error = tempfile::NamedTempFile::new_in(folder.path().join("missing")).unwrap_err();
        assert!(error.to_string().contains("os error"), "the library's message has the number, then the path: {error}");
        assert_eq!(reason(&error), "there is no such file or folder");
        assert_eq!(without_numbers("a (os error 5) at b (os error 28"), "a at b");
    }
}
