//! Trained styles.
#![no_main]

use impasto::picture::style_file::StyleFile;
use libfuzzer_sys::fuzz_target;

fuzz_target!(init: impasto_fuzz::report_contained_panics(), |data: &[u8]| {
    match StyleFile::parse(data) {
        Ok(file) => {
            assert!(file.style.parameters.iter().all(|number| number.is_finite()));
            let written = file.to_bytes().unwrap();
            let again = StyleFile::parse(&written).unwrap();
            assert!(again.style == file.style && again.picture == file.picture);
        }
        Err(error) => assert_eq!(error.to_string().lines().count(), 1),
    }
    impasto_fuzz::decode(data);
});
