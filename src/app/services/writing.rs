//! Writes exported pictures and projects, on the thread for files.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use image::{DynamicImage, RgbaImage};

use crate::app::model::canvas::CanvasImage;
use crate::app::model::document::{ProjectFile, ProjectJob, Stamp};
use crate::app::model::export::{ExportJob, ExportedFile, SaveError};
use crate::picture::encode::{self, Existing, Export};
use crate::picture::metadata::Metadata;
use crate::picture::path::is_same_file;
use crate::picture::{Format, Picture, PictureError, Problem, resize};
use crate::studio::WrittenRecipe;
use crate::studio::project::ProjectError;

pub(super) fn picture(job: &ExportJob) -> Result<ExportedFile, SaveError> {
    if let Some(input) = input_at(&job.path, &job.inputs) {
        return Err(SaveError::Failed(format!(
            "the picture is painted from this file, so it is not overwritten; choose another name: {}",
            input.display()
        )));
    }
    let refused = |error: &PictureError| match error.problem() {
        Problem::TargetExists => SaveError::Exists(job.path.clone()),
        _ => SaveError::Failed(error.to_string()),
    };
    Format::from_path(&job.path).map_err(|error| refused(&error))?;
    let mut picture = match &job.image {
        CanvasImage::Picture(picture) => Arc::clone(picture),
        CanvasImage::Frame(frame) => {
            let image = RgbaImage::from_raw(frame.width, frame.height, frame.rgba.clone());
            let incomplete = || SaveError::Failed("the picture so far is incomplete; try again".to_owned());
            let image = image.ok_or_else(incomplete)?;
            Arc::new(Picture::new(DynamicImage::ImageRgba8(image)))
        }
    };
    if let Some(long_side) = job.long_side {
        let (width, height) = resize::fit_size(picture.width(), picture.height(), long_side);
        picture = Arc::new(resize::resize(&picture, width, height));
    }
    let provenance = WrittenRecipe::of_setup(&job.setup).map(WrittenRecipe::provenance);
    let metadata = Metadata { provenance, exif: job.exif.clone() }.limited_to(job.disclosure);
    let export = Export { metadata, ..job.encoding.clone() };
    encode::save(&job.path, &picture, &export, existing(job.replace)).map_err(|error| refused(&error))?;
    Ok(ExportedFile { path: job.path.clone(), width: picture.width(), height: picture.height() })
}

pub(super) fn project(job: &ProjectJob) -> Result<ProjectFile, SaveError> {
    if let Some(input) = input_at(&job.path, &job.inputs) {
        return Err(SaveError::Failed(format!(
            "this file is one of the pictures, so it is not overwritten; choose another name: {}",
            input.display()
        )));
    }
    let now = stamp(&job.path);
    if job.known.is_some() && now.is_some() && job.known != now {
        return Err(SaveError::ChangedOutside(job.path.clone()));
    }
    job.project.save(&job.path, existing(job.replace)).map_err(|error| match &error {
        ProjectError::Picture(picture) if matches!(picture.problem(), Problem::TargetExists) => {
            SaveError::Exists(job.path.clone())
        }
        _ => SaveError::Failed(error.to_string()),
    })?;
    Ok(ProjectFile { path: job.path.clone(), stamp: stamp(&job.path) })
}

/// The modification time and length of a file.
pub(super) fn stamp(path: &Path) -> Option<Stamp> {
    let metadata = path.metadata().ok()?;
    Some((metadata.modified().ok()?, metadata.len()))
}

/// The input that is the same file as `path`.
fn input_at<'a>(path: &Path, inputs: &'a [PathBuf]) -> Option<&'a PathBuf> {
    inputs.iter().find(|input| is_same_file(input, path))
}

fn existing(replace: bool) -> Existing {
    if replace { Existing::Replace } else { Existing::Refuse }
}
