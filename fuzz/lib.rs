//! Helpers shared by the fuzz targets.

use std::collections::HashSet;
use std::sync::Mutex;

use impasto::picture::decode;

/// Reports a panic inside a third-party decoder once per source location and lets fuzzing continue, because the program
/// catches such panics and reports an error. Any other panic ends the fuzzing.
pub fn report_contained_panics() {
    static REPORTED: Mutex<Option<HashSet<String>>> = Mutex::new(None);
    let abort = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        let is_decoder = std::thread::current().name() == Some("impasto decoder");
        let place = info.location().map(ToString::to_string).unwrap_or_default();
        if !is_decoder || place.starts_with("src/") {
            abort(info);
        }
        let mut reported = REPORTED.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if reported.get_or_insert_default().insert(place.clone()) {
            eprintln!("contained panic at {place}");
        }
    }));
}

/// Checks that `bytes` give a picture or a one-line error that ends with the file name.
pub fn decode(bytes: &[u8]) {
    match decode::from_bytes(bytes, "fuzzed") {
        Ok(picture) => assert!(picture.width() > 0 && picture.height() > 0),
        Err(error) => assert!(error.to_string().ends_with(": fuzzed") && error.to_string().lines().count() == 1),
    }
}
