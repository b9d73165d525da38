//! Errors of clips, each one sentence.

use std::io;
use std::path::{Path, PathBuf};

use crate::picture::PictureError;
use crate::picture::decode::{LONGEST_SIDE, MOST_PIXELS};
use crate::reason::reason;

/// Why a clip cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum ClipError {
    /// ffmpeg is not installed.
    #[error(
        "{program} is needed for this clip but was not found; install ffmpeg (on Debian: apt install ffmpeg), or name its folder"
    )]
    NoProgram {
        /// The program that is missing.
        program: &'static str,
    },
    /// The system cannot start ffmpeg.
    #[error("{program} cannot be started ({}); install ffmpeg again", reason(cause))]
    NotStarted {
        /// The program.
        program: String,
        /// Why.
        cause: io::Error,
    },
    /// The file has no frames that can be decoded.
    #[error("this clip cannot be read ({said}); convert it to another format: {}", path.display())]
    Unreadable {
        /// The clip.
        path: PathBuf,
        /// Why: a reason, or the last line that ffmpeg wrote.
        said: String,
    },
    /// The file has sound only, or a cover picture.
    #[error("this file has no moving picture; choose another: {}", .0.display())]
    NoPicture(PathBuf),
    /// The clip ends in the middle, or is damaged there.
    #[error("this clip cannot be read after frame {frames} ({said}); the frames before are good: {}", path.display())]
    Broken {
        /// The clip.
        path: PathBuf,
        /// Frames that were read.
        frames: u64,
        /// Why: a reason, or the last line that ffmpeg wrote.
        said: String,
    },
    /// ffmpeg gives no answer.
    #[error("ffmpeg has not answered for {seconds} seconds and was ended; try again, or convert the clip: {}", path.display())]
    Hangs {
        /// The clip.
        path: PathBuf,
        /// How long it was waited for.
        seconds: u64,
    },
    /// The clip cannot be written.
    #[error(
        "this clip cannot be written ({said}); choose another format or folder, or free disk space: {}", path.display()
    )]
    NotWritten {
        /// The clip.
        path: PathBuf,
        /// Why: a reason, or the last line that ffmpeg wrote.
        said: String,
    },
    /// There is no file or folder at that path.
    #[error("there is no such file or folder; choose another: {}", .0.display())]
    Missing(PathBuf),
    /// A file of 0 bytes.
    #[error("the file is empty; choose another: {}", .0.display())]
    Empty(PathBuf),
    /// A device, pipe or socket, which could block a reader for ever.
    #[error("this is a device or a pipe, not a file; choose a clip or a folder of pictures: {}", .0.display())]
    NotAFile(PathBuf),
    /// The file or folder cannot be opened.
    #[error("this cannot be opened ({}); change its permissions, or choose another: {}", reason(cause), path.display())]
    NotOpened {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        cause: io::Error,
    },
    /// The file is a picture that does not move.
    #[error("this is a still picture, not a clip; paint it with impasto stylize, or in the window: {}", .0.display())]
    Still(PathBuf),
    /// Frames are larger than pictures may be.
    #[error(
        "its frames are {width} × {height} pixels; Impasto reads at most {LONGEST_SIDE} on a side and {} million in \
         all, so make the clip smaller first: {}",
        MOST_PIXELS / 1_000_000,
        path.display()
    )]
    TooManyPixels {
        /// The clip.
        path: PathBuf,
        /// Width that the file states.
        width: u32,
        /// Height that the file states.
        height: u32,
    },
    /// A folder has no pictures, or no picture has a name that fits a pattern.
    #[error(
        "there are no such pictures; choose a folder of numbered pictures, or a name such as frame-%05d.png: {}",
        .0.display()
    )]
    NoPictures(PathBuf),
    /// A folder has one picture, or one picture has a name that fits a pattern.
    #[error(
        "there is only one picture, which is no clip; paint it with impasto stylize, or in the window: {}",
        .0.display()
    )]
    OnePicture(PathBuf),
    /// A picture of a sequence has not the size of the first.
    #[error(
        "this picture is {} × {} pixels, but the first of its clip is {} × {}; make them one size: {}",
        size.0, size.1, first.0, first.1, path.display()
    )]
    OtherSize {
        /// The picture.
        path: PathBuf,
        /// Its width and height.
        size: (u32, u32),
        /// Those of the first picture.
        first: (u32, u32),
    },
    /// A picture of a sequence cannot be read or written.
    #[error(transparent)]
    Picture(#[from] PictureError),
    /// The name of the clip to write ends otherwise than those of clips.
    #[error(
        "Impasto writes clips that end in mp4, m4v, mov, mkv, webm, gif, png or webp, and numbered pictures into \
         folders; choose one of these: {}",
        .0.display()
    )]
    UnknownEnding(PathBuf),
    /// The codec does not go into files of that ending.
    #[error("{codec} goes into files that end in {endings}; change the name or the codec: {}", path.display())]
    WrongEnding {
        /// The clip.
        path: PathBuf,
        /// The name of the codec.
        codec: &'static str,
        /// The endings of files that hold it, in words.
        endings: String,
    },
    /// The frames are too small for the codec.
    #[error("{codec} needs at least {least} pixels on each side; choose another codec: {}", path.display())]
    TooShortSide {
        /// The clip.
        path: PathBuf,
        /// The name of the codec.
        codec: &'static str,
        /// The fewest pixels on a side.
        least: u32,
    },
    /// The codec takes only frames of even width and height.
    #[error(
        "{codec} needs an even width and height, but the frames are {} × {}; choose another codec or size: {}",
        size.0, size.1, path.display()
    )]
    OddSide {
        /// The clip.
        path: PathBuf,
        /// The name of the codec.
        codec: &'static str,
        /// Width and height of the frames.
        size: (u32, u32),
    },
    /// The format is too small for the frames.
    #[error(
        "{format} has at most {longest} pixels on a side; make the clip smaller, or choose mp4: {}", path.display()
    )]
    TooLongSide {
        /// The clip.
        path: PathBuf,
        /// The name of the format.
        format: &'static str,
        /// The most pixels on a side.
        longest: u32,
    },
}

impl ClipError {
    /// Whether another clip or another name would help, rather than another try.
    pub fn is_wrong_input(&self) -> bool {
        !matches!(self, Self::Hangs { .. } | Self::NotWritten { .. } | Self::NotStarted { .. } | Self::Broken { .. })
    }

    /// The same error about the file `path`, if this one is about a file that is being written in its stead.
    #[must_use]
    pub fn about(self, path: &Path) -> Self {
        let path = path.to_path_buf();
        match self {
            Self::NotWritten { said, .. } => Self::NotWritten { path, said },
            Self::Hangs { seconds, .. } => Self::Hangs { path, seconds },
            other => other,
        }
    }

    pub(super) fn unreadable(path: &Path, said: String) -> Self {
        Self::Unreadable { path: path.to_path_buf(), said }
    }

    /// For an error from opening a file or folder, or from asking the system about it.
    pub(super) fn opening(path: &Path, cause: io::Error) -> Self {
        let path = path.to_path_buf();
        match cause.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => Self::Missing(path),
            _ => Self::NotOpened { path, cause },
        }
    }

    /// For an error from writing a file.
    pub(super) fn writing(path: &Path, cause: &io::Error) -> Self {
        Self::NotWritten { path: path.to_path_buf(), said: reason(cause) }
    }
}
