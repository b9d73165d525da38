//! Fax compression at one bit per pixel: run lengths, one- and two-dimensional Group 3 (T.4), and Group 4 (T.6).
//!
//! The code tables are from the `fax` crate, whose own decoders support only Group 4 and the most common form of
//! Group 3, and fill missing data with white.

use std::convert::Infallible;

use fax::maps::{Mode, black, mode, white};
use fax::{BitReader, Color};

use crate::picture::error::Problem;

/// The coding of rows.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Coding {
    /// Run lengths.
    Runs {
        /// Each row begins at a multiple of this number of bits, 8 or 16.
        aligned: usize,
    },
    /// Rows separated by end-of-line marks. In two-dimensional coding, a bit after each mark states the row's coding.
    Group3 {
        /// Whether rows may be coded by their difference from the row above.
        two_dimensional: bool,
    },
    /// Each row is coded by its difference from the row above.
    Group4,
}

/// Decodes rows of `width` pixels from `coded` to `rows`, packed to one bit per pixel, where 1 is black.
pub(super) fn decode(coded: &[u8], coding: Coding, width: usize, rows: &mut [u8]) -> Result<(), Problem> {
    let mut bits = FaxBits { bytes: coded, at: 0 };
    let mut above = Vec::new();
    for row in rows.chunks_exact_mut(width.div_ceil(8)) {
        let by_difference = match coding {
            Coding::Runs { .. } => false,
            Coding::Group3 { two_dimensional } => {
                bits.skip_mark();
                two_dimensional && !bits.take_bit()
            }
            Coding::Group4 => true,
        };
        let changes = if by_difference { bits.changes_from(&above, width) } else { bits.changes_of_runs(width) };
        let changes = changes.ok_or_else(|| bits.problem())?;
        fill(row, &changes);
        above = changes;
        if let Coding::Runs { aligned } = coding {
            bits.at = bits.at.next_multiple_of(aligned);
        }
    }
    Ok(())
}

/// Sets the bits of black pixels. Black runs begin at changes of even index and end at those of odd index.
fn fill(row: &mut [u8], changes: &[usize]) {
    row.fill(0);
    let end = 8 * row.len();
    for black in changes.chunks(2) {
        for x in black[0]..black.get(1).copied().unwrap_or(end) {
            row[x / 8] |= 0x80 >> (x % 8);
        }
    }
}

/// A bit reader, most significant bit first. Beyond the end it returns zeros, which are not a valid code in any coding.
struct FaxBits<'a> {
    bytes: &'a [u8],
    /// The number of bits read.
    at: usize,
}

impl BitReader for FaxBits<'_> {
    type Error = Infallible;

    fn peek(&self, bits: u8) -> Option<u16> {
        let byte = |offset| self.bytes.get(self.at / 8 + offset).copied().unwrap_or_default();
        let three = u32::from_be_bytes([0, byte(0), byte(1), byte(2)]);
        let unread = 24 - (self.at % 8) as u32;
        (bits <= 16).then(|| (three >> (unread - u32::from(bits)) & ((1 << bits) - 1)) as u16)
    }

    fn consume(&mut self, bits: u8) -> Result<(), Infallible> {
        self.at += usize::from(bits);
        Ok(())
    }

    fn bits_to_byte_boundary(&self) -> u8 {
        (self.at.next_multiple_of(8) - self.at) as u8
    }
}

impl FaxBits<'_> {
    fn take_bit(&mut self) -> bool {
        let bit = self.peek(1) == Some(1);
        self.at += 1;
        bit
    }

    /// Skips an end-of-line mark and the zeros before it, if there is one.
    fn skip_mark(&mut self) {
        if self.peek(11) == Some(0) {
            while !self.take_bit() && self.at < 8 * self.bytes.len() {}
        }
    }

    /// The problem for an invalid code.
    fn problem(&self) -> Problem {
        // The last codes may have included zeros from beyond the end.
        if self.at + 16 >= 8 * self.bytes.len() {
            Problem::damaged("fewer rows than the picture has")
        } else {
            Problem::damaged("an invalid fax code")
        }
    }

    /// The length of the next run of `colour`, in pixels.
    fn run(&mut self, colour: Color) -> Option<usize> {
        let mut length = 0;
        loop {
            let part = match colour {
                Color::Black => black::decode(self),
                Color::White => white::decode(self),
            }?;
            length += usize::from(part);
            if part < 64 {
                return Some(length);
            }
        }
    }

    /// The positions where the colour changes in a row coded as run lengths, starting with white.
    fn changes_of_runs(&mut self, width: usize) -> Option<Vec<usize>> {
        let mut changes = Vec::new();
        let (mut at, mut colour) = (0, Color::White);
        while at < width {
            at += self.run(colour)?;
            changes.push(at);
            colour = !colour;
        }
        normalise(changes, width)
    }

    /// The positions where the colour changes in a row coded by its difference from the row above, whose changes are
    /// `above`.
    fn changes_from(&mut self, above: &[usize], width: usize) -> Option<Vec<usize>> {
        let mut changes = Vec::new();
        let mut colour = Color::White;
        // The standard's names: `a0` is the position in this row, `None` before its first pixel; `b1` is the index of
        // the first change above that is to the right of `a0` and changes to the opposite colour.
        let mut a0 = None;
        let mut b1 = 0;
        while a0.is_none_or(|a0| a0 < width) {
            let is_right = |position: usize| a0.is_none_or(|a0| position > a0);
            while b1 > 0 && is_right(above[b1 - 1]) {
                b1 -= 1;
            }
            let parity = usize::from(colour == Color::Black);
            while b1 < above.len() && (!is_right(above[b1]) || b1 % 2 != parity) {
                b1 += 1;
            }
            let change = |index: usize| above.get(index).copied().unwrap_or(width);
            match mode::decode(self)? {
                Mode::Pass => a0 = Some(change(b1 + 1)),
                Mode::Vertical(by) => {
                    let a1 = change(b1).checked_add_signed(isize::from(by)).filter(|a1| *a1 >= a0.unwrap_or(0))?;
                    changes.push(a1);
                    colour = !colour;
                    a0 = Some(a1);
                }
                Mode::Horizontal => {
                    let a1 = a0.unwrap_or(0) + self.run(colour)?;
                    let a2 = a1 + self.run(!colour)?;
                    changes.extend([a1, a2]);
                    a0 = Some(a2);
                }
                Mode::Extension | Mode::EOF => return None,
            }
        }
        normalise(changes, width)
    }
}

/// Removes empty runs and changes at the end of the row; `None` if a change lies beyond the end.
fn normalise(changes: Vec<usize>, width: usize) -> Option<Vec<usize>> {
    let mut normalised: Vec<usize> = Vec::with_capacity(changes.len());
    for change in changes {
        if change > width {
            return None;
        }
        if normalised.last() == Some(&change) {
            normalised.pop();
        } else {
            normalised.push(change);
        }
    }
    while normalised.last() == Some(&width) {
        normalised.pop();
    }
    Some(normalised)
}
