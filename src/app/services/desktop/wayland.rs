//! The clipboard on Wayland, in every form that is offered.

use std::io::Read;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use wl_clipboard_rs::paste::{ClipboardType, Error, MimeType, Seat, get_contents, get_mime_types_ordered};

use super::offer::Offer;
use crate::picture::decode::LARGEST_FILE;

/// How long another program may be silent while it hands something over.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long all of it may take.
const LONGEST: Duration = Duration::from_mins(2);
const PIECE: usize = 1 << 16;

/// Whether this desktop lets programs read the clipboard without a window; some let only the one that has the keyboard.
pub(super) fn is_readable() -> bool {
    !matches!(
        get_mime_types_ordered(ClipboardType::Regular, Seat::Unspecified),
        Err(Error::MissingProtocol { .. } | Error::SocketOpenError(_) | Error::WaylandConnection(_))
    )
}

/// The clipboard.
pub(super) struct Clipboard;

impl Offer for Clipboard {
    fn forms(&self) -> Result<Vec<String>, String> {
        match get_mime_types_ordered(ClipboardType::Regular, Seat::Unspecified) {
            Ok(forms) => Ok(forms),
            Err(Error::ClipboardEmpty | Error::NoSeats | Error::NoMimeType) => Ok(Vec::new()),
            Err(error) => Err(format!("the clipboard cannot be read ({error}); save the picture and open the file")),
        }
    }

    fn read(&self, form: &str) -> Result<Vec<u8>, String> {
        let contents = get_contents(ClipboardType::Regular, Seat::Unspecified, MimeType::Specific(form));
        let (mut pipe, _) =
            contents.map_err(|error| format!("what was copied cannot be read ({error}); copy it again"))?;
        let (sender, pieces) = mpsc::sync_channel(4);
        // A thread of its own, since nothing ends a read that another program does not answer.
        let feed = move || {
            let mut piece = vec![0; PIECE];
            loop {
                let read = pipe.read(&mut piece).map(|length| piece[..length].to_vec());
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
            match pieces.recv_timeout(PATIENCE) {
                Ok(Ok(piece)) if piece.is_empty() => return Ok(whole),
                Ok(Ok(piece)) => whole.extend(piece),
                Ok(Err(error)) => return Err(format!("what was copied cannot be read ({error}); copy it again")),
                Err(_) => return Err(silent()),
            }
            if whole.len() as u64 > LARGEST_FILE {
                return Err("this is too large to be handed over; save the picture and open the file".to_owned());
            }
            if began.elapsed() > LONGEST {
                return Err(silent());
            }
        }
    }
}

fn silent() -> String {
    "the program that this was copied from does not answer; save the picture there, then open the file".to_owned()
}
