//! A part of a clip.

use super::error::VideoError;
use crate::clip::{ClipFrame, ClipSource, FrameReader, TimeBase};

/// A part of a clip, by time.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ClipPart {
    /// Seconds from the first frame at which it begins.
    pub from: f64,
    /// Seconds from the first frame at which it ends; `None` is the end of the clip.
    pub to: Option<f64>,
}

impl ClipPart {
    /// Whether it is the whole clip.
    pub fn is_whole(&self) -> bool {
        self.from <= 0.0 && self.to.is_none()
    }

    /// # Errors
    /// When it ends before it begins.
    pub(super) fn validate(&self) -> Result<(), VideoError> {
        match *self {
            Self { from, to: Some(to) } if to <= from || !to.is_finite() => Err(VideoError::Range { from, to }),
            Self { from, .. } if !from.is_finite() => Err(VideoError::Range { from, to: from }),
            _ => Ok(()),
        }
    }

    /// About how many frames it has of a clip with `count` frames of this length.
    pub fn frames(&self, count: u64, duration: Option<f64>) -> u64 {
        self.share(duration).map_or(count, |share| (count as f64 * share).round().max(1.0) as u64)
    }

    /// The share of a clip of this length; `None` for the whole one, or where the length is unknown.
    fn share(&self, duration: Option<f64>) -> Option<f64> {
        let duration = duration.filter(|duration| *duration > 0.0 && !self.is_whole())?;
        let end = self.to.unwrap_or(duration).min(duration);
        Some(((end - self.from) / duration).clamp(0.0, 1.0))
    }
}

/// Reads the frames of a part of a clip.
pub(super) struct PartReader {
    frames: Box<dyn FrameReader>,
    part: ClipPart,
    base: TimeBase,
    /// The time of the clip's first frame.
    first: Option<i64>,
}

impl PartReader {
    pub(super) fn open(source: &ClipSource, part: ClipPart) -> Result<Self, VideoError> {
        Ok(Self { frames: source.frames()?, part, base: source.info().time_base, first: None })
    }

    /// The next frame; `None` after the last. Where the part does not begin with the clip, its times are from its own
    /// beginning.
    pub(super) fn read(&mut self) -> Result<Option<ClipFrame>, VideoError> {
        /// Times are rounded where people write them.
        const ROUNDING: f64 = 1e-4;
        while let Some(frame) = self.frames.read()? {
            let first = *self.first.get_or_insert(frame.time);
            let time = self.base.seconds(frame.time - first);
            if time + ROUNDING < self.part.from {
                continue;
            }
            if self.part.to.is_some_and(|to| time + ROUNDING >= to) {
                return Ok(None);
            }
            let shift = if self.part.from > 0.0 { first + self.base.ticks(self.part.from) } else { 0 };
            return Ok(Some(ClipFrame { time: (frame.time - shift).max(0), ..frame }));
        }
        Ok(None)
    }
}
