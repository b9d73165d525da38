//! Extracts selected entries from EXIF data.
//!
//! The data is untrusted: thousands of entries may refer to the same megabytes, or to megabytes of empty strings. So
//! the EXIF library never gets the whole data, but a small excerpt with the selected entries, no larger than what a
//! camera writes.

use ::exif::{Context, Field, Tag, parse_exif};

/// Bytes of an entry: tag, type, number of values, and the value or its offset.
const ENTRY: usize = 12;

/// Tags of entries that point to another directory.
const POINTERS: [Tag; 3] = [Tag::ExifIFDPointer, Tag::GPSInfoIFDPointer, Tag::InteropIFDPointer];

/// The fields selected by `is_wanted` in the first, the EXIF and the GPS directory of `data`, and whether the data is
/// little-endian; `None` if `data` does not begin with a TIFF header.
///
/// All entries together have at most `most` bytes: fields that would exceed this, and truncated ones, are left out.
pub(super) fn fields(data: &[u8], is_wanted: impl Fn(Tag) -> bool, most: usize) -> Option<(Vec<Field>, bool)> {
    let is_little_endian = match data.get(..4)? {
        b"II\x2A\0" => true,
        b"MM\0\x2A" => false,
        _ => return None,
    };
    let source = ExifSource { data, is_little_endian };
    let first = source.long(4)?;
    let directories = [
        (Context::Tiff, Some(first)),
        (Context::Exif, source.pointer(first, Tag::ExifIFDPointer)),
        (Context::Gps, source.pointer(first, Tag::GPSInfoIFDPointer)),
    ];
    let mut room = most;
    let mut fields = Vec::new();
    for (context, directory) in directories {
        let Some(directory) = directory else { continue };
        let excerpt = source.excerpt(directory, |number| is_wanted(Tag(context, number)), &mut room);
        // In an excerpt, the directory is always the first; restore the real context.
        let found = parse_exif(&excerpt).map(|(found, _)| found).unwrap_or_default();
        fields.extend(found.into_iter().map(|field| Field { tag: Tag(context, field.tag.number()), ..field }));
    }
    Some((fields, is_little_endian))
}

struct ExifSource<'a> {
    data: &'a [u8],
    is_little_endian: bool,
}

impl<'a> ExifSource<'a> {
    fn short(&self, at: usize) -> Option<u16> {
        let bytes = *self.data.get(at..)?.first_chunk()?;
        Some(if self.is_little_endian { u16::from_le_bytes(bytes) } else { u16::from_be_bytes(bytes) })
    }

    fn long(&self, at: usize) -> Option<usize> {
        let bytes = *self.data.get(at..)?.first_chunk()?;
        let value = if self.is_little_endian { u32::from_le_bytes(bytes) } else { u32::from_be_bytes(bytes) };
        usize::try_from(value).ok()
    }

    fn short_bytes(&self, value: u16) -> [u8; 2] {
        if self.is_little_endian { value.to_le_bytes() } else { value.to_be_bytes() }
    }

    fn long_bytes(&self, value: usize) -> [u8; 4] {
        let value = u32::try_from(value).unwrap_or(u32::MAX);
        if self.is_little_endian { value.to_le_bytes() } else { value.to_be_bytes() }
    }

    /// The offsets of the directory's entries that lie within the data.
    fn entries(&self, directory: usize) -> impl Iterator<Item = usize> {
        let count = usize::from(self.short(directory).unwrap_or_default());
        let offsets = (0..count).map(move |index| directory + 2 + index * ENTRY);
        offsets.take_while(|at| at + ENTRY <= self.data.len())
    }

    /// The offset of the directory that the entry `tag` of the first directory points to.
    fn pointer(&self, first: usize, tag: Tag) -> Option<usize> {
        const LONG: u16 = 4;
        let is_it = |at: &usize| self.short(*at) == Some(tag.number()) && self.short(at + 2) == Some(LONG);
        self.entries(first).find(is_it).and_then(|at| self.long(at + 8))
    }

    /// The bytes of an entry's value; `None` if its type is unknown or it extends beyond the data.
    fn value(&self, entry: usize) -> Option<&'a [u8]> {
        // Indexed by TIFF type number minus 1.
        const LENGTHS: [usize; 12] = [1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8];
        let kind = usize::from(self.short(entry + 2)?).checked_sub(1)?;
        let length = LENGTHS.get(kind)?.checked_mul(self.long(entry + 4)?)?;
        let offset = if length <= 4 { entry + 8 } else { self.long(entry + 8)? };
        self.data.get(offset..offset.checked_add(length)?)
    }

    /// EXIF data with one directory, which holds only the selected entries. Their size is taken off `room`.
    fn excerpt(&self, directory: usize, is_wanted: impl Fn(u16) -> bool, room: &mut usize) -> Vec<u8> {
        const HEADER: usize = 8;
        let mut picked = Vec::new();
        for entry in self.entries(directory) {
            let Some((number, value)) = self.short(entry).zip(self.value(entry)) else { continue };
            let is_pointer = POINTERS.iter().any(|pointer| pointer.number() == number);
            let left = room.checked_sub(ENTRY + value.len());
            if let Some(left) = left.filter(|_| is_wanted(number) && !is_pointer) {
                *room = left;
                picked.push((entry, value));
            }
        }
        let mut values: Vec<u8> = Vec::new();
        let before_values = HEADER + 2 + picked.len() * ENTRY + 4;
        let mut excerpt = [&self.data[..4], &self.long_bytes(HEADER)].concat();
        // The cast is exact: the directory's own count has 16 bits.
        excerpt.extend(self.short_bytes(picked.len() as u16));
        for (entry, value) in picked {
            excerpt.extend(&self.data[entry..entry + 8]);
            if value.len() <= 4 {
                excerpt.extend(&self.data[entry + 8..entry + ENTRY]);
            } else {
                excerpt.extend(self.long_bytes(before_values + values.len()));
                values.extend(value);
            }
        }
        // No next directory.
        excerpt.extend(self.long_bytes(0));
        excerpt.extend(values);
        excerpt
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Data whose first directory has `count` entries that all refer to the same `value`.
    fn repeated_entries(number: u16, count: u16, kind: u16, value: &[u8]) -> Vec<u8> {
        let place = 8 + 2 + u32::from(count) * 12 + 4;
        let entry =
            [&number.to_le_bytes()[..], &kind.to_le_bytes(), &(value.len() as u32).to_le_bytes(), &place.to_le_bytes()]
                .concat();
        [b"II\x2A\0\x08\0\0\0", &count.to_le_bytes()[..], &entry.repeat(count.into()), &[0; 4], value].concat()
    }

    #[test]
    fn entries_that_claim_the_same_bytes_count_each_time() {
        const ASCII: u16 = 2;
        let found = |data: &[u8], most| fields(data, |_| true, most).unwrap().0.len();
        let data = repeated_entries(Tag::Artist.number(), 5000, ASCII, &[0; 1000]);
        assert_eq!(found(&data, 60_000), 60_000 / 1012);
        // A value that does not fit leaves room for the others.
        assert_eq!(found(&repeated_entries(Tag::Artist.number(), 2, ASCII, &[0; 1000]), 1500), 1);
        assert_eq!(found(&data, 500), 0);
    }

    #[test]
    fn truncated_directories_and_invalid_pointers_do_not_panic() {
        let data = repeated_entries(Tag::Artist.number(), 3, 2, b"Somebody\0");
        for length in 0..data.len() {
            let found = fields(&data[..length], |_| true, 60_000).map_or(0, |(found, _)| found.len());
            assert_eq!(found, 0, "the values at the end are cut off");
        }
        for pointer in [Tag::ExifIFDPointer, Tag::GPSInfoIFDPointer] {
            for place in [0_u32, 8, 9, u32::MAX, 4] {
                let mut data = repeated_entries(pointer.number(), 2, 4, &[7; 8]);
                data[14..18].copy_from_slice(&1_u32.to_le_bytes());
                data[18..22].copy_from_slice(&place.to_le_bytes());
                assert!(fields(&data, |_| true, 60_000).is_some());
            }
        }
    }
}
