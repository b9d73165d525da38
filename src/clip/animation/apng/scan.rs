//! Counts the frames of an animated PNG file by its chunks.

use std::io;
use std::path::Path;

use super::super::super::info::TimeBase;
use super::super::delays::common_base;
use super::super::scan::AnimationScan;
use super::super::scanner::FileScanner;

/// What a file says of itself.
pub(in super::super) fn scan(path: &Path) -> io::Result<AnimationScan> {
    let mut file = FileScanner::open(path)?;
    file.skip(8)?;
    let mut chunks = ApngChunks::default();
    let is_whole = match chunks.read(&mut file) {
        Ok(()) => true,
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => false,
        Err(error) => return Err(error),
    };
    let delays: Vec<(u16, u16)> = chunks.frames.iter().map(|frame| frame.delay).collect();
    let seconds = delays.iter().map(|(numerator, denominator)| f64::from(*numerator) / f64::from(*denominator)).sum();
    Ok(AnimationScan {
        size: chunks.size,
        time_base: TimeBase::one_in(common_base(&delays)),
        frames: chunks.frames.len() as u64,
        seconds,
        has_alpha: chunks.has_alpha(),
        plays: chunks.plays,
        is_animated: chunks.stated.is_some(),
        is_whole,
    })
}

/// What precedes the pixels of a frame.
#[derive(Clone, Copy)]
struct FrameHead {
    size: (u32, u32),
    delay: (u16, u16),
    disposal: u8,
}

#[derive(Default)]
struct ApngChunks {
    size: (u32, u32),
    /// Whether the kind of pixels has transparency.
    is_clear: bool,
    /// How many frames the file says that it has.
    stated: Option<u32>,
    plays: u32,
    /// Frames whose pixels are complete.
    frames: Vec<FrameHead>,
    /// The frame whose pixels follow.
    open: Option<FrameHead>,
}

impl ApngChunks {
    fn read(&mut self, file: &mut FileScanner) -> io::Result<()> {
        loop {
            let length = u64::from(u32::from_be_bytes(file.bytes()?));
            let name: [u8; 4] = file.bytes()?;
            match (&name, length) {
                (b"IHDR", 13) => {
                    let [w0, w1, w2, w3, h0, h1, h2, h3, _, color, ..] = file.bytes::<13>()?;
                    self.size = (u32::from_be_bytes([w0, w1, w2, w3]), u32::from_be_bytes([h0, h1, h2, h3]));
                    self.is_clear = color & 4 != 0;
                }
                (b"tRNS", _) => {
                    self.is_clear = true;
                    file.skip(length)?;
                }
                (b"acTL", 8) => {
                    self.stated = Some(u32::from_be_bytes(file.bytes()?));
                    self.plays = u32::from_be_bytes(file.bytes()?);
                }
                (b"fcTL", 26) => {
                    self.close();
                    self.open = Some(FrameHead::of(&file.bytes()?));
                }
                // Without this, the pixels before it would be those of a still picture.
                (b"IDAT", _) if self.stated.is_none() => return Ok(()),
                (b"IEND", _) => {
                    self.close();
                    return file.skip(length + 4);
                }
                _ => file.skip(length)?,
            }
            // The checksum.
            file.skip(4)?;
        }
    }

    /// Counts the frame before, whose pixels are complete.
    fn close(&mut self) {
        let is_stated = self.frames.len() < self.stated.unwrap_or(0) as usize;
        self.frames.extend(self.open.take().filter(|_| is_stated));
    }

    fn has_alpha(&self) -> bool {
        // The canvas is transparent at first. After an opaque first frame only a cleared place is transparent again.
        let is_covering = self.frames.first().is_none_or(|frame| frame.size == self.size && frame.disposal != 2);
        self.is_clear || !is_covering || self.frames.iter().any(|frame| frame.disposal == 1)
    }
}

impl FrameHead {
    fn of(bytes: &[u8; 26]) -> Self {
        let number = |at: usize| u32::from_be_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]);
        let short = |at: usize| u16::from_be_bytes([bytes[at], bytes[at + 1]]);
        // Delays are counted in hundredths where the denominator is 0.
        let delay = (short(20), if short(22) == 0 { 100 } else { short(22) });
        Self { size: (number(4), number(8)), delay, disposal: bytes[24] }
    }
}
