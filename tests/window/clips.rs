//! Clips in the window: an animation is looked at, painted, stopped and gone on with. No ffmpeg is needed.

use std::path::{Path, PathBuf};

use eframe::egui::vec2;
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use image::{DynamicImage, Rgb, RgbImage};
use impasto::app::model::question::Question;
use impasto::app::model::view::Side;
use impasto::app::preferences::StoredPreferences;
use impasto::app::services::desktop::FileRequest;
use impasto::clip::{AnimationFormat, AnimationWriter, ClipFrame, ClipInfo, ClipSource, FrameWriter as _, TimeBase};
use impasto::picture::Picture;
use impasto::studio::video::{ClipPart, VideoPlace};

use crate::layout;
use crate::support::{Person, painting, tiny_network};

/// Writes an animated GIF in which a square moves to the right, with a frame every fifth of a second.
pub(crate) fn dance(folder: &Path, frames: u32) -> PathBuf {
    let path = folder.join("dance.gif");
    let info = ClipInfo::of_pictures((96, 64), TimeBase::one_in(100));
    let mut writer = AnimationWriter::create(&path, AnimationFormat::Gif, &info, None).unwrap();
    for number in 0..frames {
        let left = 4 + number * 2;
        let pixels = RgbImage::from_fn(96, 64, |x, y| {
            if (left..left + 24).contains(&x) && (20..44).contains(&y) {
                Rgb([230, 220, 200])
            } else {
                Rgb([(x * 2) as u8, 90, (y * 3) as u8])
            }
        });
        let picture = Picture::new(DynamicImage::from(pixels));
        writer.write(&ClipFrame { picture, time: 20 * i64::from(number), duration: 20 }).unwrap();
    }
    Box::new(writer).finish().unwrap();
    path
}

/// A folder of numbered pictures is a clip as well.
#[test]
fn a_person_drops_a_folder_of_numbered_pictures() {
    let mut person = Person::new();
    let folder = person.file("dance");
    std::fs::create_dir(&folder).unwrap();
    let pictures: Vec<RgbImage> =
        frames(&dance(person.folder.path(), 3)).iter().map(|frame| frame.picture.pixels().to_rgb8()).collect();
    for (index, picture) in pictures.iter().enumerate() {
        picture.save(folder.join(format!("{}.png", index + 8))).unwrap();
    }
    person.drop_files(&[painting(person.folder.path()), folder.clone()]);
    person.wait_until("clip and painting", |state| state.clip.is_some() && state.start_obstacle().is_none());
    assert_eq!(person.state().sources.paintings.len(), 1);
    assert!(person.harness.query_by_label("96 × 64, 0.1 s, 3 frames").is_some());
    assert_eq!(person.state().sources.photo_picture().unwrap().pixels().to_rgb8(), pictures[0]);
    let out = person.file("painted.png");
    person.set_number("Size, number", 96.0);
    person.script.answer(&[&out]);
    person.press("Paint clip…");
    person.wait_for_notice("painted.png is painted, 3 frames");
    assert_eq!(frames(&out).len(), 3);

    // It has no pictures.
    let other = person.file("holiday");
    std::fs::create_dir(&other).unwrap();
    person.drop_files(&[other]);
    person.wait_for_notice("There are no pictures that Impasto can read; choose others");
    assert!(person.state().clip.is_some());
}

/// Drops a clip and a painting, and sets a small size.
fn load(person: &mut Person, frames: u32) {
    let files = [painting(person.folder.path()), dance(person.folder.path(), frames)];
    person.drop_files(&files);
    person.wait_until("clip and painting", |state| state.clip.is_some() && state.start_obstacle().is_none());
    person.set_number("Size, number", 96.0);
}

/// The frames of a clip and how they are shown.
fn frames(path: &Path) -> Vec<ClipFrame> {
    let mut reader = ClipSource::open(path, None, None).unwrap().frames().unwrap();
    std::iter::from_fn(|| reader.read().unwrap()).collect()
}

#[test]
fn a_person_looks_at_a_clip_and_paints_a_part_of_it() {
    let mut person = Person::new();
    load(&mut person, 10);
    assert_eq!(person.state().sources.paintings.len(), 1);
    assert!(person.harness.query_by_label("dance.gif").is_some());
    assert!(person.harness.query_by_label("96 × 64, 2.0 s, 10 frames").is_some());
    person.wait_until("the instant picture", |state| state.shown_instant().is_some());
    let first = person.state().sources.photo_picture().unwrap().clone();
    person.set_slider("Time in the clip", 0.41);
    person.wait_until("another frame", |state| state.clip.as_ref().is_some_and(|clip| clip.reading_time().is_none()));
    let photo = person.state().sources.photo_picture().unwrap().clone();
    assert_eq!(photo.pixels().to_rgb8(), frames(&person.file("dance.gif"))[3].picture.pixels().to_rgb8());
    assert_ne!(photo.pixels().to_rgb8(), first.pixels().to_rgb8());
    // Settings are tried on this frame.
    person.wait_until("its instant picture", |state| {
        let shown = state.shown_instant().map(|canvas| &canvas.photo);
        state.shown_side() == Side::Result && shown.is_some_and(|shown| std::sync::Arc::ptr_eq(shown, &photo))
    });

    person.press("From here");
    person.set_slider("Time in the clip", 1.0);
    person.press("To here");
    assert_eq!(person.state().clip.as_ref().unwrap().choices.part, ClipPart { from: 0.41, to: Some(1.0) });
    person.set_slider("Steadiness", 80.0);
    person.harness.get_by_label("Loops").click();
    person.harness.run_steps(2);
    let choices = person.state().clip.as_ref().unwrap().choices;
    assert!((choices.steadiness - 80.0).abs() < 1e-3 && !choices.is_loop);
    for size in [vec2(1000.0, 700.0), vec2(1280.0, 800.0), vec2(1920.0, 1080.0)] {
        person.harness.set_size(size);
        person.harness.run_steps(4);
        layout::check(&person, &["dance"], &format!("a clip at {size}"));
    }
    let reached = layout::reached_by_keyboard(&mut person);
    for name in ["Time in the clip", "From, seconds", "To here", "Loops", "Steadiness", "Paint clip…"] {
        assert!(reached.iter().any(|label| label == name), "{name} is not among {reached:?}");
    }

    let out = person.file("dance painted.png");
    person.script.answer(&[&out]);
    person.press("Paint clip…");
    person.wait_for_notice("dance painted.png is painted, 2 frames");
    let folder = Some(person.folder.path().to_path_buf());
    let suggestion = "dance painted.gif".to_owned();
    assert_eq!(person.script.requests().last(), Some(&FileRequest::SaveClip { suggestion, folder }));
    assert!(!person.state().is_painting() && person.harness.query_by_label_contains("Painting dance").is_none());
    let painted = frames(&out);
    let times: Vec<(i64, i64)> = painted.iter().map(|frame| (frame.time, frame.duration)).collect();
    let source = ClipSource::open(&out, None, None).unwrap();
    let seconds = |(time, duration)| (source.info().time_base.seconds(time), source.info().time_base.seconds(duration));
    assert_eq!((times.len(), seconds(times[0]).0, source.info().size), (2, 0.0, (96, 64)));
    assert!((seconds(times[1]).0 - 0.2).abs() < 1e-6, "{times:?}");
    assert!(!VideoPlace::has_kept_frames(&out));
    person.harness.check_accessibility();
}

#[test]
fn a_clip_is_paused_stopped_and_gone_on_with() {
    let mut person = Person::new();
    load(&mut person, 30);
    let out = person.file("out.gif");
    person.script.answer(&[&out]);
    person.press("Paint clip…");
    person.wait_until("two frames", |state| state.clip_painting.as_ref().is_some_and(|clip| clip.frame >= 2));
    person.press("Pause the clip");
    assert!(person.harness.query_by_label_contains("Paused, frame").is_some());
    assert_eq!(person.state().shown_side(), Side::Result);
    layout::check(&person, &["dance", "Painting"], "a paused clip");
    // A picture waits for the clip.
    person.set_size_and_iterations(64.0, 2.0);
    person.press("Start");
    assert_eq!(person.state().queue.waiting().len(), 1);
    person.press("Stop the clip and keep its frames");
    person.wait_for_notice("frames are kept. Paint the same clip to the same name to go on");
    let kept = VideoPlace::kept_frames(&out);
    assert!((2..30).contains(&kept) && frames(&out).len() as u64 == kept);
    person.wait_until("the picture", |state| state.history.entries().len() == 1 && !state.is_painting());

    person.set_size_and_iterations(96.0, 2.0);
    person.script.answer(&[&out]);
    person.press("Paint clip…");
    person.wait_for_notice("out.gif is painted, 30 frames");
    assert_eq!(frames(&out).len(), 30);
    assert!(!VideoPlace::has_kept_frames(&out));
}

#[test]
fn the_next_start_asks_about_an_unfinished_clip() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let mut person = Person::with_data_folder(folder, data.clone(), |_| Vec::new());
    load(&mut person, 30);
    person.set_slider("Strength", 75.0);
    let out = person.file("out.png");
    person.script.answer(&[&out]);
    person.press("Paint clip…");
    person.wait_until("two frames", |state| state.clip_painting.as_ref().is_some_and(|clip| clip.frame >= 2));
    assert!(person.close_window());
    let folder = person.close();
    let kept = VideoPlace::kept_frames(&out);
    assert!((2..30).contains(&kept), "{kept}");

    let mut person = Person::with_data_folder(folder, data.clone(), |_| Vec::new());
    person.wait_until("the question", |state| matches!(state.question(), Some(Question::UnfinishedClip { .. })));
    assert!(person.harness.query_by_label_contains(&format!("{kept} of 30 frames are painted")).is_some());
    layout::check(&person, &[], "an unfinished clip");
    person.press("Go on");
    person.wait_until("the painting", |state| state.clip_painting.is_some());
    assert!((person.state().settings.strength - 75.0).abs() < 1e-3);
    person.wait_for_notice("out.png is painted, 30 frames");
    assert_eq!(frames(&out).len(), 30);
    assert!(!VideoPlace::has_kept_frames(&out));
    // Nothing is left to ask about.
    person.harness.run_steps(20);
    assert!(std::fs::read_dir(data.join("unfinished")).unwrap().next().is_none());
    let folder = person.close();
    let memory = StoredPreferences::read(folder.path().join("preferences.json"));
    assert!(memory.preferences.unfinished_clip.is_none());
}

#[test]
fn what_cannot_be_opened_or_written_is_told() {
    let mut person = Person::with(Harness::builder(), |_| Vec::new(), tiny_network());
    let film = person.file("film.mp4");
    std::fs::write(&film, "not a film").unwrap();
    person.drop_files(&[film]);
    person.wait_until("the notice", |state| !state.notices.is_empty());
    let notice = person.notices().remove(0);
    let expected = ["Ffprobe is needed for this clip", "Ffmpeg is needed for this clip", "This clip cannot be read"];
    assert!(expected.iter().any(|sentence| notice.starts_with(sentence)), "{notice}");
    load(&mut person, 3);
    let out = person.file("out.doc");
    person.script.answer(&[&out]);
    person.press("Paint clip…");
    person.wait_for_notice("Impasto writes clips that end in");
    let own = person.file("dance.gif");
    person.script.answer(&[&own]);
    person.press("Paint clip…");
    person.wait_for_notice("The output is the clip itself; choose another name");
    assert_eq!(frames(&own).len(), 3);
}
