//! The real program, built for NVIDIA cards, on a card that is none (`tests/card`): what crosses to it and back, how much
//! of its memory is taken, and what happens when it fails.

use std::path::Path;
use std::process::{Command, Output};

use image::RgbImage;
use serde_json::Value;
use tempfile::TempDir;

/// Whether the pretended card is there; without it these tests have nothing to test.
fn is_pretended() -> bool {
    let is_there = std::env::var_os("IMPASTO_TEST_PRETENDED_CARD").is_some();
    if !is_there {
        use std::io::Write;
        // Past the test harness, which shows only what failing tests print.
        let _ = writeln!(std::io::stderr(), "skipped: tests/card/run has not put the pretended card in place");
    }
    is_there
}

/// A folder with a photo, and what the program does there.
struct Desk(TempDir);

/// What a painting command did.
struct Painted {
    output: Output,
    /// The card's counts.
    counts: Value,
}

impl Desk {
    fn with_photo(width: u32, height: u32) -> Self {
        let folder = TempDir::new().unwrap();
        let photo = RgbImage::from_fn(width, height, |x, y| image::Rgb([(x / 3) as u8, (y / 5) as u8, (x ^ y) as u8]));
        photo.save(folder.path().join("photo.bmp")).unwrap();
        Self(folder)
    }

    fn impasto(&self, arguments: &[&str], card: &[(&str, &str)]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_impasto"));
        // Backtraces must not end up in sentences.
        command.current_dir(self.0.path()).args(arguments).env("RUST_BACKTRACE", "1");
        command.envs(card.iter().copied()).output().unwrap()
    }

    fn paint(&self, size: u32, iterations: u32, card: &[(&str, &str)]) -> Painted {
        let style = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/samples/cafe_terrace_at_night.jpg");
        let counts = self.0.path().join("counts");
        let (size, iterations) = (size.to_string(), iterations.to_string());
        let (style, counts_path) = (style.to_str().unwrap(), counts.to_str().unwrap());
        let picture = ["stylize", "--content", "photo.bmp", "--style", style, "--output", "out.png", "--overwrite"];
        let settings = ["--size", &size, "--iterations", &iterations, "--json"];
        let card = [card, &[("CARD_REPORT", counts_path)]].concat();
        let output = self.impasto(&[&picture[..], &settings[..]].concat(), &card);
        // A driver that nobody opened counts nothing.
        let lines = std::fs::read_to_string(&counts).unwrap_or_else(|_| "{}".to_owned());
        let _ = std::fs::remove_file(&counts);
        Painted { output, counts: serde_json::from_str(lines.trim()).unwrap() }
    }
}

impl Painted {
    fn count(&self, name: &str) -> u64 {
        self.counts[name].as_u64().unwrap_or_else(|| panic!("no {name} in {}", self.counts))
    }

    fn events(&self, kind: &str) -> Vec<Value> {
        let text = String::from_utf8(self.output.stdout.clone()).unwrap();
        text.lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .filter(|event: &Value| event["event"] == kind)
            .collect()
    }

    fn remarks(&self) -> Vec<String> {
        self.events("remark").iter().map(|event| event["text"].as_str().unwrap().to_owned()).collect()
    }

    fn is_whole(&self) {
        assert!(self.output.status.success(), "{}", String::from_utf8_lossy(&self.output.stderr));
        assert_eq!((self.events("started").len(), self.events("finished").len()), (1, 1));
    }
}

#[test]
fn a_run_fetches_its_losses_every_eighth_iteration_and_sends_nothing() {
    if !is_pretended() {
        return;
    }
    let desk = Desk::with_photo(150, 100);
    let [few, many] = [16, 80].map(|iterations| desk.paint(96, iterations, &[("CARD_IDLE", "1")]));
    for run in [&few, &many] {
        run.is_whole();
        assert!(run.remarks().is_empty(), "{:?}", run.remarks());
    }
    let more = |name: &str| many.count(name) - few.count(name);
    assert_eq!((more("sent"), more("waits")), (0, 0));
    // Three losses, and whether the gradient is one of numbers: four bytes each.
    assert_eq!((more("fetched"), more("fetched_bytes")), (2 * 8, 8 * 16));
    // Convolutions alone round, whoever does them.
    assert_eq!((more("rounded_products") + more("convolutions")) / 64, 22);
    println!("{} kernels and {} products an iteration", more("kernels") / 64, more("products") / 64);
}

#[test]
fn four_thousand_pixels_are_painted_with_six_gibibytes() {
    if !is_pretended() {
        return;
    }
    let desk = Desk::with_photo(512, 512);
    for (size, mebibytes) in [(1024, 2048), (1024, 8192), (2048, 8192), (4096, 6144)] {
        let memory = mebibytes.to_string();
        let run = desk.paint(size, 1, &[("CARD_IDLE", "1"), ("CARD_MEMORY", &memory)]);
        run.is_whole();
        assert!(run.remarks().is_empty(), "{:?}", run.remarks());
        println!("{size} x {size} on a card of {mebibytes} MiB: {} MiB", run.count("most_memory") >> 20);
    }
}

/// At the first kernel, while targets are made, in mid-run: whatever is done then fails, and so does all after it when the
/// card is lost.
#[test]
fn whenever_a_card_fails_the_cpu_paints_on() {
    if !is_pretended() {
        return;
    }
    let desk = Desk::with_photo(60, 40);
    let lost = ["2", "60", "400", "2500"].map(|count| ("CARD_LAUNCHES", count));
    let out_of_memory = ["30", "200", "700", "3000"].map(|count| ("CARD_ALLOCATIONS", count));
    for fault in [lost, out_of_memory].concat() {
        let run = desk.paint(60, 4, &[("CARD_IDLE", "1"), fault]);
        run.is_whole();
        let [remark] = &run.remarks()[..] else { panic!("{fault:?}: {:?}", run.remarks()) };
        assert!(remark.contains("Pretended card") && remark.contains("CPU") && !remark.contains('\n'), "{remark}");
    }
}

#[test]
fn a_card_that_cannot_be_used_is_one_sentence() {
    if !is_pretended() {
        return;
    }
    let desk = Desk::with_photo(60, 40);
    for (fault, reason) in
        [(("CARD_COUNT", "0"), "CUDA_ERROR_NO_DEVICE"), (("CARD_ERROR", "803"), "CUDA_ERROR_SYSTEM_DRIVER_MISMATCH")]
    {
        let output = desk.impasto(&["doctor"], &[fault]);
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(text.contains(reason) && text.contains("auto takes the CPU"), "{text}");
        let run = desk.paint(60, 1, &[fault]);
        run.is_whole();
        let [remark] = &run.remarks()[..] else { panic!("{:?}", run.remarks()) };
        assert!(remark.contains(reason) && remark.ends_with("painting on the CPU"), "{remark}");
    }
}

#[test]
fn doctor_has_a_card_compute() {
    if !is_pretended() {
        return;
    }
    let desk = Desk::with_photo(60, 40);
    let doctor = |card: &[(&str, &str)]| String::from_utf8(desk.impasto(&["doctor"], card).stdout).unwrap();
    let good = doctor(&[]);
    assert!(good.contains("it computes as the CPU does") && good.contains("auto takes the Pretended card"), "{good}");
    // All results are zero.
    let wrong = doctor(&[("CARD_IDLE", "1")]);
    assert!(wrong.contains("it computes wrong numbers"), "{wrong}");
}
