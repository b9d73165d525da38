//! What the targets share.

use std::collections::HashSet;
use std::sync::Mutex;

use impasto::picture::decode;

/// Decoders are other people's: a panic in one is caught by the program and becomes a sentence. It is told once
/// for each place, and fuzzing goes on; a panic anywhere else ends it.
pub fn tell_contained_panics() {
    static TOLD: Mutex<Option<HashSet<String>>> = Mutex::new(None);
    let abort = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        let is_decoder = std::thread::current().name() == Some("impasto decoder");
        let place = info.location().map(ToString::to_string).unwrap_or_default();
        if !is_decoder || place.starts_with("src/") {
            abort(info);
        }
        let mut told = TOLD.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if told.get_or_insert_default().insert(place.clone()) {
            eprintln!("contained panic at {place}");
        }
    }));
}

/// A picture within the limits, or one sentence.
pub fn decode(bytes: &[u8]) {
    match decode::from_bytes(bytes, "fuzzed") {
        Ok(picture) => assert!(picture.width() > 0 && picture.height() > 0),
        Err(error) => assert!(error.to_string().ends_with(": fuzzed") && error.to_string().lines().count() == 1),
    }
}
