//! Style maps.
#![no_main]

use std::sync::Arc;

use impasto::picture::MapPlace;
use impasto::picture::map_file::MapFile;
use libfuzzer_sys::fuzz_target;

fuzz_target!(init: impasto_fuzz::report_contained_panics(), |data: &[u8]| {
    match MapFile::parse(data) {
        Ok(map) => {
            let written = MapFile::to_bytes(&map).unwrap();
            assert!(MapFile::parse(&written).unwrap() == map);
            let map = Arc::new(map);
            for place in [[0.0, 0.0], [0.3, -1.7], [6.0, -6.0], map.paintings[0].place] {
                let shares = map.shares(place);
                assert!(shares.iter().all(|share| share.painting < map.paintings.len() && share.share >= 0.0));
                let _ = MapPlace::new(Arc::clone(&map), "fuzzed.map".to_owned(), place);
            }
        }
        Err(error) => assert_eq!(error.to_string().lines().count(), 1),
    }
    impasto_fuzz::decode(data);
});
