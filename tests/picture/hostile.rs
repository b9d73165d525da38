//! Files that are not pictures, damaged pictures, and pictures that are too large.

use std::fs::{self, File};
use std::path::Path;

use image::{DynamicImage, RgbaImage};
use impasto::picture::decode::{self, LARGEST_FILE, LONGEST_SIDE, MOST_PIXELS};
use impasto::picture::{Picture, Problem};
use proptest::prelude::*;
use tiff::encoder::colortype;
use tiff::tags::Tag;

use crate::fixtures::{
    Extras, LOSSY_WEBP, bmp, exif, gif, jpeg, jpeg_of_blocks, pattern, png, raw_grey_tiff, raw_png, read, refusal,
    tiff, transparent_pattern, webp, with_last_chunk, with_segment,
};

use crate::formats::palette_tiff;
use crate::modern;

const CUT_OFF: &str = "the picture is cut off, its end is missing; copy or export it again";
const NOT_A_PICTURE: &str = "not a picture Impasto can read (PNG, JPEG, WebP, TIFF, BMP, GIF, HEIC, AVIF or JPEG XL)";

/// The message about the file `path`, without the path.
fn refusal_of(path: &Path) -> String {
    let message = decode::open(path).expect_err("the file must be refused").to_string();
    message.strip_suffix(&format!(": {}", path.display())).expect("the path is last").to_owned()
}

/// A small file of every format and encoding.
pub(crate) fn samples() -> Vec<(&'static str, Vec<u8>)> {
    const NO_EXTRAS: Extras = Extras { icc: None, exif: None };
    let icc = moxcms::ColorProfile::new_display_p3().encode().unwrap();
    let exif = exif(6, true);
    let extras = Extras { icc: Some(&icc), exif: Some(&exif) };
    let (opaque, transparent) = (pattern(19, 11), transparent_pattern(19, 11));
    let grey = DynamicImage::from(opaque.clone()).into_luma8();
    let sixteen_bit = DynamicImage::from(transparent.clone()).into_rgba16();
    let tiff_file = tiff::<colortype::RGB8>((19, 11), &opaque, &[(Tag::Orientation, 3)]);
    let predicted = tiff::<colortype::RGBA16>((19, 11), &sixteen_bit, &[(Tag::ExtraSamples, 2)]);
    vec![
        ("PNG", png(opaque.clone(), extras)),
        ("PNG of 16 bits with alpha", png(sixteen_bit.clone(), NO_EXTRAS)),
        ("PNG with EXIF at its end", with_last_chunk(&png(opaque.clone(), NO_EXTRAS), *b"eXIf", &exif)),
        ("JPEG", jpeg(opaque.clone(), extras)),
        ("grey JPEG", jpeg(grey, NO_EXTRAS)),
        ("YCCK JPEG", jpeg_of_blocks(&[[1, 2, 3, 4], [250, 2, 130, 99]], Some(2))),
        ("lossless WebP", webp(transparent.clone(), extras)),
        ("plain lossless WebP", webp(opaque.clone(), NO_EXTRAS)),
        ("lossy WebP", LOSSY_WEBP.to_vec()),
        ("TIFF", tiff_file),
        ("TIFF of 16 bits with alpha", predicted),
        ("raw TIFF", raw_grey_tiff((5, 3), &[8, 8], &[(Tag::ExtraSamples, 1)], &[7; 30])),
        ("TIFF with a palette", palette_tiff(4, &[[0xFF00, 0, 7], [0; 3], [0x1234, 0, 9]], &[0x01, 0x21], 4)),
        ("BMP", bmp(opaque)),
        ("BMP with alpha", bmp(transparent.clone())),
        ("GIF", gif([transparent.clone(), RgbaImage::new(19, 11)])),
    ]
}

#[test]
fn a_size_beyond_the_limits_is_refused_by_the_header() {
    let message = "the picture is 60000 × 60000 pixels; Impasto reads at most 32768 on a side and 300 million in all, \
                   so make it smaller first";
    let long = 60_000_u32;
    let claims_60000 = [
        raw_png(long, long, 8, 6, &[], &[0]),
        claiming(&jpeg_of_blocks(&[[1, 2, 3]], None), &[0xFF, 0xC0], 5, &[0xEA, 0x60, 0xEA, 0x60]),
        claiming(&gif([RgbaImage::new(1, 1)]), b"GIF89a", 6, &[0x60, 0xEA, 0x60, 0xEA]),
        claiming(&bmp(pattern(1, 1)), b"BM", 18, &[0x60, 0xEA, 0, 0, 0x60, 0xEA, 0, 0]),
        claiming(&LOSSY_WEBP, b"VP8X", 12, &[0x5F, 0xEA, 0, 0x5F, 0xEA, 0]),
        raw_grey_tiff((60_000, 60_000), &[8], &[], &[0]),
        claiming(&fs::read(modern::path("420.avif")).unwrap(), b"ispe", 8, &[0, 0, 0xEA, 0x60, 0, 0, 0xEA, 0x60]),
        jpeg_xl_header(60_000, 60_000),
    ];
    for file in claims_60000 {
        assert_eq!(refusal(&file), message);
    }
    // Each side is within the limit, but the number of pixels is not.
    assert!(refusal(&raw_png(20_000, 20_000, 1, 0, &[], &[0])).contains("20000 × 20000"));
    assert!(refusal(&raw_png(LONGEST_SIDE + 1, 1, 1, 0, &[], &[0])).contains("32769 × 1"));
    assert!(refusal(&fs::read(modern::path("wide.avif")).unwrap()).contains("33000 × 16"));
}

/// The header of a JPEG XL file with this size and defaults for everything else.
fn jpeg_xl_header(width: u32, height: u32) -> Vec<u8> {
    // The fields, lowest bit first: not small, a height of 18 bits, no ratio, a width of 18 bits, default metadata and
    // transform.
    let fields = [(0, 1), (2, 2), (height - 1, 18), (0, 3), (2, 2), (width - 1, 18), (1, 1), (1, 1)];
    let mut bits: Vec<bool> =
        fields.iter().flat_map(|(value, bits)| (0..*bits).map(move |bit| value >> bit & 1 == 1)).collect();
    bits.resize(bits.len().next_multiple_of(8) + 8 * 64, false);
    let bytes = bits.chunks(8).map(|bits| bits.iter().rev().fold(0, |byte, bit| byte << 1 | u8::from(*bit)));
    [0xFF, 0x0A].into_iter().chain(bytes).collect()
}

/// Found by fuzzing: the decoder invented two hundred million pixels, and was abandoned after ten seconds.
#[test]
fn a_jpeg_with_too_few_bytes_for_its_pixels_is_damaged() {
    let damaged = "the picture is damaged; copy or export it again";
    for file in [jpeg_of_blocks(&[[1, 2, 3]], None), jpeg_of_blocks(&[[1, 2, 3, 4]], Some(0))] {
        let claims_much = claiming(&file, &[0xFF, 0xC0], 5, &[0x2A, 0x00, 0x49, 0x49]);
        assert_eq!(refusal(&claims_much), damaged);
    }
    // The smallest file that an encoder writes for its size: a single colour.
    let flat = image::RgbImage::from_pixel(4096, 2048, image::Rgb([9, 80, 200]));
    let mut file = Vec::new();
    image::codecs::jpeg::JpegEncoder::new_with_quality(&mut file, 1).encode_image(&flat).unwrap();
    assert_eq!(read(&file).width(), 4096);
}

/// `file` with `claim` written `offset` bytes after the start of the first `mark`.
fn claiming(file: &[u8], mark: &[u8], offset: usize, claim: &[u8]) -> Vec<u8> {
    let mut file = file.to_vec();
    let start = file.windows(mark.len()).position(|window| window == mark).unwrap() + offset;
    file[start..start + claim.len()].copy_from_slice(claim);
    file
}

#[test]
fn a_picture_at_the_limits_is_read() {
    let row = vec![0; 1 + LONGEST_SIDE as usize / 8];
    let picture = read(&raw_png(LONGEST_SIDE, 1, 1, 0, &[], &row));
    assert_eq!((picture.width(), picture.height()), (LONGEST_SIDE, 1));
    const { assert!((LONGEST_SIDE as u64) < MOST_PIXELS) };
}

#[test]
fn a_picture_without_pixels_is_refused_as_damaged() {
    for file in [raw_png(0, 5, 8, 0, &[], &[0]), claiming(&gif([RgbaImage::new(1, 1)]), b"GIF89a", 6, &[0, 0, 0, 0])] {
        assert_eq!(refusal(&file), "the picture is damaged; copy or export it again");
    }
}

#[test]
fn files_that_are_not_pictures_get_a_fitting_message() {
    assert_eq!(refusal(b""), "the file is empty");
    for content in [&b"Dear diary, today I painted."[..], b"\x89PN", &[0; 40]] {
        assert_eq!(refusal(content), NOT_A_PICTURE);
    }
    let pdf = "Impasto does not read PDF files; export it as PNG, TIFF or JPEG";
    assert_eq!(refusal(b"%PDF-1.7 ..."), pdf);
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(refusal_of(&folder.path().join("missing.jpg")), "there is no such file");
    assert_eq!(refusal_of(&folder.path().join("missing/photo.jpg")), "there is no such file");
    assert_eq!(refusal_of(folder.path()), "this is a folder; choose a picture in it");
    let path = folder.path().join("empty.png");
    fs::write(&path, "").unwrap();
    assert_eq!(refusal_of(&path), "the file is empty");
    assert_eq!(refusal_of(&path.join("photo.jpg")), "there is no such file");
}

#[test]
fn a_huge_file_is_not_even_opened() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("huge.tif");
    // A sparse file takes no space on the disk.
    File::create(&path).unwrap().set_len(LARGEST_FILE + 1).unwrap();
    let message = "the file is larger than 2 GiB, the most Impasto reads; export the picture smaller";
    assert_eq!(refusal_of(&path), message);
}

#[test]
fn unsupported_kinds_of_jpeg_are_refused_by_name() {
    let file = jpeg_of_blocks(&[[1, 2, 3]], None);
    let sentence = "this kind of JPEG is one Impasto cannot read; save it again as a plain PNG, TIFF or JPEG";
    // Lossless, hierarchical, arithmetic, hierarchical and arithmetic, and JPEG-LS.
    for marker in [0xC3, 0xC5, 0xC9, 0xCF, 0xF7] {
        assert_eq!(refusal(&claiming(&file, &[0xFF, 0xC0], 1, &[marker])), sentence, "{marker:X}");
    }
}

#[cfg(unix)]
#[test]
fn pipes_and_sockets_are_refused_without_waiting() {
    let folder = tempfile::tempdir().unwrap();
    let message = "this is a device or a pipe, not a file; choose a picture file";
    let socket = folder.path().join("socket.png");
    let _listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
    assert_eq!(refusal_of(&socket), message);
    let pipe = folder.path().join("pipe.png");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status().is_ok_and(|status| status.success());
    if made {
        assert_eq!(refusal_of(&pipe), message);
    }
    // A link is treated like its target.
    let link = folder.path().join("link.png");
    std::os::unix::fs::symlink(&socket, &link).unwrap();
    assert_eq!(refusal_of(&link), message);
}

#[cfg(unix)]
#[test]
fn file_names_need_not_be_valid_unicode() {
    use std::os::unix::ffi::OsStrExt;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(std::ffi::OsStr::from_bytes(b"\xFFphoto.bmp"));
    fs::write(&path, bmp(pattern(2, 2))).unwrap();
    assert_eq!(decode::open(&path).unwrap().width(), 2);
}

#[test]
fn a_truncated_file_is_an_error_or_still_the_whole_picture() {
    for (name, file) in samples() {
        let whole = read(&file);
        for length in 0..file.len() {
            match decode::from_bytes(&file[..length], "cut") {
                // Some formats have more data after the pixels, which do not matter.
                Ok(picture) => assert!(are_alike(&picture, &whole), "{name} cut at {length}"),
                Err(error) => assert!(!matches!(error.problem(), Problem::ReadFailed(_)), "{name} cut at {length}"),
            }
        }
        assert_eq!(refusal(&file[..file.len() / 2]), CUT_OFF, "{name}");
    }
}

/// Whether two pictures are equal except for the rounding of decoders.
fn are_alike(one: &Picture, other: &Picture) -> bool {
    let (one, other) = (one.to_rgba8(), other.to_rgba8());
    one.len() == other.len() && one.iter().zip(&other).all(|(one, other)| one.abs_diff(*other) <= 3)
}

#[test]
fn a_jpeg_without_its_end_is_cut_off() {
    for (name, file) in samples().into_iter().filter(|(name, _)| name.contains("JPEG")) {
        // The end marker is two bytes; without it every pixel is still there.
        for length in file.len() - 2..file.len() {
            assert!(are_alike(&read(&file[..length]), &read(&file)), "{name} cut at {length}");
        }
        for length in 3..file.len() - 2 {
            assert_eq!(refusal(&file[..length]), CUT_OFF, "{name} cut at {length}");
        }
        // A download that reserved its space and stopped.
        let mut stopped = file.clone();
        stopped[file.len() * 3 / 4..].fill(0);
        assert_eq!(refusal(&stopped), CUT_OFF, "{name}");
    }
}

/// The JPEG files of [`crate::cases`] that can be read.
fn jpeg_cases() -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/picture/cases/jpeg");
    let paths = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let files = paths.filter(|path| path.extension().is_some_and(|ending| ending == "jpg"));
    let files = files.map(|path| (path.file_name().unwrap().display().to_string(), fs::read(path).unwrap()));
    files.filter(|(_, file)| decode::from_bytes(file, "case").is_ok()).collect()
}

#[test]
fn an_end_marker_does_not_make_a_truncated_jpeg_complete() {
    let made = samples().into_iter().filter(|(name, _)| name.contains("JPEG"));
    let made = made.map(|(name, file)| (name.to_owned(), file));
    for (name, file) in made.chain(jpeg_cases()) {
        // Halve the data of all scans together, and of the last scan.
        let starts: Vec<_> = (0..file.len() - 1).filter(|at| file[*at..*at + 2] == [0xFF, 0xDA]).collect();
        for start in [starts[0], *starts.last().unwrap()] {
            let header = 2 + usize::from(u16::from_be_bytes([file[start + 2], file[start + 3]]));
            let scan = start + header;
            let half = scan + (file.len() - 2 - scan) / 2;
            let cut = [&file[..half], &[0xFF, 0xD9]].concat();
            assert_eq!(refusal(&cut), CUT_OFF, "{name} cut at {half}");
        }
    }
}

#[test]
fn a_jpeg_that_lost_pixels_before_a_restart_marker_is_damaged() {
    let file =
        fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/picture/cases/jpeg/restart-scans.jpg")).unwrap();
    let markers: Vec<_> =
        (0..file.len() - 1).filter(|at| file[*at] == 0xFF && (0xD0..=0xD7).contains(&file[*at + 1])).collect();
    for pair in markers.windows(2) {
        // Remove the pixels of an interval, with and without its marker.
        for from in [pair[0] + 2, pair[0]] {
            let mut lost = file.clone();
            lost.drain(from..pair[1]);
            assert!(decode::from_bytes(&lost, "lost").is_err(), "{from} to {}", pair[1]);
        }
    }
}

#[test]
fn phones_may_append_to_a_jpeg() {
    let file = jpeg(pattern(24, 16), Extras::default());
    let whole = read(&file);
    let second = jpeg(pattern(8, 8), Extras::default());
    for appended in [&b"depth map"[..], &[0xFF], &[0; 500], &second, &second[..40]] {
        assert_eq!(read(&[&file, appended].concat()).pixels(), whole.pixels());
    }
    // A complete picture inside a segment is not mistaken for the main picture.
    let with_thumbnail = with_segment(&file, 0xE2, &second);
    assert_eq!(read(&with_thumbnail).pixels(), whole.pixels());
    assert_eq!(refusal(&with_thumbnail[..second.len() + 30]), CUT_OFF);
}

/// Whether `bytes` claim to be a picture that is too large for a quick test.
fn claims_much(bytes: &[u8]) -> bool {
    let reader = image::ImageReader::new(std::io::Cursor::new(bytes)).with_guessed_format();
    let size = reader.ok().and_then(|reader| reader.into_dimensions().ok());
    size.is_some_and(|(width, height)| u64::from(width) * u64::from(height) > 1 << 20)
}

/// Checks that `bytes` give a picture or an error that names the file.
fn check(bytes: &[u8]) -> Result<(), TestCaseError> {
    if claims_much(bytes) {
        return Ok(());
    }
    match decode::from_bytes(bytes, "damaged") {
        Ok(picture) => prop_assert_eq!(picture.to_planes().len(), 3 * pixels(&picture)),
        Err(error) => prop_assert!(error.to_string().ends_with(": damaged")),
    }
    Ok(())
}

fn pixels(picture: &Picture) -> usize {
    picture.width() as usize * picture.height() as usize
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn damage_is_an_error_or_a_picture(
        sample in 0..samples().len(),
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
    ) {
        let mut file = samples().swap_remove(sample).1;
        for (index, value) in damage {
            let index = index.index(file.len());
            file[index] = value;
        }
        check(&file)?;
    }

    #[test]
    fn noise_after_a_valid_beginning_is_an_error_or_a_picture(
        sample in 0..samples().len(),
        kept in any::<prop::sample::Index>(),
        noise in prop::collection::vec(any::<u8>(), 0..300),
    ) {
        let file = samples().swap_remove(sample).1;
        check(&[&file[..kept.index(file.len())], &noise].concat())?;
    }
}
