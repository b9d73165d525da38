//! One way to open every clip: with ffmpeg, or without where it is not needed.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use super::animation::{AnimationFormat, AnimationReader};
use super::error::ClipError;
use super::ffmpeg::{Ffmpeg, FfmpegReader};
use super::frame::FrameReader;
use super::info::{ClipInfo, TimeBase};
use super::sequence::{NamePattern, PictureSequence, SequenceReader};
use crate::picture::path::file_name;
use crate::picture::{Picture, decode};

/// The usual extensions of films, in lower case and without the dot, for the filters of file dialogs.
pub const FILM_ENDINGS: [&str; 15] =
    ["mp4", "m4v", "mov", "mkv", "webm", "avi", "mpg", "mpeg", "ogv", "wmv", "flv", "3gp", "ts", "mts", "m2ts"];

/// Bytes at the beginning of a file by which its format is known.
const HEAD: u64 = 1024;

/// The brands of files that hold several HEIF or AVIF pictures to be shown one after the other.
const MOVING_BRANDS: [&[u8; 4]; 5] = [b"avis", b"msf1", b"hevc", b"hevx", b"hevs"];

/// What reads a clip.
#[derive(Debug)]
enum ClipOpener {
    Animation(AnimationFormat),
    Sequence(Box<PictureSequence>),
    Coded(Ffmpeg),
}

/// A clip to read: a film, an animation or numbered pictures.
#[derive(Debug)]
pub struct ClipSource {
    path: PathBuf,
    opener: ClipOpener,
    info: ClipInfo,
    /// How many frames it has, once that was asked for.
    count: OnceLock<Option<u64>>,
}

impl ClipSource {
    /// Looks at a file, whatever its name; at a folder of pictures; or at pictures whose names fit a pattern such as
    /// `frame-%05d.png`. ffmpeg is looked for in `ffmpeg_folder` first, if it is needed. `rate` is for how long each
    /// picture is shown, 1/25 of a second by default.
    ///
    /// # Errors
    /// When there is no such clip, it cannot be read, it is a still picture, or ffmpeg is needed and missing.
    pub fn open(path: &Path, ffmpeg_folder: Option<&Path>, rate: Option<TimeBase>) -> Result<Self, ClipError> {
        let (opener, info) = match fs::metadata(path) {
            Ok(metadata) if metadata.is_dir() => sequence(PictureSequence::in_folder(path, rate)?),
            Ok(metadata) if !metadata.is_file() => return Err(ClipError::NotAFile(path.to_path_buf())),
            Ok(_) => of_file(path, ffmpeg_folder)?,
            Err(cause) => match NamePattern::of(path) {
                Some(pattern) => sequence(PictureSequence::fitting(&pattern, path, rate)?),
                None => return Err(ClipError::opening(path, cause)),
            },
        };
        info.check_size(path)?;
        Ok(Self { path: path.to_path_buf(), opener, info, count: OnceLock::new() })
    }

    /// Whether a file or folder should be opened as a clip rather than as a picture: an animation by its content, a film by
    /// its name, or any folder. [`Self::open`] may find out that it is a still picture.
    pub fn may_be(path: &Path) -> bool {
        has_film_ending(path) || path.is_dir() || head_of(path).is_ok_and(|head| AnimationFormat::of(&head).is_some())
    }

    /// The file, folder or pattern.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What it is.
    pub fn info(&self) -> &ClipInfo {
        &self.info
    }

    /// Begins to read its frames, from the first.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn frames(&self) -> Result<Box<dyn FrameReader>, ClipError> {
        Ok(match &self.opener {
            ClipOpener::Animation(format) => Box::new(AnimationReader::open(&self.path, *format)?),
            ClipOpener::Sequence(sequence) => Box::new(SequenceReader::new(sequence)),
            ClipOpener::Coded(ffmpeg) => Box::new(FfmpegReader::open(ffmpeg, &self.path, &self.info)?),
        })
    }

    /// The frame that is shown at `seconds` after the first one, or the next; after the end, the last.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn frame_at(&self, seconds: f64) -> Result<Picture, ClipError> {
        /// Times are rounded where people write them.
        const ROUNDING: f64 = 1e-4;
        let wanted = (seconds - ROUNDING).max(0.0);
        let ClipOpener::Coded(ffmpeg) = &self.opener else { return self.first_from(self.frames()?, wanted) };
        // Where no frame begins after that time, the last one is a little before it.
        let mut starts = [wanted, wanted - 1.0, 0.0].into_iter().filter(|start| *start >= 0.0).peekable();
        while let Some(start) = starts.next() {
            let frames = Box::new(FfmpegReader::open_at(ffmpeg, &self.path, &self.info, start)?);
            let from = if start < wanted { f64::INFINITY } else { f64::NEG_INFINITY };
            match self.first_from(frames, from) {
                Err(_) if starts.peek().is_some() => {}
                frame => return frame,
            }
        }
        Err(ClipError::NoPicture(self.path.clone()))
    }

    /// The first of these frames that is shown `seconds` after the first of them or later; without one, the last.
    fn first_from(&self, mut frames: Box<dyn FrameReader>, seconds: f64) -> Result<Picture, ClipError> {
        let mut first = None;
        let mut last = None;
        while let Some(frame) = frames.read()? {
            let time = frame.time - *first.get_or_insert(frame.time);
            let is_it = self.info.time_base.seconds(time) >= seconds;
            last = Some(frame.picture);
            if is_it {
                break;
            }
        }
        last.ok_or_else(|| ClipError::NoPicture(self.path.clone()))
    }

    /// How many frames it has, as far as that is known without reading it.
    pub fn known_count(&self) -> Option<u64> {
        self.count.get().copied().flatten().or(self.info.frames)
    }

    /// How many frames it has. Where the file does not say, ffprobe reads all of it to count them, which takes a while
    /// the first time; `None` if that fails.
    pub fn count(&self) -> Option<u64> {
        *self.count.get_or_init(|| match &self.opener {
            ClipOpener::Coded(ffmpeg) => self.info.frames.or_else(|| ffmpeg.count_frames(&self.path)),
            ClipOpener::Animation(_) | ClipOpener::Sequence(_) => self.info.frames,
        })
    }

    /// Whether its frames are files of their own.
    pub fn is_sequence(&self) -> bool {
        matches!(self.opener, ClipOpener::Sequence(_))
    }

    /// Whether ffmpeg reads it, so that it may have sound and more beside its frames.
    pub fn is_coded(&self) -> bool {
        matches!(self.opener, ClipOpener::Coded(_))
    }

    /// The files of its frames in order, if they are files of their own.
    pub fn files(&self) -> &[PathBuf] {
        match &self.opener {
            ClipOpener::Sequence(sequence) => sequence.files(),
            ClipOpener::Animation(_) | ClipOpener::Coded(_) => &[],
        }
    }

    /// The names of these files, without their folder.
    pub fn names(&self) -> Vec<String> {
        self.files().iter().map(|file| file_name(file)).collect()
    }
}

fn sequence(sequence: PictureSequence) -> (ClipOpener, ClipInfo) {
    let info = sequence.info().clone();
    (ClipOpener::Sequence(Box::new(sequence)), info)
}

/// Whether the name of a file ends as those of films do.
pub fn has_film_ending(path: &Path) -> bool {
    let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
    FILM_ENDINGS.iter().any(|film| ending.eq_ignore_ascii_case(film))
}

/// The beginning of a file.
fn head_of(path: &Path) -> io::Result<Vec<u8>> {
    // Opening a pipe waits for another process.
    if !fs::metadata(path)?.is_file() {
        return Ok(Vec::new());
    }
    let mut head = Vec::new();
    File::open(path)?.take(HEAD).read_to_end(&mut head)?;
    Ok(head)
}

/// What reads a file, by its content.
fn of_file(path: &Path, ffmpeg_folder: Option<&Path>) -> Result<(ClipOpener, ClipInfo), ClipError> {
    let head = head_of(path).map_err(|cause| ClipError::opening(path, cause))?;
    if head.is_empty() {
        return Err(ClipError::Empty(path.to_path_buf()));
    }
    if let Some(format) = AnimationFormat::of(&head) {
        return Ok((ClipOpener::Animation(format), format.probe(path)?));
    }
    if decode::is_picture(&head) && !is_moving_heif(&head) {
        return Err(ClipError::Still(path.to_path_buf()));
    }
    let ffmpeg = Ffmpeg::find(ffmpeg_folder)?;
    let info = ffmpeg.probe(path)?;
    Ok((ClipOpener::Coded(ffmpeg), info))
}

/// Whether a file begins as those of several HEIF or AVIF pictures do.
fn is_moving_heif(head: &[u8]) -> bool {
    head.get(4..8) == Some(b"ftyp") && MOVING_BRANDS.iter().any(|brand| head.get(8..12) == Some(&brand[..]))
}
