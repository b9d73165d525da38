//! The chunks of PNG files.

use std::iter;

/// Whether the PNG file `bytes` has its last chunk.
pub(super) fn is_whole(bytes: &[u8]) -> bool {
    chunks(bytes).any(|(name, _)| name == b"IEND")
}

/// The EXIF data, which may stand after the pixels, where the decoder looks too late.
pub(super) fn exif(bytes: &[u8]) -> Option<&[u8]> {
    chunks(bytes).find_map(|(name, content)| (name == b"eXIf").then_some(content))
}

/// The names and contents of the chunks that are there to their end.
fn chunks(bytes: &[u8]) -> impl Iterator<Item = (&[u8; 4], &[u8])> {
    const SIGNATURE: usize = 8;
    const CHECKSUM: usize = 4;
    let mut rest = bytes.get(SIGNATURE..).unwrap_or_default();
    iter::from_fn(move || {
        let (length, chunk) = rest.split_first_chunk()?;
        let (name, chunk) = chunk.split_first_chunk()?;
        let length = u32::from_be_bytes(*length) as usize;
        let (content, following) = chunk.split_at_checked(length)?;
        rest = following.get(CHECKSUM..)?;
        Some((name, content))
    })
}
