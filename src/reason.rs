//! The one place that turns a system's error into words for people.

use std::fmt::Display;
use std::io::{self, ErrorKind};

/// What went wrong, in words that fit after a colon or in parentheses, without the system's number.
pub(crate) fn reason(error: &io::Error) -> String {
    let words = match error.kind() {
        ErrorKind::NotFound => "there is no such file or folder",
        ErrorKind::PermissionDenied => "it is not permitted",
        ErrorKind::AlreadyExists => "there is such a file already",
        ErrorKind::NotADirectory => "a part of the path is a file, not a folder",
        ErrorKind::IsADirectory => "it is a folder",
        ErrorKind::StorageFull => "the disk is full",
        ErrorKind::QuotaExceeded => "your share of the disk is used up",
        ErrorKind::FileTooLarge => "the disk does not take so large a file",
        ErrorKind::ReadOnlyFilesystem => "the disk is read-only",
        ErrorKind::InvalidFilename => "the name is too long or has a character that names cannot have",
        ErrorKind::BrokenPipe => "nobody reads it any more",
        ErrorKind::UnexpectedEof => "its end is missing",
        ErrorKind::InvalidData => "its content is damaged",
        ErrorKind::TimedOut => "it took too long",
        ErrorKind::OutOfMemory => "there is too little memory",
        ErrorKind::WouldBlock | ErrorKind::ResourceBusy => "another program uses it",
        _ => return without_numbers(error),
    };
    words.to_owned()
}

/// What a library says about an error, without the numbers that the standard library adds to the system's words.
pub(crate) fn without_numbers(error: impl Display) -> String {
    const BEGIN: &str = " (os error ";
    let mut text = error.to_string();
    while let Some(begin) = text.find(BEGIN) {
        let end = text[begin..].find(')').map_or(text.len(), |length| begin + length + 1);
        text.replace_range(begin..end, "");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_reason_has_a_number_of_the_system() {
        for code in 1..200 {
            let words = reason(&io::Error::from_raw_os_error(code));
            assert!(!words.contains("os error") && !words.is_empty(), "{code}: {words}");
        }
        let folder = tempfile::tempdir().unwrap();
        let error = tempfile::NamedTempFile::new_in(folder.path().join("missing")).unwrap_err();
        assert!(error.to_string().contains("os error"), "the library names the path behind the number: {error}");
        assert_eq!(reason(&error), "there is no such file or folder");
        assert_eq!(without_numbers("a (os error 5) at b (os error 28"), "a at b");
    }
}
