//! The programs ffmpeg and ffprobe.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::super::error::ClipError;
use super::child::output_of;

/// Where ffmpeg and ffprobe are.
#[derive(Clone, Debug)]
pub struct Ffmpeg {
    pub(super) ffmpeg: PathBuf,
    pub(super) ffprobe: PathBuf,
}

impl Ffmpeg {
    /// In this folder, or else on the search path.
    ///
    /// # Errors
    /// [`ClipError::NoProgram`] when one is missing.
    pub fn find(folder: Option<&Path>) -> Result<Self, ClipError> {
        let find = |program: &'static str| {
            let name = format!("{program}{}", std::env::consts::EXE_SUFFIX);
            let path = std::env::var_os("PATH").unwrap_or_default();
            let folders = folder.map(Path::to_path_buf).into_iter().chain(std::env::split_paths(&path));
            let mut files = folders.map(|folder| folder.join(&name));
            files.find(|file| file.is_file()).ok_or(ClipError::NoProgram { program })
        };
        Ok(Self { ffmpeg: find("ffmpeg")?, ffprobe: find("ffprobe")? })
    }

    /// Its version, as it says itself.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn version(&self) -> Result<String, ClipError> {
        let said = output(&self.ffmpeg, ["-version"])?;
        let version = said.split_whitespace().nth(2).unwrap_or("of unknown version");
        Ok(version.to_owned())
    }

    /// Its encoders, such as `libx264`.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn encoders(&self) -> Result<Vec<String>, ClipError> {
        let said = output(&self.ffmpeg, ["-v", "quiet", "-encoders"])?;
        Ok(said.lines().filter_map(|line| line.split_whitespace().nth(1)).map(str::to_owned).collect())
    }
}

/// What a program writes to standard output.
fn output<S: AsRef<OsStr>>(program: &Path, arguments: impl IntoIterator<Item = S>) -> Result<String, ClipError> {
    let output = output_of(Command::new(program).args(arguments));
    let output = output.map_err(|cause| not_started(program, cause))?;
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

pub(super) fn not_started(program: &Path, cause: std::io::Error) -> ClipError {
    ClipError::NotStarted { program: program.display().to_string(), cause }
}

/// A file as ffmpeg takes it: a name must not look like an option or a protocol.
pub(super) fn file_argument(path: &Path) -> std::ffi::OsString {
    let mut argument = std::ffi::OsString::from("file:");
    argument.push(path);
    argument
}

/// Why a file was not written, by what ffmpeg wrote to standard error.
pub(super) fn why_not_written(said: &str) -> String {
    if is_disk_full(said) { "the disk is full".to_owned() } else { last_line(said) }
}

/// Whether ffmpeg says that the disk is full. It may still end as if all were well.
pub(super) fn is_disk_full(said: &str) -> bool {
    said.contains("No space left on device")
}

/// The last line that a program wrote to standard error, without the address that ffmpeg puts before it.
pub(super) fn last_line(said: &str) -> String {
    let line = said.lines().map(str::trim).rfind(|line| !line.is_empty()).unwrap_or("it said nothing");
    let line = line.split_once("] ").filter(|_| line.starts_with('[')).map_or(line, |(_, rest)| rest);
    line.chars().filter(|letter| !letter.is_control()).take(200).collect()
}
