//! `video`: what survives of a clip, what is steady, and what an interruption costs.

use std::io::{BufRead, BufReader};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use impasto::clip::{ClipFormat, ClipFrame, ClipSource, ClipTarget};
use impasto::engine::pyramid::Size;
use impasto::picture::Picture;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde_json::Value;

use super::*;

/// Paints a clip with the painting of the desk, unless `arguments` name another style.
fn video(desk: &Desk, arguments: &[&str]) -> Output {
    desk.run(&words(arguments))
}

fn words<'a>(arguments: &[&'a str]) -> Vec<&'a str> {
    let style = if arguments.contains(&"--style") { &[][..] } else { &["--style", "painting.png"] };
    [&["video"], arguments, style].concat()
}

/// Writes an animation of `count` frames: a pattern that moves by `step` pixels a frame.
fn animation(desk: &Desk, name: &str, Size { width, height }: Size, (count, step): (u32, u32)) {
    let path = desk.path(name);
    let frame = |index: u32| {
        let pixels = RgbImage::from_fn(width as u32, height as u32, |x, y| {
            let x = x + step * index;
            let wave =
                ((x as f32 * 0.35).sin() + (y as f32 * 0.27).cos() + (x as f32 * 0.11 + y as f32 * 0.05).sin()) * 40.0;
            image::Rgb([(128.0 + wave) as u8, ((x / 9 + y / 7) % 2 * 90 + 60) as u8, (140.0 - wave) as u8])
        });
        Picture::new(DynamicImage::from(pixels))
    };
    let base = impasto::clip::TimeBase::one_in(100);
    let mut info = impasto::clip::ClipInfo::of_pictures((width as u32, height as u32), base);
    info.plays = Some(0);
    let format = ClipFormat::of(&path, None).unwrap();
    let mut writer = ClipTarget::new(&path, format, &info).create().unwrap();
    for index in 0..count {
        // Frames are shown for different times.
        let (time, duration) =
            (i64::from(index) * 8 + i64::from(index % 3), 8 + i64::from((index + 1) % 3) - i64::from(index % 3));
        writer.write(&ClipFrame { picture: frame(index), time, duration }).unwrap();
    }
    writer.finish().unwrap();
}

const SMALL: Size = Size { width: 72, height: 48 };

fn frames(path: &Path) -> Vec<ClipFrame> {
    let source = ClipSource::open(path, None, None).unwrap();
    let mut reader = source.frames().unwrap();
    std::iter::from_fn(|| reader.read().unwrap()).collect()
}

fn rgb(frame: &ClipFrame) -> RgbImage {
    frame.picture.pixels().to_rgb8()
}

/// ffmpeg is not asked for where it is not needed.
#[test]
fn animations_and_numbered_pictures_are_painted_without_ffmpeg() {
    let desk = Desk::new();
    animation(&desk, "clip.gif", SMALL, (5, 2));
    let without_ffmpeg = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_impasto"));
        command.current_dir(desk.0.path()).env("PATH", "").args(words(arguments)).output().unwrap()
    };
    for output in ["out.gif", "out.apng", "out.webp"] {
        let painted = without_ffmpeg(&["--input", "clip.gif", "--output", output, "--json"]);
        succeeded(&painted);
        let (before, after) = (frames(&desk.path("clip.gif")), frames(&desk.path(output)));
        let seconds = |name: &str, frames: &[ClipFrame]| -> Vec<f64> {
            let base = ClipSource::open(&desk.path(name), None, None).unwrap().info().time_base;
            frames.iter().map(|frame| (base.seconds(frame.time) * 1000.0).round()).collect()
        };
        assert_eq!(seconds("clip.gif", &before), seconds(output, &after), "{output}");
        let change = before.iter().zip(&after).map(|(one, other)| difference(&rgb(one), &rgb(other)));
        assert!(change.clone().all(|change| change > 10.0), "{output}: {:?}", change.collect::<Vec<_>>());
        assert_eq!(ClipSource::open(&desk.path(output), None, None).unwrap().info().plays, Some(0));
        // The mark that a trained algorithm made it.
        let bytes = desk.read(output);
        assert!(text(&bytes).contains("compositeWithTrainedAlgorithmicMedia"), "{output}");
        // Nothing is left beside it.
        assert!(!desk.path(&format!("{output}.frames")).exists());
    }
    std::fs::create_dir(desk.path("numbered")).unwrap();
    for (index, frame) in frames(&desk.path("clip.gif")).iter().enumerate() {
        rgb(frame).save(desk.path(&format!("numbered/shot-{index}.png"))).unwrap();
    }
    succeeded(&without_ffmpeg(&["--input", "numbered", "--output", "painted"]));
    for index in 0..5 {
        assert_eq!(size(&desk.path(&format!("painted/shot-{index}.png"))), (72, 48));
    }
    let refusal = without_ffmpeg(&["--input", "clip.gif", "--output", "film.mp4"]);
    assert_eq!(refusal.status.code(), Some(2));
    assert!(text(&refusal.stderr).contains("install ffmpeg"), "{}", text(&refusal.stderr));
}

#[test]
fn progress_is_reported_for_each_frame() {
    let desk = Desk::new();
    animation(&desk, "clip.gif", SMALL, (4, 2));
    let output = video(&desk, &["--input", "clip.gif", "--output", "out.gif", "--json", "--size", "60"]);
    succeeded(&output);
    let lines: Vec<Value> = text(&output.stdout).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((&lines[0]["event"], &lines[0]["scales"]), (&"started".into(), &serde_json::json!([[60, 40]])));
    for (index, line) in lines[1..5].iter().enumerate() {
        assert_eq!((&line["event"], &line["frame"], &line["of"]), (&"progress".into(), &(index + 1).into(), &4.into()));
        assert!(line["seconds"].as_f64().unwrap() > 0.0);
    }
    let last = &lines[5];
    assert_eq!((&last["event"], &last["frames"], &last["width"]), (&"finished".into(), &4.into(), &60.into()));
}

/// In a walk there and back that is a loop, the step from the last frame to the first is like every other one.
#[test]
fn loops_close() {
    const STEP: u32 = 2;
    const WINDOW: (u32, u32) = (160, 96);
    let desk = Desk::new();
    std::fs::create_dir(desk.path("walk")).unwrap();
    let photo = image::open("assets/samples/chelsea.jpg").unwrap();
    let places: Vec<u32> = (0..=10).chain((1..10).rev()).map(|step| STEP * step).collect();
    for (index, place) in places.iter().enumerate() {
        let frame = photo.crop_imm(60 + place, 60, WINDOW.0, WINDOW.1);
        frame.save(desk.path(&format!("walk/{index:02}.png"))).unwrap();
    }
    // How much the painted frames differ, from each to the next and from the last to the first, where they show the same.
    let steps = |output: &str, arguments: &[&str]| -> Vec<f64> {
        succeeded(&video(&desk, &[&["--input", "walk", "--output", output], arguments].concat()));
        let painted: Vec<RgbImage> = frames(&desk.path(output)).iter().map(rgb).collect();
        let seen = |index: usize, other: usize| {
            let left = places[other].saturating_sub(places[index]) + STEP;
            image::imageops::crop_imm(&painted[index], left, 0, WINDOW.0 - 4 * STEP, WINDOW.1).to_image()
        };
        let next = |index: usize| (index + 1) % painted.len();
        (0..painted.len()).map(|index| difference(&seen(index, next(index)), &seen(next(index), index))).collect()
    };
    let worst = |steps: &[f64]| steps.iter().copied().fold(0.0, f64::max);
    let (closed, open) = (steps("closed", &["--loop"]), steps("open", &[]));
    let (seam, rest) = closed.split_last().unwrap();
    assert!(*seam < 1.15 * worst(rest), "{closed:?}");
    // Without it there is a seam.
    assert!(open[open.len() - 1] > 1.3 * worst(rest), "{open:?}");
}

/// A still clip stays still over 200 frames, and gets neither darker nor paler.
#[test]
fn still_clips_stay_still() {
    let desk = Desk::new();
    std::fs::create_dir(desk.path("still")).unwrap();
    let photo = image::open("assets/samples/chelsea.jpg").unwrap().thumbnail(120, 120);
    for index in 0..200 {
        photo.save(desk.path(&format!("still/{index:03}.png"))).unwrap();
    }
    succeeded(&video(&desk, &["--input", "still", "--output", "out.apng"]));
    let painted = frames(&desk.path("out.apng"));
    let change = difference(&rgb(&painted[0]), &rgb(&painted[199]));
    assert!(painted.len() == 200 && change < 2.5, "{change}");
    let brightness = |frame: &ClipFrame| {
        let pixels = rgb(frame).into_raw();
        pixels.iter().map(|&value| f64::from(value)).sum::<f64>() / pixels.len() as f64
    };
    let drift = brightness(&painted[199]) - brightness(&painted[0]);
    assert!(drift.abs() < 1.5, "{drift}");
}

/// Kills the painting of a clip at random moments, goes on each time, and compares the clip with one painted in one go.
#[test]
fn a_killed_painting_goes_on_and_gives_the_same_clip() {
    let desk = Desk::new();
    let (size, count) = if campaign::is_on() { (Size { width: 160, height: 96 }, 900) } else { (SMALL, 80) };
    animation(&desk, "clip.apng", size, (count, 2));
    let arguments = ["--input", "clip.apng", "--output", "out.apng", "--threads", "2"];
    succeeded(&video(&desk, &[&arguments[..2], &["--output", "whole.apng", "--threads", "2"]].concat()));
    let mut random = StdRng::seed_from_u64(5);
    let kills = if campaign::is_on() { 30 } else { 3 };
    let (mut most_lost, mut seen) = (0, 0);
    for kill in 0..kills {
        let (mut child, lines) = start(&desk, &arguments);
        let (begin, wait) = (Instant::now(), Duration::from_secs_f64(random.random_range(0.2..0.8)));
        let mut last = seen;
        for line in lines {
            if line["event"] == "progress" {
                last = last.max(line["frame"].as_u64().unwrap());
            }
            if begin.elapsed() >= wait {
                break;
            }
        }
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(!desk.path("out.apng").exists());
        let kept = kept_frames(&desk, "out.apng.frames");
        most_lost = most_lost.max(last.saturating_sub(kept));
        assert!(kept >= seen, "kill {kill}: {kept} of {last}");
        seen = kept;
    }
    assert_eq!(most_lost, 0, "a frame that was reported is kept");
    succeeded(&video(&desk, &arguments));
    assert!(desk.read("out.apng") == desk.read("whole.apng"));
    assert!(!desk.path("out.apng.frames").exists());
    if campaign::is_on() {
        let text = format!(
            "| kills | frames of {count} painted in between | frames lost |\n|---|---|---|\n| {kills} | {seen} | {most_lost} |\n"
        );
        campaign::write_section("video kills", &text);
    }
}

/// Frames that are kept in a folder, each of which can be read.
fn kept_frames(desk: &Desk, folder: &str) -> u64 {
    let Ok(files) = std::fs::read_dir(desk.path(folder)) else { return 0 };
    let pictures = files.map(|file| file.unwrap().path()).filter(|path| {
        let is_hidden = path.file_name().unwrap().to_string_lossy().starts_with('.');
        path.extension().is_some_and(|ending| ending == "png") && !is_hidden
    });
    pictures.inspect(|path| drop(pixels(path))).count() as u64
}

/// Begins to paint a clip; returns the process and its events.
fn start(desk: &Desk, arguments: &[&str]) -> (Child, impl Iterator<Item = Value> + use<>) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_impasto"));
    command.current_dir(desk.0.path()).args(words(arguments)).args(["--json", "--quiet"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    (child, lines.map_while(Result::ok).map(|line| serde_json::from_str(&line).unwrap()))
}

/// Ctrl+C keeps a clip of the frames so far, and the same words go on.
#[cfg(unix)]
#[test]
fn an_interrupt_keeps_the_frames_so_far() {
    use nix::sys::signal::{Signal, kill};
    use nix::unistd::Pid;
    let desk = Desk::new();
    animation(&desk, "clip.gif", SMALL, (60, 2));
    let arguments = ["--input", "clip.gif", "--output", "out.webp", "--keep-colors", "40"];
    let (mut child, mut lines) = start(&desk, &arguments);
    while lines.next().is_some_and(|line| line["frame"] != 5) {}
    kill(Pid::from_raw(child.id().cast_signed()), Signal::SIGINT).unwrap();
    let rest: Vec<Value> = lines.collect();
    assert_eq!(child.wait().unwrap().code(), Some(130));
    let kept = rest.last().unwrap()["frames"].as_u64().unwrap();
    assert!((5..60).contains(&kept), "{kept}");
    assert_eq!(frames(&desk.path("out.webp")).len() as u64, kept);
    let output = video(&desk, &[&arguments[..], &["--json"]].concat());
    succeeded(&output);
    assert!(text(&output.stderr).contains("goes on after frame"), "{}", text(&output.stderr));
    assert_eq!(frames(&desk.path("out.webp")).len(), 60);
    // Only the frames that were still to paint are reported.
    let told: Vec<Value> = text(&output.stdout).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let events: Vec<&str> = told.iter().map(|event| event["event"].as_str().unwrap()).collect();
    assert_eq!((events[0], told[0]["before"].as_u64(), events.len() as u64), ("started", Some(kept), 62 - kept));
    // A finished clip is not overwritten; with --resume it stays as it is.
    refused(&video(&desk, &arguments), "exists");
    succeeded(&video(&desk, &[&arguments[..], &["--resume"]].concat()));
}

/// A file of somebody else that has come to the place of an unfinished clip stays.
#[cfg(unix)]
#[test]
fn going_on_replaces_only_what_was_left() {
    use nix::sys::signal::{Signal, kill};
    let desk = Desk::new();
    animation(&desk, "in.apng", Size { width: 32, height: 24 }, (60, 1));
    let arguments = ["--input", "in.apng", "--output", "out.apng"];
    let (mut child, mut events) = start(&desk, &arguments);
    assert!(events.any(|event| event["frame"].as_u64().is_some_and(|frame| frame >= 3)));
    kill(nix::unistd::Pid::from_raw(child.id().cast_signed()), Signal::SIGINT).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130));
    let left = desk.read("out.apng");
    desk.write("out.apng", b"precious");
    let output = video(&desk, &arguments);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("out.apng"), "{}", text(&output.stderr));
    assert!(desk.read("out.apng") == b"precious" && desk.path("out.apng.frames").is_dir() && left != b"precious");
    std::fs::remove_file(desk.path("out.apng")).unwrap();
    succeeded(&video(&desk, &arguments));
    assert_eq!(frames(&desk.path("out.apng")).len(), 60);
}

#[test]
fn what_cannot_be_painted_is_refused_in_one_sentence() {
    let desk = Desk::new();
    animation(&desk, "tiny.gif", Size { width: 60, height: 48 }, (3, 1));
    let small = ["--input", "tiny.gif", "--output", "small.mp4", "--codec", "av1"];
    refused(&video(&desk, &small), "AV1 needs at least 64 pixels on each side; choose another codec: small.mp4");
    animation(&desk, "odd.gif", Size { width: 65, height: 64 }, (3, 1));
    let odd = ["--input", "odd.gif", "--output", "odd.mp4", "--codec", "av1"];
    refused(&video(&desk, &odd), "AV1 needs an even width and height, but the frames are 65 × 64");
    animation(&desk, "clip.gif", SMALL, (3, 2));
    let refusal = |arguments: &[&str], sentence: &str| {
        let defaults: &[&str] = if arguments.contains(&"--output") { &[] } else { &["--output", "out.gif"] };
        refused(&video(&desk, &[arguments, defaults].concat()), sentence);
    };
    refusal(&["--input", "photo.png"], "still picture");
    refusal(&["--input", "missing.mp4"], "no such file");
    refusal(&["--input", "clip.gif", "--steadiness", "101"], "between 0 and 100");
    refusal(&["--input", "clip.gif", "--from", "2", "--to", "1"], "ends at 1 seconds, before it begins at 2");
    refusal(&["--input", "clip.gif", "--from", "9"], "no frames between these times");
    refusal(&["--input", "clip.gif", "--output", "clip.gif"], "would be lost");
    refusal(&["--input", "clip.gif", "--output", "out.doc"], "out.doc");
    refusal(&["--input", "clip.gif", "--output", "out.gif", "--codec", "h264"], "H.264");
    refusal(&["--input", "clip.gif", "--from", "soon"], "seconds");
    // Frames of another painting are not mixed with these.
    succeeded(&video(&desk, &["--input", "clip.gif", "--output", "out.gif"]));
    std::fs::create_dir(desk.path("other.gif.frames")).unwrap();
    desk.write("other.gif.frames/painting.json", br#"{"about": "", "fingerprint": "another"}"#);
    refusal(&["--input", "clip.gif", "--output", "other.gif"], "another clip, style or setting");
    succeeded(&video(&desk, &["--input", "clip.gif", "--output", "other.gif", "--overwrite"]));
}

/// By optimisation, a part of a clip, with some of its own colours.
#[test]
fn a_part_of_a_clip_is_optimised() {
    let desk = Desk::new();
    animation(&desk, "clip.gif", SMALL, (8, 1));
    let arguments = ["--input", "clip.gif", "--output", "out.apng", "--method", "optimise", "--iterations", "3"];
    let arguments = [&arguments[..], &["--from", "0.1", "--to", "0.5", "--keep-colors", "40"]].concat();
    succeeded(&video(&desk, &arguments));
    let (before, painted) = (frames(&desk.path("clip.gif")), frames(&desk.path("out.apng")));
    let times: Vec<i64> = before.iter().map(|frame| frame.time).filter(|time| (10..50).contains(time)).collect();
    assert_eq!(painted.len(), times.len());
    let base = ClipSource::open(&desk.path("out.apng"), None, None).unwrap().info().time_base;
    for (frame, time) in painted.iter().zip(times) {
        // An animation begins at once, whenever its first frame was shown before.
        let own = base.seconds(frame.time) - base.seconds(painted[0].time);
        let first = before.iter().map(|frame| frame.time).find(|time| *time >= 10).unwrap();
        assert!((own - (time - first) as f64 / 100.0).abs() < 1e-6);
    }
}
