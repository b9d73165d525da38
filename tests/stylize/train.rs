//! `train`, and painting with what was trained.

use std::io::{BufRead, BufReader};
use std::process::{Child, Stdio};
use std::time::Instant;

use impasto::picture::style_file::{ParametersInTraining, StyleFile};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use super::*;

/// Trains for a few steps.
pub(super) fn train(desk: &Desk, arguments: &[&str]) -> Output {
    let mut all = vec!["train"];
    for (option, default) in [("--style", "painting.png"), ("--output", "a.style"), ("--threads", "2")] {
        if !arguments.contains(&option) {
            all.extend([option, default]);
        }
    }
    all.extend(arguments);
    desk.run(&all)
}

/// The parameters of the network in a trained style.
fn network(desk: &Desk, name: &str) -> Vec<f32> {
    StyleFile::open(&desk.path(name)).unwrap().style.parameters
}

#[test]
fn training_reports_its_progress_and_can_be_repeated() {
    let desk = Desk::new();
    let output = train(&desk, &["--steps", "3", "--json"]);
    succeeded(&output);
    let lines: Vec<serde_json::Value> =
        text(&output.stdout).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((&lines[0]["event"], &lines[0]["device"]), (&"started".into(), &"CPU".into()));
    let progress = &lines[1];
    assert_eq!((&progress["event"], &progress["of"]), (&"progress".into(), &3.into()));
    assert!(["step", "style", "content", "seconds"].iter().all(|name| progress[name].as_f64().unwrap() > 0.0));
    let last = &lines[lines.len() - 1];
    assert_eq!((&last["event"], &last["output"]), (&"finished".into(), &"a.style".into()));
    assert_eq!(last["steps"], 3);
    assert!(last["seconds"].is_f64() && last["peak_bytes"].as_u64().is_some_and(|bytes| bytes > 1 << 20));
    // The same file again, and another one from another seed.
    succeeded(&train(&desk, &["--steps", "3", "--output", "b.style"]));
    assert!(desk.read("a.style") == desk.read("b.style"));
    succeeded(&train(&desk, &["--steps", "3", "--seed", "1", "--output", "c.style"]));
    assert!(desk.read("a.style") != desk.read("c.style"));
}

#[test]
fn a_trained_style_stands_where_a_painting_stands() {
    let desk = Desk::new();
    succeeded(&train(&desk, &["--steps", "12"]));
    let painted = |arguments: &[&str]| {
        let output = desk.stylize(&[arguments, &["--overwrite", "--size", "60"]].concat());
        succeeded(&output);
        pixels(&desk.path("out.png"))
    };
    let instant = |style: &str| painted(&["--instant", "--style", style]);
    let (trained, predicted) = (instant("a.style"), instant("painting.png"));
    assert_ne!(trained, predicted);
    // Alone, with any weight; strength 0 is the photo; blended, it is neither.
    assert_eq!(instant("a.style:3"), trained);
    assert_eq!(painted(&["--instant", "--style", "a.style", "--strength", "0"]), pixels(&desk.path("photo.png")));
    let both = painted(&["--instant", "--style", "a.style", "--style", "painting.png"]);
    assert!(both != trained && both != predicted);
    // In the photo's colours.
    let recolored = painted(&["--instant", "--style", "a.style", "--palette", "photo"]);
    let photo = pixels(&desk.path("photo.png"));
    let mean = |image: &RgbImage, channel: usize| {
        let sum: u64 = image.pixels().map(|pixel| u64::from(pixel.0[channel])).sum();
        sum as f64 / f64::from(image.width() * image.height())
    };
    for channel in 0..3 {
        let [of_photo, with, without] = [&photo, &recolored, &trained].map(|image| mean(image, channel));
        assert!((with - of_photo).abs() < 12.0, "{channel}: {of_photo} {with} {without}");
    }
    // Optimised, for the painting that is in it.
    assert_eq!(painted(&["--style", "a.style"]).dimensions(), (60, 40));
    // In a recipe.
    succeeded(&desk.stylize(&["--instant", "--style", "a.style", "--output", "first.png"]));
    succeeded(&desk.run(&["stylize", "--recipe", "first.png", "--output", "again.png"]));
    assert_eq!(pixels(&desk.path("again.png")), pixels(&desk.path("first.png")));
    let arguments = ["gallery", "--content", "photo.png", "--style", "a.style", "--output", "sheet.png", "--instant"];
    succeeded(&desk.run(&arguments));
    // The photo is kept where a mask says so.
    DynamicImage::from(RgbImage::from_pixel(60, 40, image::Rgb([255; 3]))).save(desk.path("white.png")).unwrap();
    let kept = painted(&["--instant", "--style", "a.style", "--protect", "white.png"]);
    assert_eq!(kept, pixels(&desk.path("photo.png")));
}

#[test]
fn wrong_input_is_refused_in_one_sentence() {
    let desk = Desk::new();
    desk.write("notes.txt", b"no picture");
    std::fs::create_dir(desk.path("empty")).unwrap();
    for (arguments, sentence) in [
        (&["--output", "a.png"][..], "ends in .style"),
        (&["--style", "missing.png"], "there is no such file"),
        (&["--style", "notes.txt"], "not a picture"),
        (&["--style", "painting.png:0"], "weight is 0"),
        (&["--style", "painting.png:1:photo.png"], "leave out the mask"),
        (&["--steps", "0"], "must be 1 to"),
        (&["--time-limit", "-1"], "must be more than 0"),
        (&["--size", "20"], "must be 128 to"),
        (&["--threads", "0"], "between 1 and 1024"),
        (&["--adversary", "101"], "101 is not in 0..=100"),
        (&["--stability", "101"], "101 is not in 0..=100"),
        (&["--photos", "empty"], "no pictures"),
        (&["--photos", "missing"], "cannot be read"),
        (&["--output", "missing/a.style"], "folder does not exist"),
    ] {
        refused(&train(&desk, arguments), sentence);
    }
    assert!(!desk.path("a.style").exists());
    desk.write("a.style", b"something else");
    refused(&train(&desk, &["--steps", "2"]), "exists already");
    assert_eq!(desk.read("a.style"), b"something else");
    succeeded(&train(&desk, &["--steps", "2", "--overwrite"]));
    refused(&train(&desk, &["--steps", "2"]), "exists already");
    refused(&train(&desk, &["--style", "a.style", "--output", "b.style"]), "trained style already");
    // Damaged, newer and foreign files, wherever pictures are read.
    let bytes = desk.read("a.style");
    let mut damaged = bytes.clone();
    let middle = damaged.len() / 2;
    damaged[middle] ^= 1;
    desk.write("damaged.style", &damaged);
    desk.write("cut.style", &bytes[..bytes.len() - 10]);
    let newer = String::from_utf8_lossy(&bytes[..300]).replace("\\\"version\\\":1", "\\\"version\\\":2");
    desk.write("newer.style", &[newer.as_bytes(), &bytes[300..]].concat());
    desk.write("foreign.style", b"\x02\0\0\0\0\0\0\0{}");
    for (name, sentence) in [
        ("damaged.style", "trained style is damaged"),
        ("cut.style", "trained style is damaged"),
        ("newer.style", "newer than this version"),
        ("foreign.style", "not a picture"),
    ] {
        refused(&desk.stylize(&["--instant", "--style", name]), sentence);
    }
}

#[test]
fn several_paintings_and_a_time_limit() {
    let desk = Desk::new();
    desk.picture("wide.png", 90, 20);
    let both = ["--style", "painting.png:2", "--style", "wide.png"];
    succeeded(&train(&desk, &[&both[..], &["--time-limit", "1.5", "--json"]].concat()));
    let file = StyleFile::open(&desk.path("a.style")).unwrap();
    assert!(file.unfinished.is_none() && file.style.record.steps > 0);
    assert_eq!(file.style.record.paintings, [("painting.png".to_owned(), 2.0), ("wide.png".to_owned(), 1.0)]);
    // The picture in it shows both, equally high.
    let picture = image::load_from_memory(&file.picture).unwrap();
    assert_eq!((picture.width(), picture.height()), (20 + 90, 20));
    let mut many = vec!["--steps", "1", "--output", "b.style"];
    many.extend(["--style", "wide.png"].repeat(17));
    refused(&train(&desk, &many), "name at most 16");
    desk.picture("line.png", 50, 1);
    refused(&train(&desk, &["--style", "line.png", "--output", "b.style"]), "at least 2 on each side");
}

#[test]
fn photos_of_a_folder_are_used() {
    let desk = Desk::new();
    std::fs::create_dir(desk.path("photos")).unwrap();
    for name in ["photos/one.png", "photos/two.png"] {
        desk.picture(name, 300, 280);
    }
    desk.write("photos/notes.txt", b"no picture");
    desk.write("photos/broken.png", b"no picture either");
    succeeded(&train(&desk, &["--steps", "2", "--photos", "photos"]));
    succeeded(&train(&desk, &["--steps", "2", "--output", "b.style"]));
    assert!(desk.read("a.style") != desk.read("b.style"));
    assert!(String::from_utf8_lossy(&desk.read("a.style")[..1000]).contains("\\\"photos\\\":2"));
}

/// Starts a training that reports each step.
fn start(desk: &Desk, arguments: &[&str]) -> (Child, impl Iterator<Item = u64> + use<>) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_impasto"))
        .current_dir(desk.0.path())
        .args(["train", "--style", "painting.png", "--output", "a.style", "--threads", "2", "--json"])
        .args(arguments)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
    let step = |line: String| serde_json::from_str::<serde_json::Value>(&line).ok()?["step"].as_u64();
    (child, lines.filter_map(step))
}

#[cfg(unix)]
#[test]
fn an_interrupted_training_keeps_what_it_learned_and_goes_on() {
    let desk = Desk::new();
    let choices = ["--adversary", "40", "--stability", "30", "--steps", "12"];
    succeeded(&train(&desk, &[&choices[..], &["--output", "whole.style"]].concat()));
    succeeded(&train(&desk, &["--steps", "12", "--output", "without.style"]));
    assert!(network(&desk, "whole.style") != network(&desk, "without.style"));
    let (mut child, mut steps) = start(&desk, &choices);
    // The adversary takes part in the last third.
    assert!(steps.any(|step| step >= 9));
    let interrupt = nix::sys::signal::Signal::SIGINT;
    nix::sys::signal::kill(nix::unistd::Pid::from_raw(child.id().cast_signed()), interrupt).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert!(StyleFile::open(&desk.path("a.style")).unwrap().unfinished.unwrap().adversary.is_some());
    // Where a discriminator of another size is in the file, training does not even begin.
    let mut other = StyleFile::open(&desk.path("a.style")).unwrap();
    if let Some(adversary) = other.unfinished.as_mut().and_then(|state| state.adversary.as_mut()) {
        let ParametersInTraining { parameters, mean, square } = &mut adversary.discriminator;
        for array in [parameters, mean, square] {
            array.truncate(100);
        }
    }
    desk.write("other.style", &other.to_bytes().unwrap());
    let output = train(&desk, &[&choices[..], &["--output", "other.style"]].concat());
    assert!(text(&output.stderr).contains("another version of Impasto"), "{}", text(&output.stderr));
    // It is a style already.
    succeeded(&desk.stylize(&["--instant", "--style", "a.style"]));
    for [steps, adversary, stability] in [["13", "40", "30"], ["12", "39", "30"], ["12", "40", "29"]] {
        let other = ["--steps", steps, "--adversary", adversary, "--stability", stability];
        refused(&train(&desk, &other), "unfinished training of other pictures or settings");
    }
    // Also where overwriting is allowed, as the same words are used again.
    let output = train(&desk, &[&choices[..], &["--json", "--overwrite"]].concat());
    succeeded(&output);
    assert!(!text(&output.stdout).lines().next().unwrap().contains("\"before\":0"));
    assert!(desk.read("a.style") == desk.read("whole.style"));
}

/// What was learned is saved every eight seconds.
#[test]
fn a_killed_training_loses_at_most_ten_seconds() {
    let mut random = StdRng::seed_from_u64(11);
    let waits: Vec<f64> =
        if campaign::is_on() { (0..30).map(|_| random.random_range(0.0..20.0)).collect() } else { vec![0.2, 9.0, 1.0] };
    let desk = Desk::new();
    let (mut seen, mut most_lost) = (0, 0f64);
    for wait in &waits {
        let (mut child, mut steps) = start(&desk, &["--steps", "100000"]);
        let first = steps.next().unwrap();
        let began = Instant::now();
        let last = steps.take_while(|_| began.elapsed().as_secs_f64() < *wait).last().unwrap_or(first);
        let pace = ((last - first) as f64 / began.elapsed().as_secs_f64()).max(0.1);
        child.kill().unwrap();
        child.wait().unwrap();
        let kept = match StyleFile::open(&desk.path("a.style")) {
            Ok(file) => file.style.record.steps,
            Err(error) => panic!("{wait}: {error}"),
        };
        let lost = last.saturating_sub(kept) as f64 / pace;
        assert!(lost <= 10.0, "{wait}: {kept} of {last} steps, {pace} a second");
        assert!(kept >= seen && first > seen, "{wait}");
        (seen, most_lost) = (kept, most_lost.max(lost));
    }
    assert!(seen > 0);
    if campaign::is_on() {
        let kills = waits.len();
        let text = format!("| kills | most training lost |\n|---|---|\n| {kills} | {most_lost:.1} s |\n");
        campaign::write_section("training kills", &text);
    }
}
