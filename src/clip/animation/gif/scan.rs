//! Counts the frames of a GIF file by its blocks.

use std::io;
use std::path::Path;

use super::super::format::HUNDREDTHS;
use super::super::scan::AnimationScan;
use super::super::scanner::FileScanner;

/// What a file says of itself.
pub(in super::super) fn scan(path: &Path) -> io::Result<AnimationScan> {
    let mut file = FileScanner::open(path)?;
    file.skip(6)?;
    let [width, width_high, height, height_high, flags, _, _] = file.bytes()?;
    skip_colors(&mut file, flags)?;
    let side = |low, high| u32::from(u16::from_le_bytes([low, high]));
    let mut blocks = GifBlocks {
        size: (side(width, width_high), side(height, height_high)),
        frames: 0,
        ticks: 0,
        has_alpha: false,
        // Without a block that says how often, it plays once.
        plays: 1,
        control: GifControl::default(),
    };
    let is_whole = match blocks.read(&mut file) {
        Ok(()) => true,
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => false,
        Err(error) => return Err(error),
    };
    Ok(AnimationScan {
        size: blocks.size,
        time_base: HUNDREDTHS,
        frames: blocks.frames,
        seconds: HUNDREDTHS.seconds(blocks.ticks),
        has_alpha: blocks.has_alpha,
        plays: blocks.plays,
        is_animated: true,
        is_whole,
    })
}

/// What comes before a frame.
#[derive(Default)]
struct GifControl {
    delay: u16,
    has_transparent: bool,
    disposal: u8,
}

struct GifBlocks {
    size: (u32, u32),
    frames: u64,
    ticks: i64,
    has_alpha: bool,
    plays: u32,
    control: GifControl,
}

impl GifBlocks {
    fn read(&mut self, file: &mut FileScanner) -> io::Result<()> {
        // Many files lack the trailer and are complete.
        while file.left() > 0 {
            match file.bytes()? {
                [0x21] => self.extension(file)?,
                [0x2C] => self.frame(file)?,
                [0x3B] => return Ok(()),
                // The padding of some programs.
                [0] => {}
                _ => return Err(io::ErrorKind::UnexpectedEof.into()),
            }
        }
        Ok(())
    }

    fn extension(&mut self, file: &mut FileScanner) -> io::Result<()> {
        let [label] = file.bytes()?;
        let mut is_loop = false;
        loop {
            let [length] = file.bytes()?;
            if length == 0 {
                return Ok(());
            }
            let content = file.content(length.into())?;
            match (label, &content[..]) {
                (0xF9, &[flags, low, high, _]) => {
                    self.control = GifControl {
                        delay: u16::from_le_bytes([low, high]),
                        has_transparent: flags & 1 != 0,
                        disposal: flags >> 2 & 7,
                    };
                }
                (0xFF, b"NETSCAPE2.0" | b"ANIMEXTS1.0") => is_loop = true,
                (0xFF, &[1, low, high]) if is_loop => self.plays = plays(u16::from_le_bytes([low, high])),
                _ => {}
            }
        }
    }

    fn frame(&mut self, file: &mut FileScanner) -> io::Result<()> {
        let [place @ .., flags] = file.bytes::<9>()?;
        skip_colors(file, flags)?;
        file.skip(1)?;
        loop {
            match file.bytes()? {
                [0] => break,
                [length] => file.skip(length.into())?,
            }
        }
        let GifControl { delay, has_transparent, disposal } = std::mem::take(&mut self.control);
        let side = |at: usize| u32::from(u16::from_le_bytes([place[at], place[at + 1]]));
        let is_covering = (side(0), side(2)) == (0, 0) && side(4) >= self.size.0 && side(6) >= self.size.1;
        // The canvas is transparent at first. After an opaque first frame only a cleared place is transparent again.
        let is_first = self.frames == 0;
        self.has_alpha |= disposal == 2 || is_first && (has_transparent || !is_covering || disposal == 3);
        self.frames += 1;
        self.ticks += i64::from(delay);
        Ok(())
    }
}

/// How often it plays: the file says how often it is repeated, 0 for without end.
fn plays(repeats: u16) -> u32 {
    if repeats == 0 { 0 } else { u32::from(repeats) + 1 }
}

/// Passes over a table of colours, if the flags say that there is one.
fn skip_colors(file: &mut FileScanner, flags: u8) -> io::Result<()> {
    if flags & 0x80 == 0 { Ok(()) } else { file.skip(3 << ((flags & 7) + 1)) }
}
