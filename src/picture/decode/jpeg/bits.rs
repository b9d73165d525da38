//! Reads bits and Huffman codes from the entropy-coded data of a scan.

use crate::picture::error::Problem;

const MARKER: u8 = 0xFF;
/// The longest code, in bits, that is decoded by a single table lookup.
const QUICK: u32 = 9;

/// A bit reader for one scan, most significant bit first.
pub(super) struct BitReader<'a> {
    bytes: &'a [u8],
    at: usize,
    /// The next `count` bits, starting at the most significant.
    buffer: u64,
    count: u32,
    /// Zeros appended after the last real bit.
    padding: u32,
}

impl<'a> BitReader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0, buffer: 0, count: 0, padding: 0 }
    }

    #[inline]
    fn fill(&mut self) {
        if self.count > 32 {
            return;
        }
        if let Some(next) = self.bytes.get(self.at..self.at + 4) {
            let word = u32::from_be_bytes([next[0], next[1], next[2], next[3]]);
            // True if no byte of the word is 255.
            if (!word).wrapping_sub(0x0101_0101) & word & 0x8080_8080 == 0 {
                self.buffer |= u64::from(word) << (32 - self.count);
                self.count += 32;
                self.at += 4;
                return;
            }
        }
        self.fill_bytewise();
    }

    #[cold]
    fn fill_bytewise(&mut self) {
        while self.count <= 56 {
            let byte = match (self.bytes.get(self.at), self.bytes.get(self.at + 1)) {
                (Some(&MARKER), Some(0)) => {
                    self.at += 2;
                    MARKER
                }
                // A marker or the end: append zeros.
                (Some(&MARKER) | None, _) => {
                    self.padding += 8;
                    0
                }
                (Some(&byte), _) => {
                    self.at += 1;
                    byte
                }
            };
            self.buffer |= u64::from(byte) << (56 - self.count);
            self.count += 8;
        }
    }

    #[inline]
    fn drop(&mut self, count: u32) {
        self.buffer <<= count;
        self.count -= count;
    }

    /// The next `count` bits, at most 16, as a number.
    #[inline]
    pub(super) fn take(&mut self, count: u32) -> u32 {
        if count == 0 {
            return 0;
        }
        self.fill();
        let bits = (self.buffer >> (64 - count)) as u32;
        self.drop(count);
        bits
    }

    /// The next `count` bits, at most 16, as a signed number in JPEG's coding: a highest bit of 0 means negative.
    #[inline]
    pub(super) fn take_signed(&mut self, count: u32) -> i32 {
        let bits = self.take(count).cast_signed();
        if count > 0 && bits < 1 << (count - 1) { bits - (1 << count) + 1 } else { bits }
    }

    /// The value of the next Huffman code.
    #[inline]
    pub(super) fn decode(&mut self, codes: &Codes) -> Result<u8, Problem> {
        self.fill();
        let (length, value) = codes.quick[(self.buffer >> (64 - QUICK)) as usize];
        if length > 0 {
            self.drop(u32::from(length));
            return Ok(value);
        }
        let next = (self.buffer >> 48) as u32;
        for length in QUICK + 1..=16 {
            let code = next >> (16 - length);
            let (first, count, values) = codes.lengths[length as usize];
            if code.wrapping_sub(first) < count {
                self.drop(length);
                return Ok(codes.values[values + (code - first) as usize]);
            }
        }
        Err(Problem::damaged("an invalid Huffman code"))
    }

    /// Whether more bits were taken than there are before the next marker.
    #[inline]
    pub(super) fn ran_out(&self) -> bool {
        self.count < self.padding
    }

    /// Fails if more bits were taken than there are before the next marker.
    #[inline]
    pub(super) fn check(&self) -> Result<(), Problem> {
        if self.ran_out() { Err(self.shortage()) } else { Ok(()) }
    }

    /// The actual cause of `problem`: near the end of the bits, it is that bits are missing.
    #[cold]
    pub(super) fn explain(&self, problem: Problem) -> Problem {
        if self.padding > 0 { self.shortage() } else { problem }
    }

    /// The problem for missing bits: damage before a restart marker, else truncation.
    #[cold]
    fn shortage(&self) -> Problem {
        if self.at < self.bytes.len() {
            Problem::damaged("pixels are missing before a restart marker")
        } else {
            Problem::CutOff
        }
    }

    /// Whether all bits of the scan have been taken, except the padding of the last byte.
    pub(super) fn is_at_end(&self) -> bool {
        self.at >= self.bytes.len() && self.count < self.padding + 8
    }

    /// Skips to the bits after the next restart marker, which must have this `number`.
    pub(super) fn restart(&mut self, number: u8) -> Result<(), Problem> {
        let rest = &self.bytes[self.at..];
        let is_restart = |pair: &[u8]| pair[0] == MARKER && matches!(pair[1], 0xD0..=0xD7);
        let marker = rest.windows(2).position(is_restart).ok_or(Problem::CutOff)?;
        if rest[marker + 1] != 0xD0 + number {
            return Err(Problem::damaged("restart markers that are out of order"));
        }
        *self = Self { at: self.at + marker + 2, ..Self::new(self.bytes) };
        Ok(())
    }
}

/// A table of Huffman codes.
pub(super) struct Codes {
    /// Indexed by the next [`QUICK`] bits: the length of the code that they begin with, or 0 if it is longer, and its
    /// value.
    quick: Vec<(u8, u8)>,
    /// Indexed by length: the first code, the number of codes, and the index of their first value.
    lengths: [(u32, u32, usize); 17],
    values: Vec<u8>,
}

impl Codes {
    /// A table with `counts` codes of each length from 1 to 16, and their `values` in order.
    pub(super) fn new(counts: &[u8; 16], values: &[u8]) -> Result<Self, Problem> {
        let mut quick = vec![(0, 0); 1 << QUICK];
        let mut lengths = [(0, 0, 0); 17];
        let (mut code, mut index) = (0_u32, 0);
        for (length, &count) in (1_u32..).zip(counts) {
            lengths[length as usize] = (code, u32::from(count), index);
            if code + u32::from(count) > 1 << length {
                return Err(Problem::damaged("a Huffman table of too many codes"));
            }
            for _ in 0..count {
                let value = *values.get(index).ok_or_else(|| Problem::damaged("a Huffman table that is too short"))?;
                if length <= QUICK {
                    let spare = QUICK - length;
                    quick[(code << spare) as usize..((code + 1) << spare) as usize].fill((length as u8, value));
                }
                code += 1;
                index += 1;
            }
            code <<= 1;
        }
        Ok(Self { quick, lengths, values: values[..index].to_vec() })
    }
}
