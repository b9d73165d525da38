//! `PAINTING[:WEIGHT]`, read from the right.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use clap::builder::{TypedValueParser, ValueParserFactory};

/// A painting and its weight.
#[derive(Clone, Debug, PartialEq)]
pub struct StyleArgument {
    /// The painting.
    pub path: PathBuf,
    /// Its weight among several styles; 1 when none is given.
    pub weight: f32,
}

impl StyleArgument {
    /// A file that exists under the whole name is that file, colon and all. Else the last colon parts
    /// off the weight, if a number follows it; a Windows drive's does not.
    fn parse(argument: &OsStr) -> Self {
        let whole = Self { path: PathBuf::from(argument), weight: 1.0 };
        // A name that is no Unicode holds no number that we could read.
        let Some(text) = argument.to_str().filter(|text| !Path::new(text).exists()) else {
            return whole;
        };
        match text.rsplit_once(':').map(|(path, weight)| (path, weight.parse())) {
            Some((path, Ok(weight))) if !path.is_empty() => Self { path: PathBuf::from(path), weight },
            _ => whole,
        }
    }
}

/// Lets clap hand over names that are not Unicode.
#[derive(Clone)]
pub struct StyleParser;

impl TypedValueParser for StyleParser {
    type Value = StyleArgument;

    fn parse_ref(&self, _: &clap::Command, _: Option<&clap::Arg>, value: &OsStr) -> Result<StyleArgument, clap::Error> {
        Ok(StyleArgument::parse(value))
    }
}

impl ValueParserFactory for StyleArgument {
    type Parser = StyleParser;

    fn value_parser() -> StyleParser {
        StyleParser
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> (String, f32) {
        let style = StyleArgument::parse(OsStr::new(text));
        (style.path.display().to_string(), style.weight)
    }

    #[test]
    fn weight_is_read_from_the_right() {
        assert_eq!(parse("wave.jpg"), ("wave.jpg".to_owned(), 1.0));
        assert_eq!(parse("wave.jpg:0.5"), ("wave.jpg".to_owned(), 0.5));
        assert_eq!(parse("wave.jpg:-2"), ("wave.jpg".to_owned(), -2.0));
        assert_eq!(parse(r"C:\wave.jpg"), (r"C:\wave.jpg".to_owned(), 1.0));
        assert_eq!(parse(r"C:\wave.jpg:3"), (r"C:\wave.jpg".to_owned(), 3.0));
    }

    #[test]
    fn an_existing_name_with_a_colon_is_taken_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("wave:2");
        std::fs::write(&path, "").unwrap();
        assert_eq!(parse(path.to_str().unwrap()), (path.display().to_string(), 1.0));
    }
}
