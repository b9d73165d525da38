//! The directories of a TIFF file, classic or `BigTIFF`: tags and their values.
//!
//! The `tiff` crate (0.11.3) reads a directory only together with its picture. So it fails on every file that it cannot
//! decode, on thumbnails and raw photos, and on directories that point to themselves.

use std::collections::BTreeMap;

use tiff::tags::Tag;

use crate::picture::error::Problem;

/// A TIFF file with a parsed header.
#[derive(Clone, Copy)]
pub(super) struct TiffFile<'a> {
    bytes: &'a [u8],
    is_big_endian: bool,
    /// Whether the file is a `BigTIFF`, with 64-bit offsets.
    is_large: bool,
}

/// The entries of one directory.
pub(super) struct Directory<'a> {
    file: TiffFile<'a>,
    entries: BTreeMap<u16, DirectoryEntry>,
    /// The offset of the next directory; 0 for none.
    pub(super) next: u64,
}

/// An entry of a directory.
struct DirectoryEntry {
    kind: ValueKind,
    count: usize,
    /// The offset of the first value in the file.
    offset: usize,
}

/// The types of values, with their size in bytes. ASCII and UNDEFINED are treated as bytes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum ValueKind {
    Unsigned(usize),
    Signed(usize),
    Rational,
    SignedRational,
    Float(usize),
}

impl ValueKind {
    fn of(number: u64) -> Option<Self> {
        Some(match number {
            1 | 2 | 7 => Self::Unsigned(1),
            3 => Self::Unsigned(2),
            4 | 13 => Self::Unsigned(4),
            5 => Self::Rational,
            6 => Self::Signed(1),
            8 => Self::Signed(2),
            9 => Self::Signed(4),
            10 => Self::SignedRational,
            11 => Self::Float(4),
            12 => Self::Float(8),
            16 | 18 => Self::Unsigned(8),
            17 => Self::Signed(8),
            _ => return None,
        })
    }

    /// Bytes per value.
    fn size(self) -> usize {
        match self {
            Self::Unsigned(size) | Self::Signed(size) | Self::Float(size) => size,
            Self::Rational | Self::SignedRational => 8,
        }
    }
}

impl<'a> TiffFile<'a> {
    /// Parses the header of `bytes`. Returns the file and the offset of its first directory.
    pub(super) fn open(bytes: &'a [u8]) -> Result<(Self, u64), Problem> {
        let is_big_endian = bytes.starts_with(b"MM");
        let mut file = TiffFile { bytes, is_big_endian, is_large: false };
        file.is_large = file.number(2, 2)? == 43;
        let first = if file.is_large { file.number(8, 8)? } else { file.number(4, 4)? };
        Ok((file, first))
    }

    /// The bytes from `offset` to the end of the file; an error if there are none.
    pub(super) fn rest(&self, offset: u64) -> Result<&'a [u8], Problem> {
        let rest = usize::try_from(offset).ok().and_then(|offset| self.bytes.get(offset..));
        rest.filter(|rest| !rest.is_empty()).ok_or(Problem::CutOff)
    }

    /// Whether numbers are big-endian.
    pub(super) fn is_big_endian(&self) -> bool {
        self.is_big_endian
    }

    /// The `length` bytes at `offset`.
    fn slice(&self, offset: u64, length: u64) -> Result<&'a [u8], Problem> {
        let offset = usize::try_from(offset).ok();
        let length = usize::try_from(length).ok();
        offset
            .zip(length)
            .and_then(|(offset, length)| self.bytes.get(offset..offset.checked_add(length)?))
            .ok_or(Problem::CutOff)
    }

    /// The unsigned number of `size` bytes at `offset`.
    fn number(&self, offset: usize, size: usize) -> Result<u64, Problem> {
        let bytes = self.slice(offset as u64, size as u64)?;
        let append = |number: u64, byte: &u8| number << 8 | u64::from(*byte);
        Ok(if self.is_big_endian { bytes.iter().fold(0, append) } else { bytes.iter().rev().fold(0, append) })
    }

    /// Reads the directory at `offset`.
    pub(super) fn directory(&self, offset: u64) -> Result<Directory<'a>, Problem> {
        let offset = usize::try_from(offset).map_err(|_| Problem::CutOff)?;
        let (count_size, entry_size, offset_size) = if self.is_large { (8, 20, 8) } else { (2, 12, 4) };
        let count = self.number(offset, count_size)?;
        if count == 0 || count > u64::from(u16::MAX) {
            return Err(Problem::damaged("a directory without entries"));
        }
        let mut entries = BTreeMap::new();
        let first = offset + count_size;
        for index in 0..count as usize {
            let at = first + index * entry_size;
            let tag = self.number(at, 2)? as u16;
            let count = usize::try_from(self.number(at + 4, offset_size)?).unwrap_or(usize::MAX);
            let value = at + 4 + offset_size;
            // Skip entries of undefined types, which only the programs that wrote them understand.
            let Some(kind) = ValueKind::of(self.number(at + 2, 2)?) else { continue };
            let fits = count.checked_mul(kind.size()).is_some_and(|size| size <= offset_size);
            let offset = if fits { value } else { self.number(value, offset_size)? as usize };
            entries.entry(tag).or_insert(DirectoryEntry { kind, count, offset });
        }
        // Some writers omit the offset of the next directory; then there is none.
        let next = self.number(first + count as usize * entry_size, offset_size).unwrap_or(0);
        Ok(Directory { file: *self, entries, next })
    }
}

impl<'a> Directory<'a> {
    /// Whether the directory has this tag.
    pub(super) fn has(&self, tag: Tag) -> bool {
        self.entries.contains_key(&tag.to_u16())
    }

    /// The values of the tag as bytes; `None` if it is absent or extends beyond the end of the file.
    pub(super) fn bytes(&self, tag: Tag) -> Option<&'a [u8]> {
        let entry = self.entries.get(&tag.to_u16())?;
        let length = entry.count.checked_mul(entry.kind.size())?;
        self.file.slice(entry.offset as u64, length as u64).ok()
    }

    /// The unsigned integers of the tag; `None` if it is absent. More than `most` are an error.
    pub(super) fn integers(&self, tag: Tag, most: usize) -> Result<Option<Vec<u64>>, Problem> {
        let Some(entry) = self.entries.get(&tag.to_u16()) else { return Ok(None) };
        if entry.count > most {
            return Err(Problem::damaged(format!("{tag:?} has too many values")));
        }
        (0..entry.count).map(|index| self.unsigned(tag, entry, index)).collect::<Result<_, _>>().map(Some)
    }

    /// The first value of the tag, an unsigned integer; `None` if the tag is absent or empty.
    pub(super) fn integer(&self, tag: Tag) -> Result<Option<u64>, Problem> {
        let entry = self.entries.get(&tag.to_u16()).filter(|entry| entry.count > 0);
        entry.map(|entry| self.unsigned(tag, entry, 0)).transpose()
    }

    fn unsigned(&self, tag: Tag, entry: &DirectoryEntry, index: usize) -> Result<u64, Problem> {
        match entry.kind {
            ValueKind::Unsigned(size) => {
                let offset = entry.offset.checked_add(index * size).ok_or(Problem::CutOff)?;
                self.file.number(offset, size)
            }
            _ => Err(Problem::damaged(format!("{tag:?} is not an integer"))),
        }
    }

    /// The values of the tag as floating-point numbers, at most 64; `None` if it is absent or truncated.
    pub(super) fn floats(&self, tag: Tag) -> Option<Vec<f64>> {
        let entry = self.entries.get(&tag.to_u16())?;
        let size = entry.kind.size();
        let value = |index: usize| {
            let offset = entry.offset.checked_add(index * size)?;
            let number = |offset, size| self.file.number(offset, size).ok();
            Some(match entry.kind {
                ValueKind::Unsigned(size) => number(offset, size)? as f64,
                ValueKind::Signed(size) => sign_extend(number(offset, size)?, size) as f64,
                ValueKind::Rational => number(offset, 4)? as f64 / number(offset + 4, 4)? as f64,
                ValueKind::SignedRational => {
                    sign_extend(number(offset, 4)?, 4) as f64 / sign_extend(number(offset + 4, 4)?, 4) as f64
                }
                ValueKind::Float(4) => f64::from(f32::from_bits(number(offset, 4)? as u32)),
                ValueKind::Float(_) => f64::from_bits(number(offset, 8)?),
            })
        };
        (0..entry.count.min(64)).map(value).collect()
    }
}

/// The signed value of a `number` of `size` bytes in two's complement.
fn sign_extend(number: u64, size: usize) -> i64 {
    let unused = 64 - 8 * size as u32;
    (number << unused).cast_signed() >> unused
}
