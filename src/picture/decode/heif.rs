//! HEIC and AVIF files: the container that they share.
//!
//! A file holds items: coded pictures, grids that lay such pictures side by side, alpha planes, and texts. Properties
//! of an item say how large it is, what its colours mean, and how it is turned. The boxes are parsed by `heic-rs`;
//! what they mean for a picture is decided here, since that crate takes the colours of many files for others.

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
use super::decoded::Decoded;
use super::limits::{DECODER_MEMORY, MOST_PIXELS, check_dimensions};
use super::{jxl, premultiplied};
use crate::picture::cicp::{self, Cicp};
use crate::picture::error::Problem;
use crate::picture::metadata::Exif;
use crate::picture::sample::Sample;

mod av1;
mod boxes;
mod chroma;
mod hevc;

/// What a grid's tiles may have more than the grid, since the last ones may stick out.
const TILES_BEYOND: u64 = 4;

/// What a pixel takes while it is decoded, in bytes: planes of 16 bits as they are coded, of tiles and of the whole, with
/// as much chroma as luma, and the result.
const WORKING_MEMORY: u64 = 20;

pub(super) fn decode(bytes: &[u8]) -> Result<Decoded, Problem> {
    let meta = match heic_rs::meta::parse(bytes) {
        Ok(meta) => meta,
        Err(Error::MissingBox("meta")) => {
            return Err(Problem::NotRead { files: "videos", advice: "export a single frame as PNG or JPEG" });
        }
        Err(error) => return Err(problem(error)),
    };
    let file = File { bytes, meta };
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
    Ok(Decoded {
        pixels,
        // Turned by the item's properties; what EXIF data say of it is for those who do not read them.
        orientation: Orientation::NoTransforms,
        icc,
        exif: file.exif(primary),
        xmp: file.xmp(primary),
    })
}

/// A file whose boxes are parsed.
struct File<'a> {
    bytes: &'a [u8],
    meta: Meta<'a>,
}

impl<'a> File<'a> {
    fn props(&self, item: u32) -> Result<ItemProps<'a>, Problem> {
        props::gather(&self.meta.props, item).map_err(problem)
    }

    fn data(&self, item: u32) -> Result<Cow<'a, [u8]>, Problem> {
        self.meta.item_data(self.bytes, item).map_err(problem)
    }

    fn kind(&self, item: u32) -> Result<[u8; 4], Problem> {
        self.meta.item(item).map(|item| item.item_type).ok_or_else(|| Problem::damaged("a missing item"))
    }

    /// The samples of an item, with chroma for each of them, and what its stream says about their colours.
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
        // Every tile is as large as every other, so that none may be larger than its share of the picture.
        let most = TILES_BEYOND * whole.div_ceil(grid.tile_count()).max(1 << 18);
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

    /// The samples of a coded picture of at most so many pixels, and what its stream says about their colours.
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
            kind => Err(unsupported(format!("items of the kind {}", String::from_utf8_lossy(kind)))),
        }
    }

    /// The alpha plane that belongs to an item.
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

    /// The items that describe an item.
    fn descriptions(&self, item: u32) -> impl Iterator<Item = u32> {
        let describes = self.meta.refs.iter().filter(|reference| reference.kind == RefKind::Cdsc);
        describes.filter(move |reference| reference.to.contains(&item)).map(|reference| reference.from)
    }

    fn exif(&self, item: u32) -> Option<Exif> {
        let item = self.descriptions(item).find(|&item| self.kind(item).is_ok_and(|kind| kind == *b"Exif"))?;
        Exif::from_photo(jxl::without_offset(&self.data(item).ok()?)?)
    }

    /// An XMP packet.
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

/// What the samples of an item mean: as the file says, else as the stream does.
fn colours(props: &ItemProps, stream: Nclx) -> Result<Nclx, Problem> {
    let colours = props.nclx.unwrap_or(stream);
    // Where nothing is said, everyone takes the matrix of BT.601.
    let matrix = match colours.matrix {
        MatrixCoefficients::Unspecified => MatrixCoefficients::Bt601,
        MatrixCoefficients::Other(code) => return Err(unsupported(format!("matrix coefficients {code}"))),
        matrix => matrix,
    };
    Ok(Nclx { matrix, ..colours })
}

/// Interleaved grey, RGB or RGBA of 8 or 16 bits.
fn to_rgb(
    frame: &Frame,
    alpha: Option<&Frame>,
    colours: Nclx,
    is_premultiplied: bool,
) -> Result<DynamicImage, Problem> {
    if alpha.is_some_and(|alpha| (alpha.width, alpha.height) != (frame.width, frame.height)) {
        return Err(unsupported("alpha of another size than the picture"));
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

fn collect<S: Sample>(
    mut samples: Vec<S>,
    (width, height): (u32, u32),
    layout: PixelLayout,
    is_grey: bool,
    is_premultiplied: bool,
) -> Option<DynamicImage> {
    let channels = layout.channels();
    if is_premultiplied {
        premultiplied::undo(&mut samples, channels);
    }
    if is_grey {
        // A profile for grey is only good for pictures that are grey.
        let grey = samples.chunks_exact(channels).flat_map(|pixel| pixel[2..].iter().copied());
        return S::image(width, height, channels - 2, grey.collect());
    }
    S::image(width, height, channels, samples)
}

/// `pixels` cropped, turned and mirrored in the order of `transforms`.
fn transformed(mut pixels: DynamicImage, transforms: &[Transform]) -> Result<DynamicImage, Problem> {
    for &transform in transforms {
        pixels = match transform {
            Transform::Crop(aperture) => {
                let (left, top, width, height) =
                    transform::crop_rect(pixels.width(), pixels.height(), aperture).map_err(problem)?;
                pixels.crop_imm(left, top, width, height)
            }
            // Counter-clockwise here, clockwise there.
            Transform::Rotate(Rotation::Ccw90) => pixels.rotate270(),
            Transform::Rotate(Rotation::Ccw180) => pixels.rotate180(),
            Transform::Rotate(Rotation::Ccw270) => pixels.rotate90(),
            Transform::Rotate(Rotation::None) => pixels,
            // The axis 0 exchanges top and bottom for the standard of 2022, libheif and libavif; the parser's names are
            // those of the older text.
            Transform::Mirror(Mirror::LeftRight) => pixels.flipv(),
            Transform::Mirror(Mirror::TopBottom) => pixels.fliph(),
        };
    }
    Ok(pixels)
}
