//! Tens of thousands of hostile files, and the outcome of reading each.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use impasto::picture::{Picture, Problem, decode};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use crate::campaign;
use crate::{hostile, modern};

/// The longest time that reading or refusing a file may take.
const LONGEST: Duration = Duration::from_secs(10);

/// One of `files`, damaged in one of six ways.
fn spoil(random: &mut StdRng, files: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut file = files[random.random_range(0..files.len())].1.clone();
    match random.random_range(0..6) {
        // Single bytes.
        0 => {
            for _ in 0..random.random_range(1..12) {
                let at = random.random_range(0..file.len());
                file[at] = random.random();
            }
        }
        // Extreme numbers, which hit the lengths and sizes in headers.
        1 => {
            for _ in 0..random.random_range(1..4) {
                let at = random.random_range(0..file.len());
                let edge = [[0; 4], [0xFF; 4], [0x7F, 0xFF, 0xFF, 0xFF], [0xFF, 0xFF, 0xFF, 0x7F], [0, 1, 0, 0]];
                let edge = edge[random.random_range(0..edge.len())];
                let end = file.len().min(at + random.random_range(1..=4));
                file[at..end].copy_from_slice(&edge[..end - at]);
            }
        }
        // The end cut off, and up to 299 random bytes appended.
        2 => {
            file.truncate(random.random_range(0..file.len()));
            file.extend((0..random.random_range(0..300)).map(|_| random.random::<u8>()));
        }
        // A chunk removed or duplicated.
        3 => {
            let (from, to) = (random.random_range(0..file.len()), random.random_range(0..file.len()));
            let chunk = file[from.min(to)..from.max(to)].to_vec();
            if random.random() {
                file.drain(from.min(to)..from.max(to));
            } else {
                let at = random.random_range(0..=file.len());
                file.splice(at..at, chunk);
            }
        }
        // The head of one file and the tail of another.
        4 => {
            let other = &files[random.random_range(0..files.len())].1;
            file.truncate(random.random_range(0..file.len()));
            file.extend(&other[random.random_range(0..other.len())..]);
        }
        // A valid beginning followed by random bytes.
        _ => {
            file.truncate(random.random_range(2..file.len().min(40)));
            file.extend((0..random.random_range(0..2000)).map(|_| random.random::<u8>()));
        }
    }
    file
}

fn name(problem: &Problem) -> &'static str {
    match problem {
        Problem::CutOff => "cut off",
        Problem::Damaged(_) => "damaged",
        Problem::NotAPicture | Problem::Empty => "not a picture",
        Problem::TooManyPixels { .. } => "too many pixels",
        Problem::TooMuchMemory(_) => "too much memory",
        Problem::UnsupportedKind { .. } | Problem::NotRead { .. } => "unsupported kind",
        Problem::TooSlow => "too slow",
        _ => "other errors",
    }
}

/// Peak resident memory of this process in MiB, or 0 if the system does not report it.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().split(' ').next()?.parse::<u64>().ok()).unwrap_or_default() >> 10
}

#[test]
fn hostile_files_give_a_picture_or_an_error() {
    let inputs = if campaign::is_on() { 60_000 } else { 3_000 };
    let files = [hostile::samples(), modern::samples()].concat();
    let mut random = StdRng::seed_from_u64(1);
    let mut outcomes: BTreeMap<&str, u32> = BTreeMap::new();
    let mut longest = Duration::ZERO;
    for _ in 0..inputs {
        let file = spoil(&mut random, &files);
        let began = Instant::now();
        let result = decode::from_bytes(&file, "hostile");
        longest = longest.max(began.elapsed());
        let outcome = match &result {
            Ok(picture) => {
                assert!(picture.width() > 0 && Picture::height(picture) > 0);
                "decoded as a picture"
            }
            Err(error) => {
                let sentence = error.to_string();
                assert!(sentence.lines().count() == 1 && sentence.ends_with(": hostile"), "{sentence}");
                // A panic in a decoder is caught, but counted separately.
                let caught = format!("{error:?}").contains("the decoder panicked");
                if caught { "decoder panics, caught" } else { name(error.problem()) }
            }
        };
        *outcomes.entry(outcome).or_default() += 1;
    }
    assert!(!outcomes.contains_key("too slow"), "{outcomes:?}");
    if campaign::is_on() {
        assert!(longest < LONGEST, "{longest:?}");
        let rows: String = {
            let rows = outcomes.iter().map(|(outcome, count)| format!("| {outcome} | {count} |\n"));
            rows.collect::<Vec<_>>().concat()
        };
        let text = format!(
            "| outcome | of {inputs} inputs |\n|---|---|\n{rows}| panics that reached the program | 0 |\n\
             | longest time | {:.2} s |\n| peak memory of the whole process | {} MiB |\n",
            longest.as_secs_f64(),
            peak()
        );
        campaign::write_section("hostile", &text);
    }
}
