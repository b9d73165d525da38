//! Where a painted clip goes.

use std::path::{Path, PathBuf};

use super::error::VideoError;
use super::order::VideoOrder;
use super::work_folder::WorkFolder;
use crate::clip::{ClipFormat, ClipSource, ClipTarget, CopiedMetadata, Sidecar, VideoCodec};
use crate::picture::encode::{Existing, Export, check_place};
use crate::picture::metadata::{Disclosure, Metadata, Provenance};
use crate::picture::path::is_same_file;

/// A clip that is wanted.
#[derive(Clone, Debug)]
pub struct VideoOutput {
    /// The file, folder or pattern to write; its ending says the format.
    pub path: PathBuf,
    /// The codec of a film, if not the usual one of its ending.
    pub codec: Option<VideoCodec>,
    /// Where ffmpeg is looked for first, if it is needed.
    pub ffmpeg_folder: Option<PathBuf>,
    /// Whether an existing file, and kept frames of another painting, may be replaced.
    pub may_replace: bool,
}

impl VideoOutput {
    /// Its format.
    ///
    /// # Errors
    /// When no format has that ending, or the codec does not go into files of it.
    pub fn format(&self) -> Result<ClipFormat, VideoError> {
        Ok(ClipFormat::of(&self.path, self.codec)?)
    }

    /// Checks that it can be written, and not over the clip `input` that is read, before anything is read.
    ///
    /// # Errors
    /// When it cannot.
    pub fn check(&self, input: &Path) -> Result<(), VideoError> {
        if is_same_file(input, &self.path) {
            return Err(VideoError::SameFile(self.path.clone()));
        }
        let existing = self.existing();
        if !self.format()?.is_sequence() {
            return Ok(check_place(&self.path, existing)?);
        }
        let is_taken = self.path.read_dir().is_ok_and(|mut files| files.next().is_some());
        if is_taken && existing == Existing::Refuse {
            return Err(VideoError::FolderNotEmpty(self.path.clone()));
        }
        Ok(())
    }

    /// Refuses to write among the pictures that are read.
    ///
    /// # Errors
    /// When that would happen.
    pub fn check_folder(&self, source: &ClipSource) -> Result<(), VideoError> {
        let folder = |path: &Path| path.parent().and_then(|folder| folder.canonicalize().ok());
        let is_pattern = self.path.file_name().is_some_and(|name| name.to_string_lossy().contains(['%', '#']));
        let written = if self.path.is_dir() { self.path.canonicalize().ok() } else { folder(&self.path) };
        let is_beside = |file: &PathBuf| folder(file).is_some() && folder(file) == written;
        if (self.path.is_dir() || is_pattern) && source.files().iter().any(is_beside) {
            return Err(VideoError::SameFolder(self.path.clone()));
        }
        Ok(())
    }

    /// What an interrupted painting has left is replaced by the one that goes on.
    fn existing(&self) -> Existing {
        let is_left =
            VideoPlace::has_kept_frames(&self.path) && (self.path.is_dir() || WorkFolder::has_left(&self.path));
        if self.may_replace || is_left { Existing::Replace } else { Existing::Refuse }
    }
}

/// Where a painted clip goes.
pub struct VideoPlace {
    /// The clip to write, and how.
    pub target: ClipTarget,
    /// What to do if it exists.
    pub existing: Existing,
    /// Whether kept frames of another painting may be deleted.
    pub may_discard: bool,
}

impl VideoPlace {
    /// For the clip of this order, with what belongs to it beside the frames: sound, subtitles, names and metadata.
    ///
    /// # Errors
    /// When the output has no format.
    pub fn new(
        order: &VideoOrder,
        output: &VideoOutput,
        provenance: Option<Provenance>,
        disclosure: Disclosure,
    ) -> Result<Self, VideoError> {
        let (source, part) = (&order.source, order.part());
        let format = output.format()?;
        format.check_size(&output.path, order.size())?;
        let metadata = match disclosure {
            Disclosure::Nothing => CopiedMetadata::Nothing,
            Disclosure::Settings | Disclosure::Camera => CopiedMetadata::WithoutPlace,
            Disclosure::Place => CopiedMetadata::All,
        };
        let sidecar = Sidecar { path: source.path().to_path_buf(), from: part.from, to: part.to, metadata };
        let target = ClipTarget {
            ffmpeg_folder: output.ffmpeg_folder.clone(),
            sidecar: source.is_coded().then_some(sidecar),
            tags: provenance.as_ref().map(Provenance::tags).unwrap_or_default(),
            xmp: provenance.as_ref().map(Provenance::packet),
            names: source.names(),
            ..ClipTarget::new(&output.path, format, &order.painted_info())
        };
        let metadata = Metadata { provenance, exif: None };
        let target = ClipTarget { export: Export { metadata, sixteen_bit: false, ..target.export.clone() }, ..target };
        Ok(Self { target, existing: output.existing(), may_discard: output.may_replace })
    }

    /// Whether frames of an unfinished painting are kept for this output.
    pub fn has_kept_frames(output: &Path) -> bool {
        WorkFolder::beside(output).is_dir()
    }

    /// How many frames of an unfinished painting are kept for this output.
    pub fn kept_frames(output: &Path) -> u64 {
        WorkFolder::count(output)
    }
}
