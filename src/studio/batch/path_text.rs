//! Paths as text in files that every system reads.

use std::fmt::Write as _;
use std::path::{Component, Path};

/// A relative path with slashes between its parts. Bytes that are not text are written as `%` and two digits.
pub(super) fn path_text(path: &Path) -> String {
    let parts = path.components().filter_map(|part| match part {
        Component::Normal(name) => Some(name.as_encoded_bytes().utf8_chunks()),
        _ => None,
    });
    let part_text = |chunks: std::str::Utf8Chunks| {
        chunks.fold(String::new(), |mut text, chunk| {
            text.push_str(chunk.valid());
            for byte in chunk.invalid() {
                // Writing to a string cannot fail.
                let _ = write!(text, "%{byte:02X}");
            }
            text
        })
    };
    parts.map(part_text).collect::<Vec<_>>().join("/")
}

#[cfg(all(test, unix))]
mod tests {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt as _;

    use super::*;

    #[test]
    fn names_with_any_bytes_become_text() {
        assert_eq!(path_text(Path::new("a/b c/é.png")), "a/b c/é.png");
        assert_eq!(path_text(Path::new(OsStr::from_bytes(b"a/\xff\n\xc3.png"))), "a/%FF\n%C3.png");
    }
}
