//! Reads frames of clips, and what painting a clip needs.

use std::path::Path;
use std::sync::Arc;

use crate::app::model::card::{LoadedPicture, OneOf, ReadFrame, THUMBNAIL_SIDE};
use crate::app::model::clip::ClipJob;
use crate::clip::{ClipError, ClipSource};
use crate::picture::metadata::Metadata;
use crate::picture::path::file_name;
use crate::picture::resize::thumbnail;
use crate::studio::project::{Place, Source, StoredPicture};
use crate::studio::video::{VideoError, VideoOrder, VideoOutput, VideoPlace, VideoPlan};
use crate::studio::{Hardware, Ingredients, Subject, WrittenRecipe};

/// Opens a file as a clip, with its first frame as the picture; `None` if it is a still picture.
pub(super) fn open(path: &Path, ffmpeg_folder: Option<&Path>) -> Option<Result<LoadedPicture, String>> {
    if !ClipSource::may_be(path) {
        return None;
    }
    let open = || -> Result<LoadedPicture, ClipError> {
        let clip = Arc::new(ClipSource::open(path, ffmpeg_folder, None)?);
        let ReadFrame { picture, thumbnail } = frame(&clip, 0.0)?;
        let (name, place) = (file_name(path), Place::Inside(StoredPicture::of(Arc::clone(&picture))));
        let source = Source::new(name.clone(), None, place);
        let (path, one_of) = (Some(path.to_path_buf()), Some(OneOf::Clip { clip, time: 0.0 }));
        Ok(LoadedPicture { name, path, picture, thumbnail, source, exif: None, recipe: None, one_of })
    };
    match open() {
        Err(ClipError::Still(_)) => None,
        opened => Some(opened.map_err(|error| error.to_string())),
    }
}

/// Reads the frame at a time, in seconds from the first.
pub(super) fn frame(clip: &ClipSource, time: f64) -> Result<ReadFrame, ClipError> {
    let picture = Arc::new(clip.frame_at(time)?);
    Ok(ReadFrame { thumbnail: Arc::new(thumbnail(&picture, THUMBNAIL_SIDE)), picture })
}

/// What to paint for a job, and where to; called on the thread that paints.
pub(super) fn plan(job: ClipJob) -> Result<VideoPlan, String> {
    plan_of(job).map_err(|error| error.to_string())
}

fn plan_of(job: ClipJob) -> Result<VideoPlan, VideoError> {
    let ClipJob { source, recipe, inputs, choices, output, disclosure } = job;
    // Frames of another painting are replaced only with the clip about which the dialog has asked.
    let may_replace = output.may_replace && output.path.exists();
    let output = VideoOutput { may_replace, ..output };
    output.check(source.path())?;
    output.check_folder(&source)?;
    let Ingredients { subject, styles, settings, hardware, .. } = recipe.ingredients();
    let protect = match subject {
        Subject::Photo { protect, .. } => protect.clone(),
        Subject::Texture { .. } => None,
    };
    let hardware = Hardware { low_priority: true, ..*hardware };
    let order = VideoOrder::new(source, (styles.clone(), protect), settings, choices, hardware)?;
    let provenance = WrittenRecipe::of_setup(&inputs.setup).map(WrittenRecipe::provenance);
    let provenance = Metadata { provenance, exif: None }.limited_to(disclosure).provenance;
    let place = VideoPlace::new(&order, &output, provenance, disclosure)?;
    Ok(VideoPlan { order, place })
}
