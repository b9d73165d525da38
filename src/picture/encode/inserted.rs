//! Bytes put into a file while an encoder that knows nothing of them writes it.

use std::io::{self, Write};

/// What comes before an XMP packet in its segment of a JPEG file.
const NAMESPACE: &[u8] = b"http://ns.adobe.com/xap/1.0/\0";
/// The longest packet that a segment has room for, beside its length and that.
pub(super) const LONGEST_IN_JPEG: usize = u16::MAX as usize - 2 - NAMESPACE.len();

/// Passes everything on to `writer`, with some bytes put in at one place.
pub(super) struct Inserted<W> {
    writer: W,
    /// How many of the encoder's bytes come before the insertion; none once it is done.
    before: Option<usize>,
    insertion: Vec<u8>,
}

impl<W: Write> Inserted<W> {
    /// An XMP packet in a PNG file: a text chunk after the header, which is the signature's 8 bytes and a chunk
    /// of 25.
    pub(super) fn into_png(writer: W, packet: Option<&str>) -> Self {
        const HEADER: usize = 33;
        let insertion = packet.map(|packet| {
            // Neither compressed, nor in any language, nor translated.
            let text = [&b"XML:com.adobe.xmp\0\0\0\0\0"[..], packet.as_bytes()].concat();
            let mut checksum = crc32fast::Hasher::new();
            checksum.update(b"iTXt");
            checksum.update(&text);
            let length = u32::try_from(text.len()).unwrap_or(u32::MAX).to_be_bytes();
            [&length[..], b"iTXt", &text, &checksum.finalize().to_be_bytes()].concat()
        });
        Self::at(HEADER, insertion, writer)
    }

    /// An XMP packet in a JPEG file: a segment after the introduction, which is the start marker and a segment of
    /// 18 bytes. A packet that is too long for a segment is left out.
    pub(super) fn into_jpeg(writer: W, packet: Option<&str>) -> Self {
        const INTRODUCTION: usize = 20;
        let insertion = packet.and_then(|packet| {
            let content = [NAMESPACE, packet.as_bytes()].concat();
            let length = u16::try_from(content.len() + 2).ok()?.to_be_bytes();
            Some([&[0xFF, 0xE1][..], &length, &content].concat())
        });
        Self::at(INTRODUCTION, insertion, writer)
    }

    fn at(place: usize, insertion: Option<Vec<u8>>, writer: W) -> Self {
        Self { writer, before: insertion.is_some().then_some(place), insertion: insertion.unwrap_or_default() }
    }
}

impl<W: Write> Write for Inserted<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let Some(before) = self.before else { return self.writer.write(bytes) };
        if before == 0 {
            self.writer.write_all(&self.insertion)?;
            self.before = None;
            return self.writer.write(bytes);
        }
        let written = self.writer.write(&bytes[..before.min(bytes.len())])?;
        self.before = Some(before - written);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer.flush()
    }
}
