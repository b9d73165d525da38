//! Style maps in the window: one is made of a folder, walked on, painted with, and changed.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use eframe::egui::{Key, Modifiers, Pos2, vec2};
use egui_kittest::kittest::{NodeT, Queryable};
use egui_kittest::{Harness, HarnessBuilder};
use image::{Rgb, RgbImage};
use impasto::app::App;
use impasto::app::map_view::MapGeometry;
use impasto::app::model::canvas::CanvasImage;
use impasto::app::model::open_map::OpenMap;
use impasto::app::model::question::Question;
use impasto::app::state::State;
use impasto::picture::decode;
use impasto::picture::map_file::MapFile;
use impasto::studio::WrittenRecipe;

use crate::layout;
use crate::support::{Person, painting, photo};

/// Writes a folder of paintings of stripes in different widths and colours.
pub(crate) fn gallery(folder: &Path, paintings: u32) -> PathBuf {
    let gallery = folder.join("gallery");
    fs::create_dir_all(&gallery).unwrap();
    for number in 0..paintings {
        let width = 2 + number % 4 * 4;
        let painting = RgbImage::from_fn(90, 120, |x, y| {
            let is_light = ((x + number * y / 5) / width).is_multiple_of(2);
            let colour = [(20 * number) as u8, 90, (250 - 18 * number) as u8];
            if is_light { Rgb([240, 225, 190]) } else { Rgb(colour) }
        });
        painting.save(gallery.join(format!("p{number:02}.png"))).unwrap();
    }
    gallery
}

/// Opens a window from `builder` with a photo and a map that was made of a folder of so many paintings.
pub(crate) fn with_map(builder: HarnessBuilder<App>, paintings: u32) -> Person {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let mut person = Person::built_with_data_folder(builder, folder, data, |folder| vec![photo(folder)]);
    let gallery = gallery(person.folder.path(), paintings);
    fs::write(gallery.join("broken.jpg"), "not a painting").unwrap();
    person.script.answer(&[&gallery]);
    person.press("Project");
    person.press("Map a folder of paintings…");
    person.wait_until("the map", |state| state.map.is_some());
    person
}

fn open(state: &State) -> &OpenMap {
    state.map.as_ref().unwrap()
}

/// Where a place is on the screen.
fn position(person: &Person, place: [f32; 2]) -> Pos2 {
    let area = person.harness.get_by_label_contains("Style map, ").rect();
    let open = open(person.state());
    MapGeometry { area, bounds: open.chart.bounds }.position(open.view, place)
}

/// The names of the paintings' files.
fn paintings(person: &Person) -> Vec<String> {
    let name = |path: &PathBuf| path.file_name().unwrap().to_string_lossy().into_owned();
    person.state().sources.ready_paintings().map(|loaded| name(loaded.path.as_ref().unwrap())).collect()
}

/// Waits until the place of the cursor is the only painting.
fn wait_until_taken(person: &mut Person) -> [f32; 2] {
    person.wait_until("the place on its card", |state| {
        let places: Vec<_> = state.sources.ready_paintings().filter_map(|loaded| loaded.picture.map_place()).collect();
        let is_there = |place: [f32; 2]| place.map(f32::to_bits) == open(state).cursor.map(f32::to_bits);
        open(state).tried.is_none() && places.len() == 1 && is_there(places[0].place())
    });
    open(person.state()).cursor
}

#[test]
fn a_person_makes_a_map_and_walks_on_it() {
    let mut person = with_map(Harness::builder(), 12);
    assert_eq!(open(person.state()).map.paintings.len(), 12);
    assert!(
        person.notices().iter().any(|notice| notice.starts_with("One painting was left out: ")),
        "{:?}",
        person.notices()
    );
    let file = person.file("data/maps/gallery.map");
    assert_eq!(open(person.state()).path, file);
    let has_thumbnails = |state: &State| {
        let read = |index: &usize| open(state).thumbnail(*index).is_some();
        open(state).chart.order[..3].iter().all(read)
    };
    person.wait_until("the thumbnails", has_thumbnails);
    person.harness.check_accessibility();

    // While the pointer is dragged, the photo is shown in the style under it.
    let [from, to] = [[0.0, 0.0], [0.8, 0.6]].map(|place| position(&person, place));
    person.harness.hover_at(from);
    person.harness.step();
    person.harness.drag_at(from);
    person.wait_until("the first preview", |state| state.shown_instant().is_some());
    let shown = |state: &State| match &state.shown_instant().unwrap().image {
        CanvasImage::Picture(picture) => Arc::clone(picture),
        CanvasImage::Frame(_) => unreachable!("instant pictures have no frames"),
    };
    let mut before = shown(person.state());
    for share in [0.25, 0.5, 0.75, 1.0] {
        person.harness.hover_at(from.lerp(to, share));
        person.wait_until("another preview", |state| !Arc::ptr_eq(&shown(state), &before));
        before = shown(person.state());
    }
    assert!(paintings(&person).is_empty());
    person.harness.drop_at(to);
    let place = wait_until_taken(&mut person);
    assert!((place[0] - 0.8).abs() < 0.02 && (place[1] - 0.6).abs() < 0.02, "{place:?}");
    assert_eq!(paintings(&person), [format!("gallery.map@{},{}", place[0], place[1])]);

    // A click on a painting takes its own place; another one takes the place of that.
    let index = open(person.state()).chart.order[1];
    let name = open(person.state()).map.paintings[index].name.clone();
    person.press(&format!("Painting {name}"));
    wait_until_taken(&mut person);
    assert!(
        person.harness.query_by_label_contains(&format!("Style map, 100 % {}", name.replace(".png", ""))).is_some()
    );
    let before = open(person.state()).cursor;
    person.press("Surprise me");
    assert_ne!(wait_until_taken(&mut person).map(f32::to_bits), before.map(f32::to_bits));

    // By keyboard: the arrow keys move the place, which is taken when the key is released.
    person.harness.get_by_label_contains("Style map, ").focus();
    person.harness.step();
    let before = open(person.state()).cursor;
    person.harness.key_down(Key::ArrowRight);
    person.harness.step();
    assert!(open(person.state()).tried.is_some());
    person.harness.key_up(Key::ArrowRight);
    let after = wait_until_taken(&mut person);
    assert!(after[0] > before[0] && (after[1] - before[1]).abs() < 1e-6, "{before:?} {after:?}");

    // Favourites are kept, and found again.
    person.press("Make this place a favourite");
    person.press(&format!("Painting {name}"));
    wait_until_taken(&mut person);
    let label = {
        let star = person.harness.get_by_label_contains("Favourite 1: ");
        star.accesskit_node().label().unwrap()
    };
    person.press(&label);
    assert_eq!(wait_until_taken(&mut person).map(f32::to_bits), after.map(f32::to_bits));
    person.press("No longer a favourite place");
    assert!(person.harness.query_by_label_contains("Favourite 1: ").is_none());

    // What is painted by optimisation says what it was painted after.
    person.set_size_and_iterations(64.0, 2.0);
    person.press("Paint with this");
    person.wait_until("the picture", |state| state.history.entries().len() == 1 && !state.is_painting());
    let out = person.file("out.png");
    person.script.answer(&[&out]);
    person.export();
    person.wait_until("the file", |state| state.exporting.is_none() && out.exists());
    let recipe = WrittenRecipe::parse(&decode::read(&out).unwrap().recipe.unwrap()).unwrap();
    let near = &recipe.styles[0].source.near;
    assert!(near.len() > 1 && near.iter().all(|(name, percent)| name.starts_with('p') && *percent > 0), "{near:?}");
    assert!(recipe.styles[0].source.name.starts_with("gallery.map@"));
}

#[test]
fn a_map_beside_the_picture_fits_every_window() {
    let mut person = with_map(Harness::builder(), 12);
    person.wait_until("a thumbnail", |state| (0..12).any(|index| open(state).thumbnail(index).is_some()));
    person.press("Surprise me");
    wait_until_taken(&mut person);
    person.wait_until("the preview", |state| state.shown_instant().is_some());
    person.press("Make this place a favourite");
    for size in [vec2(1000.0, 700.0), vec2(1280.0, 800.0), vec2(1920.0, 1080.0)] {
        person.harness.set_size(size);
        person.harness.run_steps(4);
        layout::check(&person, &[], &format!("a map at {size}"));
        let area = person.harness.get_by_label_contains("Style map, ").rect();
        let thumbnails: Vec<_> =
            person.harness.get_all_by_label_contains("Painting p").map(|node| node.rect()).collect();
        assert!(thumbnails.len() > 2, "{thumbnails:?}");
        for (index, one) in thumbnails.iter().enumerate() {
            assert!(area.contains_rect(*one));
            assert!(thumbnails[index + 1..].iter().all(|other| !other.intersects(*one)), "thumbnails overlap");
        }
    }
    let reached = layout::reached_by_keyboard(&mut person);
    let near = open(person.state()).chart.order[0];
    let first = format!("Painting {}", open(person.state()).map.paintings[near].name);
    for name in [
        "Map a folder…",
        "Open a map…",
        "Surprise me",
        "Paint with this",
        "More for the map",
        "Zoom in on the map",
        &first,
    ] {
        assert!(reached.iter().any(|label| label == name), "{name} is not among {reached:?}");
    }
    assert!(reached.iter().any(|label| label.starts_with("Favourite 1: ")), "{reached:?}");
    // Zoomed in, there is room for more.
    let shown = |person: &Person| person.harness.get_all_by_label_contains("Painting p").count();
    let before = open(person.state()).view;
    let (cursor, paintings_before) = (open(person.state()).cursor, paintings(&person));
    person.press("Zoom in on the map");
    assert_eq!(open(person.state()).cursor.map(f32::to_bits), cursor.map(f32::to_bits));
    assert!(open(person.state()).tried.is_none() && paintings(&person) == paintings_before);
    assert_ne!(open(person.state()).view, before);
    assert!(shown(&person) > 0);
    person.press("Show all paintings of the map");
    assert_eq!(open(person.state()).view, impasto::app::map_view::MapView::Fit);
}

#[test]
fn paintings_are_added_removed_and_put_back() {
    let mut person = with_map(Harness::builder(), 4);
    let names = |person: &Person| -> Vec<String> {
        open(person.state()).map.paintings.iter().map(|painting| painting.name.clone()).collect()
    };
    assert!(
        person.notices().iter().any(|notice| notice.starts_with("With fewer than 10 paintings")),
        "{:?}",
        person.notices()
    );
    let first = names(&person);
    let places = |person: &Person| -> Vec<[f32; 2]> {
        open(person.state()).map.paintings.iter().map(|painting| painting.place).collect()
    };
    let before = places(&person);
    // By drop on the map.
    let added = painting(person.folder.path());
    let at = position(&person, before[0]);
    person.harness.hover_at(at);
    person.harness.step();
    person.drop_files(&[added]);
    person.wait_until("the painting", |state| open(state).map.paintings.len() == 5 && state.map_making.is_none());
    assert_eq!(names(&person)[4], "stripes.png");
    assert_eq!(places(&person)[..4], before[..]);
    assert!(person.state().sources.paintings.is_empty());
    // The painting at the cursor is removed and put back.
    let index = open(person.state()).chart.order[0];
    let name = names(&person)[index].clone();
    person.press(&format!("Painting {name}"));
    wait_until_taken(&mut person);
    person.press("More for the map");
    person.press(&format!("Remove {name}"));
    person.wait_until("the removal", |state| open(state).map.paintings.len() == 4);
    assert!(!names(&person).contains(&name));
    let file = person.file("data/maps/gallery.map");
    assert_eq!(MapFile::open(&file).unwrap().paintings.len(), 4);
    person.wait_until("the map at rest", |state| state.map_making.is_none());
    person.press("Undo the removal");
    person
        .wait_until("the painting is back", |state| open(state).map.paintings.len() == 5 && state.map_making.is_none());
    assert!(first.iter().all(|name| names(&person).contains(name)));
    // Laid out anew, all places are others.
    let before = places(&person);
    person.press("More for the map");
    person.press("Lay out anew");
    person.wait_until("the new layout", |state| {
        state.map_making.is_none()
            && open(state).map.paintings[0].place.map(f32::to_bits) != before[0].map(f32::to_bits)
    });
    // A copy is exported, and opened by a drop on the window.
    let copy = person.file("copy.map");
    person.script.answer(&[&copy]);
    person.press("More for the map");
    person.press("Export a copy…");
    person.wait_for_notice("The map was exported to");
    person.press("Close the map");
    assert!(person.state().map.is_none());
    person.drop_files(std::slice::from_ref(&copy));
    person.wait_until("the copy", |state| state.map.as_ref().is_some_and(|open| open.path == copy));
    person.press("Style map gallery");
    person.wait_until("the first map", |state| state.map.as_ref().is_some_and(|open| open.path == file));
    person.key(Modifiers::NONE, Key::Escape);
    // What cannot be read says why, and the open map stays.
    let broken = person.file("broken.map");
    fs::write(&broken, "no map").unwrap();
    person.drop_files(&[broken]);
    person.wait_for_notice("broken.map");
    assert_eq!(open(person.state()).path, file);
}

#[test]
fn a_map_that_moved_is_asked_for() {
    let mut person = with_map(Harness::builder(), 4);
    person.press("Surprise me");
    let place = wait_until_taken(&mut person);
    let project = person.file("art.impasto");
    person.script.answer(&[&project]);
    person.press("Save");
    person.wait_until("the project", |state| state.document.file.is_some() && state.document.saving.is_none());
    person.press("Close the map");
    let moved = person.file("moved.map");
    fs::rename(person.file("data/maps/gallery.map"), &moved).unwrap();
    person.drop_files(&[project]);
    person.wait_until("the question", |state| state.question().is_some());
    person.script.answer(&[&moved]);
    person.press(&format!("Find gallery.map@{},{}…", place[0], place[1]));
    person.wait_until(
        "the place",
        |state| matches!(state.question(), Some(Question::Missing(arrival)) if arrival.missing().next().is_none()),
    );
    person.press("Load");
    person.wait_until("the painting", |state| state.start_obstacle().is_none());
    assert_eq!(paintings(&person), [format!("moved.map@{},{}", place[0], place[1])]);
}
