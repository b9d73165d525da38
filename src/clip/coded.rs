//! Frames as ffmpeg's encoders need them.

use image::{DynamicImage, RgbImage};

use super::error::ClipError;
use super::ffmpeg::FfmpegWriter;
use super::frame::{ClipFrame, FrameWriter};
use super::info::TimeBase;
use crate::picture::Picture;

/// For how long a frame is shown that has no duration: what programs that show animations do.
const WITHOUT_DURATION: TimeBase = TimeBase::one_in(10);

/// A last frame is repeated that is shown so many times as long as the shortest.
const HOLD: i64 = 2;

/// Writes frames with ffmpeg, whose time stamps must rise.
pub(super) struct CodedWriter {
    writer: FfmpegWriter,
    /// Whether transparent pixels are laid over black, because the codec has no transparency.
    is_over_black: bool,
    /// For how long a frame is shown, in ticks, whose time stamp is also that of the next.
    usual: i64,
    /// The time stamp of the frame before, as it was given.
    before: Option<i64>,
    /// Ticks between the two latest frames.
    interval: i64,
    /// The smallest of these intervals.
    shortest: i64,
    /// Ticks by which frames are shown later than they say, because of frames without a duration.
    delay: i64,
    /// The latest frame as it was written, if the last is to be held.
    held: Option<ClipFrame>,
    is_held: bool,
}

impl CodedWriter {
    /// Passes frames on, whose time stamps count `base`. The last frame of an animation is held.
    pub(super) fn new(writer: FfmpegWriter, base: TimeBase, is_over_black: bool, is_animation: bool) -> Self {
        let usual = WITHOUT_DURATION.to(base, 1).max(1);
        Self {
            writer,
            is_over_black,
            usual,
            before: None,
            interval: usual,
            shortest: i64::MAX,
            delay: 0,
            held: None,
            is_held: is_animation,
        }
    }
}

impl FrameWriter for CodedWriter {
    fn write(&mut self, frame: &ClipFrame) -> Result<(), ClipError> {
        if let Some(before) = self.before.replace(frame.time) {
            self.interval = frame.time - before;
            if self.interval <= 0 {
                self.delay += self.usual - self.interval;
                self.interval = self.usual;
            }
            self.shortest = self.shortest.min(self.interval);
        }
        let picture = if self.is_over_black { over_black(&frame.picture) } else { frame.picture.clone() };
        let duration = if frame.duration > 0 { frame.duration } else { self.interval };
        let frame = ClipFrame { picture, time: frame.time + self.delay, duration };
        self.writer.write(&frame)?;
        self.held = self.is_held.then_some(frame);
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> Result<(), ClipError> {
        let shortest = self.shortest;
        if let Some(frame) = self.held.take().filter(|frame| frame.duration / HOLD > shortest) {
            // ffmpeg guesses how long the last frame is shown: as the shortest.
            let time = frame.time + frame.duration - shortest;
            self.writer.write(&ClipFrame { time, duration: shortest, ..frame })?;
        }
        Box::new(self.writer).finish()
    }
}

/// The picture laid over black.
fn over_black(picture: &Picture) -> Picture {
    if !picture.has_alpha() {
        return picture.clone();
    }
    let pixels = picture.pixels().to_rgba8();
    let mut opaque = RgbImage::new(pixels.width(), pixels.height());
    for (to, from) in opaque.pixels_mut().zip(pixels.pixels()) {
        let [red, green, blue, alpha] = from.0.map(u32::from);
        to.0 = [red, green, blue].map(|value| ((value * alpha + 127) / 255) as u8);
    }
    Picture::new(DynamicImage::from(opaque))
}
