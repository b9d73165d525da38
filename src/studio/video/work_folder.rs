//! The folder in which the painted frames of a clip are kept until the clip is whole.

use std::ffi::OsString;
use std::fs::{self, File, TryLockError};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::error::VideoError;
use super::painter::PainterState;
use super::raw_frame::RawFrame;
use crate::engine::instant::HeldStatistics;
use crate::picture::encode::{Existing, Export, Format, is_unfinished, save, write_whole};
use crate::picture::{Problem, decode};
use crate::reason::reason;

/// The file that says what the frames are of.
const NOTE: &str = "painting.json";

/// The name of the clip that is being written, without its ending.
const UNFINISHED_CLIP: &str = "clip";

/// The file that tells the unfinished clip that was put in the output's place from any other file there.
const LEFT: &str = "clip.left";

/// What that file says.
#[derive(Deserialize, Serialize)]
struct Note {
    /// For a person who finds the folder.
    about: String,
    /// Of the clip, the paintings and the settings.
    fingerprint: String,
}

/// The painted frames of a clip, from the first on.
pub(super) struct WorkFolder {
    path: PathBuf,
    /// How many frames are kept.
    done: u64,
    /// Locked while the folder is in use.
    _note: File,
}

impl WorkFolder {
    /// The folder for the clip `output`.
    pub(super) fn beside(output: &Path) -> PathBuf {
        let mut name = OsString::from(output.file_name().unwrap_or_default());
        name.push(".frames");
        output.with_file_name(name)
    }

    /// Opens or creates the folder for the clip `output`. Frames of something else are deleted if `may_discard`.
    ///
    /// # Errors
    /// When it holds frames of something else, is in use, or cannot be written to.
    pub(super) fn open(output: &Path, fingerprint: &str, may_discard: bool) -> Result<Self, VideoError> {
        let path = Self::beside(output);
        let failed = |cause: std::io::Error| VideoError::WorkFolder { path: path.clone(), reason: reason(&cause) };
        fs::create_dir_all(&path).map_err(failed)?;
        let note_path = path.join(NOTE);
        let mut note =
            File::options().read(true).write(true).create(true).truncate(false).open(&note_path).map_err(failed)?;
        // Some file systems have no locks.
        if let Err(TryLockError::WouldBlock) = note.try_lock() {
            return Err(VideoError::InUse(path));
        }
        let said = fs::read(&note_path).map_err(failed)?;
        let is_same = serde_json::from_slice::<Note>(&said).is_ok_and(|note| note.fingerprint == fingerprint);
        if !is_same {
            let is_empty = said.is_empty() && !Self::frame_path(&path, 0).exists();
            if !is_empty && !may_discard {
                return Err(VideoError::OtherFrames(path));
            }
            Self::discard_frames(&path).map_err(failed)?;
            let about = "Impasto keeps the painted frames of a clip here until the clip is whole; painting the same clip to the same name goes on.";
            let said = Note { about: about.to_owned(), fingerprint: fingerprint.to_owned() };
            let said = serde_json::to_vec_pretty(&said).unwrap_or_default();
            note.set_len(0).and_then(|()| note.write_all(&said)).and_then(|()| note.sync_all()).map_err(failed)?;
        }
        let mut folder = Self { path, done: 0, _note: note };
        while Self::frame_path(&folder.path, folder.done).exists() {
            folder.done += 1;
        }
        // A power cut may have left the last ones damaged.
        while folder.done > 0 && (folder.frame(folder.done - 1).is_err() || folder.state().is_none()) {
            folder.done -= 1;
        }
        Ok(folder)
    }

    /// How many frames are kept for the clip `output`, without a look into them; 0 while they are in use.
    pub(super) fn count(output: &Path) -> u64 {
        let folder = Self::beside(output);
        let note = File::open(folder.join(NOTE));
        if note.is_ok_and(|note| matches!(note.try_lock_shared(), Err(TryLockError::WouldBlock))) {
            return 0;
        }
        let mut count = 0;
        while Self::frame_path(&folder, count).exists() {
            count += 1;
        }
        count
    }

    /// Whether the file `output` is what an interrupted painting has left there.
    pub(super) fn has_left(output: &Path) -> bool {
        let said = fs::read_to_string(Self::beside(output).join(LEFT)).ok();
        said.is_some() && said == Self::state_of(output)
    }

    /// Remembers that the file `clip`, which is about to be moved to the output's place, is this painting's, so that it may
    /// be replaced there by the whole clip.
    ///
    /// # Errors
    /// When that cannot be written.
    pub(super) fn note_left(&self, clip: &Path) -> Result<(), VideoError> {
        let Some(state) = Self::state_of(clip) else { return Ok(()) };
        write_whole(&self.path.join(LEFT), Existing::Replace, |file| {
            file.write_all(state.as_bytes()).map_err(Problem::writing)
        })?;
        Ok(())
    }

    /// Length and time of the last change of a file.
    fn state_of(file: &Path) -> Option<String> {
        let metadata = fs::metadata(file).ok().filter(fs::Metadata::is_file)?;
        Some(format!("{} {:?}", metadata.len(), metadata.modified().ok()?))
    }

    /// How many frames are kept.
    pub(super) fn done(&self) -> u64 {
        self.done
    }

    /// A frame that is kept.
    ///
    /// # Errors
    /// When the file is damaged.
    pub(super) fn frame(&self, index: u64) -> Result<RawFrame, VideoError> {
        let picture = decode::open(&Self::frame_path(&self.path, index))?;
        Ok(RawFrame(picture.pixels().to_rgb8()))
    }

    /// What must be known to go on after the last frame; `None` if no frame is kept.
    pub(super) fn state(&self) -> Option<PainterState> {
        let bytes = fs::read(self.state_path(self.done.checked_sub(1)?)).ok()?;
        let (numbers, rest) = bytes.as_chunks::<8>();
        let (shot, held) = numbers.split_first().filter(|_| rest.is_empty())?;
        let held: Vec<f64> = held.iter().map(|bytes| f64::from_le_bytes(*bytes)).collect();
        Some(PainterState { shot: u64::from_le_bytes(*shot), held: HeldStatistics::from_numbers(&held)? })
    }

    /// Keeps the next frame, and what must be known to go on after it.
    ///
    /// # Errors
    /// When it cannot be written, such as on a full disk.
    pub(super) fn keep(&mut self, frame: &RawFrame, state: &PainterState) -> Result<(), VideoError> {
        // First the state: a frame without one would not be known to be whole.
        write_whole(&self.state_path(self.done), Existing::Replace, |file| {
            let numbers = state.held.numbers().into_iter().flat_map(f64::to_le_bytes);
            let bytes: Vec<u8> = state.shot.to_le_bytes().into_iter().chain(numbers).collect();
            file.write_all(&bytes).map_err(Problem::writing)
        })?;
        let export = Export { sixteen_bit: false, ..Export::new(Format::Png) };
        save(&Self::frame_path(&self.path, self.done), &frame.picture(), &export, Existing::Replace)?;
        if let Some(before) = self.done.checked_sub(1) {
            // If it stays, it does no harm.
            let _ = fs::remove_file(self.state_path(before));
        }
        self.done += 1;
        Ok(())
    }

    /// Deletes the folder, once the clip is whole.
    pub(super) fn remove(self) {
        // What is left is found and used up by the next painting of the same clip.
        let _ = Self::discard_frames(&self.path);
        let _ = fs::remove_file(self.path.join(NOTE));
        let _ = fs::remove_dir(&self.path);
    }

    /// Deletes what painting has left in a folder, but nothing else that may be there.
    fn discard_frames(path: &Path) -> std::io::Result<()> {
        for entry in fs::read_dir(path)? {
            let path = entry?.path();
            let ending = path.extension().and_then(|ending| ending.to_str());
            let stem = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
            let is_number = stem.len() >= 6 && stem.bytes().all(|byte| byte.is_ascii_digit());
            let is_frame = is_number && matches!(ending, Some("png" | "state"));
            if is_frame || is_unfinished(&path) || stem == UNFINISHED_CLIP {
                fs::remove_file(path)?;
            }
        }
        Ok(())
    }

    /// Where the clip is written until it is complete; `output` is what it becomes.
    pub(super) fn unfinished_clip(&self, output: &Path) -> PathBuf {
        self.path.join(UNFINISHED_CLIP).with_extension(output.extension().unwrap_or_default())
    }

    fn frame_path(folder: &Path, index: u64) -> PathBuf {
        folder.join(format!("{:06}.png", index + 1))
    }

    fn state_path(&self, index: u64) -> PathBuf {
        self.path.join(format!("{:06}.state", index + 1))
    }
}
