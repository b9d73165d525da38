//! Weights files.
#![no_main]

use impasto::engine::network::Network;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    if let Err(error) = Network::check_bytes(data, "fuzzed") {
        assert!(error.to_string().ends_with(": fuzzed") && error.to_string().lines().count() == 1);
    }
});
