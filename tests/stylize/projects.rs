//! Recipes inside finished pictures, and projects.

use std::fs;

use impasto::picture::decode;
use impasto::picture::metadata::Exif;
use impasto::studio::project::Project;
use impasto::studio::{Settings, WrittenRecipe};

use crate::{Desk, text};

fn recipe_in(desk: &Desk, name: &str) -> WrittenRecipe {
    WrittenRecipe::parse(&decode::read(&desk.path(name)).unwrap().recipe.unwrap()).unwrap()
}

#[test]
fn a_finished_picture_can_be_painted_again_from_its_recipe() {
    let desk = Desk::new();
    for name in ["first.png", "first.jpg", "first.tiff", "first.webp"] {
        let options = ["--output", name, "--strength", "73", "--style", "painting.png:2", "--seed", "9"];
        assert_eq!(desk.stylize(&options).status.code(), Some(0));
        let first = recipe_in(&desk, name);
        assert_eq!((first.settings.strength, first.settings.size, first.settings.seed), (73.0, 48, 9));
        assert_eq!(first.names().collect::<Vec<_>>(), ["photo.png", "painting.png"]);

        // No other options: the source pictures are found beside the finished one.
        let output = desk.run(&["stylize", "--recipe", name, "--output", "again.png", "--overwrite"]);
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        assert_eq!(recipe_in(&desk, "again.png"), first, "{name}");
    }
    let [first, again] = ["first.png", "again.png"].map(|name| decode::open(&desk.path(name)).unwrap());
    assert_eq!(first.pixels(), again.pixels());
    // Options override the recipe.
    let output =
        desk.run(&["stylize", "--recipe", "first.png", "--output", "other.png", "--strength", "10", "--size", "32"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let other = recipe_in(&desk, "other.png").settings;
    let settings = recipe_in(&desk, "first.png").settings;
    assert_eq!(other, Settings { strength: 10.0, size: 32, ..settings });
}

#[test]
fn a_texture_stores_its_recipe_and_a_gallery_names_its_sources() {
    let desk = Desk::new();
    let texture = ["texture", "--size", "48x32", "--seamless", "--style", "painting.png", "--iterations", "2"];
    let output = desk.run(&[&texture[..], &["--brush-scale", "2", "--output", "tile.png"]].concat());
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let output = desk.run(&["texture", "--recipe", "tile.png", "--output", "again.png"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let [tile, again] = ["tile.png", "again.png"].map(|name| decode::open(&desk.path(name)).unwrap());
    assert_eq!(tile.pixels(), again.pixels());
    assert_eq!(recipe_in(&desk, "again.png"), recipe_in(&desk, "tile.png"));
    // A texture takes only the style from the recipe of a painted photo, not the size.
    assert_eq!(desk.stylize(&["--output", "first.png"]).status.code(), Some(0));
    let refused = desk.run(&["texture", "--recipe", "first.png", "--output", "other.png"]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(text(&refused.stderr).contains("--size"), "{}", text(&refused.stderr));

    let sheet = ["gallery", "--content", "photo.png", "--style", "painting.png", "--size", "32", "--iterations", "1"];
    assert_eq!(desk.run(&[&sheet[..], &["--output", "sheet.png"]].concat()).status.code(), Some(0));
    let bytes = text(&fs::read(desk.path("sheet.png")).unwrap());
    assert!(bytes.contains("compositeWithTrainedAlgorithmicMedia") && bytes.contains("painting.png"));
    assert!(decode::read(&desk.path("sheet.png")).unwrap().recipe.is_none());
    let plain = [&sheet[..], &["--output", "plain.png", "--metadata", "none"]].concat();
    assert_eq!(desk.run(&plain).status.code(), Some(0));
    assert!(!text(&fs::read(desk.path("plain.png")).unwrap()).contains("mpasto"));
}

#[test]
fn a_mask_from_a_project_is_stored_in_the_picture_and_reused() {
    use impasto::picture::encode::Existing;
    use impasto::studio::project::StoredPicture;
    let desk = Desk::new();
    assert_eq!(desk.stylize(&["--save-project", "plain.impasto"]).status.code(), Some(0));
    // Like a project saved by the window: the left part of the photo is protected.
    let mut project = Project::open(&desk.path("plain.impasto")).unwrap();
    let photo = decode::open(&desk.path("photo.png")).unwrap();
    let mask =
        image::GrayImage::from_fn(photo.width(), photo.height(), |x, _| image::Luma([if x < 20 { 255 } else { 0 }]));
    project.setup.protection =
        Some(StoredPicture::of(std::sync::Arc::new(impasto::picture::Picture::new(mask.into()))));
    (project.picture, project.history) = (None, Vec::new());
    project.save(&desk.path("masked.impasto"), Existing::Refuse).unwrap();
    let output = desk.run(&["stylize", "--project", "masked.impasto", "--output", "masked.png"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let output = desk.run(&["stylize", "--recipe", "masked.png", "--output", "again.png"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let [plain, masked, again] =
        ["out.png", "masked.png", "again.png"].map(|name| decode::open(&desk.path(name)).unwrap());
    assert_eq!(masked.pixels(), again.pixels());
    assert_ne!(masked.pixels(), plain.pixels());
}

#[test]
fn an_unusable_recipe_gives_a_one_sentence_error() {
    let desk = Desk::new();
    assert_eq!(desk.stylize(&["--output", "first.png"]).status.code(), Some(0));
    assert_eq!(desk.stylize(&["--output", "plain.png", "--metadata", "none"]).status.code(), Some(0));
    let plain = fs::read(desk.path("plain.png")).unwrap();
    assert!(!text(&plain).contains("mpasto") && !text(&plain).contains("xmp"));
    let refusal = |arguments: &[&str]| {
        let output = desk.run(&[&["stylize", "--output", "out.png"], arguments].concat());
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        let sentence = text(&output.stderr);
        assert_eq!(sentence.trim_end().lines().count(), 1, "{sentence}");
        sentence
    };
    assert!(refusal(&["--recipe", "plain.png"]).contains("contains no settings"));
    assert!(refusal(&["--recipe", "missing.png"]).contains("no such file"));
    assert!(refusal(&["--project", "first.png"]).contains("not an Impasto project"));
    // Another picture with the same name.
    fs::rename(desk.path("painting.png"), desk.path("hidden.png")).unwrap();
    let sentence = refusal(&["--recipe", "first.png"]);
    assert!(sentence.contains("painting.png") && sentence.contains("--style"), "{sentence}");
    desk.picture("painting.png", 33, 44);
    assert!(refusal(&["--recipe", "first.png"]).contains("not the picture that was painted from"));
    let output = desk.run(&["stylize", "--recipe", "first.png", "--output", "out.png", "--style", "hidden.png"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
}

#[test]
fn camera_data_is_copied_only_on_request() {
    let desk = Desk::new();
    let copied = |arguments: &[&str]| -> Option<Exif> {
        let all = [&["--content", "phone.jpg", "--output", "out.jpg", "--overwrite"], arguments].concat();
        assert_eq!(desk.stylize(&all).status.code(), Some(0));
        decode::read(&desk.path("out.jpg")).unwrap().exif
    };
    desk.phone_photo("phone.jpg");
    let whole = decode::read(&desk.path("phone.jpg")).unwrap().exif.unwrap();
    assert_eq!(copied(&[]), None);
    assert_eq!(copied(&["--metadata", "camera"]), Some(whole.clone().without_position()));
    assert_eq!(copied(&["--metadata", "all"]), Some(whole));
}

#[test]
fn a_project_is_saved_and_painted_again() {
    let desk = Desk::new();
    let output = desk.stylize(&["--save-project", "evening.impasto", "--strength", "61"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let project = Project::open(&desk.path("evening.impasto")).unwrap();
    assert!(project.unfinished.is_none());
    assert_eq!((project.setup.settings.strength, project.setup.styles.len()), (61.0, 1));
    assert_eq!(project.picture.unwrap().open().unwrap().width(), 48);

    let output = desk.run(&["stylize", "--project", "evening.impasto", "--output", "again.png"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let [out, again] = ["out.png", "again.png"].map(|name| decode::open(&desk.path(name)).unwrap());
    assert_eq!(out.pixels(), again.pixels());

    // Another run overwrites the project only if that is allowed, and a picture never.
    let before = fs::read(desk.path("evening.impasto")).unwrap();
    let output = desk.stylize(&["--save-project", "evening.impasto", "--output", "x.png"]);
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(fs::read(desk.path("evening.impasto")).unwrap(), before);
    let output = desk.stylize(&["--save-project", "photo.png", "--output", "x.png", "--overwrite"]);
    assert_eq!(output.status.code(), Some(2));

    // If a picture was moved, the error asks for it.
    fs::rename(desk.path("photo.png"), desk.path("moved.png")).unwrap();
    let output = desk.run(&["stylize", "--project", "evening.impasto", "--output", "x.png"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("--content"), "{}", text(&output.stderr));
    let output = desk.run(&["stylize", "--project", "evening.impasto", "--output", "x.png", "--content", "moved.png"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
}

#[test]
fn a_time_limit_counts_only_the_current_call() {
    use impasto::engine::snapshot::{OptimizerState, Snapshot};
    use impasto::picture::encode::Existing;
    use impasto::studio::project::Unfinished;
    let desk = Desk::new();
    let options = ["--save-project", "work.impasto", "--size", "230", "--iterations", "3"];
    assert_eq!(desk.stylize(&options).status.code(), Some(0));
    let mut project = Project::open(&desk.path("work.impasto")).unwrap();
    // Painted for a day, and stopped after the first iteration.
    let (width, height) = (115, 77);
    let image = vec![1 << 15; 3 * width * height];
    let snapshot = Snapshot { scale: 0, iteration: 1, width, height, image, optimizer: OptimizerState::default() };
    project.unfinished = Some(Unfinished { snapshot: std::sync::Arc::new(snapshot), seconds: 86_400.0 });
    project.save(&desk.path("work.impasto"), Existing::Replace).unwrap();
    let output =
        desk.run(&["stylize", "--project", "work.impasto", "--output", "on.png", "--time-limit", "600", "--json"]);
    let first = text(&output.stdout).lines().find(|line| line.contains("progress")).unwrap().to_owned();
    let first: serde_json::Value = serde_json::from_str(&first).unwrap();
    assert_eq!((&first["scale"], &first["iteration"]), (&0.into(), &2.into()));
    assert!(first["seconds"].as_f64().unwrap() > 86_400.0);
    assert_eq!(crate::painted_scales(&output), [3, 3]);
}

#[cfg(unix)]
#[test]
fn a_failed_save_is_reported_and_painting_continues() {
    let desk = Desk::new();
    let folder = desk.path("work");
    fs::create_dir(&folder).unwrap();
    // The folder is deleted while the program paints, so the first save fails.
    let mut painter = std::process::Command::new(env!("CARGO_BIN_EXE_impasto"));
    painter.current_dir(desk.0.path()).args(["stylize", "--content", "photo.png", "--style", "painting.png"]);
    painter.args(["--output", "out.png", "--save-project", "work/evening.impasto", "--size", "48", "--json"]);
    painter.args(["--iterations", "3"]).stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
    let mut child = painter.spawn().unwrap();
    let mut lines = std::io::BufRead::lines(std::io::BufReader::new(child.stdout.take().unwrap()));
    assert!(lines.next().unwrap().unwrap().contains("started"));
    fs::remove_dir_all(&folder).unwrap();
    let rest: Vec<String> = lines.map(Result::unwrap).collect();
    let is_said = |line: &String| line.contains("remark") && line.contains("is in memory only: the folder");
    assert_eq!(rest.iter().filter(|line| is_said(line)).count(), 1, "{rest:?}");
    assert!(rest.iter().any(|line| line.contains("finished")));
    assert!(desk.path("out.png").exists());
    // The exit code tells the user that the requested project is missing.
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("the picture was saved, but its project was not: the folder"));
}

#[cfg(unix)]
#[test]
fn failing_to_save_the_finished_project_is_an_error() {
    let desk = Desk::new();
    // Limits the size of files to less than that of the project. Only Bash counts in kibibytes everywhere.
    let limited = r#"trap '' XFSZ; ulimit -f 120; exec "$0" "$@""#;
    let mut painter = std::process::Command::new("bash");
    painter.current_dir(desk.0.path()).args(["-c", limited, env!("CARGO_BIN_EXE_impasto")]);
    painter.args(["stylize", "--content", "photo.png", "--style", "painting.png", "--size", "200", "--quiet"]);
    painter.args(["--iterations", "1", "--output", "out.png", "--save-project", "evening.impasto"]);
    let output = painter.output().unwrap();
    let sentence = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{sentence}");
    assert!(
        sentence.starts_with("error: the picture was saved, but its project was not: the project was not saved"),
        "{sentence}"
    );
    assert!(sentence.trim_end().ends_with("evening.impasto") && sentence.lines().count() == 1, "{sentence}");
    assert!(desk.path("out.png").exists() && !desk.path("evening.impasto").exists());
    assert_eq!(fs::read_dir(desk.0.path()).unwrap().count(), 3, "no temporary file is left");
}

#[test]
fn no_folder_is_named_in_a_finished_picture() {
    let desk = Desk::new();
    fs::create_dir(desk.path("secret-folder")).unwrap();
    fs::rename(desk.path("photo.png"), desk.path("secret-folder/photo.png")).unwrap();
    for name in ["out.png", "out.jpg", "out.tiff", "out.webp"] {
        let content = desk.path("secret-folder/photo.png");
        let options = ["--content", content.to_str().unwrap(), "--output", name];
        assert_eq!(desk.stylize(&options).status.code(), Some(0));
        let bytes = text(&fs::read(desk.path(name)).unwrap());
        assert!(bytes.contains("photo.png") && !bytes.contains("secret-folder"), "{name}");
    }
}
