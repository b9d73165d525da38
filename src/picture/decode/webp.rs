//! WebP files whose header counts more bytes than there are.

use std::borrow::Cow;

/// Bytes before the first chunk: "RIFF", a length, "WEBP".
const HEADER: usize = 12;

/// The file `bytes` with the length that it has in its header; none when its picture is cut off.
///
/// Some writers count the header too, or leave out what comes last: then every pixel is there.
pub(super) fn whole(bytes: &[u8]) -> Option<Cow<'_, [u8]>> {
    let stated = bytes.get(4..8)?.first_chunk().copied().map(u32::from_le_bytes)?;
    if bytes.len() - 8 >= stated as usize {
        return Some(bytes.into());
    }
    if !has_pixels_and_no_stump(bytes) {
        return None;
    }
    let mut bytes = bytes.to_vec();
    if bytes.len() % 2 == 1 {
        // What fills the last chunk.
        bytes.push(0);
    }
    let length = u32::try_from(bytes.len() - 8).ok()?;
    bytes[4..8].copy_from_slice(&length.to_le_bytes());
    Some(bytes.into())
}

/// Whether the chunks go on to the end of the file, the picture's among them.
fn has_pixels_and_no_stump(bytes: &[u8]) -> bool {
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
