//! Reads a picture from a file.
//!
//! The format is detected from the content, never from the file name. Files are untrusted, so everything that can be
//! checked before memory is allocated is checked, and a decoder's panic is reported as a damaged file.

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use image::ImageFormat;
use image::metadata::Orientation;

use self::decoded_image::DecodedImage;
use self::format::InputFormat;
use self::limits::GIB;
use self::with_image::decode_with_image;
use super::checksum::Checksum;
use super::error::{PictureError, Problem};
use super::map_file::MapFile;
use super::map_place::MapPlace;
use super::metadata::{Exif, recipe_in};
use super::path::{file_name, lower_ending};
use super::pixels::Picture;
use super::profile;
use super::style_file::StyleFile;
use super::style_map::{MapPainting, StyleMap};

mod alpha;
mod bmp;
mod decoded_image;
mod format;
mod guard;
mod head;
mod heif;
mod jpeg;
mod jxl;
mod limits;
mod orientation;
mod place;
mod png;
mod tiff;
mod webp;
mod with_image;

pub use self::head::head;
pub use self::limits::{LARGEST_FILE, LONGEST_SIDE, MOST_PIXELS};

/// The usual extensions of readable files, in lower case and without the dot, for the filters of file dialogs. Formats
/// are detected from the content.
pub const ENDINGS: [&str; 17] = [
    "png", "jpg", "jpeg", "jpe", "jfif", "heic", "heif", "hif", "avif", "jxl", "webp", "tif", "tiff", "bmp", "dib",
    "gif", "style",
];

/// Whether a file's name ends as those of readable files do.
pub fn is_picture_name(path: &Path) -> bool {
    ENDINGS.contains(&lower_ending(path).as_str())
}

/// The picture and the metadata of a file.
#[derive(Clone, Debug)]
pub struct PictureFile {
    /// The picture.
    pub picture: Picture,
    /// The checksum of the whole file.
    pub checksum: Checksum,
    /// EXIF data that may be copied to the painting.
    pub exif: Option<Exif>,
    /// The recipe of the painting, if this program painted the picture.
    pub recipe: Option<String>,
    /// Whether the picture is turned or mirrored compared with the pixels in the file, as its EXIF data says.
    pub is_turned: bool,
}

/// Reads the picture in the file `path`: PNG, JPEG, WebP, TIFF, BMP, GIF (the first frame), HEIC, AVIF or JPEG XL; or the picture
/// at a place on a style map, which a path such as `art.map@0.5,-1` names.
///
/// The picture is upright and in sRGB. It has 16 bits per channel if the file has more than 8; float values are clamped
/// to 0..=1.
///
/// # Errors
///
/// If the file cannot be read, its format is not supported, it exceeds the limits, or it is truncated or damaged.
pub fn open(path: &Path) -> Result<Picture, PictureError> {
    read(path).map(|file| file.picture)
}

/// Decodes the picture in `bytes`, the content of a file, like [`open`]; error messages use `name` as the path.
///
/// # Errors
///
/// As for [`open`].
pub fn from_bytes(bytes: &[u8], name: &str) -> Result<Picture, PictureError> {
    decode(bytes.to_vec()).map(|file| file.picture).map_err(|problem| PictureError::new(problem, name))
}

/// Decodes a painting in a style map.
///
/// # Errors
///
/// If it is damaged.
pub fn map_painting(painting: &MapPainting) -> Result<Picture, Problem> {
    let bytes = painting.picture.clone();
    guard::run(guard::time_limit(bytes.len()), move || place::painting(&bytes))
}

/// Reads the picture and the metadata of the file `path`, like [`open`].
///
/// # Errors
///
/// As for [`open`].
pub fn read(path: &Path) -> Result<PictureFile, PictureError> {
    if let Some((map, place)) = map_place(path) {
        let bytes = read_file(&map).map_err(|problem| PictureError::new(problem, &map))?;
        let picture = guard::run(guard::time_limit(bytes.len()), move || decode_place(&bytes, &map, place));
        return picture.map_err(|problem| PictureError::new(problem, path));
    }
    read_file(path).and_then(decode).map_err(|problem| PictureError::new(problem, path))
}

/// The checksum of the picture file `path`, without a look at its pixels.
///
/// # Errors
///
/// If the file cannot be read, its format is not supported, or it is too large.
pub fn checksum(path: &Path) -> Result<Checksum, PictureError> {
    if let Some((map, place)) = map_place(path) {
        let bytes = read_file(&map).map_err(|problem| PictureError::new(problem, &map))?;
        let place = on_map(&bytes, &map, place).map_err(|problem| PictureError::new(problem, path))?;
        return Ok(place.checksum());
    }
    let bytes = read_file(path).map_err(|problem| PictureError::new(problem, path))?;
    Ok(Checksum::of(&bytes))
}

/// The map and the place that a path names, unless it is that of a file.
fn map_place(path: &Path) -> Option<(PathBuf, [f32; 2])> {
    MapPlace::in_path(path).filter(|_| !path.exists())
}

/// Whether a file that begins with `head` is in a format that [`open`] reads.
pub fn is_picture(head: &[u8]) -> bool {
    InputFormat::of(head).is_ok()
}

fn read_file(path: &Path) -> Result<Vec<u8>, Problem> {
    // Check before opening: opening a pipe blocks until another process writes to it.
    let metadata = fs::metadata(path).map_err(Problem::reading)?;
    if metadata.is_dir() {
        return Err(Problem::IsFolder);
    }
    if !metadata.is_file() {
        return Err(Problem::NotAFile);
    }
    check_file_size(metadata.len())?;
    let mut file = File::open(path).map_err(Problem::reading)?;
    let mut bytes = Vec::new();
    let signature = (&mut file).take(format::SIGNATURE as u64).read_to_end(&mut bytes);
    signature.map_err(Problem::reading)?;
    // Check the format before reading the rest, which may be a video of gigabytes.
    InputFormat::of(&bytes)?;
    bytes.reserve(metadata.len() as usize);
    // The limit also stops a file that grows while it is read.
    let rest = file.take(LARGEST_FILE).read_to_end(&mut bytes);
    rest.map_err(Problem::reading)?;
    Ok(bytes)
}

fn check_file_size(bytes: u64) -> Result<(), Problem> {
    if bytes > LARGEST_FILE {
        return Err(Problem::FileTooLarge { limit_gib: LARGEST_FILE / GIB });
    }
    Ok(())
}

fn decode(bytes: Vec<u8>) -> Result<PictureFile, Problem> {
    let format = InputFormat::of(&bytes)?;
    check_file_size(bytes.len() as u64)?;
    guard::run(guard::time_limit(bytes.len()), move || {
        if format == InputFormat::Style {
            return decode_style(&bytes);
        }
        let DecodedImage { pixels, orientation, icc, exif, xmp } = decode_as(format, &bytes)?;
        let mut pixels = profile::to_srgb(pixels, icc.as_deref());
        pixels.apply_orientation(orientation);
        Ok(PictureFile {
            picture: Picture::new(pixels),
            checksum: Checksum::of(&bytes),
            exif,
            recipe: xmp.and_then(|packet| recipe_in(&packet)),
            is_turned: orientation != Orientation::NoTransforms,
        })
    })
}

/// The picture of a trained style's paintings, which carries the style.
fn decode_style(bytes: &[u8]) -> Result<PictureFile, Problem> {
    let StyleFile { style, picture, .. } = StyleFile::parse(bytes)?;
    let format = InputFormat::of(&picture).map_err(|_| Problem::DamagedStyle)?;
    if !matches!(format, InputFormat::Png | InputFormat::Jpeg) {
        return Err(Problem::DamagedStyle);
    }
    let DecodedImage { pixels, .. } = decode_as(format, &picture).map_err(|_| Problem::DamagedStyle)?;
    let picture = Picture::new(pixels).with_trained_style(style);
    Ok(PictureFile { picture, checksum: Checksum::of(bytes), exif: None, recipe: None, is_turned: false })
}

/// The picture of the paintings near a place on a map, which carries the place.
fn decode_place(bytes: &[u8], map: &Path, place: [f32; 2]) -> Result<PictureFile, Problem> {
    let place = on_map(bytes, map, place)?;
    let checksum = place.checksum();
    let picture = place::picture_of(place)?;
    Ok(PictureFile { picture, checksum, exif: None, recipe: None, is_turned: false })
}

/// A place on the map in a file of this name.
fn on_map(bytes: &[u8], map: &Path, place: [f32; 2]) -> Result<MapPlace, Problem> {
    let on_map = MapPlace::new(Arc::new(MapFile::parse(bytes)?), file_name(map), place);
    on_map.ok_or(Problem::OutsideMap { reach: StyleMap::REACH })
}

fn decode_as(format: InputFormat, bytes: &[u8]) -> Result<DecodedImage, Problem> {
    if !is_whole(format, bytes) {
        return Err(Problem::CutOff);
    }
    match format {
        InputFormat::Jpeg => jpeg::decode(bytes),
        InputFormat::Tiff => tiff::decode(bytes),
        InputFormat::Png => png::decode(bytes),
        InputFormat::WebP => {
            decode_with_image(ImageFormat::WebP, "WebP", &webp::whole(bytes).ok_or(Problem::CutOff)?, None)
        }
        InputFormat::Bmp => bmp::decode(bytes),
        InputFormat::Gif => decode_with_image(ImageFormat::Gif, "GIF", bytes, None),
        InputFormat::Heif => heif::decode(bytes),
        InputFormat::JpegXl => jxl::decode(bytes),
        // Decoded as the pictures in them.
        InputFormat::Style => Err(Problem::DamagedStyle),
        InputFormat::Map => Err(Problem::MapWithoutPlace),
    }
}

/// Whether the file `bytes` is complete, as far as this is checked before decoding.
fn is_whole(format: InputFormat, bytes: &[u8]) -> bool {
    match format {
        InputFormat::Png => png::is_whole(bytes),
        // Checked by the decoders.
        _ => true,
    }
}
