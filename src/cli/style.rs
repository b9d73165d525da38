//! `PAINTING[:WEIGHT[:MASK]]`, read from the right.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use clap::builder::{TypedValueParser, ValueParserFactory};

/// A painting, its weight, and where it applies.
#[derive(Clone, Debug, PartialEq)]
pub struct StyleArgument {
    /// The painting.
    pub path: PathBuf,
    /// Its weight among several styles; 1 when none is given.
    pub weight: f32,
    /// A grey picture that is white where the style applies.
    pub mask: Option<PathBuf>,
}

impl StyleArgument {
    /// A file that exists under the whole name is that file, colons and all. Else the weight is the last number
    /// between two colons, or after the last, that has an existing file before it (or else the last of all); what
    /// follows it is the mask. A Windows drive's colon has no number behind it.
    fn parse(argument: &OsStr) -> Self {
        let whole = Self { path: PathBuf::from(argument), weight: 1.0, mask: None };
        // A name that is no Unicode holds no number that we could read.
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
