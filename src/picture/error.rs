//! Errors of reading and writing picture files, with messages written for artists.

use std::error::Error;
use std::fmt;
use std::io;
use std::iter::successors;
use std::path::{Path, PathBuf};

/// Why a picture could not be read or written.
///
/// The message is one sentence: what happened, what to do about it, and the path.
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

    /// What happened, for callers that handle some problems specially.
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
    /// The source of the problem, not the problem itself, whose text is already in this error's message.
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.problem.source()
    }
}

/// An error from another library, kept for logs.
pub(super) type Cause = Box<dyn Error + Send + Sync>;

/// What went wrong with a picture file, without its path.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// There is no file at that path.
    #[error("there is no such file")]
    Missing,
    /// The path to read is a folder.
    #[error("this is a folder; choose a picture in it")]
    IsFolder,
    /// A device, pipe or socket, which could block a reader for ever.
    #[error("this is a device or a pipe, not a file; choose a picture file")]
    NotAFile,
    /// The user has no permission to read the file.
    #[error("you have no permission to read the file; change its permissions or choose another")]
    MayNotRead(#[source] io::Error),
    /// The operating system reported a read error.
    #[error("the file could not be read; check its disk and try again")]
    ReadFailed(#[source] io::Error),
    /// A file of 0 bytes.
    #[error("the file is empty")]
    Empty,
    /// The file has more bytes than [`decode::LARGEST_FILE`](super::decode::LARGEST_FILE).
    #[error("the file is larger than {limit_gib} GiB, the most Impasto reads; export the picture smaller")]
    FileTooLarge {
        /// The limit, in gibibytes.
        limit_gib: u64,
    },
    /// The content is in no supported format, whatever the file name says.
    #[error("not a picture Impasto can read (PNG, JPEG, WebP, TIFF, BMP, GIF, HEIC, AVIF or JPEG XL)")]
    NotAPicture,
    /// The format is recognised but not supported.
    #[error("Impasto does not read {files}; {advice}")]
    NotRead {
        /// The name for such files, in the plural.
        files: &'static str,
        /// What the user can do instead.
        advice: &'static str,
    },
    /// The file is a variant of its format that the decoder does not support.
    #[error("this kind of {format} is one Impasto cannot read; save it again as a plain PNG, TIFF or JPEG")]
    UnsupportedKind {
        /// The name of the file's format.
        format: &'static str,
        /// The decoder's error.
        #[source]
        cause: Cause,
    },
    /// The picture is larger than [`decode::LONGEST_SIDE`](super::decode::LONGEST_SIDE) or
    /// [`decode::MOST_PIXELS`](super::decode::MOST_PIXELS) allow.
    #[error(
        "the picture is {width} × {height} pixels; Impasto reads at most {longest_side} on a side and {most_millions} million in all, so make it smaller first"
    )]
    TooManyPixels {
        /// Width stated in the file, in pixels.
        width: u32,
        /// Height stated in the file, in pixels.
        height: u32,
        /// The limit on each side, in pixels.
        longest_side: u32,
        /// The limit on the whole picture, in million pixels.
        most_millions: u64,
    },
    /// The decoder needs more memory than any picture within the limits should need.
    #[error("the picture needs more memory to read than Impasto allows; save it again as a plain PNG or JPEG")]
    TooMuchMemory(#[source] Cause),
    /// The decoder exceeded its time limit.
    #[error("the picture takes too long to read; save it again as a plain PNG or JPEG")]
    TooSlow,
    /// The file is truncated.
    #[error("the picture is cut off, its end is missing; copy or export it again")]
    CutOff,
    /// The content is invalid for its format.
    #[error("the picture is damaged; copy or export it again")]
    Damaged(#[source] Cause),
    /// The file is no trained style.
    #[error("this is not a trained style; choose a file that Impasto trained")]
    NotAStyle,
    /// The trained style is cut off, or its content is not what was written.
    #[error("the trained style is damaged; copy it again, or train it again")]
    DamagedStyle,
    /// The trained style was written by a newer version of the program.
    #[error("the trained style was written by {program}, which is newer than this version; update Impasto to open it")]
    NewerStyle {
        /// The program and its version.
        program: String,
    },

    /// The file is no style map.
    #[error("this is not a style map; choose a file that impasto map made")]
    NotAMap,
    /// The style map is cut off, or its content is not what was written.
    #[error("the style map is damaged; copy it again, or make it again")]
    DamagedMap,
    /// The style map was written by a newer version of the program.
    #[error("the style map was written by {program}, which is newer than this version; update Impasto to open it")]
    NewerMap {
        /// The program and its version.
        program: String,
    },
    /// A style map that would be larger than what is read.
    #[error("the map would be larger than {limit_mib} MiB, the most Impasto reads; name fewer paintings")]
    LargeMap {
        /// The limit, in mebibytes.
        limit_mib: usize,
    },
    /// A style map without a place on it.
    #[error("this is a style map; name a place on it, such as NAME.map@0.5,-1")]
    MapWithoutPlace,
    /// A place that is farther from the middle of the map than it reaches.
    #[error("the place is outside the map, whose coordinates reach from -{reach} to {reach}; choose another place")]
    OutsideMap {
        /// The largest absolute coordinate.
        reach: f32,
    },

    /// The name of the file to write has no extension of a format that can be written.
    #[error("Impasto writes png, jpg, tiff and webp; choose one of these endings")]
    UnknownEnding,
    /// The name of the file to write has the extension of another format.
    #[error("the ending of the name does not fit {format}; change the name or the format")]
    WrongEnding {
        /// The name of the requested format.
        format: &'static str,
    },
    /// The operating system does not allow this file name.
    #[error("a file cannot have this name; choose another")]
    BadName(#[source] io::Error),
    /// The folder to write to does not exist.
    #[error("the folder does not exist; create it or choose another")]
    FolderMissing,
    /// The folder to write to is a file.
    #[error("this is a file, not a folder to save in; choose another folder")]
    NotAFolder,
    /// The user's permissions or the disk do not allow writing to the folder.
    #[error("the folder cannot be written to; choose another")]
    FolderNotWritable(#[source] io::Error),
    /// The path to write to is a folder.
    #[error("a folder of that name exists already; choose another name")]
    TargetIsFolder,
    /// The path to write to is a device, pipe or socket.
    #[error("that name belongs to a device or a pipe; choose another name")]
    TargetNotAFile,
    /// The file already exists and must not be replaced.
    #[error("a file of that name exists already; choose another name or allow overwriting")]
    TargetExists,
    /// The file already exists and is read-only.
    #[error("a write-protected file of that name exists already; choose another name")]
    TargetProtected,
    /// A side is longer than the format can store.
    #[error("a {format} picture has at most {longest_side} pixels on a side; choose PNG or TIFF")]
    TooLargeForFormat {
        /// The name of the requested format.
        format: &'static str,
        /// The format's limit, in pixels.
        longest_side: u32,
    },
    /// A TIFF file cannot be that long.
    #[error("a TIFF file holds at most 4 GiB; choose PNG")]
    TooLongForTiff,
    /// The disk is full, or the user's quota on it is used up.
    #[error("the disk is full; free some space or choose another folder")]
    DiskFull(#[source] io::Error),
    /// The file could not be written.
    #[error("the file could not be written; check the disk or choose another folder")]
    WriteFailed(#[source] Cause),
}

impl Problem {
    /// The problem for a decoder's error when no more specific one applies: [`Problem::CutOff`] where any error in its
    /// source chain is an unexpected end of file, else [`Problem::Damaged`].
    pub(super) fn damaged(cause: impl Into<Cause>) -> Self {
        let cause = cause.into();
        let outermost: &(dyn Error + 'static) = &*cause;
        let ends_early = successors(Some(outermost), |&error| error.source())
            .filter_map(|error| error.downcast_ref::<io::Error>())
            .any(|error| error.kind() == io::ErrorKind::UnexpectedEof);
        if ends_early { Self::CutOff } else { Self::Damaged(cause) }
    }

    /// The problem for an error from opening or reading a file, or from querying its metadata.
    pub(super) fn reading(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => Self::Missing,
            io::ErrorKind::PermissionDenied => Self::MayNotRead(error),
            _ => Self::ReadFailed(error),
        }
    }

    /// The problem for an error from writing a file.
    pub(crate) fn writing(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::DiskFull(error),
            _ => Self::WriteFailed(error.into()),
        }
    }
}
