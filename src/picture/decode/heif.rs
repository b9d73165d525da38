//! The container that HEIC and AVIF files share.
//!
//! A file holds items: coded pictures, grids of such pictures, alpha planes and metadata. An item's properties are its
//! size, its colour space and its transforms. `heic-rs` parses the boxes; they are interpreted here, because that crate
//! misinterprets the colours of many files.

use std::borrow::Cow;

use heic_rs::hevc::{ChromaFormat, Frame};
use heic_rs::meta::Meta;
use heic_rs::meta::iref::{RefKind, targets};
use heic_rs::props::colr::{MatrixCoefficients, Nclx};
use heic_rs::props::simple::{AuxKind, Mirror, Rotation};
use heic_rs::props::{self, ItemProps, Transform};
use heic_rs::{Error, PixelLayout, color, grid, metadata, transform};
use image::DynamicImage;
use image::metadata::Orientation;
use rayon::prelude::*;

use self::boxes::{problem, unsupported};
use super::decoded_image::DecodedImage;
use super::limits::{DECODER_MEMORY, MOST_PIXELS, check_dimensions};
use super::{alpha, jxl};
use crate::picture::cicp::{self, Cicp};
use crate::picture::error::Problem;
use crate::picture::metadata::Exif;
use crate::picture::sample::Sample;

mod av1;
mod boxes;
mod chroma;
mod hevc;

/// How much larger a tile may be than its share of the grid, because the last tiles may extend beyond it.
const TILE_EXCESS: u64 = 4;

/// Bytes per pixel needed while decoding: 16-bit planes of the tiles and of the whole picture, with full-resolution
/// chroma, and the result.
const WORKING_MEMORY: u64 = 20;

pub(super) fn decode(bytes: &[u8]) -> Result<DecodedImage, Problem> {
    let meta = match heic_rs::meta::parse(bytes) {
        Ok(meta) => meta,
        Err(Error::MissingBox("meta")) => {
            return Err(Problem::NotRead { files: "videos", advice: "export a single frame as PNG or JPEG" });
        }
        Err(error) => return Err(problem(error)),
    };
    let file = HeifFile { bytes, meta };
    let primary = file.meta.primary;
    let props = file.props(primary)?;
    let (coded, stream_colours) = file.decode_item(primary)?;
    let alpha = file.alpha(primary)?;
    let colours = colours(&props, stream_colours)?;
    let is_premultiplied = alpha.is_some() && !targets(&file.meta.refs, primary, RefKind::Other(*b"prem")).is_empty();
    let pixels = to_rgb(&coded, alpha.as_ref(), colours, is_premultiplied)?;
    let pixels = transformed(pixels, &props.transforms)?;
    let icc = props.icc.map(Vec::from);
    let cicp = Cicp { primaries: colours.primaries as u8, transfer: colours.transfer as u8 };
    let pixels = if icc.is_some() { pixels } else { cicp::to_srgb(pixels, cicp) };
    Ok(DecodedImage {
        pixels,
        // The item's transforms are already applied; EXIF's orientation is for readers that ignore them.
        orientation: Orientation::NoTransforms,
        icc,
        exif: file.exif(primary),
        xmp: file.xmp(primary),
    })
}

/// A file and its parsed boxes.
struct HeifFile<'a> {
    bytes: &'a [u8],
    meta: Meta<'a>,
}

impl<'a> HeifFile<'a> {
    fn props(&self, item: u32) -> Result<ItemProps<'a>, Problem> {
        props::gather(&self.meta.props, item).map_err(problem)
    }

    fn data(&self, item: u32) -> Result<Cow<'a, [u8]>, Problem> {
        self.meta.item_data(self.bytes, item).map_err(problem)
    }

    fn kind(&self, item: u32) -> Result<[u8; 4], Problem> {
        self.meta.item(item).map(|item| item.item_type).ok_or_else(|| Problem::damaged("a missing item"))
    }

    /// Decodes an item, a coded picture or a grid, to a frame with full-resolution chroma. Also returns the colour
    /// description in its bitstream.
    fn decode_item(&self, item: u32) -> Result<(Frame, Nclx), Problem> {
        let size = self.props(item)?.ispe.map(|size| (size.width, size.height));
        if let Some(size) = size {
            check_size(size)?;
        }
        if self.kind(item)? != *b"grid" {
            return self.decode_coded(item, MOST_PIXELS);
        }
        let grid = grid::parse(&self.data(item)?).map_err(problem)?;
        check_size((grid.output_width, grid.output_height))?;
        let tiles = targets(&self.meta.refs, item, RefKind::Dimg);
        grid::check_tiles(&grid, tiles).map_err(problem)?;
        let whole = u64::from(grid.output_width) * u64::from(grid.output_height);
        // All tiles have the same size, so each is limited to its share of the picture, with some excess.
        let most = TILE_EXCESS * whole.div_ceil(grid.tile_count()).max(1 << 18);
        let decoded: Result<Vec<_>, _> = tiles.par_iter().map(|&tile| self.decode_coded(tile, most)).collect();
        let mut colours = None;
        let frames: Vec<Frame> = decoded?
            .into_iter()
            .map(|(frame, of_tile)| {
                colours.get_or_insert(of_tile);
                frame
            })
            .collect();
        let frame = grid::compose(&grid, &frames, MOST_PIXELS).map_err(problem)?;
        colours.map(|colours| (frame, colours)).ok_or_else(|| Problem::damaged("a grid without tiles"))
    }

    /// Decodes a coded picture of at most `most_pixels` pixels. Also returns the colour description in its bitstream.
    fn decode_coded(&self, item: u32, most_pixels: u64) -> Result<(Frame, Nclx), Problem> {
        let data = self.data(item)?;
        match &self.kind(item)? {
            b"hvc1" | b"hev1" => {
                let configuration = self.props(item)?.hvcc.ok_or_else(|| Problem::damaged("no HEVC configuration"))?;
                hevc::decode(&configuration, &data, most_pixels)
            }
            b"av01" => {
                let configuration = self.meta.props.find(item, b"av1C");
                let headers = configuration.and_then(|configuration| configuration.payload.get(4..));
                av1::decode(headers.unwrap_or_default(), &data, most_pixels)
            }
            kind => Err(unsupported(format!("items of type {}", String::from_utf8_lossy(kind)))),
        }
    }

    /// The decoded alpha plane of an item, if it has one.
    fn alpha(&self, item: u32) -> Result<Option<Frame>, Problem> {
        for reference in &self.meta.refs {
            if reference.kind == RefKind::Auxl && reference.to.contains(&item) {
                let kind = self.props(reference.from)?.auxc.map(|auxiliary| auxiliary.kind);
                if kind == Some(AuxKind::Alpha) {
                    return self.decode_item(reference.from).map(|(frame, _)| Some(frame));
                }
            }
        }
        Ok(None)
    }

    /// The metadata items of an item.
    fn descriptions(&self, item: u32) -> impl Iterator<Item = u32> {
        let describes = self.meta.refs.iter().filter(|reference| reference.kind == RefKind::Cdsc);
        describes.filter(move |reference| reference.to.contains(&item)).map(|reference| reference.from)
    }

    fn exif(&self, item: u32) -> Option<Exif> {
        let item = self.descriptions(item).find(|&item| self.kind(item).is_ok_and(|kind| kind == *b"Exif"))?;
        Exif::from_photo(jxl::without_offset(&self.data(item).ok()?)?)
    }

    /// The XMP packet of an item.
    fn xmp(&self, item: u32) -> Option<Vec<u8>> {
        let is_xmp = |&item: &u32| self.meta.item(item).is_some_and(|item| metadata::is_xmp(item.content_type));
        let item = self.descriptions(item).find(is_xmp)?;
        self.data(item).ok().map(Cow::into_owned)
    }
}

fn check_size(size: (u32, u32)) -> Result<(), Problem> {
    check_dimensions(size)?;
    if u64::from(size.0) * u64::from(size.1) * WORKING_MEMORY > DECODER_MEMORY {
        return Err(Problem::TooMuchMemory("too large for the decoder".into()));
    }
    Ok(())
}

/// The colour description of an item: the file's, else that of the bitstream.
fn colours(props: &ItemProps, stream: Nclx) -> Result<Nclx, Problem> {
    let colours = props.nclx.unwrap_or(stream);
    // All readers use BT.601's matrix where none is specified.
    let matrix = match colours.matrix {
        MatrixCoefficients::Unspecified => MatrixCoefficients::Bt601,
        MatrixCoefficients::Other(code) => return Err(unsupported(format!("matrix coefficients {code}"))),
        matrix => matrix,
    };
    Ok(Nclx { matrix, ..colours })
}

/// Converts a frame to grey or RGB, with or without alpha, of 8 or 16 bits.
fn to_rgb(
    frame: &Frame,
    alpha: Option<&Frame>,
    colours: Nclx,
    is_premultiplied: bool,
) -> Result<DynamicImage, Problem> {
    if alpha.is_some_and(|alpha| (alpha.width, alpha.height) != (frame.width, frame.height)) {
        return Err(unsupported("an alpha plane that differs in size from the picture"));
    }
    let is_deep = frame.bit_depth > 8;
    let layout = match (is_deep, alpha.is_some()) {
        (false, false) => PixelLayout::Rgb8,
        (false, true) => PixelLayout::Rgba8,
        (true, false) => PixelLayout::Rgb16,
        (true, true) => PixelLayout::Rgba16,
    };
    let converted = color::convert(frame, alpha, colours, layout, MOST_PIXELS, None).map_err(problem)?;
    let is_grey = frame.chroma == ChromaFormat::Monochrome;
    let size = (converted.width, converted.height);
    let pixels = if is_deep {
        collect(bytemuck::pod_collect_to_vec::<u8, u16>(&converted.data), size, layout, is_grey, is_premultiplied)
    } else {
        collect(converted.data, size, layout, is_grey, is_premultiplied)
    };
    pixels.ok_or_else(|| Problem::damaged("too few samples"))
}

/// The image of interleaved RGB or RGBA `samples`, with straight alpha. Grey is reduced to one colour channel.
fn collect<S: Sample>(
    mut samples: Vec<S>,
    (width, height): (u32, u32),
    layout: PixelLayout,
    is_grey: bool,
    is_premultiplied: bool,
) -> Option<DynamicImage> {
    let channels = layout.channels();
    if is_premultiplied {
        alpha::unpremultiply(&mut samples, channels);
    }
    if is_grey {
        // Drop two of the three equal channels, because a grey ICC profile applies only to grey images.
        let grey = samples.chunks_exact(channels).flat_map(|pixel| pixel[2..].iter().copied());
        return S::image(width, height, channels - 2, grey.collect());
    }
    S::image(width, height, channels, samples)
}

/// Crops, rotates and mirrors `pixels` in the order of `transforms`.
fn transformed(mut pixels: DynamicImage, transforms: &[Transform]) -> Result<DynamicImage, Problem> {
    for &transform in transforms {
        pixels = match transform {
            Transform::Crop(aperture) => {
                let (left, top, width, height) =
                    transform::crop_rect(pixels.width(), pixels.height(), aperture).map_err(problem)?;
                pixels.crop_imm(left, top, width, height)
            }
            // The file states counter-clockwise rotations, `image` rotates clockwise.
            Transform::Rotate(Rotation::Ccw90) => pixels.rotate270(),
            Transform::Rotate(Rotation::Ccw180) => pixels.rotate180(),
            Transform::Rotate(Rotation::Ccw270) => pixels.rotate90(),
            Transform::Rotate(Rotation::None) => pixels,
            // Axis 0 exchanges top and bottom in the 2022 standard, libheif and libavif; the parser's names follow the
            // older text.
            Transform::Mirror(Mirror::LeftRight) => pixels.flipv(),
            Transform::Mirror(Mirror::TopBottom) => pixels.fliph(),
        };
    }
    Ok(pixels)
}
