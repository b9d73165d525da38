//! Folders of photos in the window: one is looked at, painted, stopped and gone on with.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use eframe::egui::vec2;
use egui_kittest::kittest::Queryable;
use image::{Rgb, RgbImage};
use impasto::app::model::canvas::CanvasImage;
use impasto::app::model::folder_painting::{FolderEnd, RowThumbnail};
use impasto::app::model::question::Question;
use impasto::app::model::view::Side;
use impasto::app::preferences::StoredPreferences;
use impasto::app::services::desktop::FileRequest;
use impasto::picture::decode;
use impasto::studio::batch::ItemOutcome;

use crate::layout;
use crate::support::{Person, painting};

/// Writes a folder of photos of different sizes; one is in a folder of its own.
pub(crate) fn holiday(folder: &Path, photos: u32) -> PathBuf {
    let holiday = folder.join("holiday");
    fs::create_dir_all(holiday.join("beach")).unwrap();
    for number in 0..photos {
        let name = if number == 0 { "beach/shell.png".to_owned() } else { format!("IMG_{number:03}.png") };
        let (width, height) = if number % 2 == 0 { (96, 64) } else { (64, 80) };
        let photo =
            RgbImage::from_fn(width, height, |x, y| Rgb([(x * 2) as u8, (30 + 20 * number) as u8, (y * 3) as u8]));
        photo.save(holiday.join(name)).unwrap();
    }
    holiday
}

/// Drops a folder and a painting.
fn load(person: &mut Person, photos: u32) -> PathBuf {
    let folder = holiday(person.folder.path(), photos);
    person.drop_files(&[painting(person.folder.path()), folder.clone()]);
    person.wait_until("folder and painting", |state| state.folder.is_some() && state.start_obstacle().is_none());
    folder
}

/// The pictures below a folder: their names and sizes.
fn pictures(folder: &Path) -> BTreeMap<String, (u32, u32)> {
    let mut found = BTreeMap::new();
    for place in [folder.to_path_buf(), folder.join("beach")] {
        for entry in fs::read_dir(place).into_iter().flatten() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|ending| ending == "png") {
                let picture = decode::open(&path).unwrap();
                let name = path.strip_prefix(folder).unwrap().display().to_string();
                found.insert(name, (picture.width(), picture.height()));
            }
        }
    }
    found
}

fn names(pictures: &BTreeMap<String, (u32, u32)>) -> Vec<&str> {
    pictures.keys().map(String::as_str).collect()
}

#[test]
fn a_person_looks_at_a_folder_and_paints_it() {
    let mut person = Person::new();
    let folder = load(&mut person, 4);
    fs::write(folder.join("broken.jpg"), "not a photo").unwrap();
    assert_eq!(person.state().sources.paintings.len(), 1);
    assert!(person.harness.query_by_label("Photo 1 of 4").is_some());
    person.wait_until("the instant picture", |state| state.shown_instant().is_some());
    person.set_slider("Photo of the folder", 4.0);
    person.wait_until("another photo", |state| state.folder.as_ref().is_some_and(|folder| !folder.is_reading()));
    let photo = person.state().sources.loaded_photo().unwrap().clone();
    assert_eq!(photo.path.as_deref(), Some(folder.join("beach/shell.png").as_path()));
    assert!(person.harness.query_by_label("4 of 4 in holiday").is_some());
    // Settings are tried on this photo.
    person.wait_until("its instant picture", |state| {
        let shown = state.shown_instant().map(|canvas| &canvas.photo);
        state.shown_side() == Side::Result && shown.is_some_and(|shown| std::sync::Arc::ptr_eq(shown, &photo.picture))
    });
    for size in [vec2(1000.0, 700.0), vec2(1280.0, 800.0), vec2(1920.0, 1080.0)] {
        person.harness.set_size(size);
        person.harness.run_steps(4);
        layout::check(&person, &["4 photos"], &format!("a folder at {size}"));
    }
    let reached = layout::reached_by_keyboard(&mut person);
    for name in ["Photo of the folder", "Paint folder…"] {
        assert!(reached.iter().any(|label| label == name), "{name} is not among {reached:?}");
    }

    person.press("Paint folder…");
    assert!(matches!(person.state().question(), Some(Question::PaintFolder)));
    assert!(person.harness.query_by_label_contains("4 photos, 4 pictures").is_some());
    layout::check(&person, &[], "the sheet of a folder");
    let reached = layout::reached_by_keyboard(&mut person);
    for name in ["Change the folder to paint into…", "Method for the folder", "Size of the pictures", "Paint", "Cancel"]
    {
        assert!(reached.iter().any(|label| label == name), "{name} is not among {reached:?}");
    }
    let out = person.file("out");
    fs::create_dir(&out).unwrap();
    person.script.answer(&[&out]);
    person.press("Change the folder to paint into…");
    person.wait_until("the answer", |state| state.folder.as_ref().is_some_and(|folder| folder.choices.output == out));
    let title = "Choose the folder to paint into";
    let begin = Some(person.folder.path().to_path_buf());
    assert_eq!(person.script.requests().last(), Some(&FileRequest::Folder { title, folder: begin }));
    person.press("Paint");
    person.wait_for_notice("The folder holiday is painted, 4 painted, 1 failed");
    let expected = [
        ("IMG_001--stripes.png", (64, 80)),
        ("IMG_002--stripes.png", (96, 64)),
        ("IMG_003--stripes.png", (64, 80)),
        ("beach/shell--stripes.png", (96, 64)),
    ];
    assert_eq!(pictures(&out), expected.map(|(name, size)| (name.to_owned(), size)).into());
    assert!(!person.state().is_painting() && person.state().unfinished_folder.is_none());

    // The list shows what was painted, and what was not.
    person.press("Show the list of pictures");
    let all_read = |row: &impasto::app::model::folder_painting::FolderRow| {
        row.report.outcome == ItemOutcome::Failed || matches!(row.thumbnail, RowThumbnail::Ready(_))
    };
    person.wait_until("the thumbnails", |state| {
        state.folder_painting.as_ref().is_some_and(|painting| painting.rows.iter().all(all_read))
    });
    layout::check(&person, &["IMG_", "shell", "holiday"], "the list of a folder");
    assert!(person.harness.query_by_label_contains("broken--stripes.jpg: failed, ").is_some());
    person.press("IMG_001--stripes.png: painted");
    person.wait_until("the picture", |state| {
        let shown = state.shown_canvas().filter(|canvas| canvas.name == "IMG_001--stripes");
        shown.is_some_and(|canvas| matches!(&canvas.image, CanvasImage::Picture(_)) && canvas.size == (64, 80))
    });
    assert_eq!(person.state().shown_side(), Side::Result);
    assert_eq!(person.state().shown_canvas().unwrap().inputs[0], folder.join("IMG_001.png"));
    person.press("Compare");
    assert_eq!(person.state().shown_side(), Side::Compare);
    person.press("Result");
    // A change of the settings is tried on the photo again.
    person.set_slider("Strength", 80.0);
    person.wait_until("the instant picture", |state| state.shown_instant().is_some());
    // The photo that could not be read is mended; only it is painted.
    fs::copy(folder.join("IMG_001.png"), folder.join("broken.jpg")).unwrap();
    person.press("Try again what has failed");
    person.wait_for_notice("The folder holiday is painted, 1 painted, 4 there already");
    assert!(out.join("broken--stripes.jpg").exists());
    // They were painted with the strength of the first time. Another one paints all again, another size none: these pictures
    // have that of their photos.
    person.press("Paint folder…");
    person.press("Paint");
    person.wait_for_notice("The folder holiday is painted, 5 painted");
    person.set_number("Size, number", 300.0);
    person.press("Paint folder…");
    person.press("Paint");
    person.wait_for_notice("The folder holiday is painted, 0 painted, 5 there already");
    person.press("Close the painted folder");
    assert!(person.state().folder_painting.is_none());
    person.harness.check_accessibility();
}

#[test]
fn a_folder_is_paused_stopped_and_gone_on_with() {
    let mut person = Person::new();
    let folder = load(&mut person, 40);
    person.press("Paint folder…");
    person.press("Paint");
    person.wait_until("two pictures", |state| {
        state.folder_painting.as_ref().is_some_and(|painting| painting.rows.len() >= 2)
    });
    person.press("Pause the folder");
    assert!(person.harness.query_by_label_contains("Paused, ").is_some());
    layout::check(&person, &["holiday"], "a paused folder");
    person.wait_until("the latest picture", |state| {
        state.folder_painting.as_ref().is_some_and(|painting| painting.view.canvas.is_some())
    });
    assert_eq!(person.state().shown_side(), Side::Result);
    // A picture waits for the folder.
    person.set_size_and_iterations(64.0, 2.0);
    person.press("Start");
    assert_eq!(person.state().queue.waiting().len(), 1);
    person.press("Stop the folder");
    person.wait_for_notice("Paint it into the same folder to go on");
    let out = folder.with_file_name("holiday painted");
    let done = pictures(&out).len();
    assert!((2..40).contains(&done), "{done}");
    person.wait_until("the picture", |state| state.history.entries().len() == 1 && !state.is_painting());

    person.press("Go on with the folder");
    person.wait_for_notice("The folder holiday is painted, ");
    let painted = person.state().folder_painting.as_ref().unwrap();
    let Some(FolderEnd::Ended(end)) = painted.end else { panic!("{:?}", painted.end) };
    assert_eq!((end.painted + end.skipped, end.failed, end.is_stopped), (40, 0, false));
    assert!(end.skipped >= done, "{end:?}");
    assert_eq!(pictures(&out).len(), 40);
}

#[test]
fn several_paintings_are_mixed_or_take_turns() {
    let mut person = Person::new();
    let folder = load(&mut person, 2);
    let other = person.file("dots.png");
    RgbImage::from_fn(60, 60, |x, y| Rgb([(x * 4) as u8, 200, (y * 4) as u8])).save(&other).unwrap();
    person.drop_files(&[other]);
    person.wait_until("the other painting", |state| state.sources.ready_paintings().count() == 2);
    let out = folder.with_file_name("holiday painted");
    person.press("Paint folder…");
    person.press("Paint");
    person.wait_for_notice("The folder holiday is painted, 2 painted");
    assert_eq!(names(&pictures(&out)), ["IMG_001--mix.png", "beach/shell--mix.png"]);
    person.press("Paint folder…");
    person.harness.get_by_label("Paintings of each photo").click();
    person.harness.run_steps(4);
    person.press("Each one");
    assert!(person.harness.query_by_label_contains("2 photos, 4 pictures").is_some());
    person.press("Paint");
    person.wait_for_notice("The folder holiday is painted, 4 painted");
    assert_eq!(pictures(&out).len(), 6);
    assert!(out.join("beach/shell--dots.png").exists() && out.join("IMG_001--stripes.png").exists());
}

#[test]
fn the_next_start_asks_about_an_unfinished_folder() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let mut person = Person::with_data_folder(folder, data.clone(), |_| Vec::new());
    let photos = load(&mut person, 40);
    person.set_slider("Strength", 75.0);
    person.press("Paint folder…");
    person.press("Paint");
    person.wait_until("two pictures", |state| {
        state.folder_painting.as_ref().is_some_and(|painting| painting.rows.len() >= 2)
    });
    assert!(person.close_window());
    let folder = person.close();
    let out = photos.with_file_name("holiday painted");
    let done = pictures(&out).len();
    assert!((2..40).contains(&done), "{done}");

    let mut person = Person::with_data_folder(folder, data.clone(), |_| Vec::new());
    person.wait_until("the question", |state| matches!(state.question(), Some(Question::UnfinishedFolder(_))));
    layout::check(&person, &[], "an unfinished folder");
    person.press("Go on");
    person.wait_until("the painting", |state| state.active_folder().is_some());
    assert!((person.state().settings.strength - 75.0).abs() < 1e-3);
    person.wait_for_notice("The folder holiday is painted, ");
    assert_eq!(pictures(&out).len(), 40);
    // Nothing is left to ask about.
    person.harness.run_steps(20);
    assert!(fs::read_dir(data.join("unfinished")).unwrap().next().is_none());
    let folder = person.close();
    let memory = StoredPreferences::read(folder.path().join("preferences.json"));
    assert!(memory.preferences.unfinished_folder.is_none());
}

/// Numbered pictures are a clip, and those of a camera are photos; the person can say otherwise.
#[test]
fn numbered_pictures_are_opened_as_the_person_says() {
    let mut person = Person::new();
    let folder = person.file("walk");
    fs::create_dir(&folder).unwrap();
    for number in 8..11 {
        RgbImage::from_pixel(48, 32, Rgb([20 * number as u8, 90, 90]))
            .save(folder.join(format!("{number}.png")))
            .unwrap();
    }
    person.drop_files(&[painting(person.folder.path()), folder.clone()]);
    person.wait_until("the clip", |state| state.clip.is_some() && state.start_obstacle().is_none());
    person.press("As photos");
    person.wait_until("the photos", |state| state.folder.is_some() && state.clip.is_none());
    assert!(person.harness.query_by_label("Photo 1 of 3").is_some());
    layout::check(&person, &["3 photos"], "numbered photos");
    person.press("Open as a clip");
    person.wait_until("the clip", |state| state.clip.is_some() && state.folder.is_none());
    // From the menu, without a drop.
    let holiday = holiday(person.folder.path(), 2);
    person.script.answer(&[&holiday]);
    person.press("Project");
    person.press("Open a folder…");
    person.wait_until("the folder", |state| {
        state.folder.as_ref().is_some_and(|open| open.folder.path == holiday && open.folder.photos.len() == 2)
    });
}

#[test]
fn what_cannot_be_opened_or_painted_is_told() {
    let mut person = Person::new();
    let empty = person.file("empty");
    fs::create_dir(&empty).unwrap();
    person.drop_files(std::slice::from_ref(&empty));
    person.wait_for_notice("There are no pictures that Impasto can read; choose others");
    let folder = load(&mut person, 2);
    person.press("Paint folder…");
    person.script.answer(&[&folder]);
    person.press("Change the folder to paint into…");
    person.wait_until("the answer", |state| state.folder.as_ref().is_some_and(|open| open.choices.output == folder));
    person.press("Paint");
    person.wait_for_notice("The output is the folder of the pictures to read; choose another");
    assert!(!person.state().is_painting() && pictures(&folder).len() == 2);
}
