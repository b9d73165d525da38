//! Repairs WebP files whose header states more bytes than the file has.

use std::borrow::Cow;

/// Bytes before the first chunk: "RIFF", a length, "WEBP".
const HEADER: usize = 12;

/// The file `bytes` with its actual length in the header; `None` if the picture is truncated.
///
/// Some writers include the header in the length or omit the last chunks; all pixels are present then.
pub(super) fn whole(bytes: &[u8]) -> Option<Cow<'_, [u8]>> {
    let stated = bytes.get(4..8)?.first_chunk().copied().map(u32::from_le_bytes)?;
    if bytes.len() - 8 >= stated as usize {
        return Some(bytes.into());
    }
    if !has_complete_chunks(bytes) {
        return None;
    }
    let mut bytes = bytes.to_vec();
    if bytes.len() % 2 == 1 {
        // The padding byte of the last chunk.
        bytes.push(0);
    }
    let length = u32::try_from(bytes.len() - 8).ok()?;
    bytes[4..8].copy_from_slice(&length.to_le_bytes());
    Some(bytes.into())
}

/// Whether every chunk is complete and one of them has the pixels.
fn has_complete_chunks(bytes: &[u8]) -> bool {
    let mut rest = bytes.get(HEADER..).unwrap_or_default();
    let mut has_pixels = false;
    while !rest.is_empty() {
        let Some((head, content)) = rest.split_first_chunk::<8>() else { return false };
        let length = u32::from_le_bytes([head[4], head[5], head[6], head[7]]) as usize;
        if content.len() < length {
            return false;
        }
        has_pixels |= matches!(&head[..4], b"VP8 " | b"VP8L" | b"ANMF");
        rest = content.get(length.next_multiple_of(2)..).unwrap_or_default();
    }
    has_pixels
}
