//! The Wayland clipboard.

use std::io::Read;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use wl_clipboard_rs::paste::{ClipboardType, Error, MimeType, Seat, get_contents, get_mime_types_ordered};

use super::offer::Offer;
use crate::picture::decode::LARGEST_FILE;

/// Timeout for each chunk.
const CHUNK_TIMEOUT: Duration = Duration::from_secs(10);
/// Timeout for a whole transfer.
const TRANSFER_TIMEOUT: Duration = Duration::from_mins(2);
const CHUNK: usize = 1 << 16;

/// Whether the desktop lets programs read the clipboard without a window; some allow only the focused window.
pub(super) fn is_readable() -> bool {
    !matches!(
        get_mime_types_ordered(ClipboardType::Regular, Seat::Unspecified),
        Err(Error::MissingProtocol { .. } | Error::SocketOpenError(_) | Error::WaylandConnection(_))
    )
}

pub(super) struct Clipboard;

impl Offer for Clipboard {
    fn formats(&self) -> Result<Vec<String>, String> {
        match get_mime_types_ordered(ClipboardType::Regular, Seat::Unspecified) {
            Ok(formats) => Ok(formats),
            Err(Error::ClipboardEmpty | Error::NoSeats | Error::NoMimeType) => Ok(Vec::new()),
            Err(error) => Err(format!("the clipboard cannot be read ({error}); save the picture and open the file")),
        }
    }

    fn read(&self, format: &str) -> Result<Vec<u8>, String> {
        let contents = get_contents(ClipboardType::Regular, Seat::Unspecified, MimeType::Specific(format));
        let (mut pipe, _) =
            contents.map_err(|error| format!("what was copied cannot be read ({error}); copy it again"))?;
        let (sender, chunks) = mpsc::sync_channel(4);
        // A separate thread, because a read from a program that does not respond cannot be cancelled.
        let feed = move || {
            let mut chunk = vec![0; CHUNK];
            loop {
                let read = pipe.read(&mut chunk).map(|length| chunk[..length].to_vec());
                let is_end = read.as_ref().map_or(true, Vec::is_empty);
                if sender.send(read).is_err() || is_end {
                    return;
                }
            }
        };
        let spawned = std::thread::Builder::new().name("impasto clipboard".to_owned()).spawn(feed);
        spawned.map_err(|error| format!("the clipboard cannot be read ({error}); try again"))?;
        let (began, mut whole) = (Instant::now(), Vec::new());
        loop {
            match chunks.recv_timeout(CHUNK_TIMEOUT) {
                Ok(Ok(chunk)) if chunk.is_empty() => return Ok(whole),
                Ok(Ok(chunk)) => whole.extend(chunk),
                Ok(Err(error)) => return Err(format!("what was copied cannot be read ({error}); copy it again")),
                Err(_) => return Err(timed_out()),
            }
            if whole.len() as u64 > LARGEST_FILE {
                return Err("this is too large to transfer; save the picture and open the file".to_owned());
            }
            if began.elapsed() > TRANSFER_TIMEOUT {
                return Err(timed_out());
            }
        }
    }
}

fn timed_out() -> String {
    "the program this comes from does not respond; save the picture there, then open the file".to_owned()
}
