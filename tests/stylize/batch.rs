//! `batch`: what is painted, what is not painted twice, and what an interruption costs.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use impasto::picture::decode;
use impasto::studio::WrittenRecipe;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde_json::Value;

use super::*;

/// A desk with six photos in two folders and two paintings in another.
fn desk() -> Desk {
    let desk = Desk::new();
    for folder in ["photos/cats", "photos/dogs", "paintings"] {
        fs::create_dir_all(desk.path(folder)).unwrap();
    }
    for (index, name) in ["cats/a.png", "cats/b.jpg", "cats/c.png", "dogs/a.png", "dogs/d.png"].iter().enumerate() {
        desk.picture(&format!("photos/{name}"), 61 + index as u32, 43);
    }
    desk.write("photos/cats/labels.txt", b"not a picture");
    for (name, side) in [("oil.png", 50), ("ink.png", 70)] {
        desk.picture(&format!("paintings/{name}"), side, 50);
    }
    desk
}

/// Runs `batch` from the photos to `out`, in the style of the desk's painting unless `arguments` name others.
fn batch(desk: &Desk, arguments: &[&str]) -> Output {
    desk.run(&words(arguments))
}

fn words<'a>(arguments: &[&'a str]) -> Vec<&'a str> {
    let mut all = vec!["batch"];
    for (option, default) in [("--content", "photos"), ("--style", "painting.png"), ("--output", "out")] {
        if !arguments.contains(&option) {
            all.extend([option, default]);
        }
    }
    all.extend(arguments);
    all
}

fn succeeded(output: &Output) {
    assert!(output.status.success(), "{}", text(&output.stderr));
}

/// The files below a folder with their bytes, without those of the batch itself.
fn files(desk: &Desk, folder: &str) -> BTreeMap<String, Vec<u8>> {
    let mut files = desk.files(folder);
    files.retain(|name, _| !name.contains(".impasto-") && !name.starts_with("manifest"));
    files
}

/// The lines of all manifests in a folder.
fn lines(desk: &Desk, folder: &str) -> Vec<Value> {
    let manifests = fs::read_dir(desk.path(folder)).unwrap().map(|entry| entry.unwrap().path());
    let manifests = manifests.filter(|path| path.extension().is_some_and(|ending| ending == "jsonl"));
    let texts: Vec<String> = manifests.map(|path| fs::read_to_string(path).unwrap()).collect();
    texts.iter().flat_map(|text| text.lines()).map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The items of a run with `--json`: what was written, and how it went.
fn items(output: &Output) -> BTreeMap<String, String> {
    let events = text(&output.stdout);
    let events = events.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let items = events.filter(|event| event["event"] == "item");
    items.map(|item| (item["output"].as_str().unwrap().into(), item["outcome"].as_str().unwrap().into())).collect()
}

#[test]
fn a_folder_is_painted_once_with_its_structure_and_sizes() {
    let desk = desk();
    succeeded(&batch(&desk, &["--style", "paintings"]));
    let painted = files(&desk, "out");
    let expected = ["cats/a", "cats/b", "cats/c", "dogs/a", "dogs/d"].map(|photo| {
        let ending = if photo == "cats/b" { "jpg" } else { "png" };
        ["ink", "oil"].map(|style| format!("{photo}--{style}.{ending}"))
    });
    assert!(painted.keys().eq(expected.iter().flatten()), "{:?}", painted.keys());
    assert_eq!(size(&desk.path("out/dogs/d--oil.png")), (65, 43));
    // What `stylize` paints.
    let single = ["stylize", "--instant", "--content", "photos/dogs/d.png", "--style", "paintings/oil.png"];
    succeeded(&desk.run(&[&single[..], &["--size", "65", "--output", "one.png"]].concat()));
    assert_eq!(pixels(&desk.path("one.png")), pixels(&desk.path("out/dogs/d--oil.png")));
    let lines = lines(&desk, "out");
    assert_eq!(lines.len(), 10);
    let line = lines.iter().find(|line| line["output"] == "dogs/d--oil.png").unwrap();
    assert_eq!(
        (&line["content"], &line["outcome"], &line["settings"]["size"]),
        (&"dogs/d.png".into(), &"painted".into(), &65.into())
    );
    assert_eq!(line["bytes"].as_u64().unwrap(), painted["dogs/d--oil.png"].len() as u64);

    // Nothing is painted twice; what is gone, cut, or of another photo is.
    let again = batch(&desk, &["--style", "paintings", "--json"]);
    succeeded(&again);
    assert!(items(&again).len() == 10 && items(&again).values().all(|outcome| outcome == "skipped"));
    fs::remove_file(desk.path("out/cats/a--ink.png")).unwrap();
    fs::write(desk.path("out/cats/a--oil.png"), "half").unwrap();
    desk.picture("photos/dogs/d.png", 30, 20);
    let again = batch(&desk, &["--style", "paintings", "--json"]);
    succeeded(&again);
    let new: BTreeSet<String> =
        items(&again).into_iter().filter(|(_, outcome)| outcome == "painted").map(|(output, _)| output).collect();
    assert!(new.iter().eq(["cats/a--ink.png", "cats/a--oil.png", "dogs/d--ink.png", "dogs/d--oil.png"]), "{new:?}");
    assert!(text(&again.stderr).contains("photo, painting or settings have changed: dogs/d--oil.png"));
    assert_eq!(size(&desk.path("out/dogs/d--oil.png")), (30, 20));
    assert_eq!(files(&desk, "out")["cats/a--oil.png"], painted["cats/a--oil.png"]);
    assert_eq!(crate::batch::lines(&desk, "out").len(), 10);
}

#[test]
fn draws_depend_on_the_seed_and_each_photo_only() {
    let desk = desk();
    let random = [
        "--style",
        "paintings",
        "--pairing",
        "random",
        "--variants",
        "3",
        "--strength",
        "30..70",
        "--vary",
        "keep-colors=0..50",
    ];
    let run = |extra: &[&str]| {
        let output = batch(&desk, &[&random[..], extra].concat());
        succeeded(&output);
    };
    run(&["--output", "one", "--seed", "5"]);
    let one = files(&desk, "one");
    assert_eq!(one.len(), 15);
    let strengths: BTreeSet<String> =
        lines(&desk, "one").iter().map(|line| line["settings"]["strength"].to_string()).collect();
    assert!(strengths.len() > 12, "{strengths:?}");
    // Fewer photos, in shards.
    fs::remove_file(desk.path("photos/cats/a.png")).unwrap();
    for shard in ["1/2", "2/2"] {
        run(&["--output", "two", "--seed", "5", "--shard", shard]);
    }
    let rest: BTreeMap<_, _> = one.into_iter().filter(|(name, _)| !name.starts_with("cats/a")).collect();
    assert_eq!(files(&desk, "two"), rest);
    run(&["--output", "three", "--seed", "6"]);
    assert_ne!(files(&desk, "three").keys().collect::<Vec<_>>(), rest.keys().collect::<Vec<_>>());
    // In turn.
    succeeded(&batch(&desk, &["--style", "paintings", "--pairing", "cycle", "--output", "turn"]));
    let turn = files(&desk, "turn");
    assert!(
        turn.keys().eq(["cats/b--ink.jpg", "cats/c--oil.png", "dogs/a--ink.png", "dogs/d--oil.png"]),
        "{:?}",
        turn.keys()
    );
}

/// A mixture of all styles: the same picture as of `stylize`, painted again when a weight or a brush scale changes.
#[test]
fn styles_are_mixed() {
    let desk = desk();
    let styles = ["--style", "paintings/oil.png:3", "--style", "paintings/ink.png"];
    let mixed = |more: &[&str]| batch(&desk, &[&styles[..], &["--pairing", "mix"], more].concat());
    succeeded(&mixed(&[]));
    let whole = files(&desk, "out");
    assert!(whole.len() == 5 && whole.contains_key("cats/b--mix.jpg"), "{:?}", whole.keys());
    let one = ["stylize", "--instant", "--content", "photos/cats/a.png", "--size", "61", "--output", "one.png"];
    succeeded(&desk.run(&[&one[..], &styles].concat()));
    let painted = desk.path("out/cats/a--mix.png");
    assert_eq!(pixels(&painted), pixels(&desk.path("one.png")));
    let recipe = decode::read(&painted).unwrap().recipe.unwrap();
    let recipe = WrittenRecipe::parse(&recipe).unwrap();
    let balances: Vec<_> = recipe.styles.iter().map(|style| (style.source.name.as_str(), style.weight)).collect();
    assert_eq!(balances, [("oil.png", 3.0), ("ink.png", 1.0)]);
    assert_eq!(lines(&desk, "out")[0]["style"], "oil.png, ink.png");
    succeeded(&mixed(&[]));
    assert_eq!(files(&desk, "out"), whole);
    succeeded(&mixed(&["--style-brush-scale", "2", "--style-brush-scale", "1"]));
    assert!(files(&desk, "out").iter().all(|(name, bytes)| whole[name] != *bytes));
    // A mixture of one is that one.
    succeeded(&batch(&desk, &["--pairing", "mix", "--output", "alone"]));
    assert!(files(&desk, "alone").contains_key("cats/a--painting.png"));
    let refused = mixed(&["--style-brush-scale", "2"]);
    assert_eq!(refused.status.code(), Some(2), "{}", text(&refused.stderr));
    let refused = mixed(&["--variants", "2"]);
    assert_eq!(refused.status.code(), Some(2), "{}", text(&refused.stderr));
}

/// Styles from the distribution of the named ones: each photo has one of its own, the same in any shard.
#[test]
fn new_styles_are_drawn() {
    let desk = desk();
    let drawn = ["--style", "paintings", "--pairing", "distribution", "--variants", "2"];
    succeeded(&batch(&desk, &drawn));
    let whole = files(&desk, "out");
    assert!(whole.len() == 10 && whole.contains_key("cats/a--drawn--2.png"), "{:?}", whole.keys());
    let [one, other] = [1, 2].map(|variant| pixels(&desk.path(&format!("out/cats/a--drawn--{variant}.png"))));
    assert!(difference(&one, &other) > 2.0, "{}", difference(&one, &other));
    for shard in ["1/2", "2/2"] {
        succeeded(&batch(&desk, &[&drawn[..], &["--output", "shards", "--shard", shard]].concat()));
    }
    assert_eq!(files(&desk, "shards"), whole);
    let line = &lines(&desk, "out")[0];
    assert_eq!(line["style"], "the distribution of 2 styles");
    for wrong in [
        &["--style", "painting.png"][..],
        &["--style", "paintings", "--method", "optimise"],
        &["--style", "paintings", "--palette", "photo"],
    ] {
        let refused = batch(&desk, &[&["--pairing", "distribution", "--output", "no"], wrong].concat());
        assert_eq!(refused.status.code(), Some(2), "{wrong:?}: {}", text(&refused.stderr));
    }
}

#[test]
fn schedulers_name_the_shard() {
    let desk = desk();
    let shard = |variables: &[(&str, &str)]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_impasto"));
        command.current_dir(desk.0.path()).args(words(&[])).envs(variables.iter().copied());
        command.output().unwrap()
    };
    succeeded(&batch(&desk, &["--output", "whole"]));
    for index in ["4", "5", "6"] {
        let task = [("SLURM_ARRAY_TASK_MIN", "4"), ("SLURM_ARRAY_TASK_COUNT", "3"), ("SLURM_ARRAY_TASK_ID", index)];
        succeeded(&shard(&task));
    }
    assert_eq!(files(&desk, "out"), files(&desk, "whole"));
    assert_eq!(lines(&desk, "out").len(), 5);
    let unknown = shard(&[("JOB_COMPLETION_INDEX", "0")]);
    assert_eq!(unknown.status.code(), Some(2));
    assert!(text(&unknown.stderr).contains("IMPASTO_SHARDS"), "{}", text(&unknown.stderr));
}

#[test]
fn what_cannot_be_read_is_said_and_the_others_go_on() {
    let desk = desk();
    desk.write("photos/cats/broken.png", b"\x89PNG\r\n\x1a\nnothing");
    desk.write("photos/cats/text.jpg", b"hello");
    let output = batch(&desk, &["--json"]);
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
    assert_eq!(files(&desk, "out").len(), 5);
    let failed: Vec<Value> = lines(&desk, "out").into_iter().filter(|line| line["outcome"] == "failed").collect();
    assert_eq!(failed.len(), 2);
    assert!(failed.iter().all(|line| line["error"].as_str().unwrap().contains("photos/cats/")), "{failed:?}");
    // Once more adds nothing; a good photo in its place is painted.
    assert_eq!(batch(&desk, &[]).status.code(), Some(1));
    assert_eq!(lines(&desk, "out").len(), 7);
    desk.picture("photos/cats/broken.png", 40, 40);
    fs::remove_file(desk.path("photos/cats/text.jpg")).unwrap();
    succeeded(&batch(&desk, &[]));
    assert_eq!(files(&desk, "out").len(), 6);
}

#[test]
fn files_that_are_not_the_batchs_stay() {
    let desk = desk();
    fs::create_dir_all(desk.path("out/dogs")).unwrap();
    desk.write("out/dogs/d--painting.png", b"mine");
    let output = batch(&desk, &[]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(desk.read("out/dogs/d--painting.png"), b"mine");
    // Nor does the line about it in the manifest change that.
    assert_eq!(batch(&desk, &[]).status.code(), Some(1));
    assert_eq!(desk.read("out/dogs/d--painting.png"), b"mine");
    assert!(text(&output.stderr).contains("d--painting.png"), "{}", text(&output.stderr));
    succeeded(&batch(&desk, &["--overwrite"]));
    assert_ne!(desk.read("out/dogs/d--painting.png"), b"mine");
    // A manifest of something else.
    fs::create_dir(desk.path("other")).unwrap();
    desk.write("other/manifest.jsonl", b"{\"mine\": 1}\n");
    let output = batch(&desk, &["--output", "other"]);
    assert_eq!((output.status.code(), desk.read("other/manifest.jsonl")), (Some(2), b"{\"mine\": 1}\n".to_vec()));
}

#[test]
fn wrong_words_are_said() {
    let desk = desk();
    for (arguments, said) in [
        (&["--content", "nowhere"][..], "nowhere"),
        (&["--content", "paintings/*.gif"], "no pictures"),
        (&["--output", "photos"], "choose another"),
        (&["--style", "nowhere.png"], "nowhere.png"),
        (&["--style", "painting.png:-1"], "weight"),
        (&["--style", "painting.png:0"], "weight of 0"),
        (&["--style", "painting.png:1:photo.png"], "masks"),
        (&["--strength", "70..30"], "70..30"),
        (&["--strength", "200"], "200"),
        (&["--vary", "strength"], "keep-colors=0..50"),
        (&["--vary", "no-such=1..2"], "no_such"),
        (&["--variants", "0"], "variants"),
        (&["--variants", "2"], "would be the same"),
        (&["--shard", "3/2"], "3/2"),
        (&["--size", "5"], "size"),
        (&["--threads", "0"], "threads"),
        (&["--content", "photos", "--content", "photos"], "same name"),
        (&["--fraction", "-1"], "fraction"),
    ] {
        let output = batch(&desk, arguments);
        let stderr = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {stderr}");
        assert!(stderr.contains(said) && stderr.lines().count() == 1, "{arguments:?}: {stderr}");
        assert!(!desk.path("out").exists());
    }
}

/// The output in the input is not painted again, names with any bytes are kept, and a folder can be read-only.
#[cfg(unix)]
#[test]
fn strange_folders() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt as _;
    use std::os::unix::fs::symlink;
    let desk = desk();
    let strange = desk.path("photos").join(OsStr::from_bytes(b"caf\xe9 \n'\".png"));
    fs::copy(desk.path("photos/dogs/a.png"), strange).unwrap();
    symlink("..", desk.path("photos/dogs/circle")).unwrap();
    for _ in 0..2 {
        succeeded(&batch(&desk, &["--output", "photos/painted"]));
    }
    let painted = desk.path("photos/painted").join(OsStr::from_bytes(b"caf\xe9 \n'\"--painting.png"));
    assert_eq!(size(&painted), (64, 43));
    let lines = lines(&desk, "photos/painted");
    assert_eq!(lines.len(), 6);
    assert!(lines.iter().any(|line| line["output"] == "caf%E9 \n'\"--painting.png"));
}

fn start(desk: &Desk, arguments: &[&str]) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_impasto"));
    command.current_dir(desk.0.path()).args(words(arguments)).stdout(Stdio::null()).stderr(Stdio::null());
    command.spawn().unwrap()
}

/// A shard waits for another process that paints it, and the whole batch does not begin beside another.
#[test]
fn two_batches_in_one_folder() {
    let desk = desk();
    let slow = ["--method", "optimise", "--iterations", "3000", "--size", "60"];
    let mut first = start(&desk, &slow);
    let deadline = std::time::Instant::now() + Duration::from_mins(1);
    while !desk.path("out/.impasto-batch.lock").exists() {
        assert!(std::time::Instant::now() < deadline);
        std::thread::sleep(Duration::from_millis(20));
    }
    std::thread::sleep(Duration::from_millis(300));
    let second = batch(&desk, &[]);
    assert_eq!(second.status.code(), Some(1), "{}", text(&second.stderr));
    assert!(text(&second.stderr).contains("another batch"), "{}", text(&second.stderr));
    let mut shard = start(&desk, &["--shard", "1/1000"]);
    std::thread::sleep(Duration::from_millis(500));
    assert!(shard.try_wait().unwrap().is_none());
    first.kill().unwrap();
    first.wait().unwrap();
    assert!(shard.wait().unwrap().success());
}

/// However often it is killed, in the end every result is there once, whole, and the same.
#[test]
fn kills_cost_nothing() {
    let (kills, variants) = if campaign::is_on() { (200, "300") } else { (12, "2") };
    let desk = desk();
    let arguments = ["--style", "paintings", "--variants", variants, "--strength", "20..80"];
    succeeded(&batch(&desk, &[&arguments[..], &["--output", "whole"]].concat()));
    let expected = files(&desk, "whole");
    let mut random = StdRng::seed_from_u64(11);
    let (mut unfinished, mut between) = (0, 0);
    for _ in 0..kills {
        let mut killed = start(&desk, &arguments);
        std::thread::sleep(Duration::from_millis(random.random_range(50..300)));
        killed.kill().unwrap();
        killed.wait().unwrap();
        let left = if desk.path("out").exists() { files(&desk, "out") } else { BTreeMap::new() };
        unfinished += usize::from(left.len() < expected.len());
        for (name, bytes) in &left {
            assert_eq!(Some(bytes), expected.get(name), "{name}");
        }
        let written = left.len();
        let lines = fs::read_to_string(desk.path("out/manifest.jsonl")).map_or(0, |text| text.lines().count());
        between += usize::from(written > lines);
    }
    succeeded(&batch(&desk, &arguments));
    assert_eq!(files(&desk, "out"), expected);
    let outputs: BTreeSet<String> = lines(&desk, "out").iter().map(|line| line["output"].to_string()).collect();
    assert_eq!((outputs.len(), lines(&desk, "out").len()), (expected.len(), expected.len()));
    // Nor is anything left that was begun.
    for folder in ["out", "out/cats", "out/dogs"] {
        let mut names = fs::read_dir(desk.path(folder)).unwrap().map(|entry| entry.unwrap().file_name());
        assert!(names.all(|name| !name.to_string_lossy().ends_with(".tmp")));
    }
    if campaign::is_on() {
        let text = format!(
            "{kills} kills over one batch of {} results, {unfinished} of them before its end and {between} between a result and \
             its line: nothing was unreadable or painted twice, and in the end all files were the same.\n",
            expected.len()
        );
        campaign::write_section("batch kills", &text);
    }
}

/// What `doctor` says is enough for a scheduler.
#[test]
fn doctor_says_how_much_memory_a_batch_takes() {
    let desk = Desk::new();
    fs::create_dir(desk.path("photos")).unwrap();
    for index in 0..6 {
        desk.picture(&format!("photos/{index}.png"), 640, 640);
    }
    let said = text(&desk.run(&["doctor", "--for", "640"]).stdout);
    let line = |way: &str| said.lines().find(|line| line.contains(way)).unwrap().to_owned();
    let number = |text: &str| text.split([' ', ',']).next().unwrap().parse::<u64>().unwrap();
    let optimised = line("by optimisation");
    let memory = number(optimised.split_once("--memory ").unwrap().1).to_string();
    for (line, arguments) in [
        (line("in one pass"), vec![]),
        (
            optimised.clone(),
            vec!["--content", "photos/0.png", "--method", "optimise", "--iterations", "1", "--memory", &memory],
        ),
    ] {
        let mebibytes = number(line.split_once(": ").unwrap().1);
        let output = batch(&desk, &[&["--json"], &arguments[..]].concat());
        succeeded(&output);
        let finished: Value = serde_json::from_str(text(&output.stdout).lines().last().unwrap()).unwrap();
        let peak = finished["peak_bytes"].as_u64().unwrap() >> 20;
        assert!(peak <= mebibytes && 2 * peak > mebibytes, "{line}: {peak}");
        fs::remove_dir_all(desk.path("out")).unwrap();
    }
    assert_eq!(desk.run(&["doctor", "--for", "3"]).status.code(), Some(2));
}
