//! Writes a picture that is painted row by row, so that a PNG file of any size needs little memory.

use std::borrow::Cow;
use std::io::Write;
use std::path::Path;

use png::{BitDepth, ColorType, Compression, EncodingError, Info};

use super::target::{Existing, save, write_whole_or};
use super::xmp_writer::XmpWriter;
use super::{Export, Format};
use crate::picture::Picture;
use crate::picture::error::{PictureError, Problem};
use crate::picture::profile;
use crate::picture::sample::Sample;

/// Writes the picture that `paint` passes to its argument, from the top: rows x `width` x 3 numbers of 0..=1 at a time,
/// as many rows as it likes. It is written as atomically as by [`save`], and not at all where `paint` fails. PNG files
/// are written meanwhile; of other formats the whole picture is held in memory.
///
/// # Errors
/// The error of `paint`, and those of [`save`].
pub fn save_rows<E: From<PictureError>>(
    path: &Path,
    (width, height): (u32, u32),
    export: &Export,
    existing: Existing,
    paint: impl FnOnce(&mut (dyn FnMut(&[f32]) -> Result<(), PictureError> + Send)) -> Result<(), E>,
) -> Result<(), E> {
    let error = |problem| PictureError::new(problem, path);
    export.format.check_sides((width, height)).map_err(error)?;
    if export.format == Format::Png {
        return write_whole_or(path, existing, |file| {
            let encoding_error = |failed| error(problem(failed));
            let mut writer = begin_png(file, (width, height), export).map_err(encoding_error)?;
            let mut rows = writer.stream_writer().map_err(encoding_error)?;
            paint(&mut |numbers| {
                let bytes = png_bytes(numbers, export.sixteen_bit);
                rows.write_all(&bytes).map_err(|failed| error(Problem::writing(failed)))
            })?;
            rows.finish().and_then(|()| writer.finish()).map_err(encoding_error)?;
            Ok(())
        });
    }
    let picture =
        if export.sixteen_bit { held::<u16, E>((width, height), paint) } else { held::<u8, E>((width, height), paint) };
    Ok(save(path, &picture?, export, existing)?)
}

/// The whole picture.
fn held<S: Sample, E>(
    (width, height): (u32, u32),
    paint: impl FnOnce(&mut (dyn FnMut(&[f32]) -> Result<(), PictureError> + Send)) -> Result<(), E>,
) -> Result<Picture, E> {
    let mut samples = Vec::with_capacity(3 * width as usize * height as usize);
    paint(&mut |numbers| {
        samples.extend(numbers.iter().map(|&number| S::from_unit(number)));
        Ok(())
    })?;
    Ok(Picture::new(S::image(width, height, 3, samples).expect("all rows were painted")))
}

/// Begins a PNG file.
fn begin_png<W: Write>(
    file: W,
    (width, height): (u32, u32),
    export: &Export,
) -> Result<png::Writer<XmpWriter<W>>, EncodingError> {
    let packet = export.metadata.provenance.as_ref().map(|provenance| provenance.packet_within(usize::MAX));
    let mut info = Info::with_size(width, height);
    info.color_type = ColorType::Rgb;
    info.bit_depth = if export.sixteen_bit { BitDepth::Sixteen } else { BitDepth::Eight };
    info.icc_profile = Some(Cow::Owned(profile::srgb()));
    info.exif_metadata = export.metadata.exif.as_ref().map(|exif| Cow::Owned(exif.bytes().to_vec()));
    let mut encoder = png::Encoder::with_info(XmpWriter::for_png(file, packet.as_deref()), info)?;
    // As in files that are written at once.
    encoder.set_compression(Compression::Fast);
    encoder.write_header()
}

/// Samples as PNG files hold them.
fn png_bytes(numbers: &[f32], sixteen_bit: bool) -> Vec<u8> {
    if sixteen_bit {
        numbers.iter().flat_map(|&number| u16::from_unit(number).to_be_bytes()).collect()
    } else {
        numbers.iter().map(|&number| u8::from_unit(number)).collect()
    }
}

fn problem(error: EncodingError) -> Problem {
    match error {
        EncodingError::IoError(error) => Problem::writing(error),
        error => Problem::WriteFailed(error.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::picture::decode;
    use crate::picture::metadata::Metadata;

    const SIZE: (u32, u32) = (50, 70);

    fn numbers() -> Vec<f32> {
        (0..3 * SIZE.0 * SIZE.1).map(|at| (at % 977) as f32 / 976.0).collect()
    }

    fn paint(sink: &mut (dyn FnMut(&[f32]) -> Result<(), PictureError> + Send)) -> Result<(), PictureError> {
        numbers().chunks(3 * SIZE.0 as usize * 16).try_for_each(sink)
    }

    #[test]
    fn rows_become_the_picture_that_is_written_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let numbers = numbers();
        let plane = |channel: usize| numbers.iter().skip(channel).step_by(3).copied();
        let planes: Vec<f32> = plane(0).chain(plane(1)).chain(plane(2)).collect();
        let picture = Picture::from_planes(SIZE.0, SIZE.1, &planes);
        for format in Format::ALL {
            for sixteen_bit in [false, true] {
                let export = Export { sixteen_bit, ..Export::new(format) };
                let [rows, whole] = ["rows", "whole"]
                    .map(|name| folder.path().join(format!("{name}-{sixteen_bit}.{}", format.ending())));
                save_rows(&rows, SIZE, &export, Existing::Refuse, paint).unwrap();
                save(&whole, &picture, &export, Existing::Refuse).unwrap();
                let [rows, whole] = [rows, whole].map(|path| decode::open(&path).unwrap());
                assert!(rows.pixels() == whole.pixels(), "{format:?} {sixteen_bit}");
            }
        }
    }

    #[test]
    fn a_failure_leaves_no_file() {
        let folder = tempfile::tempdir().unwrap();
        for format in Format::ALL {
            let path = folder.path().join(format!("picture.{}", format.ending()));
            let failed = save_rows(&path, SIZE, &Export::new(format), Existing::Refuse, |sink| {
                sink(&numbers()[..3 * SIZE.0 as usize])?;
                Err(PictureError::new(Problem::Missing, "a photo"))
            });
            assert!(matches!(failed.unwrap_err().problem(), Problem::Missing));
        }
        let export = Export { metadata: Metadata::default(), ..Export::new(Format::WebP) };
        let path = folder.path().join("picture.webp");
        let too_large = save_rows(&path, (20_000, 16), &export, Existing::Refuse, paint).unwrap_err();
        assert!(matches!(too_large.problem(), Problem::TooLargeForFormat { .. }));
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
