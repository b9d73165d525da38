//! Reads the frames of an animation.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use super::super::error::ClipError;
use super::super::frame::{ClipFrame, FrameReader};
use super::super::info::TimeBase;
use super::apng::ApngParts;
use super::canvas::{FrameCanvas, FramePart};
use super::format::AnimationFormat;
use super::gif::GifParts;
use super::webp::WebPParts;
use crate::picture::Picture;
use crate::reason::reason;

/// The parts of frames that a file stores, one after the other.
enum StoredParts {
    Gif(Box<GifParts>),
    Apng(Box<ApngParts>),
    WebP(Box<WebPParts>),
}

impl StoredParts {
    fn open(path: &Path, format: AnimationFormat) -> io::Result<Self> {
        Ok(match format {
            AnimationFormat::Gif => Self::Gif(Box::new(GifParts::open(path)?)),
            AnimationFormat::Apng => Self::Apng(Box::new(ApngParts::open(path)?)),
            AnimationFormat::WebP => Self::WebP(Box::new(WebPParts::open(path)?)),
        })
    }

    fn next(&mut self) -> io::Result<FramePart> {
        match self {
            Self::Gif(parts) => parts.next(),
            Self::Apng(parts) => parts.next(),
            Self::WebP(parts) => parts.next(),
        }
    }
}

/// Reads the frames of an animation one after the other.
pub struct AnimationReader {
    path: PathBuf,
    parts: StoredParts,
    canvas: FrameCanvas,
    time_base: TimeBase,
    /// Complete frames that the file has.
    frames: u64,
    /// Whether the file has its end.
    is_whole: bool,
    read: u64,
    /// Seconds that the frames before last.
    seconds: f64,
    has_ended: bool,
}

impl AnimationReader {
    /// Begins to read a file of this format.
    ///
    /// # Errors
    /// When it cannot be read, or is damaged before its first frame.
    pub fn open(path: &Path, format: AnimationFormat) -> Result<Self, ClipError> {
        let scan = format.scan(path)?;
        let parts = guarded(|| StoredParts::open(path, format));
        Ok(Self {
            path: path.to_path_buf(),
            parts: parts.map_err(|error| ClipError::unreadable(path, reason(&error)))?,
            canvas: FrameCanvas::new(scan.size),
            time_base: scan.time_base,
            frames: scan.frames,
            is_whole: scan.is_whole,
            read: 0,
            seconds: 0.0,
            has_ended: false,
        })
    }

    /// The error for a file that cannot be read further.
    fn broken(&mut self, error: &io::Error) -> ClipError {
        self.has_ended = true;
        let (path, said) = (self.path.clone(), reason(error));
        match self.read {
            0 => ClipError::Unreadable { path, said },
            frames => ClipError::Broken { path, frames, said },
        }
    }

    /// The tick at so many seconds.
    fn tick(&self, seconds: f64) -> i64 {
        (seconds * f64::from(self.time_base.denominator)).round() as i64
    }
}

impl FrameReader for AnimationReader {
    fn read(&mut self) -> Result<Option<ClipFrame>, ClipError> {
        if self.has_ended {
            return Ok(None);
        }
        if self.read == self.frames {
            self.has_ended = true;
            return if self.is_whole { Ok(None) } else { Err(self.broken(&io::ErrorKind::UnexpectedEof.into())) };
        }
        let part = guarded(|| self.parts.next()).map_err(|error| self.broken(&error))?;
        let picture = Picture::new(self.canvas.draw(&part).clone().into());
        let time = self.tick(self.seconds);
        self.seconds += part.seconds;
        self.read += 1;
        Ok(Some(ClipFrame { picture, time, duration: self.tick(self.seconds) - time }))
    }
}

/// Runs a decoder, and takes a panic in it for damage of the file.
fn guarded<T>(work: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| Err(io::ErrorKind::InvalidData.into()))
}
