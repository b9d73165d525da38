//! Writes the chunks of PNG files.

use std::io::{self, Write};

/// Writes a chunk.
pub(super) fn write_chunk(mut writer: impl Write, name: [u8; 4], content: &[u8]) -> io::Result<()> {
    let length = u32::try_from(content.len()).map_err(|_| io::ErrorKind::FileTooLarge)?;
    let mut checksum = crc32fast::Hasher::new();
    checksum.update(&name);
    checksum.update(content);
    writer.write_all(&length.to_be_bytes())?;
    writer.write_all(&name)?;
    writer.write_all(content)?;
    writer.write_all(&checksum.finalize().to_be_bytes())
}

/// The contents of the chunks of this name in a whole PNG file.
pub(super) fn contents(file: &[u8], wanted: [u8; 4]) -> impl Iterator<Item = &[u8]> {
    let mut rest = file.get(8..).unwrap_or_default();
    std::iter::from_fn(move || {
        let (length, after) = rest.split_first_chunk()?;
        let (name, after) = after.split_first_chunk::<4>()?;
        let (content, after) = after.split_at_checked(u32::from_be_bytes(*length) as usize)?;
        rest = after.get(4..)?;
        Some((*name, content))
    })
    .filter_map(move |(name, content)| (name == wanted).then_some(content))
}
