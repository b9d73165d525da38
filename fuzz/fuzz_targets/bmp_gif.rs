//! BMP and GIF files.
#![no_main]

use libfuzzer_sys::{Corpus, fuzz_target};

fuzz_target!(init: impasto_fuzz::report_contained_panics(), |data: &[u8]| -> Corpus {
    if !(data.starts_with(b"BM") || data.starts_with(b"GIF")) {
        return Corpus::Reject;
    }
    impasto_fuzz::decode(data);
    Corpus::Keep
});
