//! `map`, and styles from places on a map.

use std::fs;

use image::{Rgb, RgbImage};
use impasto::picture::decode;
use impasto::picture::map_file::MapFile;
use impasto::picture::style_map::MapMethod;
use impasto::studio::WrittenRecipe;
use serde_json::Value;

use super::*;

/// A desk with paintings of stripes of different widths and colours.
fn desk(paintings: u32) -> Desk {
    let desk = Desk::new();
    fs::create_dir_all(desk.path("paintings")).unwrap();
    for number in 0..paintings {
        let width = 2 + number % 5 * 3;
        let painting = RgbImage::from_fn(120, 90, |x, y| {
            let is_light = ((x + number * y / 4) / width).is_multiple_of(2);
            let colour = [(40 * number) as u8, 120, (250 - 20 * number) as u8];
            if is_light { Rgb([240, 230, 200]) } else { Rgb(colour) }
        });
        painting.save(desk.path(&format!("paintings/p{number:02}.png"))).unwrap();
    }
    desk
}

fn map(desk: &Desk, arguments: &[&str]) -> Output {
    desk.run(&[&["map", "--style", "paintings", "--output", "art.map"], arguments].concat())
}

fn succeeded(output: &Output) {
    assert!(output.status.success(), "{}", text(&output.stderr));
}

/// Paints the photo in this style, in one pass.
fn paint(desk: &Desk, style: &str, output: &str) -> Output {
    desk.run(&["stylize", "--instant", "--content", "photo.png", "--style", style, "--size", "96", "--output", output])
}

#[test]
fn a_map_is_made_and_its_places_are_styles() {
    let desk = desk(12);
    fs::write(desk.path("paintings/broken.jpg"), "not a painting").unwrap();
    let made = map(&desk, &["--json"]);
    succeeded(&made);
    assert!(text(&made.stderr).contains("left out: not a picture Impasto can read"), "{}", text(&made.stderr));
    let last: Value = serde_json::from_str(text(&made.stdout).lines().last().unwrap()).unwrap();
    assert_eq!((&last["method"], &last["left_out"]), (&Value::from("autoencoder"), &Value::from(1)));
    assert!(last["evidence"].is_number() && last["explained"].as_f64().unwrap() > 0.3, "{last}");
    assert!(last["trustworthiness"].as_f64().unwrap() > 0.6, "{last}");
    let opened = MapFile::open(&desk.path("art.map")).unwrap();
    assert_eq!((opened.paintings.len(), opened.record.parts, opened.record.method), (12, 168, MapMethod::Autoencoder));
    // The same paintings and seed give the same map.
    let before = fs::read(desk.path("art.map")).unwrap();
    assert_eq!(map(&desk, &[]).status.code(), Some(2));
    succeeded(&map(&desk, &["--overwrite"]));
    assert_eq!(fs::read(desk.path("art.map")).unwrap(), before);
    succeeded(&map(&desk, &["--overwrite", "--seed", "5"]));
    assert_ne!(fs::read(desk.path("art.map")).unwrap(), before);

    // At the place of a painting, the photo looks as in its style.
    let opened = MapFile::open(&desk.path("art.map")).unwrap();
    let [across, along] = opened.paintings[3].place;
    succeeded(&paint(&desk, "paintings/p03.png", "own.png"));
    succeeded(&paint(&desk, &format!("art.map@{across},{along}"), "there.png"));
    let difference = difference(&pixels(&desk.path("own.png")), &pixels(&desk.path("there.png")));
    assert!(difference < 1.0, "{difference}");
    // A place stands wherever a painting does, and the picture says what it was painted after.
    succeeded(&desk.run(&[
        "stylize",
        "--instant",
        "--content",
        "photo.png",
        "--style",
        "art.map@0.3,-0.2:2",
        "--style",
        "painting.png",
        "--size",
        "96",
        "--output",
        "mixed.png",
    ]));
    let recipe = decode::read(&desk.path("mixed.png")).unwrap().recipe.unwrap();
    let recipe = WrittenRecipe::parse(&recipe).unwrap();
    let style = &recipe.styles[0];
    assert_eq!((style.source.name.as_str(), style.weight), ("art.map@0.3,-0.2", 2.0));
    let percent: u32 = style.source.near.iter().map(|(_, percent)| u32::from(*percent)).sum();
    assert!((2..=6).contains(&style.source.near.len()) && (97..=103).contains(&percent), "{:?}", style.source.near);
    assert!(style.source.near.iter().all(|(name, _)| name.starts_with('p')));
    succeeded(&desk.run(&["stylize", "--recipe", "mixed.png", "--content", "photo.png", "--output", "again.png"]));
    assert_eq!(pixels(&desk.path("again.png")), pixels(&desk.path("mixed.png")));
    succeeded(&desk.run(&[
        "stylize",
        "--content",
        "photo.png",
        "--style",
        "art.map@0.3,-0.2",
        "--size",
        "48",
        "--iterations",
        "4",
        "--output",
        "optimised.png",
    ]));
    fs::create_dir(desk.path("photos")).unwrap();
    fs::copy(desk.path("photo.png"), desk.path("photos/a.png")).unwrap();
    succeeded(&desk.run(&[
        "batch",
        "--content",
        "photos",
        "--style",
        "art.map@0,0",
        "--style",
        "art.map@1,1",
        "--output",
        "out",
    ]));
    let files = desk.files("out");
    assert!(files.contains_key("a--art@0,0.png") && files.contains_key("a--art@1,1.png"), "{:?}", files.keys());
}

#[test]
fn few_paintings_are_laid_out_by_principal_components() {
    let desk = desk(4);
    let made = map(&desk, &[]);
    succeeded(&made);
    assert!(text(&made.stderr).contains("with fewer than 10 paintings"), "{}", text(&made.stderr));
    let opened = MapFile::open(&desk.path("art.map")).unwrap();
    assert_eq!((opened.record.method, opened.record.evidence), (MapMethod::Components, None));
    succeeded(&paint(&desk, "art.map@0.5,0.5", "there.png"));
}

#[test]
fn paintings_are_added_to_a_map_and_removed_from_it() {
    let desk = desk(12);
    let places = |file: &str| -> Vec<(String, [f32; 2])> {
        let map = MapFile::open(&desk.path(file)).unwrap();
        map.paintings.into_iter().map(|painting| (painting.name, painting.place)).collect()
    };
    fs::create_dir(desk.path("later")).unwrap();
    for name in ["p10.png", "p11.png"] {
        fs::rename(desk.path(&format!("paintings/{name}")), desk.path(&format!("later/{name}"))).unwrap();
    }
    succeeded(&map(&desk, &[]));
    let first = places("art.map");
    let change = |arguments: &[&str]| desk.run(&[&["map", "--from", "art.map"], arguments].concat());
    // What stays keeps its place, and a map may replace itself.
    let changed = [
        "--style",
        "later",
        "--style",
        "paintings/p03.png",
        "--remove",
        "p05.png",
        "--output",
        "art.map",
        "--overwrite",
    ];
    let said = change(&changed);
    succeeded(&said);
    assert!(
        text(&said.stderr).contains("the painting is on the map already: paintings/p03.png"),
        "{}",
        text(&said.stderr)
    );
    let second = places("art.map");
    let kept: Vec<_> = first.iter().filter(|(name, _)| name != "p05.png").cloned().collect();
    assert_eq!(second[..9], kept[..]);
    assert_eq!([&second[9].0, &second[10].0], ["p10.png", "p11.png"]);
    // An added painting's place has its own style.
    let [across, along] = second[10].1;
    succeeded(&paint(&desk, "later/p11.png", "own.png"));
    succeeded(&paint(&desk, &format!("art.map@{across},{along}"), "there.png"));
    assert!(difference(&pixels(&desk.path("own.png")), &pixels(&desk.path("there.png"))) < 1.0);
    // The plane can be learned again, also without the files of the paintings.
    fs::remove_dir_all(desk.path("paintings")).unwrap();
    succeeded(&change(&["--learn-again", "--output", "new.map"]));
    let third = MapFile::open(&desk.path("new.map")).unwrap();
    assert_eq!((third.paintings.len(), third.record.parts, third.record.method), (11, 154, MapMethod::Autoencoder));
    assert_ne!(places("new.map"), second);
    for (arguments, sentence) in [
        (&["--remove", "p05.png", "--output", "no.map"][..], "there is no painting of the name p05.png on the map"),
        (&["--output", "art.map"], "exists"),
    ] {
        let refused = change(arguments);
        assert_eq!(refused.status.code(), Some(2), "{}", text(&refused.stderr));
        assert!(text(&refused.stderr).contains(sentence), "{}", text(&refused.stderr));
    }
}

#[test]
fn what_is_no_map_or_no_place_is_said() {
    let desk = desk(1);
    let refused = |output: &Output, sentence: &str| {
        assert_eq!(output.status.code(), Some(2), "{}", text(&output.stderr));
        let said = text(&output.stderr);
        assert!(said.contains(sentence), "{said}");
    };
    refused(&map(&desk, &[]), "a map needs two paintings or more, and 1 could be read");
    refused(
        &desk.run(&["map", "--style", "paintings", "--output", "art.png"]),
        "a style map is a file that ends in .map",
    );
    // The same painting again counts once.
    fs::copy(desk.path("paintings/p00.png"), desk.path("paintings/same.png")).unwrap();
    let again = map(&desk, &[]);
    assert!(text(&again.stderr).contains("the painting is on the map already"), "{}", text(&again.stderr));
    refused(&again, "a map needs two paintings or more, and 1 could be read");
    desk.picture("paintings/other.png", 70, 50);
    succeeded(&map(&desk, &[]));
    refused(&paint(&desk, "art.map", "no.png"), "name a place on it, such as NAME.map@0.5,-1");
    refused(
        &paint(&desk, "art.map@7,0", "no.png"),
        "the place is outside the map, whose coordinates reach from -6 to 6",
    );
    refused(&paint(&desk, "gone.map@1,0", "no.png"), "there is no such file");
    let train = ["train", "--style", "art.map@1,0", "--output", "a.style", "--steps", "1"];
    refused(&desk.run(&train), "this is a place on a style map; name a painting");
    let bytes = fs::read(desk.path("art.map")).unwrap();
    fs::write(desk.path("cut.map"), &bytes[..bytes.len() - 9]).unwrap();
    refused(&paint(&desk, "cut.map@1,0", "no.png"), "the style map is damaged; copy it again, or make it again");
    fs::write(desk.path("text.map"), "hello").unwrap();
    refused(&paint(&desk, "text.map@1,0", "no.png"), "text.map");
}
