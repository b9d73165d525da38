//! Projects.
#![no_main]

use std::path::Path;

use impasto::studio::project::Project;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    match Project::from_bytes(data, Path::new("/nowhere")) {
        Ok(project) => {
            assert!(project.setup.settings.validate().is_ok());
            assert!(project.unfinished.is_none_or(|run| run.snapshot.is_sound()));
        }
        Err(error) => assert_eq!(error.to_string().lines().count(), 1),
    }
});
