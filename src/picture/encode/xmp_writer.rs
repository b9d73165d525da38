//! Inserts an XMP packet into a file while an encoder without XMP support writes it.

use std::io::{self, Write};

/// Precedes an XMP packet in its JPEG segment.
const NAMESPACE: &[u8] = b"http://ns.adobe.com/xap/1.0/\0";
/// The longest packet, in bytes, that fits into a JPEG segment with the segment's length and [`NAMESPACE`].
pub(super) const LONGEST_IN_JPEG: usize = u16::MAX as usize - 2 - NAMESPACE.len();

/// The content of the text chunk (iTXt) for a packet in a PNG file.
pub(crate) fn png_xmp_text(packet: &str) -> Vec<u8> {
    // Zeros: not compressed, no language, no translated keyword.
    [&b"XML:com.adobe.xmp\0\0\0\0\0"[..], packet.as_bytes()].concat()
}

/// Passes all bytes on to `writer` and inserts a packet at a fixed position.
pub(super) struct XmpWriter<W> {
    writer: W,
    /// How many more of the encoder's bytes come before the insertion; `None` if there is nothing left to insert.
    before: Option<usize>,
    insertion: Vec<u8>,
}

impl<W: Write> XmpWriter<W> {
    /// Inserts a packet into a PNG file: a text chunk after the header, which is the 8-byte signature and a chunk of 25
    /// bytes.
    pub(super) fn for_png(writer: W, packet: Option<&str>) -> Self {
        const HEADER: usize = 33;
        let insertion = packet.map(|packet| {
            let text = png_xmp_text(packet);
            let mut checksum = crc32fast::Hasher::new();
            checksum.update(b"iTXt");
            checksum.update(&text);
            let length = u32::try_from(text.len()).unwrap_or(u32::MAX).to_be_bytes();
            [&length[..], b"iTXt", &text, &checksum.finalize().to_be_bytes()].concat()
        });
        Self::at(HEADER, insertion, writer)
    }

    /// Inserts a packet into a JPEG file: a segment after the start marker and the encoder's first segment (JFIF),
    /// which take 20 bytes. A packet that is too long for a segment is left out.
    pub(super) fn for_jpeg(writer: W, packet: Option<&str>) -> Self {
        const HEADER: usize = 20;
        let insertion = packet.and_then(|packet| {
            let content = [NAMESPACE, packet.as_bytes()].concat();
            let length = u16::try_from(content.len() + 2).ok()?.to_be_bytes();
            Some([&[0xFF, 0xE1][..], &length, &content].concat())
        });
        Self::at(HEADER, insertion, writer)
    }

    fn at(position: usize, insertion: Option<Vec<u8>>, writer: W) -> Self {
        Self { writer, before: insertion.is_some().then_some(position), insertion: insertion.unwrap_or_default() }
    }
}

impl<W: Write> Write for XmpWriter<W> {
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
