//! Clips that are written in another format than they were read in.

use std::path::{Path, PathBuf};

use image::{DynamicImage, Rgba, RgbaImage};
use impasto::clip::{ClipFormat, ClipFrame, ClipSource, ClipTarget, TimeBase};

use super::{PICTURE, Reel, difference, ffmpeg, frames, probed, sidecar};

/// Copies the frames of a clip into another.
fn converted(from: &Path, to: &Path) -> ClipSource {
    let source = ClipSource::open(from, None, None).unwrap();
    let mut target = ClipTarget::new(to, ClipFormat::of(to, None).unwrap(), source.info());
    target.sidecar = source.is_coded().then(|| sidecar(from));
    target.names = source.names();
    let (mut reader, mut writer) = (source.frames().unwrap(), target.create().unwrap());
    while let Some(frame) = reader.read().unwrap() {
        writer.write(&frame).unwrap();
    }
    writer.finish().unwrap();
    ClipSource::open(to, None, None).unwrap()
}

/// The seconds at which frames begin, and that at which the last ends.
fn seconds(source: &ClipSource) -> Vec<f64> {
    let base = source.info().time_base;
    let frames = frames(source);
    let end = frames.last().map(|frame| frame.time + frame.duration);
    frames.iter().map(|frame| frame.time).chain(end).map(|ticks| base.seconds(ticks)).collect()
}

/// Writes an animation in which a transparent square moves, with these delays in hundredths of a second.
fn animation(reel: &Reel, name: &str, delays: &[i64]) -> PathBuf {
    std::fs::create_dir_all(reel.path("stills")).unwrap();
    for (number, _) in delays.iter().enumerate() {
        let at = number as u32 * 3;
        let pixels = RgbaImage::from_fn(64, 48, |x, y| {
            let alpha = if (at..at + 20).contains(&x) && y < 20 { 0 } else { 255 };
            Rgba([200, (y * 5) as u8, (x * 3) as u8, alpha])
        });
        DynamicImage::from(pixels).save(reel.path(&format!("stills/{number}.png"))).unwrap();
    }
    let stills = ClipSource::open(&reel.path("stills"), None, None).unwrap();
    let mut info = stills.info().clone();
    info.time_base = TimeBase::one_in(100);
    let path = reel.path(name);
    let mut writer = ClipTarget::new(&path, ClipFormat::of(&path, None).unwrap(), &info).create().unwrap();
    let mut time = 0;
    for (frame, delay) in frames(&stills).into_iter().zip(delays) {
        writer.write(&ClipFrame { time, duration: *delay, ..frame }).unwrap();
        time += delay;
    }
    writer.finish().unwrap();
    path
}

#[test]
fn stamps_of_films_are_rounded_but_do_not_drift() {
    if ffmpeg().is_none() {
        return;
    }
    let reel = Reel::new();
    let ntsc = "-f lavfi -i testsrc=size=160x90:rate=30000/1001:duration=2 -c:v libx264 -pix_fmt yuv420p";
    let from = reel.make("ntsc.mp4", &format!("{ntsc} -video_track_timescale 90000"));
    let before = seconds(&ClipSource::open(&from, None, None).unwrap());
    for (name, tick) in [("a.gif", 0.01), ("a.webp", 0.001), ("a.png", 0.0), ("a.mkv", 0.001)] {
        let new = converted(&from, &reel.path(name));
        let after = seconds(&new);
        assert_eq!((before.len(), new.count()), (after.len(), Some(60)), "{name}");
        for (before, after) in before.iter().zip(&after) {
            assert!((before - after).abs() <= tick / 2.0 + 1e-6, "{name}: {before} {after}");
        }
        // A film says not how often it plays: as an animation it is repeated.
        assert_eq!(new.info().plays, if new.is_coded() { None } else { Some(0) });
    }
}

#[test]
fn a_gif_of_a_fast_film_lacks_the_frames_that_programs_would_show_too_long() {
    if ffmpeg().is_none() {
        return;
    }
    let reel = Reel::new();
    let fast = "-f lavfi -i testsrc=size=64x48:rate=60:duration=1 -c:v libx264 -pix_fmt yuv420p";
    let new = converted(&reel.make("fast.mp4", fast), &reel.path("fast.gif"));
    let shown = frames(&new);
    assert!((30..=50).contains(&shown.len()), "{}", shown.len());
    assert!(shown.iter().all(|frame| frame.duration >= 2));
    assert!((seconds(&new).last().unwrap() - 1.0).abs() < 0.02);
}

#[test]
fn animations_become_films_over_black() {
    if ffmpeg().is_none() {
        return;
    }
    let reel = Reel::new();
    for name in ["a.gif", "a.png", "a.webp"] {
        let from = animation(&reel, name, &[7, 3, 20, 5]);
        let new = converted(&from, &reel.path("a.mp4"));
        let (_, stamps, _) = probed(&reel.path("a.mp4"));
        let stamps: Vec<f64> = stamps.iter().map(|stamp| stamp.parse().unwrap()).collect();
        assert_eq!(stamps, [0.0, 0.07, 0.1, 0.3], "{name}");
        assert!((new.info().duration.unwrap() - 0.35).abs() < 0.03, "{name}: {:?}", new.info().duration);
        assert!(!new.info().has_alpha);
        let source = ClipSource::open(&from, None, None).unwrap();
        for (given, new) in frames(&source).iter().zip(frames(&new)) {
            let black = RgbaImage::from_fn(64, 48, |x, y| {
                let [red, green, blue, alpha] = given.picture.pixels().to_rgba8().get_pixel(x, y).0;
                if alpha == 0 { Rgba([0, 0, 0, 255]) } else { Rgba([red, green, blue, 255]) }
            });
            let black = ClipFrame { picture: impasto::picture::Picture::new(black.into()), ..given.clone() };
            let lost = difference(&black, &new);
            assert!(lost < 6.0, "{name}: {lost}");
        }
        let new = converted(&from, &reel.path("a.webm"));
        assert!(new.info().has_alpha, "{name}");
        let pixels = frames(&new)[0].picture.pixels().to_rgba8();
        assert!(pixels.get_pixel(5, 5).0[3] < 12 && pixels.get_pixel(50, 30).0[3] > 243, "{name}");
    }
}

#[test]
fn frames_without_a_delay_are_shown_in_a_film_and_the_last_is_held() {
    if ffmpeg().is_none() {
        return;
    }
    let reel = Reel::new();
    let from = animation(&reel, "a.gif", &[0, 0, 5, 0]);
    let new = converted(&from, &reel.path("a.mp4"));
    let stamps = seconds(&new);
    assert!(stamps.iter().zip([0.0, 0.1, 0.2, 0.25]).all(|(new, old)| (new - old).abs() < 1e-6), "{stamps:?}");
    let from = animation(&reel, "b.gif", &[5, 5, 5, 300]);
    let new = converted(&from, &reel.path("b.mp4"));
    // The last frame is there again, so that it is held.
    assert_eq!(new.count(), Some(5));
    assert!((new.info().duration.unwrap() - 3.15).abs() < 0.06, "{:?}", new.info().duration);
}

#[test]
fn films_become_pictures_and_pictures_films() {
    if ffmpeg().is_none() {
        return;
    }
    let reel = Reel::new();
    let from = reel.make("a.mkv", &format!("{PICTURE} -c:v ffv1 -pix_fmt bgr0"));
    let pictures = converted(&from, &reel.path("frames"));
    assert_eq!((pictures.count(), pictures.names()[24].as_str()), (Some(25), "000025.png"));
    let film = converted(&reel.path("frames"), &reel.path("new.mp4"));
    assert_eq!((film.count(), film.info().size), (Some(25), (160, 90)));
    assert!(probed(&reel.path("new.mp4")).1[24].starts_with("0.96"));
    for (one, other) in frames(&pictures).iter().zip(frames(&film)) {
        let lost = difference(one, &other);
        assert!(lost < 6.0, "{lost}");
    }
}
