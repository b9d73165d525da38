//! Patterns for the names of numbered pictures, such as `frame-%05d.png` and `frame-###.png`.

use std::path::{Path, PathBuf};

use crate::picture::path::file_name;

/// A pattern for the names of numbered pictures in a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamePattern {
    folder: PathBuf,
    before: String,
    after: String,
    /// Digits of a number at least; a smaller one has zeros before it.
    digits: usize,
}

impl NamePattern {
    /// The pattern in the last part of a path: `%d`, `%05d`, or at least two `#`, each for a digit. `None` if there is
    /// none.
    pub fn of(path: &Path) -> Option<Self> {
        let name = path.file_name()?.to_str()?;
        let (begin, end, digits) = percent(name).or_else(|| hashes(name))?;
        let folder = path.parent().map(Path::to_path_buf).unwrap_or_default();
        Some(Self { folder, before: name[..begin].to_owned(), after: name[end..].to_owned(), digits })
    }

    /// The folder of the pictures; an empty path is the current one.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The picture of this number.
    pub fn path(&self, number: u64) -> PathBuf {
        let Self { folder, before, after, digits } = self;
        folder.join(format!("{before}{number:0digits$}{after}"))
    }

    /// The number of a file in the folder, if its name fits.
    pub fn number(&self, path: &Path) -> Option<u64> {
        let number = file_name(path).strip_prefix(&self.before)?.strip_suffix(&self.after)?.parse().ok()?;
        (self.path(number).file_name() == path.file_name()).then_some(number)
    }
}

/// Where the first `%d` or `%05d` begins and ends, and how many digits it stands for.
fn percent(name: &str) -> Option<(usize, usize, usize)> {
    name.match_indices('%').find_map(|(begin, _)| {
        let digits = name[begin + 1..].split('d').next()?;
        let end = begin + 1 + digits.len() + 1;
        let is_width = digits.starts_with('0') && digits.len() <= 3 && digits.bytes().all(|byte| byte.is_ascii_digit());
        let count = if digits.is_empty() { 1 } else { digits.parse::<usize>().ok().filter(|_| is_width)?.max(1) };
        (end <= name.len()).then_some((begin, end, count))
    })
}

/// Where the first `##` begins and ends, and how many digits it stands for.
fn hashes(name: &str) -> Option<(usize, usize, usize)> {
    let begin = name.find("##")?;
    let count = name[begin..].bytes().take_while(|byte| *byte == b'#').count();
    Some((begin, begin + count, count))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_stand_for_numbers() {
        for (pattern, number, name) in [
            ("a/frame-%05d.png", 7, "a/frame-00007.png"),
            ("frame-%d.png", 12, "frame-12.png"),
            ("###", 1234, "1234"),
            ("x##y.tif", 3, "x03y.tif"),
            ("100%-%02d.png", 3, "100%-03.png"),
        ] {
            let pattern = NamePattern::of(Path::new(pattern)).unwrap();
            assert_eq!((pattern.path(number), pattern.number(Path::new(name))), (name.into(), Some(number)));
        }
        for name in ["a#1.png", "100%.png", "50%one.png", "%5d.png", "%0xd", "%", "a/##/b.png"] {
            assert_eq!(NamePattern::of(Path::new(name)), None, "{name}");
        }
        let pattern = NamePattern::of(Path::new("f%03d.png")).unwrap();
        let fits = |name: &str| pattern.number(Path::new(name));
        assert_eq!(
            (fits("f1.png"), fits("f0001.png"), fits("f+01.png"), fits("f1000.png")),
            (None, None, None, Some(1000))
        );
    }
}
