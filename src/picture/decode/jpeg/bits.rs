//! Bits and Huffman codes of a scan's compressed pixels.

use crate::picture::error::Problem;

const MARKER: u8 = 0xFF;
/// Codes of up to so many bits are looked up at once.
const QUICK: u32 = 9;

/// Reads the compressed pixels of one scan bit by bit, the highest bit of each byte first.
pub(super) struct Bits<'a> {
    bytes: &'a [u8],
    at: usize,
    /// The next bits, from the highest on.
    buffer: u64,
    count: u32,
    /// How many zeros have been put behind the last real bit.
    made_up: u32,
}

impl<'a> Bits<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0, buffer: 0, count: 0, made_up: 0 }
    }

    #[inline]
    fn fill(&mut self) {
        if self.count > 32 {
            return;
        }
        if let Some(next) = self.bytes.get(self.at..self.at + 4) {
            let word = u32::from_be_bytes([next[0], next[1], next[2], next[3]]);
            // No byte of it is 255.
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
                // A marker or the end: from here on, zeros.
                (Some(&MARKER) | None, _) => {
                    self.made_up += 8;
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

    /// The next `count` bits, at most 16, as a signed number in JPEG's manner: a highest bit of 0 means a negative one.
    #[inline]
    pub(super) fn take_signed(&mut self, count: u32) -> i32 {
        let bits = self.take(count).cast_signed();
        if count > 0 && bits < 1 << (count - 1) { bits - (1 << count) + 1 } else { bits }
    }

    /// The value that the next bits are the code of.
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
        Err(Problem::damaged("bits that are no code"))
    }

    /// Whether more bits were taken than the file has, up to the next marker.
    #[inline]
    pub(super) fn ran_out(&self) -> bool {
        self.count < self.made_up
    }

    /// An error when more bits were taken than there are up to the next marker.
    #[inline]
    pub(super) fn check(&self) -> Result<(), Problem> {
        if self.ran_out() { Err(self.shortage()) } else { Ok(()) }
    }

    /// What `problem` comes from: near the end of the bits, from their being cut off there.
    #[cold]
    pub(super) fn explain(&self, problem: Problem) -> Problem {
        if self.made_up > 0 { self.shortage() } else { problem }
    }

    /// What it means that bits are missing here: before a restart marker they are lost within the picture.
    #[cold]
    fn shortage(&self) -> Problem {
        if self.at < self.bytes.len() {
            Problem::damaged("pixels are missing before a restart marker")
        } else {
            Problem::CutOff
        }
    }

    /// Whether, but for the filling of the last byte, all bits of the scan have been taken.
    pub(super) fn is_at_end(&self) -> bool {
        self.at >= self.bytes.len() && self.count < self.made_up + 8
    }

    /// Goes on after the restart marker of this `number`, which must be the next.
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
    /// For the next bits: how long the code in them is, 0 where it is longer than [`QUICK`], and its value.
    quick: Vec<(u8, u8)>,
    /// For each length: the first code, how many there are, and where their values begin.
    lengths: [(u32, u32, usize); 17],
    values: Vec<u8>,
}

impl Codes {
    /// The table with so many codes of each length from 1 to 16, and their values in order.
    pub(super) fn new(counts: &[u8; 16], values: &[u8]) -> Result<Self, Problem> {
        let mut quick = vec![(0, 0); 1 << QUICK];
        let mut lengths = [(0, 0, 0); 17];
        let (mut code, mut place) = (0_u32, 0);
        for (length, &count) in (1_u32..).zip(counts) {
            lengths[length as usize] = (code, u32::from(count), place);
            if code + u32::from(count) > 1 << length {
                return Err(Problem::damaged("more codes than bits allow"));
            }
            for _ in 0..count {
                let value = *values.get(place).ok_or_else(|| Problem::damaged("a table of codes that is too short"))?;
                if length <= QUICK {
                    let spare = QUICK - length;
                    quick[(code << spare) as usize..((code + 1) << spare) as usize].fill((length as u8, value));
                }
                code += 1;
                place += 1;
            }
            code <<= 1;
        }
        Ok(Self { quick, lengths, values: values[..place].to_vec() })
    }
}
