//! Detects the format of a file from its first bytes.

use image::ImageFormat;

use crate::picture::error::Problem;
use crate::picture::map_file::MapFile;
use crate::picture::style_file::StyleFile;

/// Bytes at the start of a file from which its format is detected; many, because SVG files may begin with a comment.
pub(super) const SIGNATURE: usize = 1024;

/// The formats that can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum InputFormat {
    Png,
    Jpeg,
    WebP,
    Tiff,
    Bmp,
    Gif,
    /// HEIC and AVIF, which share a container; the coded picture in it shows which one it is.
    Heif,
    JpegXl,
    /// A trained style, which is the picture of its paintings.
    Style,
    /// A style map, whose places are pictures of the nearest paintings.
    Map,
}

/// Advice for pictures in formats that are not supported.
const PICTURE: &str = "export it as PNG, TIFF or JPEG";
/// Advice for raw photos.
pub(super) const RAW_PHOTO: &str = "develop it in a raw converter and export it as TIFF or JPEG";
/// Advice for videos.
const VIDEO: &str = "export a single frame as PNG or JPEG";

/// Signatures of unsupported files that users may try to open: offset, bytes, name of such files, and advice.
#[rustfmt::skip]
const REFUSED: &[(usize, &[u8], &str, &str)] = &[
    (0, b"8BPS", "Photoshop files (PSD)", PICTURE),
    (0, b"%PDF", "PDF files", PICTURE),
    (0, b"%!PS", "PostScript files (EPS)", PICTURE),
    (0, b"\xC5\xD0\xD3\xC6", "PostScript files (EPS)", PICTURE),
    (0, b"\0\0\x01\0", "icons (ICO)", PICTURE),
    (0, b"\0\0\x02\0", "mouse pointers (CUR)", PICTURE),
    (0, b"icns", "icons (ICNS)", PICTURE),
    (0, b"\0\0\0\x0CjP  ", "JPEG 2000 pictures", PICTURE),
    (0, b"\xFF\x4F\xFF\x51", "JPEG 2000 pictures", PICTURE),
    (0, b"II\xBC", "JPEG XR pictures", PICTURE),
    (0, b"\x76\x2F\x31\x01", "OpenEXR pictures", PICTURE),
    (0, b"#?RADIANCE", "Radiance pictures (HDR)", PICTURE),
    (0, b"#?RGBE", "Radiance pictures (HDR)", PICTURE),
    (0, b"gimp xcf", "GIMP files (XCF)", PICTURE),
    (0, b"PK\x03\x04", "archives and layered files like KRA, ORA or Procreate's", PICTURE),
    (0, b"DDS ", "textures (DDS)", PICTURE),
    (0, b"qoif", "QOI pictures", PICTURE),
    (0, b"farbfeld", "farbfeld pictures", PICTURE),
    (0, b"BPG\xFB", "BPG pictures", PICTURE),
    (0, b"FLIF", "FLIF pictures", PICTURE),
    (0, b"AT&TFORM", "DjVu files", PICTURE),
    (0, b"P1\n", "Netpbm pictures", PICTURE), (0, b"P2\n", "Netpbm pictures", PICTURE),
    (0, b"P3\n", "Netpbm pictures", PICTURE), (0, b"P4\n", "Netpbm pictures", PICTURE),
    (0, b"P5\n", "Netpbm pictures", PICTURE), (0, b"P6\n", "Netpbm pictures", PICTURE),
    (0, b"P7\n", "Netpbm pictures", PICTURE),
    (0, b"FUJIFILMCCD-RAW", "raw photos (RAF)", RAW_PHOTO),
    (0, b"IIU\0", "raw photos (RW2)", RAW_PHOTO),
    (0, b"IIRO", "raw photos (ORF)", RAW_PHOTO), (0, b"IIRS", "raw photos (ORF)", RAW_PHOTO),
    (0, b"MMOR", "raw photos (ORF)", RAW_PHOTO),
    (0, b"II\x1A\0\0\0HEAPCCDR", "raw photos (CRW)", RAW_PHOTO),
    (0, b"FOVb", "raw photos (X3F)", RAW_PHOTO),
    (0, b"\0MRM", "raw photos (MRW)", RAW_PHOTO),
    (4, b"ftypcrx ", "raw photos (CR3)", RAW_PHOTO),
    // Any brand but those of still pictures, which are checked first.
    (4, b"ftyp", "videos", VIDEO),
    (4, b"moov", "videos", VIDEO), (4, b"mdat", "videos", VIDEO), (4, b"wide", "videos", VIDEO),
    (0, b"\x1A\x45\xDF\xA3", "videos", VIDEO),
    (8, b"AVI LIST", "videos", VIDEO),
    (0, b"\0\0\x01\xBA", "videos", VIDEO), (0, b"\0\0\x01\xB3", "videos", VIDEO),
    (0, b"FLV\x01", "videos", VIDEO),
];

/// HEIF brands of still pictures, coded in HEVC, AV1 or any other codec.
const HEIF_BRANDS: [&[u8; 4]; 13] = [
    b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"mif2", b"msf1", b"avif", b"avis",
];

/// Signatures of JPEG XL's container and of a bare codestream.
const JPEG_XL: [&[u8]; 2] = [b"\0\0\0\x0CJXL \r\n\x87\n", b"\xFF\x0A"];

impl InputFormat {
    /// The format of the file that begins with `bytes`.
    pub(super) fn of(bytes: &[u8]) -> Result<Self, Problem> {
        if bytes.is_empty() {
            return Err(Problem::Empty);
        }
        if StyleFile::is_one(bytes) {
            return Ok(Self::Style);
        }
        if MapFile::is_one(bytes) {
            return Ok(Self::Map);
        }
        if JPEG_XL.iter().any(|signature| bytes.starts_with(signature)) {
            return Ok(Self::JpegXl);
        }
        if let [_, _, _, _, b'f', b't', b'y', b'p', a, b, c, d, ..] = *bytes
            && HEIF_BRANDS.contains(&&[a, b, c, d])
        {
            return Ok(Self::Heif);
        }
        // BigTIFF, made for files of more than 4 GiB, but some programs always write it.
        if bytes.starts_with(b"II+\0") || bytes.starts_with(b"MM\0+") {
            return Ok(Self::Tiff);
        }
        // Check these before `image` guesses the format: raw photos may begin like TIFF files.
        for &(offset, signature, files, advice) in REFUSED {
            if bytes.get(offset..).is_some_and(|bytes| bytes.starts_with(signature)) {
                return Err(Problem::NotRead { files, advice });
            }
        }
        match image::guess_format(bytes) {
            Ok(ImageFormat::Png) => Ok(Self::Png),
            Ok(ImageFormat::Jpeg) => Ok(Self::Jpeg),
            Ok(ImageFormat::WebP) => Ok(Self::WebP),
            Ok(ImageFormat::Tiff) => Ok(Self::Tiff),
            Ok(ImageFormat::Bmp) => Ok(Self::Bmp),
            Ok(ImageFormat::Gif) => Ok(Self::Gif),
            _ if is_svg(bytes) => Err(Problem::NotRead { files: "SVG drawings", advice: PICTURE }),
            _ if is_tga(bytes) => Err(Problem::NotRead { files: "TGA pictures", advice: PICTURE }),
            _ => Err(Problem::NotAPicture),
        }
    }
}

/// Whether `bytes` look like the start of an SVG file.
fn is_svg(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(&bytes[..bytes.len().min(SIGNATURE)]);
    let text = text.trim_start_matches('\u{FEFF}').trim_start();
    text.starts_with("<svg") || (text.starts_with('<') && text.contains("<svg"))
}

/// Whether `bytes` begin with a valid TGA header. TGA has no signature, so every field is checked.
fn is_tga(bytes: &[u8]) -> bool {
    let Some([_, map, kind, map_start @ .., _, _, _, _, _, _, _, _, bits, flags]) = bytes.first_chunk::<18>() else {
        return false;
    };
    let side = |at: usize| u16::from_le_bytes([bytes[at], bytes[at + 1]]);
    let fits = match (map, kind) {
        (1, 1 | 9) => *bits == 8,
        (0, 2 | 10) => matches!(bits, 15 | 16 | 24 | 32) && map_start.iter().all(|&byte| byte == 0),
        (0, 3 | 11) => matches!(bits, 8 | 16) && map_start.iter().all(|&byte| byte == 0),
        _ => false,
    };
    fits && flags & 0xC0 == 0 && side(12) > 0 && side(14) > 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn raw_photos_and_videos_are_distinguished_from_still_pictures() {
        let of = |bytes: &[u8]| match InputFormat::of(bytes) {
            Ok(format) => format!("{format:?}"),
            Err(problem) => problem.to_string(),
        };
        assert_eq!(of(b"\0\0\0\x18ftypheic\0\0\0\0"), "Heif");
        assert_eq!(of(b"\0\0\0\x18ftypavif\0\0\0\0"), "Heif");
        assert_eq!(of(b"\xFF\x0A\x12"), "JpegXl");
        assert_eq!(
            of(b"\0\0\0\x18ftypcrx \0\0\0\x01"),
            "Impasto does not read raw photos (CR3); develop it in a raw converter and export it as TIFF or JPEG"
        );
        for video in [&b"\0\0\0\x18ftypisom\0\0\x02\0"[..], b"\0\0\0\x14ftypqt  ", b"\0\0\0\x08wide\0\0\0\x08mdat"] {
            assert_eq!(of(video), "Impasto does not read videos; export a single frame as PNG or JPEG");
        }
    }

    #[test]
    fn svg_and_tga_files_are_distinguished_from_text_and_noise() {
        let mut tga = [0; 64];
        (tga[2], tga[12], tga[14], tga[16]) = (2, 7, 5, 24);
        assert!(is_tga(&tga) && !is_tga(&[0; 64]) && !is_tga(b"an ordinary line of text"));
        assert!(is_svg(b"<?xml version='1.0'?>\n<!-- drawn by hand -->\n<svg width='10'>"));
        assert!(!is_svg(b"<html><body>") && !is_svg(b"about <svg> files"));
    }
}
