//! JPEG XL files.
#![no_main]

use libfuzzer_sys::{Corpus, fuzz_target};

fuzz_target!(init: impasto_fuzz::report_contained_panics(), |data: &[u8]| -> Corpus {
    if !(data.starts_with(b"\xFF\x0A") || data.get(4..8) == Some(b"JXL ")) {
        return Corpus::Reject;
    }
    impasto_fuzz::decode(data);
    Corpus::Keep
});
