//! Names of the files that the program keeps in a folder of its own: trained styles and maps.

use std::path::{Path, PathBuf};

/// Longest name, in characters: file systems allow 255 bytes.
pub(in crate::app) const LONGEST_NAME: usize = 60;

/// The files in a folder that something of this name may have, the best first: without a number, then with 2, 3, … `otherwise` is
/// the name if there are no letters in it.
pub(in crate::app) fn own_files(
    folder: &Path,
    name: &str,
    ending: &str,
    otherwise: &str,
) -> impl Iterator<Item = PathBuf> {
    let (folder, name, ending) = (folder.to_path_buf(), allowed_name(name, otherwise), ending.to_owned());
    let file = move |name: &str| folder.join(format!("{name}.{ending}"));
    let first = file(&name);
    std::iter::once(first).chain((2u64..).map(move |number| file(&format!("{name} {number}"))))
}

/// A name that every system allows for a file: without the ending of a picture, and without special characters.
fn allowed_name(name: &str, otherwise: &str) -> String {
    let stem = Path::new(name).file_stem().map_or_else(|| name.to_owned(), |stem| stem.to_string_lossy().into_owned());
    let is_picture = Path::new(name)
        .extension()
        .is_some_and(|ending| crate::picture::decode::ENDINGS.iter().any(|other| ending.eq_ignore_ascii_case(other)));
    let name = if is_picture { stem } else { name.to_owned() };
    let allowed = |letter: char| !letter.is_control() && !"/\\:*?\"<>|".contains(letter);
    let cleaned: String = name.chars().map(|letter| if allowed(letter) { letter } else { '-' }).collect();
    let cleaned: String = cleaned.trim().trim_matches('.').chars().take(LONGEST_NAME).collect();
    if cleaned.is_empty() { otherwise.to_owned() } else { cleaned }
}
