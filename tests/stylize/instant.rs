//! `stylize --instant` and `gallery --instant`.

use super::*;

fn instant(desk: &Desk, arguments: &[&str]) -> Output {
    desk.stylize(&[&["--instant"], arguments].concat())
}

#[test]
fn it_paints_the_exact_size_and_says_so_in_json() {
    let desk = Desk::new();
    for (long_side, expected) in [("48", (48, 32)), ("47", (47, 31)), ("16", (16, 11)), ("131", (131, 87))] {
        let output = instant(&desk, &["--json", "--size", long_side, "--overwrite"]);
        succeeded(&output);
        let lines: Vec<serde_json::Value> =
            text(&output.stdout).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let [started, finished] = &lines[..] else { panic!("{lines:?}") };
        assert_eq!((&started["event"], &started["iterations"]), (&"started".into(), &1.into()));
        assert_eq!(started["scales"], serde_json::json!([expected]));
        assert_eq!((&finished["event"], &finished["output"]), (&"finished".into(), &"out.png".into()));
        assert_eq!((&finished["width"], &finished["height"]), (&expected.0.into(), &expected.1.into()));
        assert_eq!(size(&desk.path("out.png")), expected);
    }
}

#[test]
fn its_recipe_paints_the_same_picture_again() {
    let desk = Desk::new();
    desk.picture("other.png", 33, 70);
    succeeded(&instant(&desk, &["--style", "painting.png:2", "--style", "other.png", "--strength", "80"]));
    let output = desk.run(&["stylize", "--recipe", "out.png", "--output", "again.png"]);
    succeeded(&output);
    assert_eq!(pixels(&desk.path("again.png")), pixels(&desk.path("out.png")));
    // Or optimises.
    let arguments = ["stylize", "--recipe", "out.png", "--instant=false", "--iterations", "1", "--output", "slow.png"];
    let output = desk.run(&[&arguments[..], &["--json"]].concat());
    succeeded(&output);
    assert!(text(&output.stdout).contains("\"event\":\"progress\""));
    let arguments = ["texture", "--recipe", "out.png", "--size", "48x48", "--iterations", "1", "--output", "t.png"];
    succeeded(&desk.run(&arguments));
}

#[test]
fn settings_and_masks_act_on_it() {
    let desk = Desk::new();
    let painted = |arguments: &[&str]| {
        succeeded(&instant(&desk, &[arguments, &["--overwrite", "--size", "60"]].concat()));
        pixels(&desk.path("out.png"))
    };
    let photo = pixels(&desk.path("photo.png"));
    let whole = painted(&[]);
    assert!(difference(&whole, &photo) > 10.0);
    assert!(difference(&painted(&["--strength", "0"]), &photo) < 0.5);
    let weak = difference(&painted(&["--strength", "10"]), &photo);
    assert!(weak > 0.5 && weak < difference(&painted(&["--strength", "30"]), &photo));
    for change in [["--strength", "100"], ["--brush-scale", "2"], ["--keep-colors", "100"], ["--palette", "photo"]] {
        assert!(difference(&painted(&change), &whole) > 0.5, "{change:?}");
    }
    // White protects, black paints: the left half stays photo.
    let halves = RgbImage::from_fn(60, 40, |x, _| image::Rgb([if x < 30 { 255 } else { 0 }; 3]));
    DynamicImage::from(halves).save(desk.path("left.png")).unwrap();
    let protected = painted(&["--protect", "left.png"]);
    let half = |image: &RgbImage, left: u32| image::imageops::crop_imm(image, left, 0, 28, 40).to_image();
    assert!(difference(&half(&protected, 0), &half(&photo, 0)) < 0.5);
    assert!(difference(&half(&protected, 32), &half(&whole, 32)) < 0.5);
    // A style with a mask of that half applies there alone.
    let masked = painted(&["--style", "painting.png:1:left.png"]);
    assert!(difference(&half(&masked, 32), &half(&photo, 32)) < 0.5);
    assert!(difference(&half(&masked, 0), &half(&whole, 0)) < 0.5);
}

#[test]
fn several_paintings_blend() {
    let desk = Desk::new();
    let red = RgbImage::from_fn(64, 64, |x, y| image::Rgb([200, (x * 2) as u8, (y * 2) as u8]));
    DynamicImage::from(red).save(desk.path("red.png")).unwrap();
    let painted = |styles: &[&str]| {
        let styles: Vec<&str> = styles.iter().flat_map(|style| ["--style", style]).collect();
        succeeded(&instant(&desk, &[&styles[..], &["--overwrite", "--size", "60"]].concat()));
        pixels(&desk.path("out.png"))
    };
    let (one, other) = (painted(&["painting.png"]), painted(&["red.png"]));
    let (near_one, near_other) = (painted(&["painting.png:9", "red.png:1"]), painted(&["painting.png:1", "red.png:9"]));
    assert!(difference(&near_one, &one) < difference(&near_one, &other));
    assert!(difference(&near_other, &other) < difference(&near_other, &one));
    assert!(difference(&near_one, &near_other) > 1.0);
    assert_eq!(painted(&["painting.png", "red.png:0"]), one);
}

#[test]
fn a_size_that_cannot_fit_is_refused() {
    let desk = Desk::new();
    let output = instant(&desk, &["--size", "8192", "--memory", "200"]);
    let sentence = text(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{sentence}");
    assert!(
        sentence.contains("painting at 8192 pixels needs about") && sentence.contains("only 200 MiB"),
        "{sentence}"
    );
    let largest: u32 = sentence.trim().rsplit(' ').next().unwrap().parse().unwrap();
    assert!((512..8192).contains(&largest), "{sentence}");
    assert!(!desk.path("out.png").exists());
}

#[test]
fn a_gallery_is_painted_in_one_pass_too() {
    let desk = Desk::new();
    desk.picture("other.png", 33, 70);
    let arguments =
        ["gallery", "--content", "photo.png", "--style", "painting.png", "--style", "other.png", "--instant"];
    let output = desk.run(&[&arguments[..], &["--size", "48", "--output", "sheet.png", "--json"]].concat());
    succeeded(&output);
    assert!(desk.path("sheet.png").exists());
    let iterations: Vec<serde_json::Value> = text(&output.stdout)
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap())
        .filter(|event| event["event"] == "started")
        .map(|event| event["iterations"].clone())
        .collect();
    assert_eq!(iterations, [1, 1]);
}
