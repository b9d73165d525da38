//! File names as cameras and phones give them.

/// How they begin, in lower case.
const BEGINNINGS: [&str; 8] = ["img", "dsc", "pxl", "mvimg", "dji", "gopr", "pict", "p10"];

/// Whether a file name looks like one that a camera or a phone has given.
pub fn is_camera_name(name: &str) -> bool {
    let name = name.to_lowercase();
    BEGINNINGS.iter().any(|beginning| name.starts_with(beginning))
}
