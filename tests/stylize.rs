//! The command line as scripts use it, with the real binary and the real network.

#[path = "stylize/batch.rs"]
mod batch;
#[path = "stylize/brushwork.rs"]
mod brushwork;
#[path = "support/campaign.rs"]
mod campaign;
#[path = "stylize/datasets.rs"]
mod datasets;
#[path = "support/films.rs"]
mod films;
#[path = "stylize/instant.rs"]
mod instant;
#[path = "stylize/kills.rs"]
mod kills;
#[path = "stylize/map.rs"]
mod map;
#[path = "stylize/messages.rs"]
mod messages;
#[path = "stylize/projects.rs"]
mod projects;
#[path = "stylize/streams.rs"]
mod streams;
#[path = "stylize/train.rs"]
mod train;
#[path = "stylize/video.rs"]
mod video;
#[path = "stylize/video_formats.rs"]
mod video_formats;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use image::{DynamicImage, RgbImage};
use tempfile::TempDir;

/// A folder with a photo and a painting in it.
struct Desk(TempDir);

impl Desk {
    fn new() -> Self {
        let desk = Self(tempfile::tempdir().unwrap());
        desk.picture("photo.png", 60, 40);
        desk.picture("painting.png", 50, 50);
        desk
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn picture(&self, name: &str, width: u32, height: u32) {
        let pixels =
            RgbImage::from_fn(width, height, |x, y| image::Rgb([(x * 5) as u8, (y * 6) as u8, ((x ^ y) * 4) as u8]));
        DynamicImage::from(pixels).save(self.path(name)).unwrap();
    }

    /// A photo like a phone's, with a location in its EXIF data.
    fn phone_photo(&self, name: &str) {
        use exif::{Field, In, Rational, Tag, Value};
        use image::ImageEncoder as _;
        let latitude = Value::Rational(vec![Rational { num: 52, denom: 1 }; 3]);
        let fields = [(Tag::Model, Value::Ascii(vec![b"Phone 7".to_vec()])), (Tag::GPSLatitude, latitude)]
            .map(|(tag, value)| Field { tag, ifd_num: In::PRIMARY, value });
        let mut writer = exif::experimental::Writer::new();
        for field in &fields {
            writer.push_field(field);
        }
        let mut exif = std::io::Cursor::new(Vec::new());
        writer.write(&mut exif, false).unwrap();
        let pixels = RgbImage::from_pixel(60, 40, image::Rgb([90, 120, 30]));
        let mut encoder = image::codecs::jpeg::JpegEncoder::new(std::fs::File::create(self.path(name)).unwrap());
        encoder.set_exif_metadata(exif.into_inner()).unwrap();
        encoder.write_image(&pixels, 60, 40, image::ExtendedColorType::Rgb8).unwrap();
    }

    fn write(&self, name: &str, bytes: &[u8]) {
        std::fs::write(self.path(name), bytes).unwrap();
    }

    fn read(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.path(name)).unwrap()
    }

    /// The files in a folder and the folders in it, with their bytes.
    fn files(&self, folder: &str) -> BTreeMap<String, Vec<u8>> {
        let root = self.path(folder);
        let files = walkdir::WalkDir::new(&root).into_iter().map(Result::unwrap);
        let files = files.filter(|entry| entry.file_type().is_file()).map(|entry| {
            let name = entry.path().strip_prefix(&root).unwrap().to_string_lossy().into_owned();
            (name, std::fs::read(entry.path()).unwrap())
        });
        files.collect()
    }

    fn run(&self, arguments: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_impasto")).current_dir(self.0.path()).args(arguments).output().unwrap()
    }

    /// Runs `stylize` with few iterations and the default pictures, unless `arguments` override them.
    fn stylize(&self, arguments: &[&str]) -> Output {
        let mut all = vec!["stylize"];
        for (option, default) in [
            ("--content", "photo.png"),
            ("--style", "painting.png"),
            ("--output", "out.png"),
            ("--size", "48"),
            ("--iterations", "2"),
        ] {
            if !arguments.contains(&option) {
                all.extend([option, default]);
            }
        }
        all.extend(arguments);
        self.run(&all)
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn size(path: &Path) -> (u32, u32) {
    image::image_dimensions(path).unwrap()
}

fn pixels(path: &Path) -> RgbImage {
    image::open(path).unwrap().to_rgb8()
}

/// The mean difference of two pictures' samples, 0 to 255.
fn difference(one: &RgbImage, other: &RgbImage) -> f64 {
    assert_eq!(one.dimensions(), other.dimensions());
    let pairs = one.as_raw().iter().zip(other.as_raw());
    pairs.map(|(one, other)| f64::from(one.abs_diff(*other))).sum::<f64>() / one.as_raw().len() as f64
}

fn succeeded(output: &Output) {
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
}

/// Panics unless a wrong input was refused with one sentence that contains these words.
fn refused(output: &Output, sentence: &str) {
    let found = text(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{found}");
    assert!(found.contains(sentence) && found.trim_end().lines().count() == 1, "{found}");
}

#[test]
fn painting_reports_its_progress_as_json() {
    let desk = Desk::new();
    let output = desk.stylize(&["--json"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let lines: Vec<serde_json::Value> =
        text(&output.stdout).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines[0]["event"], "started");
    assert_eq!(lines[0]["scales"], serde_json::json!([[48, 32]]));
    assert_eq!(lines[0]["iterations"], 2);
    let progress = &lines[lines.len() - 2];
    assert_eq!((&progress["event"], &progress["scale"]), (&"progress".into(), &0.into()));
    assert_eq!((&progress["iteration"], &progress["of"]), (&2.into(), &2.into()));
    let number = |name: &str| progress[name].as_f64().unwrap();
    assert!((number("content") + number("style") + number("smoothness") - number("loss")).abs() < 1e-9);
    assert!(number("seconds") >= 0.0);
    let finished = &lines[lines.len() - 1];
    assert_eq!(finished["event"], "finished");
    assert_eq!(
        (&finished["output"], &finished["width"], &finished["height"]),
        (&"out.png".into(), &48.into(), &32.into())
    );
    assert!(finished["seconds"].is_f64());
    assert!(cfg!(not(unix)) || finished["peak_bytes"].as_u64().unwrap() > 1 << 20);
    assert_eq!(size(&desk.path("out.png")), (48, 32));
}

#[test]
fn the_size_is_exact_for_odd_tiny_and_long_pictures() {
    let desk = Desk::new();
    for (width, height, long_side, expected) in [
        (60, 40, "47", (47, 31)),
        (61, 45, "97", (97, 72)),
        (60, 40, "16", (16, 11)),
        (400, 20, "100", (100, 5)),
        (400, 20, "16", (16, 1)),
        (7, 140, "64", (3, 64)),
    ] {
        desk.picture("odd.png", width, height);
        let output = desk.stylize(&["--content", "odd.png", "--size", long_side, "--overwrite"]);
        assert_eq!(output.status.code(), Some(0), "{width}x{height} to {long_side}: {}", text(&output.stderr));
        assert_eq!(size(&desk.path("out.png")), expected);
    }
}

#[test]
fn the_same_seed_and_threads_give_the_same_bytes() {
    let desk = Desk::new();
    for init in ["content", "noise"] {
        let runs = ["1.png", "2.png"].map(|name| {
            let output =
                desk.stylize(&["--init", init, "--seed", "5", "--threads", "2", "--output", name, "--overwrite"]);
            assert_eq!(output.status.code(), Some(0));
            std::fs::read(desk.path(name)).unwrap()
        });
        assert!(runs[0] == runs[1], "{init}");
    }
}

#[test]
fn every_format_and_option_is_accepted() {
    let desk = Desk::new();
    for name in ["out.png", "out.jpg", "out.tiff", "out.webp"] {
        assert_eq!(desk.stylize(&["--output", name]).status.code(), Some(0), "{name}");
        assert_eq!(impasto::picture::decode::open(&desk.path(name)).unwrap().width(), 48);
    }
    desk.picture("mask.png", 30, 20);
    let output = desk.stylize(&[
        "--style",
        "painting.png:0.5",
        "--style",
        "photo.png:2:mask.png",
        "--style-brush-scale",
        "2",
        "--style-brush-scale",
        "0.5",
        "--protect",
        "mask.png",
        "--palette",
        "photo",
        "--stroke-size",
        "-50",
        "--layer-weights",
        "5,4,3,2,1",
        "--strength",
        "80",
        "--brush-scale",
        "0.5",
        "--smoothness",
        "1",
        "--detail-kept",
        "80",
        "--keep-colors",
        "60",
        "--style-loss",
        "gram",
        "--init",
        "photo.png",
        "--device",
        "cpu",
        "--time-limit",
        "60",
        "--quiet",
        "--preset",
        "draft",
        "--overwrite",
    ]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert!(output.stderr.is_empty());
}

#[test]
fn textures_are_painted_without_a_photo() {
    let desk = Desk::new();
    let texture = |arguments: &[&str]| {
        desk.run(
            &[&["texture", "--style", "painting.png", "--output", "tile.png", "--iterations", "2"], arguments].concat(),
        )
    };
    assert_eq!(texture(&["--size", "70x34"]).status.code(), Some(0));
    assert_eq!(size(&desk.path("tile.png")), (70, 34));
    assert_eq!(texture(&["--size", "33x47", "--seamless", "--overwrite"]).status.code(), Some(0));
    assert_eq!(size(&desk.path("tile.png")), (33, 47));
    for (arguments, words) in [(["--size", "70"], "512x512"), (["--size", "0x9"], "size is 0")] {
        let output = texture(&[arguments.as_slice(), &["--overwrite"]].concat());
        assert_eq!(output.status.code(), Some(2));
        assert!(text(&output.stderr).contains(words), "{}", text(&output.stderr));
    }
}

/// The number of iterations of each scale, from the output of `--json`. Panics if the run did not finish.
fn painted_scales(output: &Output) -> Vec<u64> {
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let events: Vec<serde_json::Value> =
        text(&output.stdout).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(events[events.len() - 1]["event"], "finished");
    let mut painted = vec![0; events[0]["scales"].as_array().unwrap().len()];
    for event in events.iter().filter(|event| event["event"] == "progress") {
        painted[event["scale"].as_u64().unwrap() as usize] = event["iteration"].as_u64().unwrap();
    }
    painted
}

#[test]
fn every_scale_is_painted_however_short_the_time_limit() {
    let desk = Desk::new();
    for limit in ["0.000001", "1"] {
        let options = ["--iterations", "10000", "--size", "230", "--time-limit", limit, "--json", "--overwrite"];
        let painted = painted_scales(&desk.stylize(&options));
        assert!(painted.len() == 2 && painted.iter().all(|iterations| *iterations > 0), "{limit} s: {painted:?}");
        assert_eq!(size(&desk.path("out.png")), (230, 153));
    }
}

#[test]
fn a_gallery_obeys_the_time_limit_too() {
    let desk = Desk::new();
    let sheet = ["gallery", "--content", "photo.png", "--vary", "strength=20,80", "--style", "painting.png", "--json"];
    let options = ["--iterations", "10000", "--size", "64", "--time-limit", "2", "--output", "sheet.png"];
    // Without the limit it would take hours.
    let painted = painted_scales(&desk.run(&[&sheet[..], &options].concat()));
    assert!(painted.iter().all(|iterations| *iterations > 0), "{painted:?}");
    assert_eq!(size(&desk.path("sheet.png")).1, 64 + 2 * 8);
    let refused = desk.run(&[&sheet[..], &["--time-limit", "-1", "--output", "other.png"]].concat());
    assert_eq!(refused.status.code(), Some(2));
    assert!(text(&refused.stderr).contains("time limit"), "{}", text(&refused.stderr));
}

#[cfg(unix)]
#[test]
fn interrupting_keeps_the_picture_so_far() {
    use std::io::{BufRead, BufReader};

    let desk = Desk::new();
    let mut painter = Command::new(env!("CARGO_BIN_EXE_impasto"))
        .current_dir(desk.0.path())
        .args(["stylize", "--content", "photo.png", "--style", "painting.png", "--output", "out.png"])
        .args(["--size", "90", "--iterations", "10000", "--json"])
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(painter.stdout.take().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap().contains("progress")));
    let id = i32::try_from(painter.id()).unwrap();
    nix::sys::signal::kill(nix::unistd::Pid::from_raw(id), nix::sys::signal::Signal::SIGINT).unwrap();
    assert!(lines.any(|line| line.unwrap().contains("finished")));
    assert_eq!(painter.wait().unwrap().code(), Some(130));
    assert_eq!(size(&desk.path("out.png")), (90, 60));
}

/// Each case has arguments and words that the message must contain.
#[test]
fn bad_input_gets_one_sentence_and_loses_nothing() {
    let desk = Desk::new();
    desk.write("empty.jpg", b"");
    desk.write("text.jpg", b"Dear diary, today I did not paint.\n");
    desk.picture("tiny.png", 1, 1);
    RgbImage::new(60, 40).save(desk.path("black.png")).unwrap();
    desk.picture("whole.jpg", 60, 40);
    let jpeg = std::fs::read(desk.path("whole.jpg")).unwrap();
    desk.write("cut.jpg", &jpeg[..jpeg.len() / 2]);
    let png = std::fs::read(desk.path("photo.png")).unwrap();
    desk.write("cut.png", &png[..png.len() / 2]);
    desk.write("huge.png", &claiming(&png, 60_000));
    desk.write("page.safetensors", b"<!DOCTYPE html><html>Not found</html>");
    desk.write("cut.safetensors", &built_in_weights()[..100_000]);
    desk.write("other.safetensors", &safetensors(r#"{"other":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#));
    desk.write(
        "shape.safetensors",
        &safetensors(r#"{"conv1_1.weight":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#),
    );

    let cases: &[(&[&str], &str)] = &[
        (&["--content", "missing.jpg"], "no such file"),
        (&["--content", "empty.jpg"], "empty"),
        (&["--content", "text.jpg"], "not a picture"),
        (&["--style", "cut.jpg"], "cut off"),
        (&["--content", "cut.png"], "cut off"),
        (&["--content", "huge.png"], "60000"),
        (&["--content", "tiny.png"], "1x1"),
        (&["--style", "missing.png:-1"], "missing.png"),
        (&["--style", "painting.png:-1"], "weight"),
        (&["--style", "painting.png:nan"], "weight"),
        (&["--style", "painting.png:0"], "weight"),
        (&["--style", "painting.png:1:missing.png"], "missing.png"),
        (&["--style", "painting.png:1:painting.png"], "shape of the photo"),
        (&["--style", "painting.png:1:black.png"], "black all over"),
        (&["--protect", "painting.png"], "shape of the photo"),
        (&["--style-brush-scale", "1", "--style-brush-scale", "2"], "--style-brush-scale"),
        (&["--style-brush-scale", "0"], "brush scale"),
        (&["--stroke-size", "101"], "stroke size"),
        (&["--layer-weights", "1,2"], "five numbers"),
        (&["--layer-weights", "0,0,0,0,0"], "layers"),
        (&["--layer-weights", "1,1,1,1,-1"], "layer"),
        (&["--output", "out.xyz"], "out.xyz"),
        (&["--output", "nowhere/out.png"], "folder"),
        (&["--output", "photo.png", "--overwrite"], "photo.png"),
        (&["--size", "0"], "size is 0"),
        (&["--size", "-5"], "--size"),
        (&["--size", "99999999"], "size is 99999999"),
        (&["--strength", "101"], "strength"),
        (&["--iterations", "0"], "iterations"),
        (&["--time-limit", "0"], "time limit"),
        (&["--threads", "0"], "threads"),
        (&["--memory", "1"], "the largest size that fits is"),
        (&["--device", "abacus"], "abacus"),
        (&["--device", "cuda"], "cuda"),
        (&["--init", "missing.png"], "missing.png"),
        (&["--weights", "missing.safetensors"], "missing.safetensors"),
        (&["--weights", "."], "this is not a file"),
        (&["--save-project", "./out.png"], "would be the same file"),
        (&["--weights", "page.safetensors"], "web page"),
        (&["--weights", "cut.safetensors"], "cut off"),
        (&["--weights", "text.jpg"], "safetensors format"),
        (&["--weights", "other.safetensors"], "conv1_1.weight"),
        (&["--weights", "shape.safetensors"], "shape"),
        (&["--no-such-option"], "--no-such-option"),
    ];
    for (arguments, words) in cases {
        let before = names(&desk);
        let output = desk.stylize(arguments);
        let sentence = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {sentence}");
        assert!(sentence.contains(words), "{arguments:?}: {sentence}");
        assert_eq!(sentence.trim_end().lines().count(), 1, "{arguments:?}: {sentence}");
        assert_eq!(names(&desk), before, "{arguments:?}");
    }

    let nothing = desk.run(&["stylize", "--content", "photo.png", "--output", "out.png"]);
    assert_eq!(nothing.status.code(), Some(2));
    assert!(text(&nothing.stderr).contains("style"));
    let json = desk.stylize(&["--content", "missing.jpg", "--json"]);
    assert!(text(&json.stdout).starts_with(r#"{"error":"#) && text(&json.stdout).contains(r#""event":"failed""#));
}

#[cfg(unix)]
#[test]
fn no_option_waits_for_a_pipe_or_reads_a_device() {
    let desk = Desk::new();
    let made = Command::new("mkfifo").arg(desk.path("pipe")).status().is_ok_and(|status| status.success());
    for file in ["/dev/zero", "pipe"].into_iter().take(1 + usize::from(made)) {
        for option in ["--content", "--style", "--protect", "--init", "--weights", "--recipe", "--project"] {
            let output = desk.stylize(&[option, file]);
            let sentence = text(&output.stderr);
            assert_eq!(output.status.code(), Some(2), "{option} {file}: {sentence}");
            assert!(sentence.trim_end().ends_with(file) && sentence.lines().count() == 1, "{option}: {sentence}");
        }
    }
}

#[test]
fn single_colour_photos_and_paintings_can_be_painted() {
    let desk = Desk::new();
    for (name, colour) in [("red.png", [255, 0, 0]), ("white.png", [255; 3]), ("black.png", [0; 3])] {
        RgbImage::from_pixel(60, 40, image::Rgb(colour)).save(desk.path(name)).unwrap();
    }
    for arguments in [
        &["--style", "red.png"][..],
        &["--style", "black.png", "--content", "white.png"],
        &["--content", "red.png", "--strength", "0"],
        &["--content", "white.png", "--strength", "1", "--init", "content"],
        &["--style", "white.png", "--init", "noise", "--size", "97"],
    ] {
        let output = desk.stylize(&[arguments, &["--overwrite"]].concat());
        assert_eq!(output.status.code(), Some(0), "{arguments:?}: {}", text(&output.stderr));
    }
}

#[test]
fn an_existing_output_is_kept_without_the_overwrite_option() {
    let desk = Desk::new();
    desk.write("out.png", b"precious");
    let output = desk.stylize(&[]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("out.png"));
    assert_eq!(std::fs::read(desk.path("out.png")).unwrap(), b"precious");
    assert_eq!(desk.stylize(&["--overwrite"]).status.code(), Some(0));
    assert_eq!(size(&desk.path("out.png")), (48, 32));
}

#[test]
fn transparency_is_kept() {
    let desk = Desk::new();
    let pixels = image::RgbaImage::from_fn(60, 40, |x, _| image::Rgba([200, 80, 40, if x < 30 { 0 } else { 255 }]));
    pixels.save(desk.path("glass.png")).unwrap();
    assert_eq!(desk.stylize(&["--content", "glass.png"]).status.code(), Some(0));
    let painted = image::open(desk.path("out.png")).unwrap().into_rgba8();
    assert_eq!((painted.get_pixel(2, 10)[3], painted.get_pixel(45, 10)[3]), (0, 255));
}

#[test]
fn doctor_names_version_weights_and_devices() {
    let output = Desk::new().run(&["doctor"]);
    assert_eq!(output.status.code(), Some(0));
    let report = text(&output.stdout);
    for words in [env!("CARGO_PKG_VERSION"), "d7b0feb769e50ef086ecabf9e3278ea15bbbb65ef5b86951e522939495d2d318", "cpu"]
    {
        assert!(report.contains(words), "{report}");
    }
}

fn names(desk: &Desk) -> Vec<PathBuf> {
    let mut names: Vec<PathBuf> =
        std::fs::read_dir(desk.0.path()).unwrap().map(|entry| entry.unwrap().path()).collect();
    names.sort();
    names
}

/// A PNG whose header claims another size, with a matching checksum.
fn claiming(png: &[u8], side: u32) -> Vec<u8> {
    let mut bytes = png.to_vec();
    bytes[16..20].copy_from_slice(&side.to_be_bytes());
    bytes[20..24].copy_from_slice(&side.to_be_bytes());
    let checksum = crc32(&bytes[12..29]);
    bytes[29..33].copy_from_slice(&checksum.to_be_bytes());
    bytes
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |sum, &byte| {
        (0..8).fold(sum ^ u32::from(byte), |sum, _| if sum & 1 == 1 { sum >> 1 ^ 0xEDB8_8320 } else { sum >> 1 })
    })
}

fn built_in_weights() -> Vec<u8> {
    std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/weights/vgg16-imagenet-f16.safetensors")).unwrap()
}

/// A safetensors file with this header and one number.
fn safetensors(header: &str) -> Vec<u8> {
    [&(header.len() as u64).to_le_bytes()[..], header.as_bytes(), &[0; 4]].concat()
}
