//! One way to write every clip: with ffmpeg, or without where it is not needed.

use std::path::{Path, PathBuf};

use super::animation::{AnimationFormat, AnimationWriter};
use super::coded::CodedWriter;
use super::error::ClipError;
use super::ffmpeg::{Ffmpeg, FfmpegWriter, Sidecar, VideoCodec};
use super::format::ClipFormat;
use super::frame::FrameWriter;
use super::info::ClipInfo;
use super::sequence::SequenceWriter;
use crate::picture::Format;
use crate::picture::encode::Export;

/// A clip to write. Frames are given with the time stamps and the size of `info`, whatever the format.
///
/// A film without transparency gets transparent pixels laid over black; JPEG pictures get them laid over white.
/// GIF and WebP have coarser time stamps: these are rounded, so that no error adds up. A GIF lacks frames that would be
/// shown for less than 2/100 of a second, which programs show for 10/100, unless `info` counts hundredths itself. A film
/// of an animation has its last frame twice if that is held.
#[derive(Clone, Debug)]
pub struct ClipTarget {
    /// The file, folder or pattern. An existing file is overwritten.
    pub path: PathBuf,
    /// The format.
    pub format: ClipFormat,
    /// What is written: size, time base, transparency, colours, and how often it plays.
    pub info: ClipInfo,
    /// Where ffmpeg is looked for first, if it is needed.
    pub ffmpeg_folder: Option<PathBuf>,
    /// The clip whose sound, subtitles and metadata are copied into a film.
    pub sidecar: Option<Sidecar>,
    /// Metadata of a film, by name.
    pub tags: Vec<(&'static str, String)>,
    /// The XMP packet of an animation.
    pub xmp: Option<String>,
    /// How pictures are written, with their metadata; its format is that of `format`.
    pub export: Export,
    /// The names of the first pictures in a folder; their endings are replaced.
    pub names: Vec<String>,
}

impl ClipTarget {
    /// Without anything beside the frames.
    pub fn new(path: &Path, format: ClipFormat, info: &ClipInfo) -> Self {
        let pictures = if let ClipFormat::Pictures(pictures) = format { pictures } else { Format::Png };
        Self {
            path: path.to_path_buf(),
            format,
            info: info.clone(),
            ffmpeg_folder: None,
            sidecar: None,
            tags: Vec::new(),
            xmp: None,
            export: Export::new(pictures),
            names: Vec::new(),
        }
    }

    /// Begins to write.
    ///
    /// # Errors
    /// When the file or folder cannot be written, the format does not hold such frames, or ffmpeg is needed and
    /// missing.
    pub fn create(&self) -> Result<Box<dyn FrameWriter>, ClipError> {
        match self.format {
            ClipFormat::Coded(codec) => Ok(Box::new(self.coded(codec)?)),
            ClipFormat::Pictures(format) => {
                let export = Export { format, ..self.export.clone() };
                Ok(Box::new(SequenceWriter::create(&self.path, &self.names, &export)?))
            }
            ClipFormat::Gif => self.animation(AnimationFormat::Gif),
            ClipFormat::Apng => self.animation(AnimationFormat::Apng),
            ClipFormat::WebP => self.animation(AnimationFormat::WebP),
        }
    }

    fn animation(&self, format: AnimationFormat) -> Result<Box<dyn FrameWriter>, ClipError> {
        Ok(Box::new(AnimationWriter::create(&self.path, format, &self.info, self.xmp.as_deref())?))
    }

    fn coded(&self, codec: VideoCodec) -> Result<CodedWriter, ClipError> {
        let ffmpeg = Ffmpeg::find(self.ffmpeg_folder.as_deref())?;
        let has_alpha = self.info.has_alpha && self.format.keeps_alpha(&self.path);
        let info = ClipInfo { has_alpha, ..self.info.clone() };
        let writer = FfmpegWriter::create(&ffmpeg, &self.path, codec, &info, self.sidecar.as_ref(), &self.tags)?;
        // Only animations say how often they play.
        let is_animation = info.plays.is_some();
        Ok(CodedWriter::new(writer, info.time_base, self.info.has_alpha && !has_alpha, is_animation))
    }
}
