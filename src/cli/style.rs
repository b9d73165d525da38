//! Parses `PAINTING[:WEIGHT[:MASK]]` from the right.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use clap::builder::{TypedValueParser, ValueParserFactory};

/// The value of a `--style` option.
#[derive(Clone, Debug, PartialEq)]
pub struct StyleArgument {
    /// The painting.
    pub path: PathBuf,
    /// Its weight; 1 by default.
    pub weight: f32,
    /// A mask: a grey picture that is white where the style applies.
    pub mask: Option<PathBuf>,
}

impl StyleArgument {
    /// If a file with the whole text as its name exists, that is the painting. Otherwise the weight is the last number
    /// between two colons, or after the last colon, that follows the name of an existing file; if there is none, it is
    /// the last number of all. The text after the weight is the mask. The colon of a Windows drive is not followed by a
    /// number.
    fn parse(argument: &OsStr) -> Self {
        let whole = Self { path: PathBuf::from(argument), weight: 1.0, mask: None };
        // Text that is not Unicode is taken as a file name without a weight.
        let Some(text) = argument.to_str().filter(|text| !Path::new(text).exists()) else {
            return whole;
        };
        let mut readings = text.rmatch_indices(':').filter_map(|(colon, _)| {
            let (path, rest) = (&text[..colon], &text[colon + 1..]);
            let (weight, mask) = rest.split_once(':').map_or((rest, None), |(weight, mask)| (weight, Some(mask)));
            let weight = weight.parse().ok()?;
            (!path.is_empty()).then(|| Self { path: PathBuf::from(path), weight, mask: mask.map(PathBuf::from) })
        });
        let last = readings.next();
        match last {
            Some(last) if last.path.exists() => last,
            Some(last) => readings.find(|reading| reading.path.exists()).unwrap_or(last),
            None => whole,
        }
    }
}

/// Lets clap accept file names that are not Unicode.
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

    fn parse(text: &str) -> (String, f32, Option<String>) {
        let StyleArgument { path, weight, mask } = StyleArgument::parse(OsStr::new(text));
        (path.display().to_string(), weight, mask.map(|mask| mask.display().to_string()))
    }

    fn read(path: &str, weight: f32, mask: Option<&str>) -> (String, f32, Option<String>) {
        (path.to_owned(), weight, mask.map(str::to_owned))
    }

    #[test]
    fn weight_and_mask_are_read_from_the_right() {
        assert_eq!(parse("wave.jpg"), read("wave.jpg", 1.0, None));
        assert_eq!(parse("wave.jpg:0.5"), read("wave.jpg", 0.5, None));
        assert_eq!(parse("wave.jpg:-2"), read("wave.jpg", -2.0, None));
        assert_eq!(parse("wave.jpg:2:sky.png"), read("wave.jpg", 2.0, Some("sky.png")));
        assert_eq!(parse(r"C:\wave.jpg"), read(r"C:\wave.jpg", 1.0, None));
        assert_eq!(parse(r"C:\wave.jpg:3"), read(r"C:\wave.jpg", 3.0, None));
        assert_eq!(parse(r"C:\wave.jpg:3:D:\sky.png"), read(r"C:\wave.jpg", 3.0, Some(r"D:\sky.png")));
    }

    #[test]
    fn an_existing_name_with_a_colon_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("wave:2");
        std::fs::write(&path, "").unwrap();
        let path = path.to_str().unwrap();
        assert_eq!(parse(path), read(path, 1.0, None));
        assert_eq!(parse(&format!("{path}:3")), read(path, 3.0, None));
        assert_eq!(parse(&format!("{path}:3:sky:1")), read(path, 3.0, Some("sky:1")));
    }
}
