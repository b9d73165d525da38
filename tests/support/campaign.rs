//! Campaigns: the same tests, many more times, and their figures written down.
//!
//! `IMPASTO_CAMPAIGN=1` turns them on; CONTRIBUTING.md has the commands.

use std::fs;
use std::path::Path;

/// Whether the long version is asked for.
pub(crate) fn is_on() -> bool {
    std::env::var_os("IMPASTO_CAMPAIGN").is_some()
}

/// Puts `text` into `docs/endurance.md`, in the place of what stood in the section of this name.
pub(crate) fn write_section(name: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/endurance.md");
    let file = fs::read_to_string(&path).unwrap();
    let (begin, end) = (format!("<!-- {name} -->\n"), format!("<!-- end of {name} -->"));
    let (before, rest) = file.split_once(&begin).unwrap();
    let (_, after) = rest.split_once(&end).unwrap();
    fs::write(&path, format!("{before}{begin}{text}{end}{after}")).unwrap();
}
