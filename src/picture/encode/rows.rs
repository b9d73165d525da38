//! Writes a picture that is painted row by row, so that a PNG file of any size needs little memory.

use std::borrow::Cow;
use std::io::Write;
use std::panic::resume_unwind;
use std::path::Path;
use std::sync::mpsc;
use std::thread;

use png::{BitDepth, ColorType, Compression, EncodingError, Info};

use super::error_recorder::ErrorRecorder;
use super::target::{Existing, save, write_whole_or};
use super::xmp_writer::XmpWriter;
use super::{Export, Format};
use crate::picture::Picture;
use crate::picture::error::{PictureError, Problem};
use crate::picture::profile;
use crate::picture::sample::Sample;

/// How many parts of a picture may wait for the encoder.
const WAITING: usize = 2;

/// Writes the picture that `paint` passes to its argument, from the top: rows x `width` x 3 numbers of 0..=1 at a time,
/// as many rows as it likes. It is written as atomically as by [`save`], and not at all where `paint` fails. PNG files
/// are written meanwhile, by a thread of their own; of other formats the whole picture is held in memory.
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
    export.format.check_size((width, height), 3 * export.bytes()).map_err(error)?;
    if export.format == Format::Png {
        return write_whole_or(path, existing, |file| {
            thread::scope(|scope| {
                let (sender, received) = mpsc::sync_channel::<Vec<u8>>(WAITING);
                let encode = move || encode_png(file, (width, height), export, received);
                let encoder = thread::Builder::new().name("impasto encoder".to_owned());
                let encoder = encoder.spawn_scoped(scope, encode).map_err(|failed| error(Problem::writing(failed)))?;
                let mut has_ended = false;
                let painted = paint(&mut |numbers| {
                    sender.send(png_bytes(numbers, export.sixteen_bit)).map_err(|_| {
                        has_ended = true;
                        error(Problem::WriteFailed("the encoder has ended".into()))
                    })
                });
                drop(sender);
                let encoded = encoder.join().unwrap_or_else(|panic| resume_unwind(panic));
                // An encoder that ended early says why; after another failure it only lacks rows.
                if !has_ended {
                    painted?;
                }
                Ok(encoded.map_err(error)?)
            })
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

/// Writes a PNG file from rows of samples.
fn encode_png(
    file: impl Write,
    size: (u32, u32),
    export: &Export,
    rows: mpsc::Receiver<Vec<u8>>,
) -> Result<(), Problem> {
    let mut file = ErrorRecorder::new(file);
    let encode = || -> Result<(), EncodingError> {
        let mut writer = begin_png(&mut file, size, export)?;
        let mut stream = writer.stream_writer()?;
        for bytes in rows {
            stream.write_all(&bytes)?;
        }
        stream.finish()?;
        writer.finish()
    };
    encode().map_err(|failed| match file.into_first_error() {
        Some(error) => Problem::writing(error),
        None => Problem::WriteFailed(failed.into()),
    })
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::picture::decode;

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

    /// A disk with space for so many bytes.
    struct SmallDisk(usize);

    impl Write for SmallDisk {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0 = self.0.checked_sub(bytes.len()).ok_or(std::io::ErrorKind::StorageFull)?;
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_full_disk_and_missing_rows_are_noticed() {
        let encode = |room: usize, rows: usize| {
            let (sender, received) = mpsc::sync_channel(SIZE.1 as usize);
            let bytes = png_bytes(&numbers(), false);
            bytes.chunks(3 * SIZE.0 as usize).take(rows).for_each(|row| sender.send(row.to_vec()).unwrap());
            drop(sender);
            encode_png(SmallDisk(room), SIZE, &Export::new(Format::Png), received)
        };
        let all = SIZE.1 as usize;
        assert!(encode(1 << 20, all).is_ok());
        let mut room = 0;
        while let Err(problem) = encode(room, all) {
            assert!(matches!(problem, Problem::DiskFull(_)), "{room}: {problem}");
            room += 7;
        }
        assert!(room > 300, "the file took {room} bytes");
        assert!(matches!(encode(1 << 20, all - 1), Err(Problem::WriteFailed(_))));
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
        let export = Export::new(Format::WebP);
        let path = folder.path().join("picture.webp");
        let too_large = save_rows(&path, (20_000, 16), &export, Existing::Refuse, paint).unwrap_err();
        assert!(matches!(too_large.problem(), Problem::TooLargeForFormat { .. }));
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
