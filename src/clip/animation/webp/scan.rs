//! Counts the frames of an animated WebP file by its chunks.

use std::io;
use std::path::Path;

use super::super::format::THOUSANDTHS;
use super::super::scan::AnimationScan;
use super::super::scanner::FileScanner;
use super::{HAS_ALPHA, IS_ANIMATED, number};

/// Bytes that writers may count too many in the header: its own, and one that fills up the last chunk.
const TOO_MANY: u64 = 9;

/// What a file says of itself.
pub(in super::super) fn scan(path: &Path) -> io::Result<AnimationScan> {
    let mut file = FileScanner::open(path)?;
    let [_, _, _, _, stated @ ..] = file.bytes::<8>()?;
    file.skip(4)?;
    let is_cut = u64::from(u32::from_le_bytes(stated)) > file.at() - 8 + file.left() + TOO_MANY;
    let mut scan = AnimationScan {
        size: (0, 0),
        time_base: THOUSANDTHS,
        frames: 0,
        seconds: 0.0,
        has_alpha: false,
        plays: 0,
        is_animated: false,
        is_whole: true,
    };
    match read(&mut scan, &mut file) {
        Ok(()) => scan.is_whole = !is_cut,
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => scan.is_whole = false,
        Err(error) => return Err(error),
    }
    Ok(scan)
}

fn read(scan: &mut AnimationScan, file: &mut FileScanner) -> io::Result<()> {
    // Fewer bytes are no chunk.
    while file.left() >= 8 {
        let name: [u8; 4] = file.bytes()?;
        let length = u64::from(u32::from_le_bytes(file.bytes()?));
        let known = match (&name, length) {
            (b"VP8X", 10..) => {
                let [flags, _, _, _, w0, w1, w2, h0, h1, h2] = file.bytes()?;
                (scan.is_animated, scan.has_alpha) = (flags & IS_ANIMATED != 0, flags & HAS_ALPHA != 0);
                scan.size = (number([w0, w1, w2]) + 1, number([h0, h1, h2]) + 1);
                10
            }
            (b"ANIM", 6..) => {
                let [_, _, _, _, low, high] = file.bytes()?;
                scan.plays = u16::from_le_bytes([low, high]).into();
                6
            }
            (b"ANMF", 16..) => {
                file.skip(12)?;
                let [duration @ .., _] = file.bytes::<4>()?;
                file.skip(length - 16)?;
                scan.seconds += THOUSANDTHS.seconds(number(duration).into());
                scan.frames += 1;
                length
            }
            _ => 0,
        };
        file.skip(length - known)?;
        // A byte that fills up, which the last chunk may lack.
        file.skip((length % 2).min(file.left()))?;
    }
    Ok(())
}
