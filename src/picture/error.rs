//! What can go wrong with picture files, in sentences for people who paint.

use std::error::Error;
use std::fmt;
use std::io;
use std::iter::successors;
use std::path::{Path, PathBuf};

/// Why a picture could not be read or written.
///
/// The message is one sentence: what happened, what to do about it, and last the path.
#[derive(Debug)]
pub struct PictureError {
    problem: Problem,
    path: PathBuf,
}

impl PictureError {
    pub(super) fn new(problem: Problem, path: impl Into<PathBuf>) -> Self {
        let path = path.into();
        Self { problem, path }
    }

    /// What happened, for callers that treat some problems apart.
    pub fn problem(&self) -> &Problem {
        &self.problem
    }

    /// The file or folder that has the problem.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl fmt::Display for PictureError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.problem, self.path.display())
    }
}

impl Error for PictureError {
    /// The cause of the problem, not the problem: its sentence is in this error's message already.
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.problem.source()
    }
}

/// A cause from another library, kept for logs.
pub(super) type Cause = Box<dyn Error + Send + Sync>;

/// What happened to a picture file, without saying to which.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// Nothing has that path.
    #[error("there is no such file")]
    Missing,
    /// The path of a picture to read is a folder's.
    #[error("this is a folder; choose a picture in it")]
    IsFolder,
    /// A device, pipe or socket, which could keep a reader waiting for ever.
    #[error("this is a device or a pipe, not a file; choose a picture file")]
    NotAFile,
    /// The user's rights do not allow reading.
    #[error("the file may not be read; change its permissions or choose another")]
    MayNotRead(#[source] io::Error),
    /// The operating system failed to read.
    #[error("the file could not be read; check its disk and try again")]
    ReadFailed(#[source] io::Error),
    /// A file of 0 bytes.
    #[error("the file is empty")]
    Empty,
    /// More bytes than [`decode::LARGEST_FILE`](super::decode::LARGEST_FILE).
    #[error("the file is larger than {limit_gib} GiB, the most Impasto reads; export the picture smaller")]
    FileTooLarge {
        /// The limit, in gibibytes.
        limit_gib: u64,
    },
    /// The content is of no format that can be read, whatever the name says.
    #[error("not a picture Impasto can read (PNG, JPEG, WebP, TIFF, BMP, GIF, HEIC, AVIF or JPEG XL)")]
    NotAPicture,
    /// A format that is known and not read.
    #[error("Impasto does not read {files}; {advice}")]
    NotRead {
        /// What such files are called, in the plural.
        files: &'static str,
        /// What to do instead.
        advice: &'static str,
    },
    /// A variant of the format that the decoder lacks.
    #[error("this kind of {format} is one Impasto cannot read; save it again as a plain PNG, TIFF or JPEG")]
    UnsupportedKind {
        /// The name of the file's format.
        format: &'static str,
        /// What the decoder said.
        #[source]
        cause: Cause,
    },
    /// More pixels than [`decode::LONGEST_SIDE`](super::decode::LONGEST_SIDE) or
    /// [`decode::MOST_PIXELS`](super::decode::MOST_PIXELS) allow.
    #[error(
        "the picture is {width} × {height} pixels; Impasto reads at most {longest_side} on a side and {most_millions} million in all, so make it smaller first"
    )]
    TooManyPixels {
        /// Width that the file states, in pixels.
        width: u32,
        /// Height that the file states, in pixels.
        height: u32,
        /// The limit of each side, in pixels.
        longest_side: u32,
        /// The limit of the whole picture, in million pixels.
        most_millions: u64,
    },
    /// The decoder asks for more memory than any picture within the limits needs.
    #[error("the picture needs more memory to read than Impasto allows; save it again as a plain PNG or JPEG")]
    TooMuchMemory(#[source] Cause),
    /// The decoder did not come to an end.
    #[error("the picture takes too long to read; save it again as a plain PNG or JPEG")]
    TooSlow,
    /// The file ends before the picture does.
    #[error("the picture is cut off, its end is missing; copy or export it again")]
    CutOff,
    /// The content contradicts its format.
    #[error("the picture is damaged; copy or export it again")]
    Damaged(#[source] Cause),

    /// The name of a file to write ends in none of the formats' extensions.
    #[error("Impasto writes png, jpg, tiff and webp; choose one of these endings")]
    UnknownEnding,
    /// The name of a file to write ends in another format's extension.
    #[error("the ending of the name does not fit {format}; change the name or the format")]
    WrongEnding {
        /// The name of the format that was asked for.
        format: &'static str,
    },
    /// The operating system allows no such name.
    #[error("a file cannot have this name; choose another")]
    BadName(#[source] io::Error),
    /// The folder to write in is not there.
    #[error("the folder does not exist; create it or choose another")]
    FolderMissing,
    /// The folder to write in is a file.
    #[error("this is a file, not a folder to save in; choose another folder")]
    NotAFolder,
    /// The user's rights or the disk do not allow writing in the folder.
    #[error("the folder cannot be written to; choose another")]
    FolderNotWritable(#[source] io::Error),
    /// A folder has the name of the file to write.
    #[error("a folder of that name exists already; choose another name")]
    TargetIsFolder,
    /// A device, pipe or socket has the name of the file to write.
    #[error("that name belongs to a device or a pipe; choose another name")]
    TargetNotAFile,
    /// The file is there and must not be replaced.
    #[error("a file of that name exists already; choose another name or allow overwriting")]
    TargetExists,
    /// The file is there and is marked read-only.
    #[error("a write-protected file of that name exists already; choose another name")]
    TargetProtected,
    /// A side longer than the format can state.
    #[error("a {format} picture has at most {longest_side} pixels on a side; choose PNG or TIFF")]
    TooLargeForFormat {
        /// The name of the format that was asked for.
        format: &'static str,
        /// The format's limit, in pixels.
        longest_side: u32,
    },
    /// The disk or the user's share of it is full.
    #[error("the disk is full; free some space or choose another folder")]
    DiskFull(#[source] io::Error),
    /// The operating system failed to write.
    #[error("the picture could not be written; check the disk or choose another folder")]
    WriteFailed(#[source] Cause),
}

impl Problem {
    /// The problem behind a decoder's `cause`, when the cause is none of the more telling problems.
    pub(super) fn damaged(cause: impl Into<Cause>) -> Self {
        let cause = cause.into();
        let cause_of_all: &(dyn Error + 'static) = &*cause;
        let ends_early = successors(Some(cause_of_all), |&error| error.source())
            .filter_map(|error| error.downcast_ref::<io::Error>())
            .any(|error| error.kind() == io::ErrorKind::UnexpectedEof);
        if ends_early { Self::CutOff } else { Self::Damaged(cause) }
    }

    /// The problem behind a failed attempt to look at or read a file.
    pub(super) fn reading(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => Self::Missing,
            io::ErrorKind::PermissionDenied => Self::MayNotRead(error),
            _ => Self::ReadFailed(error),
        }
    }

    /// The problem behind a failed attempt to write a file.
    pub(crate) fn writing(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::DiskFull(error),
            _ => Self::WriteFailed(error.into()),
        }
    }
}
