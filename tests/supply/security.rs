//! Every promise in `SECURITY.md` names the test that fails when it is broken, and that test exists.

use std::fs;
use std::path::Path;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

#[test]
fn every_promise_has_its_test() {
    let text = fs::read_to_string(Path::new(ROOT).join("SECURITY.md")).unwrap();
    let promises = text.split_once("## What is promised").unwrap().1;
    let mut count = 0;
    for row in promises.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| promise")) {
        let tests: Vec<&str> = row.split('`').skip(1).step_by(2).filter(|code| code.contains("::")).collect();
        assert!(!tests.is_empty(), "no test is named: {row}");
        for test in tests {
            let (file, name) = test.rsplit_once("::").unwrap();
            let source = fs::read_to_string(Path::new(ROOT).join(file)).unwrap_or_else(|_| panic!("{file}: {row}"));
            assert!(source.contains(&format!("fn {name}(")), "{file} has no {name}: {row}");
        }
        count += 1;
    }
    assert!(count >= 10, "only {count} promises");
}
