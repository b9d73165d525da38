//! Campaigns: tests with many more repetitions that write their figures into `docs/endurance.md`.
//!
//! `IMPASTO_CAMPAIGN=1` turns them on; `docs/endurance.md` has the commands.

use std::fs;
use std::path::Path;

/// Whether the long version of a test is requested.
pub(crate) fn is_on() -> bool {
    std::env::var_os("IMPASTO_CAMPAIGN").is_some()
}

/// Replaces the section `name` of `docs/endurance.md` with `text`.
pub(crate) fn write_section(name: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/endurance.md");
    let file = fs::read_to_string(&path).unwrap();
    let (begin, end) = (format!("<!-- {name} -->\n"), format!("<!-- end of {name} -->"));
    let (before, rest) = file.split_once(&begin).unwrap();
    let (_, after) = rest.split_once(&end).unwrap();
    fs::write(&path, format!("{before}{begin}{text}{end}{after}")).unwrap();
}
