//! Test pictures and files, built byte by byte where no encoder can write them.

use std::io::Cursor;

use image::codecs::bmp::BmpEncoder;
use image::codecs::gif::GifEncoder;
use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::PngEncoder;
use image::codecs::webp::WebPEncoder;
use image::{DynamicImage, Frame, ImageEncoder, RgbImage, RgbaImage};
use impasto::picture::{Picture, decode};
use tiff::encoder::colortype::ColorType;
use tiff::encoder::{Compression, DeflateLevel, TiffEncoder, TiffValue};
use tiff::tags::Tag;

/// Opens `bytes`, which must be a picture.
pub(crate) fn read(bytes: &[u8]) -> Picture {
    decode::from_bytes(bytes, "made.file").unwrap_or_else(|error| panic!("{error}, {error:?}"))
}

/// The message about `bytes`, which must not be a picture, without the name.
pub(crate) fn refusal(bytes: &[u8]) -> String {
    let error = decode::from_bytes(bytes, "made.file").expect_err("the file must be refused");
    let message = error.to_string();
    message.strip_suffix(": made.file").expect("the name is last").to_owned()
}

/// A picture without symmetries, in which neighbouring pixels differ, and so do the channels.
pub(crate) fn pattern(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, y| {
        image::Rgb([(x * 37 + y * 11) as u8, (x * 5 + y * 71 + 40) as u8, (x * y * 3 + 90) as u8])
    })
}

/// [`pattern`] with many values of alpha.
pub(crate) fn transparent_pattern(width: u32, height: u32) -> RgbaImage {
    let pattern = pattern(width, height);
    RgbaImage::from_fn(width, height, |x, y| {
        let [red, green, blue] = pattern.get_pixel(x, y).0;
        image::Rgba([red, green, blue, (x * 29 + y * 83) as u8])
    })
}

/// Data to write into a file besides the pixels.
#[derive(Clone, Copy, Default)]
pub(crate) struct Extras<'a> {
    pub(crate) icc: Option<&'a [u8]>,
    pub(crate) exif: Option<&'a [u8]>,
}

fn encode(mut encoder: impl ImageEncoder, pixels: &DynamicImage, extras: Extras) {
    if let Some(icc) = extras.icc {
        encoder.set_icc_profile(icc.to_vec()).unwrap();
    }
    if let Some(exif) = extras.exif {
        encoder.set_exif_metadata(exif.to_vec()).unwrap();
    }
    encoder.write_image(pixels.as_bytes(), pixels.width(), pixels.height(), pixels.color().into()).unwrap();
}

pub(crate) fn png(pixels: impl Into<DynamicImage>, extras: Extras) -> Vec<u8> {
    let mut bytes = Vec::new();
    encode(PngEncoder::new(&mut bytes), &pixels.into(), extras);
    bytes
}

/// A JPEG file of the best quality.
pub(crate) fn jpeg(pixels: impl Into<DynamicImage>, extras: Extras) -> Vec<u8> {
    let mut bytes = Vec::new();
    encode(JpegEncoder::new_with_quality(&mut bytes, 100), &pixels.into(), extras);
    bytes
}

pub(crate) fn webp(pixels: impl Into<DynamicImage>, extras: Extras) -> Vec<u8> {
    let mut bytes = Vec::new();
    encode(WebPEncoder::new_lossless(&mut bytes), &pixels.into(), extras);
    bytes
}

pub(crate) fn bmp(pixels: impl Into<DynamicImage>) -> Vec<u8> {
    let mut bytes = Vec::new();
    encode(BmpEncoder::new(&mut bytes), &pixels.into(), Extras::default());
    bytes
}

/// An animation of `frames`.
pub(crate) fn gif(frames: impl IntoIterator<Item = RgbaImage>) -> Vec<u8> {
    let mut bytes = Vec::new();
    GifEncoder::new(&mut bytes).encode_frames(frames.into_iter().map(Frame::new)).unwrap();
    bytes
}

/// A TIFF file of interleaved `samples` with further tags of one `u16` value each.
pub(crate) fn tiff<C: ColorType>(size: (u32, u32), samples: &[C::Inner], tags: &[(Tag, u16)]) -> Vec<u8>
where
    [C::Inner]: TiffValue,
{
    tiff_with_icc::<C>(size, samples, tags, None)
}

pub(crate) fn tiff_with_icc<C: ColorType>(
    (width, height): (u32, u32),
    samples: &[C::Inner],
    tags: &[(Tag, u16)],
    icc: Option<&[u8]>,
) -> Vec<u8>
where
    [C::Inner]: TiffValue,
{
    let mut bytes = Cursor::new(Vec::new());
    let mut file = TiffEncoder::new(&mut bytes).unwrap().with_compression(Compression::Deflate(DeflateLevel::Fast));
    let mut image = file.new_image::<C>(width, height).unwrap();
    for &(tag, value) in tags {
        image.encoder().write_tag(tag, value).unwrap();
    }
    if let Some(icc) = icc {
        image.encoder().write_tag(Tag::IccProfile, icc).unwrap();
    }
    image.write_data(samples).unwrap();
    bytes.into_inner()
}

/// An uncompressed grey TIFF file with these bits for each channel, further tags, and the raw bytes of its pixels.
pub(crate) fn raw_grey_tiff((width, height): (u16, u16), bits: &[u16], tags: &[(Tag, u16)], pixels: &[u8]) -> Vec<u8> {
    const HEADER: u16 = 8;
    let length = u16::try_from(pixels.len()).unwrap();
    let one = |tag: Tag, value: u16| (tag, vec![value]);
    let mut entries = vec![
        one(Tag::ImageWidth, width),
        one(Tag::ImageLength, height),
        (Tag::BitsPerSample, bits.to_vec()),
        one(Tag::Compression, 1),
        one(Tag::PhotometricInterpretation, 1),
        one(Tag::StripOffsets, HEADER),
        one(Tag::SamplesPerPixel, bits.len() as u16),
        one(Tag::RowsPerStrip, height),
        one(Tag::StripByteCounts, length),
    ];
    entries.extend(tags.iter().map(|&(tag, value)| one(tag, value)));
    entries.sort_by_key(|(tag, _)| tag.to_u16());
    let entries = entries.iter().flat_map(|(tag, values)| {
        const SHORT: u16 = 3;
        let count = values.len() as u16;
        // Two values of two bytes fit into the entry itself.
        let value = |index| values.get(index).copied().unwrap_or_default();
        [tag.to_u16(), SHORT, count, 0, value(0), value(1)]
    });
    let entries: Vec<u16> = entries.collect();
    let directory = [(entries.len() / 6) as u16].into_iter().chain(entries).chain([0, 0]);
    let header = [0x4949, 42, HEADER + length, 0];
    let bytes = |values: Vec<u16>| values.into_iter().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
    [&bytes(header.into())[..], pixels, &bytes(directory.collect())].concat()
}

/// EXIF data with an orientation, in either byte order. Also a valid TIFF file without pixels.
pub(crate) fn exif(orientation: u16, big_endian: bool) -> Vec<u8> {
    let short = |value: u16| {
        if big_endian { value.to_be_bytes() } else { value.to_le_bytes() }
    };
    let long = |value: u32| {
        if big_endian { value.to_be_bytes() } else { value.to_le_bytes() }
    };
    [
        if big_endian { b"MM" } else { b"II" } as &[u8],
        &short(42),
        &long(8),
        // One entry: the tag, SHORT, one value, which is padded to four bytes.
        &short(1),
        &short(0x0112),
        &short(3),
        &long(1),
        &short(orientation),
        &short(0),
        &long(0),
    ]
    .concat()
}

/// `jpeg` with a segment inserted after the start marker.
pub(crate) fn with_segment(jpeg: &[u8], marker: u8, content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(content.len() + 2).unwrap().to_be_bytes();
    [&jpeg[..2], &[0xFF, marker], &length, content, &jpeg[2..]].concat()
}

/// A chunk of a PNG file.
pub(crate) fn chunk(name: [u8; 4], content: &[u8]) -> Vec<u8> {
    let checked = [&name, content].concat();
    let length = u32::try_from(content.len()).unwrap().to_be_bytes();
    [&length[..], &checked, &crc(&checked).to_be_bytes()].concat()
}

/// `png` with a chunk inserted before its last one, which has 12 bytes.
pub(crate) fn with_last_chunk(png: &[u8], name: [u8; 4], content: &[u8]) -> Vec<u8> {
    let (body, end) = png.split_at(png.len() - 12);
    [body, &chunk(name, content), end].concat()
}

/// A PNG file with the given header and raw `rows`, each with its filter byte, and `chunks` before them.
pub(crate) fn raw_png(width: u32, height: u32, bits: u8, colour_type: u8, chunks: &[u8], rows: &[u8]) -> Vec<u8> {
    let header = [&width.to_be_bytes()[..], &height.to_be_bytes(), &[bits, colour_type, 0, 0, 0]].concat();
    [
        b"\x89PNG\r\n\x1a\n",
        &chunk(*b"IHDR", &header)[..],
        chunks,
        &chunk(*b"IDAT", &stored(rows)),
        &chunk(*b"IEND", &[]),
    ]
    .concat()
}

/// `bytes` (fewer than 64 KiB) as an uncompressed zlib stream.
fn stored(bytes: &[u8]) -> Vec<u8> {
    let length = u16::try_from(bytes.len()).unwrap();
    let (mut low, mut high) = (1, 0);
    for &byte in bytes {
        low = (low + u32::from(byte)) % 65_521;
        high = (high + low) % 65_521;
    }
    let checksum = (high << 16 | low).to_be_bytes();
    [&[0x78, 1, 1][..], &length.to_le_bytes(), &(!length).to_le_bytes(), bytes, &checksum].concat()
}

fn crc(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |crc, &byte| {
        (0..8).fold(crc ^ u32::from(byte), |crc, _| crc >> 1 ^ if crc & 1 == 1 { 0xEDB8_8320 } else { 0 })
    })
}

/// A baseline JPEG file with one component per channel: a row of 8 × 8 blocks, each of one colour.
///
/// `adobe` is the colour transform in Photoshop's APP14 segment; `None` leaves the segment out.
pub(crate) fn jpeg_of_blocks<const CHANNELS: usize>(blocks: &[[u8; CHANNELS]], adobe: Option<u8>) -> Vec<u8> {
    let channels = CHANNELS as u8;
    let width = 8 * u16::try_from(blocks.len()).unwrap();
    let ids = 1..=channels;
    let segment = |marker: u8, content: &[u8]| {
        let length = u16::try_from(content.len() + 2).unwrap().to_be_bytes();
        [&[0xFF, marker][..], &length, content].concat()
    };
    let frame = ids.clone().flat_map(|id| [id, 0x11, 0]);
    let frame: Vec<u8> = [8, 0, 8].into_iter().chain(width.to_be_bytes()).chain([channels]).chain(frame).collect();
    // Twelve 4-bit codes for the sizes 0..=11 of differences, and one 1-bit code for the end of a block.
    let mut differences = vec![0_u8; 17];
    differences[4] = 12;
    differences.extend(0..12);
    let mut end_of_block = vec![0_u8; 17];
    (end_of_block[0], end_of_block[1]) = (0x10, 1);
    end_of_block.push(0);
    let scan: Vec<u8> = [channels].into_iter().chain(ids.flat_map(|id| [id, 0])).chain([0, 63, 0]).collect();
    let adobe = adobe.map(|transform| segment(0xEE, &[&b"Adobe\0\x64\0\0\0\0"[..], &[transform]].concat()));
    [
        vec![0xFF, 0xD8],
        adobe.unwrap_or_default(),
        segment(0xDB, &[&[0][..], &[1; 64]].concat()),
        segment(0xC0, &frame),
        segment(0xC4, &differences),
        segment(0xC4, &end_of_block),
        segment(0xDA, &scan),
        entropy_coded(blocks),
        vec![0xFF, 0xD9],
    ]
    .concat()
}

/// Each channel's mean of each block, coded as the difference from the previous block.
fn entropy_coded<const CHANNELS: usize>(blocks: &[[u8; CHANNELS]]) -> Vec<u8> {
    let mut bits = Vec::new();
    let mut before = [0_i32; CHANNELS];
    for block in blocks {
        for (channel, before) in block.iter().zip(&mut before) {
            let mean = 8 * (i32::from(*channel) - 128);
            let difference = mean - *before;
            *before = mean;
            let size = (32 - difference.unsigned_abs().leading_zeros()).cast_signed();
            let code = if difference < 0 { difference + (1 << size) - 1 } else { difference };
            bits.extend((0..4).rev().map(|bit| size >> bit & 1));
            bits.extend((0..size).rev().map(|bit| code >> bit & 1));
            bits.push(0);
        }
    }
    // Ones pad the last byte, and a zero follows each 0xFF so that it is not read as a marker.
    let bytes = bits.chunks(8).map(|bits| (0..8).fold(0, |byte, bit| byte << 1 | *bits.get(bit).unwrap_or(&1) as u8));
    bytes.flat_map(|byte| if byte == 0xFF { vec![0xFF, 0] } else { vec![byte] }).collect()
}

/// A lossy WebP file, which the encoder cannot write: 16 × 16, red above and blue below, transparent on the right.
#[rustfmt::skip]
pub(crate) const LOSSY_WEBP: [u8; 122] = [
    0x52, 0x49, 0x46, 0x46, 0x72, 0x00, 0x00, 0x00, 0x57, 0x45, 0x42, 0x50, 0x56, 0x50, 0x38, 0x58,
    0x0A, 0x00, 0x00, 0x00, 0x10, 0x00, 0x00, 0x00, 0x0F, 0x00, 0x00, 0x0F, 0x00, 0x00, 0x41, 0x4C,
    0x50, 0x48, 0x17, 0x00, 0x00, 0x00, 0x01, 0x89, 0x0A, 0x44, 0xF4, 0x3F, 0x40, 0xA4, 0x6D, 0x33,
    0xFF, 0x66, 0x27, 0x61, 0xF0, 0xF0, 0x34, 0x62, 0x02, 0xB2, 0x5A, 0xB8, 0x0B, 0x00, 0x56, 0x50,
    0x38, 0x20, 0x34, 0x00, 0x00, 0x00, 0xF0, 0x01, 0x00, 0x9D, 0x01, 0x2A, 0x10, 0x00, 0x10, 0x00,
    0x0F, 0xC0, 0x5A, 0x25, 0xB0, 0x02, 0x74, 0x6B, 0x80, 0xFD, 0x00, 0x03, 0xED, 0x00, 0x00, 0xFE,
    0xED, 0x9A, 0x9F, 0xCD, 0x4D, 0xFB, 0xC9, 0xC0, 0x41, 0x7B, 0xFF, 0x7B, 0x0B, 0xDA, 0xD9, 0xBF,
    0xF9, 0x2B, 0x39, 0xFE, 0xF4, 0xE0, 0x4E, 0xB2, 0x00, 0x00,
];

/// The pixel of the upright `picture` at (`x`, `y`), as 16-bit RGBA.
pub(crate) fn pixel16(picture: &Picture, x: u32, y: u32) -> [u16; 4] {
    picture.pixels().to_rgba16().get_pixel(x, y).0
}

/// The pixel of the upright `picture` at (`x`, `y`), as 8-bit RGBA.
pub(crate) fn pixel(picture: &Picture, x: u32, y: u32) -> [u8; 4] {
    picture.pixels().to_rgba8().get_pixel(x, y).0
}
