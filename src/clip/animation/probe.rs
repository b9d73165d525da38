//! Looks at an animation.

use std::io;
use std::path::Path;

use super::super::error::ClipError;
use super::super::info::ClipInfo;
use super::format::AnimationFormat;
use super::scan::AnimationScan;
use super::{apng, gif, webp};
use crate::reason::reason;

impl AnimationFormat {
    /// Goes through the parts of a file of this format.
    ///
    /// # Errors
    /// As [`Self::probe`].
    pub(super) fn scan(self, path: &Path) -> Result<AnimationScan, ClipError> {
        let scan = match self {
            Self::Gif => gif::scan(path),
            Self::Apng => apng::scan(path),
            Self::WebP => webp::scan(path),
        };
        let scan = scan.map_err(|error| match error.kind() {
            io::ErrorKind::UnexpectedEof | io::ErrorKind::InvalidData => ClipError::unreadable(path, reason(&error)),
            _ => ClipError::opening(path, error),
        })?;
        if !scan.is_animated || scan.frames < 2 && scan.is_whole {
            return Err(ClipError::Still(path.to_path_buf()));
        }
        if scan.frames == 0 || scan.size.0 == 0 || scan.size.1 == 0 {
            return Err(ClipError::unreadable(path, reason(&io::ErrorKind::UnexpectedEof.into())));
        }
        ClipInfo::of_pictures(scan.size, scan.time_base).check_size(path)?;
        Ok(scan)
    }

    /// Looks at a file of this format.
    ///
    /// # Errors
    /// When the file cannot be read, is a still picture, is damaged before its first frame, or is too large.
    pub fn probe(self, path: &Path) -> Result<ClipInfo, ClipError> {
        let scan = self.scan(path)?;
        Ok(ClipInfo {
            frames: Some(scan.frames),
            duration: Some(scan.seconds),
            has_alpha: scan.has_alpha,
            plays: Some(scan.plays),
            ..ClipInfo::of_pictures(scan.size, scan.time_base)
        })
    }
}
