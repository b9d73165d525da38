//! Paths as files with labels write them.

use std::path::{Component, Path, PathBuf};

/// A path without `.`, and with slashes where another system wrote it.
pub(super) fn tidy(text: &str) -> PathBuf {
    let text = text.trim().replace('\\', "/");
    Path::new(&text).components().filter(|part| *part != Component::CurDir).collect()
}

/// How many parts two paths have in common from the end on.
pub(super) fn shared_end(one: &Path, other: &Path) -> usize {
    one.components().rev().zip(other.components().rev()).take_while(|(one, other)| one == other).count()
}

/// How many parts two paths have in common from the beginning on.
pub(super) fn shared_start(one: &Path, other: &Path) -> usize {
    one.components().zip(other.components()).take_while(|(one, other)| one == other).count()
}

/// Whether one of two paths is the end of the other.
pub(super) fn is_end_of_other(one: &Path, other: &Path) -> bool {
    one.ends_with(other) || other.ends_with(one)
}
