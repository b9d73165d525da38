//! Splits a JPEG file into segments, and parses its headers.

use crate::picture::error::Problem;

const MARKER: u8 = 0xFF;
const START_OF_IMAGE: u8 = 0xD8;
const END_OF_IMAGE: u8 = 0xD9;
const START_OF_SCAN: u8 = 0xDA;
const RESTARTS: std::ops::RangeInclusive<u8> = 0xD0..=0xD7;

/// The coding process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Process {
    /// Each block is coded completely in one scan.
    Sequential,
    /// Each block is coded in parts by several scans.
    Progressive,
}

/// The colour model of the channels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum JpegColours {
    Grey,
    Rgb,
    YCbCr,
    Cmyk,
    Ycck,
}

/// A channel, as the frame header describes it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Component {
    pub(super) id: u8,
    /// Sampling factors, horizontally and vertically, 1 to 4: blocks per MCU.
    pub(super) sampling: [usize; 2],
    /// The index of its quantisation table, 0 to 3.
    pub(super) table: usize,
}

/// The content of the frame header.
#[derive(Debug)]
pub(super) struct JpegFrame {
    pub(super) process: Process,
    /// Bits per sample, 8 or 12.
    pub(super) precision: u8,
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) components: Vec<Component>,
}

impl JpegFrame {
    /// The largest sampling factors of all channels, horizontally and vertically.
    pub(super) fn sampling(&self) -> [usize; 2] {
        [0, 1].map(|axis| self.components.iter().map(|component| component.sampling[axis]).max().unwrap_or(1))
    }
}

/// A segment: its marker and its content, which is the header for a start of scan.
#[derive(Clone, Copy, Debug)]
pub(super) struct JpegSegment<'a> {
    pub(super) marker: u8,
    pub(super) content: &'a [u8],
    /// The entropy-coded data after a start of scan, including restart markers; else empty.
    pub(super) pixels: &'a [u8],
    /// The offset of `pixels` in the file, in bytes.
    pub(super) start: usize,
}

/// A JPEG file, split into its segments.
pub(super) struct JpegFile<'a> {
    pub(super) segments: Vec<JpegSegment<'a>>,
    /// Whether there is an end marker; data after it is not part of the picture.
    pub(super) ended: bool,
    /// The offset of the end of the last segment, in bytes.
    pub(super) end: usize,
    pub(super) frame: JpegFrame,
    pub(super) colours: JpegColours,
}

impl<'a> JpegFile<'a> {
    /// Splits `bytes` into segments, up to the end marker, and parses the frame header.
    pub(super) fn read(bytes: &'a [u8]) -> Result<Self, Problem> {
        let (segments, ended) = segments_of(bytes);
        let header = segments.iter().find(|segment| {
            matches!(segment.marker, 0xC0..=0xCF | 0xDE | 0xF7) && !matches!(segment.marker, 0xC4 | 0xC8 | 0xCC)
        });
        let Some(header) = header else {
            return Err(if ended { Problem::damaged("no frame header") } else { Problem::CutOff });
        };
        let frame = frame_of(header)?;
        let colours = colours_of(&frame, &segments);
        let last = segments.last().map_or(0, |last| last.start + last.pixels.len());
        Ok(Self { segments, ended, end: last, frame, colours })
    }

    /// The content of the first segment with this marker and `prefix`, without the prefix.
    fn first(&self, marker: u8, prefix: &[u8]) -> Option<&'a [u8]> {
        self.all(marker, prefix).next()
    }

    /// The contents of all segments with this marker and `prefix`, without the prefix.
    fn all(&self, marker: u8, prefix: &[u8]) -> impl Iterator<Item = &'a [u8]> {
        let segments = self.segments.iter().filter(move |segment| segment.marker == marker);
        segments.filter_map(move |segment| segment.content.strip_prefix(prefix))
    }

    /// EXIF data, from its TIFF header on. If there are several segments, the first counts, as in browsers and libexif.
    pub(super) fn exif(&self) -> Option<&'a [u8]> {
        self.first(0xE1, b"Exif\0\0")
    }

    /// An XMP packet.
    pub(super) fn xmp(&self) -> Option<&'a [u8]> {
        self.first(0xE1, b"http://ns.adobe.com/xap/1.0/\0")
    }

    /// The ICC profile, assembled from its numbered chunks; `None` if a chunk is missing.
    pub(super) fn icc(&self) -> Option<Vec<u8>> {
        let mut chunks: Vec<(&[u8; 2], &[u8])> =
            self.all(0xE2, b"ICC_PROFILE\0").filter_map(<[u8]>::split_first_chunk).collect();
        chunks.sort_by_key(|(numbers, _)| numbers[0]);
        let count = usize::from(chunks.first()?.0[1]);
        let complete = chunks.len() == count
            && chunks.iter().zip(1_usize..).all(|((numbers, _), number)| usize::from(numbers[0]) == number);
        complete.then(|| chunks.iter().flat_map(|(_, chunk)| *chunk).copied().collect())
    }

    /// Whether no Huffman table uses the code of all ones, which the standard reserves.
    pub(super) fn reserves_all_ones(&self) -> bool {
        let mut contents = self.all(0xC4, b"");
        contents.all(|mut content| {
            while let Some((counts, rest)) = content.get(1..).and_then(<[u8]>::split_first_chunk::<16>) {
                let taken: u32 = (1..).zip(counts).map(|(length, &count)| u32::from(count) << (16 - length)).sum();
                if taken >= 1 << 16 {
                    return false;
                }
                let values = counts.iter().map(|&count| usize::from(count)).sum();
                content = rest.get(values..).unwrap_or_default();
            }
            true
        })
    }

    /// The segments of scans.
    pub(super) fn scans(&self) -> impl Iterator<Item = &JpegSegment<'a>> {
        self.segments.iter().filter(|segment| segment.marker == START_OF_SCAN)
    }
}

/// The segments up to the end marker, and whether there is one.
fn segments_of(bytes: &[u8]) -> (Vec<JpegSegment<'_>>, bool) {
    let mut segments = Vec::new();
    let mut rest = bytes;
    // Skip anything between segments that is not a marker; many programs are as lenient.
    while let Some(at) = rest.iter().position(|&byte| byte == MARKER) {
        rest = &rest[at + 1..];
        let Some((&marker, after)) = rest.split_first() else { break };
        match marker {
            END_OF_IMAGE => return (segments, true),
            // A fill byte; the marker follows.
            MARKER => continue,
            0x00 | 0x01 | 0xD0..=START_OF_IMAGE => {
                rest = after;
                continue;
            }
            _ => {}
        }
        let content = after.split_first_chunk().and_then(|(&length, content)| {
            let length = usize::from(u16::from_be_bytes(length)).checked_sub(2)?;
            content.split_at_checked(length)
        });
        let Some((content, after)) = content else { break };
        let pixels = if marker == START_OF_SCAN { pixels_of(after) } else { &[] };
        segments.push(JpegSegment { marker, content, pixels, start: bytes.len() - after.len() });
        rest = &after[pixels.len()..];
    }
    (segments, false)
}

/// The entropy-coded data at the start of `bytes`, up to a marker other than a restart marker.
fn pixels_of(bytes: &[u8]) -> &[u8] {
    let mut from = 0;
    let end = loop {
        let Some(at) = bytes[from..].iter().position(|&byte| byte == MARKER) else { break bytes.len() };
        let at = from + at;
        match bytes.get(at + 1) {
            Some(0x00 | 0x01) => from = at + 2,
            Some(marker) if RESTARTS.contains(marker) => from = at + 2,
            // A fill byte.
            Some(&MARKER) => from = at + 1,
            // Another marker, or the file ends within a marker.
            _ => break at,
        }
    };
    let fill_bytes = bytes[..end].iter().rev().take_while(|byte| **byte == MARKER).count();
    &bytes[..end - fill_bytes]
}

/// Parses a frame header; fails if the coding process or the format is not supported.
fn frame_of(header: &JpegSegment) -> Result<JpegFrame, Problem> {
    let kind = |cause: &'static str| Err(Problem::UnsupportedKind { format: "JPEG", cause: cause.into() });
    let process = match header.marker {
        0xC0 | 0xC1 => Process::Sequential,
        0xC2 => Process::Progressive,
        0xC3 => return kind("lossless coding"),
        0xC9..=0xCB => return kind("arithmetic coding"),
        0xF7 => return kind("JPEG-LS"),
        _ => return kind("hierarchical coding"),
    };
    let (&[precision, height_high, height_low, width_high, width_low, count], components) =
        header.content.split_first_chunk().ok_or_else(|| Problem::damaged("a frame header that is too short"))?;
    if !matches!(precision, 8 | 12) {
        return kind("a number of bits other than 8 and 12");
    }
    if !matches!(count, 1 | 3 | 4) || (precision == 12 && count == 4) {
        return kind("a number of channels other than 1, 3 and 4");
    }
    let height = usize::from(u16::from_be_bytes([height_high, height_low]));
    if height == 0 {
        return kind("a height that is stated after the pixels");
    }
    let components: Vec<_> = components
        .as_chunks()
        .0
        .iter()
        .take(usize::from(count))
        .map(|&[id, sampling, table]| Component {
            id,
            sampling: [usize::from(sampling >> 4), usize::from(sampling & 15)],
            table: usize::from(table),
        })
        .collect();
    let is_valid =
        |component: &Component| component.sampling.iter().all(|factor| (1..=4).contains(factor)) && component.table < 4;
    if components.len() != usize::from(count) || !components.iter().all(is_valid) {
        return Err(Problem::damaged("a frame header that contradicts itself"));
    }
    let width = usize::from(u16::from_be_bytes([width_high, width_low]));
    Ok(JpegFrame { process, precision, width, height, components })
}

/// The colour model of the channels, by libjpeg's rules.
fn colours_of(frame: &JpegFrame, segments: &[JpegSegment]) -> JpegColours {
    let content = |marker, prefix: &[u8]| {
        let mut segments = segments.iter().filter(move |segment| segment.marker == marker);
        segments.find_map(|segment| segment.content.strip_prefix(prefix))
    };
    let is_jfif = content(0xE0, b"JFIF\0").is_some();
    // The transform follows the name, a two-byte version and four bytes of flags.
    let transform = content(0xEE, b"Adobe").and_then(|content| content.get(6)).copied();
    match (frame.components.as_slice(), transform) {
        ([_], _) => JpegColours::Grey,
        ([_, _, _], Some(0)) if !is_jfif => JpegColours::Rgb,
        ([red, green, blue], None) if !is_jfif && [red.id, green.id, blue.id] == *b"RGB" => JpegColours::Rgb,
        ([_, _, _], _) => JpegColours::YCbCr,
        (_, None | Some(0)) => JpegColours::Cmyk,
        (_, Some(_)) => JpegColours::Ycck,
    }
}
