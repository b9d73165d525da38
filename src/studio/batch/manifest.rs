//! The manifest of a batch: a file of JSON lines in the output folder, one for each result.

use std::collections::HashMap;
use std::fs::{self, File, TryLockError};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::thread;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::error::BatchError;
use super::event::ItemOutcome;
use super::shard::Shard;
use crate::engine::control::Control;
use crate::lock::lock;
use crate::picture::encode::{Existing, write_whole};
use crate::picture::{Checksum, Problem};
use crate::studio::settings::Settings;

/// How often to look whether another process has ended.
const PATIENCE: Duration = Duration::from_millis(200);

/// A line of a manifest.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct ManifestLine {
    /// The result's path in the output folder.
    pub(super) output: String,
    /// The photo's name.
    pub(super) content: String,
    /// Of the photo's file; `None` if it could not be read.
    pub(super) content_sha256: Option<Checksum>,
    /// The painting's file name.
    pub(super) style: String,
    pub(super) style_sha256: Checksum,
    /// From 1.
    pub(super) variant: u32,
    pub(super) settings: Settings,
    pub(super) outcome: ItemOutcome,
    /// Length of the result's file in bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) bytes: Option<u64>,
    /// Why it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) error: Option<String>,
    /// How long painting took.
    pub(super) seconds: f64,
    /// The program and its version.
    pub(super) program: String,
    /// Of all that the result depends on.
    pub(super) fingerprint: Checksum,
}

/// The manifest of a shard, and what those of others say. Nobody else writes it while it is open.
pub(super) struct Manifest {
    path: PathBuf,
    /// The latest line of each result, of all manifests in the folder.
    known: HashMap<String, ManifestLine>,
    writing: Mutex<()>,
    _locks: Vec<File>,
}

impl Manifest {
    /// Opens or creates the manifest of a shard in the output folder. A shard waits while another process paints it, after it
    /// has told so by `remark`.
    ///
    /// # Errors
    /// When another process paints into the folder, a manifest is damaged, or the folder cannot be written to.
    pub(super) fn open(
        folder: &Path,
        shard: Shard,
        control: &Control,
        remark: impl Fn(&str),
    ) -> Result<Self, BatchError> {
        let mut locks = Vec::new();
        // The whole batch is alone in its folder, shards are together.
        for (suffix, is_shared) in [(String::new(), shard.is_part()), (shard.suffix(), false)] {
            if suffix.is_empty() && !locks.is_empty() {
                continue;
            }
            let path = folder.join(format!(".impasto-batch{suffix}.lock"));
            let failed = |cause| BatchError::Folder { path: path.clone(), cause };
            let file =
                File::options().read(true).write(true).create(true).truncate(false).open(&path).map_err(failed)?;
            let try_lock = || if is_shared { file.try_lock_shared() } else { file.try_lock() };
            let mut has_told = false;
            // Some file systems have no locks.
            while let Err(TryLockError::WouldBlock) = try_lock() {
                if !shard.is_part() {
                    return Err(BatchError::InUse(folder.to_path_buf()));
                }
                if !std::mem::replace(&mut has_told, true) {
                    remark("another process is painting this shard or the whole batch; this one waits for it");
                }
                control.checkpoint()?;
                thread::sleep(PATIENCE);
            }
            locks.push(file);
        }
        let path = folder.join(format!("manifest{}.jsonl", shard.suffix()));
        let mut known = HashMap::new();
        for other in manifests(folder)?.into_iter().filter(|other| *other != path) {
            // Those of other shards may be written at this moment.
            known.extend(lines(&other)?.0.into_iter().map(|line| (line.output.clone(), line)));
        }
        // What the own one says counts more.
        let (own_lines, is_tidy) = if path.exists() { lines(&path)? } else { (Vec::new(), true) };
        let manifest = Self { path, known, writing: Mutex::new(()), _locks: locks };
        if !is_tidy {
            manifest.write(&own_lines)?;
        }
        let own_lines = own_lines.into_iter().map(|line| (line.output.clone(), line));
        Ok(Self { known: manifest.known.into_iter().chain(own_lines).collect(), ..manifest })
    }

    /// The latest line of a result before this session.
    pub(super) fn known(&self, output: &str) -> Option<&ManifestLine> {
        self.known.get(output)
    }

    /// How it went with each result, of all manifests in the folder as they are now. Where one says that it failed and another
    /// that it was painted, it was painted.
    ///
    /// # Errors
    /// When one cannot be read.
    pub(super) fn outcomes(&self) -> Result<HashMap<String, ItemOutcome>, BatchError> {
        let folder = self.path.parent().unwrap_or(Path::new(""));
        let mut outcomes: HashMap<String, ItemOutcome> = HashMap::new();
        for path in manifests(folder)?.into_iter().filter(|path| *path != self.path).chain([self.path.clone()]) {
            let lines = if path.exists() { lines(&path)?.0 } else { Vec::new() };
            for line in lines {
                let outcome = outcomes.entry(line.output).or_insert(line.outcome);
                if line.outcome == ItemOutcome::Painted {
                    *outcome = line.outcome;
                }
            }
        }
        Ok(outcomes)
    }

    /// Adds a line.
    ///
    /// # Errors
    /// When it cannot be written, such as on a full disk.
    pub(super) fn append(&self, line: &ManifestLine) -> Result<(), BatchError> {
        let mut text = serde_json::to_string(line).unwrap_or_default();
        text.push('\n');
        let _one_at_a_time = lock(&self.writing);
        let append = || {
            let mut file = File::options().append(true).create(true).open(&self.path)?;
            let length = file.metadata()?.len();
            // In one write: a process that is killed leaves at most the beginning of a line.
            file.write_all(text.as_bytes()).inspect_err(|_| {
                // No other line may follow a part of this one.
                let _ = file.set_len(length);
            })
        };
        append().map_err(|cause| BatchError::Folder { path: self.path.clone(), cause })
    }

    /// Leaves out lines that later ones replace, and sees to it that all of it is on disk.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(super) fn tidy(&self) -> Result<(), BatchError> {
        if !self.path.exists() {
            return Ok(());
        }
        let (lines, is_tidy) = lines(&self.path)?;
        if is_tidy {
            let synced = File::open(&self.path).and_then(|file| file.sync_all());
            return synced.map_err(|cause| BatchError::Folder { path: self.path.clone(), cause });
        }
        self.write(&lines)
    }

    fn write(&self, lines: &[ManifestLine]) -> Result<(), BatchError> {
        let written = write_whole(&self.path, Existing::Replace, |file| {
            lines.iter().try_for_each(|line| {
                let text = serde_json::to_string(line).unwrap_or_default();
                writeln!(file, "{text}").map_err(Problem::writing)
            })
        });
        written.map_err(BatchError::Writing)
    }
}

/// Whether a file is named as manifests are.
pub(super) fn is_manifest(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    name.strip_prefix("manifest").is_some_and(|rest| rest.strip_suffix(".jsonl").is_some())
}

/// The manifests in a folder.
fn manifests(folder: &Path) -> Result<Vec<PathBuf>, BatchError> {
    let failed = |cause| BatchError::Folder { path: folder.to_path_buf(), cause };
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        if is_manifest(&entry.path()) {
            found.push(entry.path());
        }
    }
    found.sort();
    Ok(found)
}

/// The latest line of each result, in the order of the file, and whether there was nothing else in it.
fn lines(path: &Path) -> Result<(Vec<ManifestLine>, bool), BatchError> {
    let bytes = fs::read(path).map_err(|cause| BatchError::Folder { path: path.to_path_buf(), cause })?;
    // After a kill or a full disk the last line may be cut off.
    let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
    let mut is_tidy = whole == bytes.len();
    let mut lines: Vec<Option<ManifestLine>> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    for (number, text) in (1..).zip(bytes[..whole].split_inclusive(|byte| *byte == b'\n')) {
        let text = text.trim_ascii();
        if text.is_empty() {
            // After a power cut, zeros or nothing may stand where a line was.
            continue;
        }
        let line: ManifestLine = match serde_json::from_slice(text) {
            Ok(line) => line,
            Err(_) if text.iter().all(|byte| *byte == 0) => {
                is_tidy = false;
                continue;
            }
            Err(_) => return Err(BatchError::Manifest { path: path.to_path_buf(), line: number }),
        };
        if let Some(before) = places.insert(line.output.clone(), lines.len()) {
            lines[before] = None;
            is_tidy = false;
        }
        lines.push(Some(line));
    }
    Ok((lines.into_iter().flatten().collect(), is_tidy))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::balance::Balance;

    fn line(output: &str, seconds: f64) -> ManifestLine {
        let checksum = Checksum::of(output.as_bytes());
        ManifestLine {
            output: output.to_owned(),
            content: "a.jpg".to_owned(),
            content_sha256: Some(checksum),
            style: "b.jpg".to_owned(),
            style_sha256: checksum,
            variant: 1,
            settings: Settings::default(),
            outcome: ItemOutcome::Painted,
            bytes: Some(3),
            error: None,
            seconds,
            program: "Impasto".to_owned(),
            fingerprint: checksum,
        }
    }

    fn open(folder: &Path, shard: &str) -> Result<Manifest, BatchError> {
        Manifest::open(folder, shard.parse().unwrap(), &Control::new(Balance::default()), |_| {})
    }

    #[test]
    fn lines_are_kept_and_cut_and_replaced_ones_are_left_out() {
        let folder = tempfile::tempdir().unwrap();
        let manifest = open(folder.path(), "1/1").unwrap();
        for line in [line("a", 1.0), line("b", 2.0), line("a", 3.0)] {
            manifest.append(&line).unwrap();
        }
        assert!(manifest.known("a").is_none());
        drop(manifest);
        let path = folder.path().join("manifest.jsonl");
        fs::OpenOptions::new().append(true).open(&path).unwrap().write_all(b"{\"output\": \"c").unwrap();
        let manifest = open(folder.path(), "1/1").unwrap();
        assert_eq!(manifest.known("a"), Some(&line("a", 3.0)));
        assert_eq!(lines(&path).unwrap(), (vec![line("b", 2.0), line("a", 3.0)], true));
        fs::write(&path, "{\"output\": \"c\"}\n").unwrap();
        drop(manifest);
        assert!(matches!(open(folder.path(), "1/1").err().unwrap(), BatchError::Manifest { line: 1, .. }));
    }

    #[test]
    fn the_whole_batch_is_alone_and_shards_know_each_other() {
        let folder = tempfile::tempdir().unwrap();
        let first = open(folder.path(), "1/2").unwrap();
        first.append(&line("a", 1.0)).unwrap();
        assert!(matches!(open(folder.path(), "1/1").err().unwrap(), BatchError::InUse(_)));
        let second = open(folder.path(), "2/2").unwrap();
        assert_eq!(second.known("a"), Some(&line("a", 1.0)));
        drop((first, second));
        let whole = open(folder.path(), "1/1").unwrap();
        assert_eq!(whole.known("a"), Some(&line("a", 1.0)));
        assert!(matches!(open(folder.path(), "1/1").err().unwrap(), BatchError::InUse(_)));
    }
}
