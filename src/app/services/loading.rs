//! Makes pictures ready for their cards.

use std::path::Path;
use std::sync::Arc;

use crate::app::model::card::{LoadedPicture, THUMBNAIL_SIDE};
use crate::picture::path::file_name;
use crate::picture::{Picture, PictureError, decode, resize};
use crate::studio::nearest_paintings;
use crate::studio::project::{Place, Source};

/// A picture with its thumbnail.
pub(super) fn loaded(name: String, picture: Arc<Picture>, source: Source) -> LoadedPicture {
    let thumbnail = Arc::new(resize::thumbnail(&picture, THUMBNAIL_SIDE));
    let source = Source { near: nearest_paintings(&picture), ..source };
    LoadedPicture { name, path: None, picture, thumbnail, source, exif: None, recipe: None, one_of: None }
}

/// Reads a file as a picture.
pub(super) fn read_file(path: &Path) -> Result<LoadedPicture, PictureError> {
    let name = file_name(path);
    let file = decode::read(path)?;
    let place = Place::File(path.to_path_buf());
    let source = Source::new(name.clone(), Some(file.checksum), place);
    let loaded = loaded(name, Arc::new(file.picture), source);
    Ok(LoadedPicture { path: Some(path.to_path_buf()), exif: file.exif, recipe: file.recipe, ..loaded })
}
