//! Decodes all scans to the coefficients of every block, for any sampling and any scan order.

use std::ops::RangeInclusive;

use super::bits::{BitReader, Codes};
use super::segments::{Component, JpegFile, JpegFrame, JpegSegment, Process};
use crate::picture::error::Problem;

/// The index in a block, row by row, of each coefficient in zigzag order.
const ZIGZAG: [u8; 64] = [
    0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7, 14, 21,
    28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54,
    47, 55, 62, 63,
];

/// The blocks of a channel.
pub(super) struct Plane {
    /// Coefficients of each block, row by row; later overwritten with its samples.
    pub(super) blocks: Vec<[i16; 64]>,
    /// Blocks per row of `blocks`, including those that pad the last MCU.
    pub(super) stride: usize,
    /// The quantisation table in force at the channel's first scan, row by row.
    pub(super) table: Option<[u16; 64]>,
    /// The channel's width and height in samples.
    pub(super) size: [usize; 2],
    /// For each coefficient in zigzag order, how many of its low bits are still missing; `None` before its first scan.
    missing: [Option<u8>; 64],
}

impl Plane {
    /// The plane of a channel. If `keeps_blocks` is false, all rows share the memory of one.
    fn new(frame: &JpegFrame, component: &Component, keeps_blocks: bool) -> Self {
        let units = units(frame);
        let [wide, high] = [0, 1].map(|axis| units[axis] * component.sampling[axis]);
        let (stride, rows) = if keeps_blocks { (wide, high) } else { (0, 1) };
        let largest = frame.sampling();
        let size = [(frame.width, 0), (frame.height, 1)]
            .map(|(pixels, axis)| (pixels * component.sampling[axis]).div_ceil(largest[axis]));
        Self { blocks: vec![[0; 64]; wide * rows], stride, table: None, size, missing: [None; 64] }
    }
}

/// The number of minimum coded units (MCUs) of a scan of several channels, horizontally and vertically.
fn units(frame: &JpegFrame) -> [usize; 2] {
    let largest = frame.sampling();
    [frame.width.div_ceil(8 * largest[0]), frame.height.div_ceil(8 * largest[1])]
}

/// Decodes the coefficients of every channel.
///
/// Missing pixels are an error. Without an end marker, the data must hold every bit of every coefficient and nothing
/// more: what an interrupted download leaves behind, such as zeros, can often be decoded, too.
pub(super) fn decode(file: &JpegFile) -> Result<Vec<Plane>, Problem> {
    let (planes, at_end) = walk(file, true)?;
    let is_whole = |plane: &Plane| {
        let lacks = |missing: &Option<u8>| missing.map_or(!file.ended, |bits| bits > 0);
        plane.missing[0].is_some() && !plane.missing.iter().any(lacks)
    };
    if planes.iter().all(is_whole) && (file.ended || at_end) { Ok(planes) } else { Err(Problem::CutOff) }
}

/// Whether the scans are in a valid order, none is missing, and those of DC coefficients have all their bits.
pub(super) fn are_complete(file: &JpegFile) -> bool {
    let is_complete = |plane: &Plane| plane.missing.iter().all(|missing| *missing == Some(0));
    walk(file, false).is_ok_and(|(planes, _)| planes.iter().all(is_complete))
}

/// Decodes all scans or, if `keeps_blocks` is false, only the DC scans, which is what [`are_complete`] needs. Also
/// returns whether the bits of the last decoded scan end with its last block.
fn walk(file: &JpegFile, keeps_blocks: bool) -> Result<(Vec<Plane>, bool), Problem> {
    let frame = &file.frame;
    let mut planes: Vec<_> =
        frame.components.iter().map(|component| Plane::new(frame, component, keeps_blocks)).collect();
    let mut tables = Tables::default();
    let mut at_end = false;
    for segment in &file.segments {
        match segment.marker {
            0xDB => tables.read_quantisation(segment.content)?,
            0xC4 => tables.read_huffman(segment.content)?,
            0xDD => {
                let interval = segment.content.first_chunk().copied().map(u16::from_be_bytes);
                tables.restart_interval = interval.unwrap_or_default().into();
            }
            0xDA => {
                let scan = Scan::new(frame, segment)?;
                scan.record(&mut planes, &tables)?;
                if keeps_blocks || scan.range == (0..=0) {
                    at_end = scan.decode(&mut planes, &tables)?;
                }
            }
            _ => {}
        }
    }
    Ok((planes, at_end))
}

/// Tables and settings that apply to all following scans until they are redefined.
#[derive(Default)]
struct Tables {
    quantisation: [Option<[u16; 64]>; 4],
    /// Huffman codes of DC coefficients.
    dc: [Option<Codes>; 4],
    /// Huffman codes of AC coefficients.
    ac: [Option<Codes>; 4],
    /// MCUs between restart markers; 0 for none.
    restart_interval: usize,
}

impl Tables {
    fn read_quantisation(&mut self, mut content: &[u8]) -> Result<(), Problem> {
        let too_short = || Problem::damaged("a quantisation table that is too short");
        while let Some((&head, rest)) = content.split_first() {
            let table = self.quantisation.get_mut(usize::from(head & 15));
            let table = table.ok_or_else(|| Problem::damaged("a quantisation table of invalid index"))?.insert([0; 64]);
            let width = if head >> 4 == 0 { 1 } else { 2 };
            let (values, rest) = rest.split_at_checked(64 * width).ok_or_else(too_short)?;
            for (value, &place) in values.chunks_exact(width).zip(&ZIGZAG) {
                table[usize::from(place)] = value.iter().fold(0, |value, &byte| value << 8 | u16::from(byte));
            }
            content = rest;
        }
        Ok(())
    }

    fn read_huffman(&mut self, mut content: &[u8]) -> Result<(), Problem> {
        while let Some((&head, rest)) = content.split_first() {
            let kind = match head >> 4 {
                0 => &mut self.dc,
                1 => &mut self.ac,
                _ => return Err(Problem::damaged("a Huffman table of unknown class")),
            };
            let table = kind.get_mut(usize::from(head & 15));
            let table = table.ok_or_else(|| Problem::damaged("a Huffman table of invalid index"))?;
            let (counts, rest) =
                rest.split_first_chunk::<16>().ok_or_else(|| Problem::damaged("a Huffman table that is too short"))?;
            let values = counts.iter().map(|&count| usize::from(count)).sum();
            let (values, rest) =
                rest.split_at_checked(values).ok_or_else(|| Problem::damaged("a Huffman table that is too short"))?;
            *table = Some(Codes::new(counts, values)?);
            content = rest;
        }
        Ok(())
    }
}

/// A channel within a scan.
struct Channel {
    /// Its index in the frame's components.
    index: usize,
    /// The indices of its DC and AC Huffman tables.
    codes: [usize; 2],
}

/// A scan: its coefficients, its channels and its entropy-coded data.
struct Scan<'a> {
    frame: &'a JpegFrame,
    channels: Vec<Channel>,
    /// The coefficients, in zigzag order.
    range: RangeInclusive<usize>,
    /// How many low bits of each coefficient are left to later scans (Al).
    low: u8,
    /// How many low bits of each coefficient were missing before this scan (Ah); `None` if this scan is its first.
    high: Option<u8>,
    /// The entropy-coded data.
    pixels: &'a [u8],
}

/// The decoder's state from block to block of a scan.
#[derive(Clone, Copy, Default)]
struct ScanState {
    /// The previous DC coefficient of each channel of the scan.
    predictors: [i32; 4],
    /// How many more blocks, including the current one, have no further coefficients (the end-of-band run).
    end_of_band_run: u32,
}

impl<'a> Scan<'a> {
    fn new(frame: &'a JpegFrame, segment: &JpegSegment<'a>) -> Result<Self, Problem> {
        let wrong = || Problem::damaged("a scan's header that contradicts itself");
        let (&count, rest) = segment.content.split_first().ok_or_else(wrong)?;
        let (channels, rest) = rest.split_at_checked(2 * usize::from(count)).ok_or_else(wrong)?;
        let &[first, last, approximation] = rest.first_chunk().ok_or_else(wrong)?;
        let channels = channels.as_chunks().0.iter().map(|&[id, codes]| {
            let index = frame.components.iter().position(|component| component.id == id).ok_or_else(wrong)?;
            Ok(Channel { index, codes: [usize::from(codes >> 4), usize::from(codes & 15)] })
        });
        let channels = channels.collect::<Result<Vec<_>, _>>()?;
        let repeats =
            (1..channels.len()).any(|at| channels[..at].iter().any(|other| other.index == channels[at].index));
        if channels.is_empty() || repeats {
            return Err(wrong());
        }
        let (range, low, high) = match frame.process {
            Process::Sequential => (0..=63, 0, None),
            Process::Progressive => {
                let range = usize::from(first)..=usize::from(last);
                let (high, low) = (approximation >> 4, approximation & 15);
                let is_valid = match first {
                    0 => last == 0,
                    _ => first <= last && last <= 63 && channels.len() == 1,
                };
                if !is_valid || low > 13 || (high > 0 && high != low + 1) {
                    return Err(wrong());
                }
                (range, low, (high > 0).then_some(high))
            }
        };
        Ok(Self { frame, channels, range, low, high, pixels: segment.pixels })
    }

    /// Records in `planes` which coefficients the scan provides, and the quantisation tables.
    fn record(&self, planes: &mut [Plane], tables: &Tables) -> Result<(), Problem> {
        for &Channel { index, .. } in &self.channels {
            let (plane, component) = (&mut planes[index], &self.frame.components[index]);
            if plane.table.is_none() {
                plane.table = tables.quantisation[component.table];
            }
            for coefficient in self.range.clone() {
                let missing = &mut plane.missing[coefficient];
                if self.frame.process == Process::Progressive && *missing != self.high {
                    return Err(Problem::damaged("scans in an invalid order"));
                }
                *missing = Some(self.low);
            }
        }
        Ok(())
    }

    /// Decodes the scan into `planes`. Returns whether its bits end with the last block, except the padding of the last
    /// byte.
    fn decode(&self, planes: &mut [Plane], tables: &Tables) -> Result<bool, Problem> {
        let mut bits = BitReader::new(self.pixels);
        let mut state = ScanState::default();
        let mut until_restart = tables.restart_interval;
        let units = match self.channels.as_slice() {
            // In a scan of one channel, each MCU is one block, and there are no padding blocks.
            [channel] => planes[channel.index].size.map(|samples| samples.div_ceil(8)),
            _ => units(self.frame),
        };
        let mut restarts = 0_u8;
        for y in 0..units[1] {
            for x in 0..units[0] {
                if until_restart == 0 && tables.restart_interval > 0 {
                    bits.restart(restarts)?;
                    restarts = (restarts + 1) % 8;
                    state = ScanState::default();
                    until_restart = tables.restart_interval;
                }
                until_restart = until_restart.wrapping_sub(1);
                let decoded = self.decode_unit(&mut bits, [x, y], planes, tables, &mut state);
                decoded.map_err(|problem| bits.explain(problem))?;
                bits.check()?;
            }
        }
        Ok(bits.is_at_end())
    }

    /// Decodes the MCU at column `x` and row `y`.
    fn decode_unit(
        &self,
        bits: &mut BitReader,
        [x, y]: [usize; 2],
        planes: &mut [Plane],
        tables: &Tables,
        state: &mut ScanState,
    ) -> Result<(), Problem> {
        if let [channel] = self.channels.as_slice() {
            let plane = &mut planes[channel.index];
            return self.decode_block(bits, &mut plane.blocks[y * plane.stride + x], channel, 0, tables, state);
        }
        for (index, channel) in self.channels.iter().enumerate() {
            let [wide, high] = self.frame.components[channel.index].sampling;
            let plane = &mut planes[channel.index];
            for row in y * high..(y + 1) * high {
                for column in x * wide..(x + 1) * wide {
                    let block = &mut plane.blocks[row * plane.stride + column];
                    self.decode_block(bits, block, channel, index, tables, state)?;
                }
            }
        }
        Ok(())
    }

    /// Decodes a block of `channel`, which has this `index` in the scan.
    #[inline]
    fn decode_block(
        &self,
        bits: &mut BitReader,
        block: &mut [i16; 64],
        channel: &Channel,
        index: usize,
        tables: &Tables,
        state: &mut ScanState,
    ) -> Result<(), Problem> {
        let missing = || Problem::damaged("a Huffman table that is missing");
        let has_dc = *self.range.start() == 0;
        if has_dc {
            if self.high.is_some() {
                block[0] |= (bits.take(1) << self.low) as i16;
                return Ok(());
            }
            let codes = tables.dc.get(channel.codes[0]).and_then(Option::as_ref).ok_or_else(missing)?;
            let predictor = &mut state.predictors[index];
            *predictor = predictor.wrapping_add(dc_difference(bits, codes)?);
            block[0] = predictor.wrapping_shl(self.low.into()) as i16;
            if *self.range.end() == 0 {
                return Ok(());
            }
        }
        let codes = tables.ac.get(channel.codes[1]).and_then(Option::as_ref).ok_or_else(missing)?;
        match (self.frame.process, self.high) {
            (Process::Sequential, _) => sequential_ac(bits, codes, block),
            (Process::Progressive, None) => {
                first_ac(bits, codes, block, self.range.clone(), self.low, &mut state.end_of_band_run)
            }
            (Process::Progressive, Some(_)) => {
                refine_ac(bits, codes, block, self.range.clone(), 1 << self.low, &mut state.end_of_band_run)
            }
        }
    }
}

/// The difference of a block's DC coefficient from the previous block's.
fn dc_difference(bits: &mut BitReader, codes: &Codes) -> Result<i32, Problem> {
    let length = bits.decode(codes)?;
    if length > 16 {
        return Err(Problem::damaged("a coefficient of too many bits"));
    }
    Ok(bits.take_signed(length.into()))
}

/// Decodes all AC coefficients of a block in a sequential scan.
fn sequential_ac(bits: &mut BitReader, codes: &Codes, block: &mut [i16; 64]) -> Result<(), Problem> {
    block[1..].fill(0);
    let mut at = 1;
    while at < 64 {
        let (zeros, length) = run_and_length(bits.decode(codes)?);
        if length == 0 {
            if zeros < 15 {
                break;
            }
            at += 16;
            continue;
        }
        at += zeros;
        let place = *ZIGZAG.get(at).ok_or_else(|| Problem::damaged("too many coefficients"))?;
        block[usize::from(place)] = bits.take_signed(length) as i16;
        at += 1;
    }
    Ok(())
}

/// Decodes the high bits of a block's AC coefficients in `range`, down to bit `low`, in their first progressive scan.
fn first_ac(
    bits: &mut BitReader,
    codes: &Codes,
    block: &mut [i16; 64],
    range: RangeInclusive<usize>,
    low: u8,
    end_of_band_run: &mut u32,
) -> Result<(), Problem> {
    if *end_of_band_run > 0 {
        *end_of_band_run -= 1;
        return Ok(());
    }
    let (mut at, last) = range.into_inner();
    while at <= last {
        let (zeros, length) = run_and_length(bits.decode(codes)?);
        if length == 0 {
            if zeros < 15 {
                *end_of_band_run = (1 << zeros) + bits.take(zeros as u32) - 1;
                break;
            }
            at += 16;
            continue;
        }
        at += zeros;
        let place = *ZIGZAG.get(at).ok_or_else(|| Problem::damaged("too many coefficients"))?;
        block[usize::from(place)] = (bits.take_signed(length) << low) as i16;
        at += 1;
    }
    Ok(())
}

/// Decodes one more bit, of value `one`, of a block's AC coefficients in `range`, in a refinement scan. Nonzero
/// coefficients get a correction bit; other coefficients may become ±`one`.
fn refine_ac(
    bits: &mut BitReader,
    codes: &Codes,
    block: &mut [i16; 64],
    range: RangeInclusive<usize>,
    one: i16,
    end_of_band_run: &mut u32,
) -> Result<(), Problem> {
    let (mut at, last) = range.into_inner();
    while at <= last && *end_of_band_run == 0 {
        let (mut zeros, length) = run_and_length(bits.decode(codes)?);
        let value = match length {
            0 if zeros < 15 => {
                *end_of_band_run = (1 << zeros) + bits.take(zeros as u32);
                break;
            }
            0 => 0,
            1 if bits.take(1) == 1 => one,
            1 => -one,
            _ => return Err(Problem::damaged("a new coefficient of more than one bit")),
        };
        while at <= last {
            let coefficient = &mut block[usize::from(ZIGZAG[at])];
            at += 1;
            if *coefficient != 0 {
                refine(bits, coefficient, one);
            } else if zeros == 0 {
                *coefficient = value;
                break;
            } else {
                zeros -= 1;
            }
        }
    }
    if *end_of_band_run > 0 {
        for &place in &ZIGZAG[at..=last] {
            let coefficient = &mut block[usize::from(place)];
            if *coefficient != 0 {
                refine(bits, coefficient, one);
            }
        }
        *end_of_band_run -= 1;
    }
    Ok(())
}

/// Adds `one` to the magnitude of a nonzero coefficient if the next bit is 1.
#[inline]
fn refine(bits: &mut BitReader, coefficient: &mut i16, one: i16) {
    if bits.take(1) == 1 && *coefficient & one == 0 {
        *coefficient = coefficient.wrapping_add(if *coefficient > 0 { one } else { -one });
    }
}

/// The number of zero coefficients before the next one, and the number of bits of that one.
#[inline]
fn run_and_length(code: u8) -> (usize, u32) {
    (usize::from(code >> 4), u32::from(code & 15))
}
