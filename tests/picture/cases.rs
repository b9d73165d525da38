//! Files like those that people have, each with the expected pixels or error. `cases/README.md` describes the format.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use impasto::picture::{Picture, decode};
use serde::Deserialize;

use crate::fixtures::pixel;

/// A row of an `expected.json`.
#[derive(Deserialize)]
struct Case {
    file: String,
    what: String,
    #[serde(flatten)]
    outcome: Outcome,
}

#[derive(Deserialize)]
#[serde(tag = "outcome", deny_unknown_fields)]
enum Outcome {
    #[serde(rename = "a picture")]
    Picture {
        width: u32,
        height: u32,
        #[serde(default)]
        tolerance: u8,
        pixels: Vec<Expected>,
    },
    #[serde(rename = "refused")]
    Refused { words: String },
}

#[derive(Deserialize)]
struct Expected {
    x: u32,
    y: u32,
    #[serde(flatten)]
    colour: Colour,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Colour {
    Rgb([u8; 3]),
    Rgba([u8; 4]),
}

/// The folders of cases, one per format.
fn folders() -> Vec<PathBuf> {
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/picture/cases");
    let entries = fs::read_dir(cases).unwrap().map(|entry| entry.unwrap().path());
    let mut folders: Vec<_> = entries.filter(|path| path.is_dir()).collect();
    folders.sort();
    folders
}

fn cases_in(folder: &Path) -> Vec<Case> {
    let text = fs::read_to_string(folder.join("expected.json")).unwrap();
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
}

/// The differences between the result of reading the file of `case` in `folder` and the expected one; empty if none.
fn faults(folder: &Path, case: &Case) -> Vec<String> {
    let result = decode::open(&folder.join(&case.file));
    match (&case.outcome, result) {
        (Outcome::Refused { words }, Err(error)) if error.to_string().contains(words) => Vec::new(),
        (Outcome::Refused { words }, Err(error)) => vec![format!("expected \"{words}\", got \"{error}\"")],
        (Outcome::Refused { .. }, Ok(picture)) => vec![format!("expected a refusal, got {picture:?}")],
        (Outcome::Picture { .. }, Err(error)) => vec![format!("expected a picture, got \"{error}\"")],
        (Outcome::Picture { width, height, tolerance, pixels }, Ok(picture)) => {
            if (picture.width(), picture.height()) != (*width, *height) {
                return vec![format!("expected {width} × {height} pixels, got {picture:?}")];
            }
            pixels.iter().filter_map(|expected| fault_of_pixel(&picture, expected, *tolerance)).collect()
        }
    }
}

fn fault_of_pixel(picture: &Picture, expected: &Expected, tolerance: u8) -> Option<String> {
    let Expected { x, y, colour } = expected;
    let seen = pixel(picture, *x, *y);
    let (seen, expected) = match colour {
        Colour::Rgb(rgb) => (over_white(seen).to_vec(), rgb.to_vec()),
        Colour::Rgba(rgba) => (seen.to_vec(), rgba.to_vec()),
    };
    let differs = seen.iter().zip(&expected).any(|(seen, expected)| seen.abs_diff(*expected) > tolerance);
    differs.then(|| format!("expected {expected:?} at {x}, {y}, got {seen:?}"))
}

/// The colour of a pixel with straight alpha, composited over white.
fn over_white([red, green, blue, alpha]: [u8; 4]) -> [u8; 3] {
    let alpha = f32::from(alpha) / 255.0;
    [red, green, blue].map(|value| (f32::from(value) * alpha + 255.0 * (1.0 - alpha)).round() as u8)
}

#[test]
fn every_case_is_read_or_refused_as_expected() {
    let mut faulty = Vec::new();
    for folder in folders() {
        for case in cases_in(&folder) {
            let name = format!("{}/{} ({})", folder.file_name().unwrap().display(), case.file, case.what);
            faulty.extend(faults(&folder, &case).into_iter().map(|fault| format!("{name}: {fault}")));
        }
    }
    assert!(faulty.is_empty(), "{} faults:\n{}", faulty.len(), faulty.join("\n"));
}

#[test]
fn every_case_file_has_exactly_one_row() {
    for folder in folders() {
        let names = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let files: BTreeSet<String> = names.filter(|name| name != "expected.json").collect();
        let cases = cases_in(&folder);
        let rows: BTreeSet<String> = cases.iter().map(|case| case.file.clone()).collect();
        assert_eq!(files, rows, "{}", folder.display());
        assert_eq!(cases.len(), rows.len(), "a file has two rows in {}", folder.display());
    }
}
