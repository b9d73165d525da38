//! From a file to a picture.
//!
//! The format is told from the content, never from the name. Decoders get files from anywhere, so
//! everything that can be checked before memory is spent is checked, and a decoder that panics has
//! only found a damaged file.

use std::fs::{self, File};
use std::io::Read;
use std::path::Path;

use image::ImageFormat;

use self::decoded::Decoded;
use self::format::Format;
use self::limits::GIB;
use self::with_image::decode_with_image;
use super::checksum::Checksum;
use super::error::{PictureError, Problem};
use super::metadata::{Exif, recipe_in};
use super::pixels::Picture;
use super::profile;

mod bmp;
mod decoded;
mod format;
mod guarded;
mod heif;
mod jpeg;
mod jxl;
mod limits;
mod orientation;
mod png;
mod premultiplied;
mod tiff;
mod webp;
mod with_image;

pub use self::limits::{LARGEST_FILE, LONGEST_SIDE, MOST_PIXELS};

/// The usual endings of the names of files that are read, in lower case and without the point. A file is told by its
/// content; these are for dialogs that show some files only.
pub const ENDINGS: [&str; 16] = [
    "png", "jpg", "jpeg", "jpe", "jfif", "heic", "heif", "hif", "avif", "jxl", "webp", "tif", "tiff", "bmp", "dib",
    "gif",
];

/// A picture file that was read, with what it says beside its pixels.
#[derive(Clone, Debug)]
pub struct PictureFile {
    /// The picture.
    pub picture: Picture,
    /// What tells the file from every other.
    pub checksum: Checksum,
    /// What the camera noted, as far as it may be handed on.
    pub exif: Option<Exif>,
    /// How the picture was painted, when this program painted it.
    pub recipe: Option<String>,
}

/// Reads the picture in the file `path`: PNG, JPEG, WebP, TIFF, BMP, GIF (its first frame), HEIC, AVIF or JPEG XL.
///
/// The picture comes upright, in sRGB and, from a file of more than 8 bits, with 16 bits; float
/// values are clamped to 0..=1.
pub fn open(path: &Path) -> Result<Picture, PictureError> {
    read(path).map(|file| file.picture)
}

/// Reads the picture in `bytes`, the content of a file, as [`open`] does; `name` stands for the
/// path in messages.
pub fn from_bytes(bytes: &[u8], name: &str) -> Result<Picture, PictureError> {
    decode(bytes.to_vec()).map(|file| file.picture).map_err(|problem| PictureError::new(problem, name))
}

/// Reads the picture in the file `path` as [`open`] does, and what the file says beside its pixels.
pub fn read(path: &Path) -> Result<PictureFile, PictureError> {
    read_file(path).and_then(decode).map_err(|problem| PictureError::new(problem, path))
}

fn read_file(path: &Path) -> Result<Vec<u8>, Problem> {
    // Before opening: to open a pipe is to wait for somebody to write to it.
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
    // Before the rest, which may be a film of gigabytes.
    Format::of(&bytes)?;
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
    let format = Format::of(&bytes)?;
    check_file_size(bytes.len() as u64)?;
    guarded::guarded(guarded::time_limit(bytes.len()), move || {
        let Decoded { pixels, orientation, icc, exif, xmp } = decode_as(format, &bytes)?;
        let mut pixels = profile::to_srgb(pixels, icc.as_deref());
        pixels.apply_orientation(orientation);
        Ok(PictureFile {
            picture: Picture::new(pixels),
            checksum: Checksum::of(&bytes),
            exif,
            recipe: xmp.and_then(|packet| recipe_in(&packet)),
        })
    })
}

fn decode_as(format: Format, bytes: &[u8]) -> Result<Decoded, Problem> {
    if !is_whole(format, bytes) {
        return Err(Problem::CutOff);
    }
    match format {
        Format::Jpeg => jpeg::decode(bytes),
        Format::Tiff => tiff::decode(bytes),
        Format::Png => png::decode(bytes),
        Format::WebP => decode_with_image(ImageFormat::WebP, "WebP", &webp::whole(bytes).ok_or(Problem::CutOff)?, None),
        Format::Bmp => bmp::decode(bytes),
        Format::Gif => decode_with_image(ImageFormat::Gif, "GIF", bytes, None),
        Format::Heif => heif::decode(bytes),
        Format::JpegXl => jxl::decode(bytes),
    }
}

/// Whether the file `bytes` goes on to its end, as far as its format tells.
fn is_whole(format: Format, bytes: &[u8]) -> bool {
    match format {
        Format::Png => png::is_whole(bytes),
        // Their decoders notice.
        _ => true,
    }
}
