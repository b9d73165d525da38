//! Reads folders of photos, painted pictures, and what painting a folder needs.

use std::path::Path;
use std::sync::Arc;

use super::loading;
use crate::app::model::card::{LoadedPicture, OneOf};
use crate::app::model::folder::FolderJob;
use crate::app::model::folder_painting::ReadResult;
use crate::app::model::photo_folder::PhotoFolder;
use crate::clip::is_numbered;
use crate::picture::resize::thumbnail;
use crate::picture::{Picture, PictureError, decode};
use crate::studio::batch::{
    BatchChoices, BatchError, BatchOrder, BatchOutput, BatchPainting, DataSet, DataSetChoices, ItemReport,
    find_contents,
};

/// How many photos are tried, until one can be read, to be shown first.
const TRIED: usize = 20;

/// Long side in pixels of a thumbnail in the list of pictures.
const ROW_SIDE: u32 = 128;

/// Opens a folder of photos, with the first one that can be read as the picture.
pub(super) fn open(path: &Path) -> Result<LoadedPicture, String> {
    let contents = find_contents(&[path.to_path_buf()], None).map_err(|error| error.to_string())?;
    let photos = contents.into_iter().map(|content| content.path).collect();
    let folder = Arc::new(PhotoFolder { path: path.to_path_buf(), photos, may_be_clip: is_numbered(path) });
    let mut photos = (0..folder.photos.len().min(TRIED)).map(|index| photo(&folder, index));
    let first = photos.next().unwrap_or_else(|| unreachable!("a folder without photos is refused"));
    first.or_else(|sentence| photos.find_map(Result::ok).ok_or(sentence))
}

/// Reads the photo at an index of a folder.
pub(super) fn photo(folder: &Arc<PhotoFolder>, index: usize) -> Result<LoadedPicture, String> {
    let path = folder.photos.get(index).ok_or("there is no such photo in the folder")?;
    let one_of = Some(OneOf::Folder { folder: Arc::clone(folder), index });
    let loaded = loading::read_file(path).map_err(|error| error.to_string())?;
    // A painted picture among the photos is a photo like the others.
    Ok(LoadedPicture { one_of, recipe: None, ..loaded })
}

/// Reads a painted picture and its photo.
pub(super) fn result(report: &ItemReport) -> Result<ReadResult, String> {
    let read = || -> Result<ReadResult, PictureError> {
        let photo = Box::new(loading::read_file(&report.photo)?);
        Ok(ReadResult { photo, picture: Arc::new(decode::open(&report.picture)?) })
    };
    read().map_err(|error| error.to_string())
}

/// Reads the thumbnail of a picture for the list.
pub(super) fn row_thumbnail(path: &Path) -> Option<Arc<Picture>> {
    decode::open(path).ok().map(|picture| Arc::new(thumbnail(&picture, ROW_SIDE)))
}

/// What to paint for a job; called on the thread that paints.
pub(super) fn plan(job: FolderJob) -> Result<BatchOrder, String> {
    order(job).map_err(|error| error.to_string())
}

fn order(job: FolderJob) -> Result<BatchOrder, BatchError> {
    let FolderJob { folder, choices, settings, hardware, inputs, disclosure } = job;
    let output = Some(choices.output.as_path());
    // The photos may have changed since the folder was opened.
    let contents = find_contents(std::slice::from_ref(&folder.path), output)?;
    // Labels are in the pixels of the photos.
    let data_set = if choices.has_own_size {
        DataSet::find(&folder.path, &contents, output, DataSetChoices::default())?
    } else {
        None
    };
    let styles = inputs.paintings.iter().filter_map(|painting| {
        let LoadedPicture { name, picture, source, .. } = painting.source.loaded.as_ref()?;
        let (name, picture) = (name.clone(), Arc::clone(picture));
        let read = BatchPainting::Read { name, checksum: source.checksum, picture };
        Some(painting.with(read, None))
    });
    let size = (!choices.has_own_size).then_some(settings.size);
    let batch = BatchChoices { pairing: choices.pairing, size, ..BatchChoices::default() };
    let output = BatchOutput { folder: choices.output, format: choices.format, disclosure, may_replace: false };
    BatchOrder::new((contents, data_set), styles.collect(), (batch, settings), hardware, output)
}
