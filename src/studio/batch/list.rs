//! Lists of pictures: text, CSV and JSON lines.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::error::BatchError;
use crate::picture::path::lower_ending;

/// What a column or a field with paths is called.
const COLUMN: &str = "content";

/// Whether the name of a file is that of a list.
pub(super) fn is_list(path: &Path) -> bool {
    matches!(lower_ending(path).as_str(), "csv" | "jsonl" | "ndjson" | "txt")
}

/// The paths in a list, relative to its folder.
///
/// # Errors
/// When the list cannot be read.
pub(super) fn listed(list: &Path) -> Result<Vec<PathBuf>, BatchError> {
    let text = fs::read_to_string(list);
    let text = text.map_err(|reason| BatchError::Unreadable { path: list.to_path_buf(), reason })?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let wrong = |line: u64, what: &str| BatchError::List { path: list.to_path_buf(), line, what: what.to_owned() };
    let names = match lower_ending(list).as_str() {
        "csv" => in_csv(text).map_err(|(line, what)| wrong(line, &what))?,
        "txt" => text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect(),
        _ => in_json_lines(text).map_err(|line| wrong(line, "has no field \"content\" with a path"))?,
    };
    let folder = list.parent().unwrap_or(Path::new(""));
    Ok(names.into_iter().map(|name| folder.join(name)).collect())
}

/// Those in the column `content`, or in the first one if no column has that name.
fn in_csv(text: &str) -> Result<Vec<String>, (u64, String)> {
    let mut reader =
        csv::ReaderBuilder::new().has_headers(false).flexible(true).trim(csv::Trim::All).from_reader(text.as_bytes());
    let mut column = None;
    let mut names = Vec::new();
    for record in reader.records() {
        let record = record
            .map_err(|error| (error.position().map_or(0, csv::Position::line), format!("cannot be read ({error})")))?;
        let number = record.position().map_or(0, csv::Position::line);
        let Some(column) = column else {
            let named = record.iter().position(|field| field.eq_ignore_ascii_case(COLUMN));
            column = Some(named.unwrap_or(0));
            if named.is_none() {
                names.extend(record.get(0).map(str::to_owned));
            }
            continue;
        };
        match record.get(column) {
            Some(name) if !name.is_empty() => names.push(name.to_owned()),
            _ => return Err((number, "has no path".to_owned())),
        }
    }
    Ok(names)
}

fn in_json_lines(text: &str) -> Result<Vec<String>, u64> {
    let lines = (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty());
    let name = |(number, line): (u64, &str)| {
        let value: Value = serde_json::from_str(line).map_err(|_| number)?;
        value.get(COLUMN).and_then(Value::as_str).map(str::to_owned).ok_or(number)
    };
    lines.map(name).collect()
}
