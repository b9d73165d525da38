//! JPEG XL files.
//!
//! The container's boxes are parsed here, so that the decoder gets only the codestream, and compressed metadata is
//! unpacked within limits.

use std::io::Read;

use heic_rs::boxes::BoxIter;
use image::metadata::Orientation;
use jxl_oxide::color::{ColourEncoding, ColourSpace, Primaries, TransferFunction, WhitePoint};
use jxl_oxide::{AllocTracker, InitializeResult, JxlImage};

use super::alpha;
use super::decoded_image::DecodedImage;
use super::limits::{DECODER_MEMORY, METADATA_MEMORY, check_dimensions};
use crate::picture::cicp::{self, Cicp};
use crate::picture::error::{Cause, Problem};
use crate::picture::metadata::Exif;
use crate::picture::sample::Sample;

/// The start of the container's signature box.
const CONTAINER: &[u8] = b"\0\0\0\x0CJXL ";

/// The code points of the HDR transfer functions: perceptual quantizer and hybrid log-gamma.
const PQ: u8 = 16;
const HLG: u8 = 18;

/// Bytes that the decoder needs per channel of a pixel: two 32-bit numbers.
const WORKING_MEMORY: u64 = 8;

pub(super) fn decode(bytes: &[u8]) -> Result<DecodedImage, Problem> {
    let JxlFile { stream, exif, xmp } = JxlFile::parse(bytes)?;
    let image = load(&stream)?;
    let metadata = &image.image_header().metadata;
    if metadata.ec_info.iter().any(jxl_oxide::image::ExtraChannelInfo::is_black) {
        return Err(unsupported("inks (CMYK)"));
    }
    let size = (image.image_header().width_with_orientation(), image.image_header().height_with_orientation());
    let channels = if metadata.grayscale() { 1 } else { 3 } + metadata.ec_info.len() as u64;
    let memory = u64::from(size.0) * u64::from(size.1) * channels * WORKING_MEMORY;
    if memory > DECODER_MEMORY {
        return Err(Problem::TooMuchMemory("too large for the decoder".into()));
    }
    let is_premultiplied = metadata.ec_info.iter().find_map(jxl_oxide::image::ExtraChannelInfo::alpha_associated);
    let is_deep = metadata.bit_depth.bits_per_sample() > 8;
    let render = image.render_frame(0).map_err(problem)?;
    let pixels = if is_deep {
        collect::<u16>(&render, size, is_premultiplied == Some(true))
    } else {
        collect::<u8>(&render, size, is_premultiplied == Some(true))
    };
    let pixels = pixels.ok_or_else(|| Problem::damaged("too few samples"))?;
    let (pixels, icc) = match image.rendered_cicp() {
        _ if is_srgb(&metadata.colour_encoding) => (pixels, None),
        Some([primaries, transfer @ (PQ | HLG), ..]) => (cicp::to_srgb(pixels, Cicp { primaries, transfer }), None),
        // Without a colour management module, the decoder does not convert colours, whatever profile it reports.
        _ => match image.original_icc().filter(|_| !metadata.xyb_encoded) {
            Some(icc) => (pixels, Some(icc.to_vec())),
            None => (pixels, Some(image.rendered_icc())),
        },
    };
    Ok(DecodedImage {
        pixels,
        // The decoder has already applied the codestream's orientation; EXIF's is for readers that ignore it.
        orientation: Orientation::NoTransforms,
        icc,
        exif: exif.as_deref().and_then(|exif| Exif::from_photo(without_offset(exif)?)),
        xmp,
    })
}

/// Whether the colours are sRGB, by name or as PNG files state it: approximately, by a gamma of 1/2.2.
fn is_srgb(encoding: &ColourEncoding) -> bool {
    let ColourEncoding::Enum(encoding) = encoding else { return false };
    let has_curve = match encoding.tf {
        TransferFunction::Srgb => true,
        TransferFunction::Gamma { g, .. } => (4_500_000..4_600_000).contains(&g),
        _ => false,
    };
    // Primaries do not matter for grey.
    let has_primaries = encoding.colour_space == ColourSpace::Grey || encoding.primaries == Primaries::Srgb;
    has_curve && has_primaries && encoding.white_point == WhitePoint::D65
}

/// The upright image with straight alpha, without channels other than colour and alpha.
fn collect<S: Sample + jxl_oxide::FrameBufferSample>(
    render: &jxl_oxide::Render,
    (width, height): (u32, u32),
    is_premultiplied: bool,
) -> Option<image::DynamicImage> {
    let mut stream = render.stream();
    let channels = stream.channels() as usize;
    if (stream.width(), stream.height()) != (width, height) {
        return None;
    }
    let mut samples = vec![S::default(); width as usize * height as usize * channels];
    stream.write_to_buffer(&mut samples);
    if is_premultiplied && matches!(channels, 2 | 4) {
        alpha::unpremultiply(&mut samples, channels);
    }
    S::image(width, height, channels, samples)
}

/// Loads the codestream `stream`, whose first frame must be complete.
fn load(stream: &[u8]) -> Result<JxlImage, Problem> {
    let tracker = AllocTracker::with_limit(DECODER_MEMORY as usize);
    let mut uninitialised = JxlImage::builder().alloc_tracker(tracker).build_uninit();
    uninitialised.feed_bytes(stream).map_err(problem)?;
    let image = match uninitialised.try_init().map_err(problem)? {
        InitializeResult::Initialized(image) => image,
        InitializeResult::NeedMoreData(_) => return Err(Problem::CutOff),
    };
    let header = image.image_header();
    check_dimensions((header.size.width, header.size.height))?;
    if image.num_loaded_keyframes() == 0 {
        return Err(Problem::CutOff);
    }
    Ok(image)
}

/// The parts of a file.
struct JxlFile {
    /// The codestream.
    stream: Vec<u8>,
    /// EXIF data behind a four-byte offset; see [`without_offset`].
    exif: Option<Vec<u8>>,
    /// An XMP packet.
    xmp: Option<Vec<u8>>,
}

impl JxlFile {
    fn parse(bytes: &[u8]) -> Result<Self, Problem> {
        let mut file = Self { stream: Vec::new(), exif: None, xmp: None };
        if !bytes.starts_with(CONTAINER) {
            file.stream = bytes.to_vec();
            return Ok(file);
        }
        for part in BoxIter::new(bytes) {
            // Boxes after the codestream may be truncated; the decoder detects a truncated codestream.
            let Ok(part) = part else { break };
            match &part.boxtype {
                b"jxlc" => file.stream.extend_from_slice(part.payload),
                // Skip the part's index.
                b"jxlp" => file.stream.extend_from_slice(part.payload.get(4..).unwrap_or_default()),
                b"Exif" => file.exif = Some(part.payload.to_vec()),
                b"xml " => file.xmp = Some(part.payload.to_vec()),
                b"brob" => match part.payload.split_first_chunk() {
                    Some((b"Exif", packed)) => file.exif = unpack(packed),
                    Some((b"xml ", packed)) => file.xmp = unpack(packed),
                    _ => {}
                },
                _ => {}
            }
        }
        if file.stream.is_empty() { Err(Problem::CutOff) } else { Ok(file) }
    }
}

/// Unpacks Brotli data; `None` if it is damaged or unpacks to more than [`METADATA_MEMORY`].
fn unpack(packed: &[u8]) -> Option<Vec<u8>> {
    const BUFFER: usize = 4096;
    let mut unpacked = Vec::new();
    let reader = brotli_decompressor::Decompressor::new(packed, BUFFER);
    reader.take(METADATA_MEMORY + 1).read_to_end(&mut unpacked).ok()?;
    (unpacked.len() as u64 <= METADATA_MEMORY).then_some(unpacked)
}

/// EXIF data without its prefix: a four-byte offset, counted from the end of those four bytes, says where it begins.
pub(super) fn without_offset(exif: &[u8]) -> Option<&[u8]> {
    let (offset, data) = exif.split_first_chunk()?;
    data.get(u32::from_be_bytes(*offset) as usize..)
}

fn problem(cause: Cause) -> Problem {
    Problem::damaged(cause)
}

fn unsupported(cause: &'static str) -> Problem {
    Problem::UnsupportedKind { format: "JPEG XL", cause: cause.into() }
}
