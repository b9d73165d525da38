//! JPEG files.
#![no_main]

use libfuzzer_sys::{Corpus, fuzz_target};

fuzz_target!(init: impasto_fuzz::report_contained_panics(), |data: &[u8]| -> Corpus {
    if !(data.starts_with(&[0xFF, 0xD8])) {
        return Corpus::Reject;
    }
    impasto_fuzz::decode(data);
    Corpus::Keep
});
