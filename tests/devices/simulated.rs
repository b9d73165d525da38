//! The real program, built for NVIDIA GPUs, on a simulated GPU (`tests/card`): what is copied to and from it, how much
//! of its memory is used, and what happens when it fails.

use std::path::Path;
use std::process::{Command, Output};

use image::RgbImage;
use serde_json::Value;
use tempfile::TempDir;

/// Whether the simulated GPU is in place. Without it, the tests in this file are skipped.
fn is_simulated() -> bool {
    let is_in_place = std::env::var_os("IMPASTO_TEST_SIMULATED_GPU").is_some();
    if !is_in_place {
        use std::io::Write;
        // Directly to stderr, because the test harness shows only the output of failing tests.
        let _ = writeln!(std::io::stderr(), "skipped: there is no simulated GPU; use tests/card/run");
    }
    is_in_place
}

/// A folder with a photo, in which the program runs.
struct Desk(TempDir);

/// The result of a painting command.
struct PaintRun {
    output: Output,
    /// The counts that the simulated GPU reported.
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
        // Backtraces must not appear in messages.
        command.current_dir(self.0.path()).args(arguments).env("RUST_BACKTRACE", "1");
        command.envs(card.iter().copied()).output().unwrap()
    }

    fn paint(&self, size: u32, iterations: u32, card: &[(&str, &str)]) -> PaintRun {
        let style = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/samples/cafe_terrace_at_night.jpg");
        let counts = self.0.path().join("counts");
        let (size, iterations) = (size.to_string(), iterations.to_string());
        let (style, counts_path) = (style.to_str().unwrap(), counts.to_str().unwrap());
        let picture = ["stylize", "--content", "photo.bmp", "--style", style, "--output", "out.png", "--overwrite"];
        let settings = ["--size", &size, "--iterations", &iterations, "--json"];
        let card = [card, &[("CARD_REPORT", counts_path)]].concat();
        let output = self.impasto(&[&picture[..], &settings[..]].concat(), &card);
        // A driver that was never opened reports nothing.
        let lines = std::fs::read_to_string(&counts).unwrap_or_else(|_| "{}".to_owned());
        let _ = std::fs::remove_file(&counts);
        PaintRun { output, counts: serde_json::from_str(lines.trim()).unwrap() }
    }
}

impl PaintRun {
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

    fn assert_finished(&self) {
        assert!(self.output.status.success(), "{}", String::from_utf8_lossy(&self.output.stderr));
        assert_eq!((self.events("started").len(), self.events("finished").len()), (1, 1));
    }
}

#[test]
fn a_run_fetches_its_losses_every_eighth_iteration_and_sends_nothing() {
    if !is_simulated() {
        return;
    }
    let desk = Desk::with_photo(150, 100);
    let [few, many] = [16, 80].map(|iterations| desk.paint(96, iterations, &[("CARD_IDLE", "1")]));
    for run in [&few, &many] {
        run.assert_finished();
        assert!(run.remarks().is_empty(), "{:?}", run.remarks());
    }
    let more = |name: &str| many.count(name) - few.count(name);
    assert_eq!((more("sent"), more("waits")), (0, 0));
    // Three losses, and whether the gradient is finite: four bytes each.
    assert_eq!((more("fetched"), more("fetched_bytes")), (2 * 8, 8 * 16));
    // Only convolutions round, whether cuBLAS or cuDNN computes them.
    assert_eq!((more("rounded_products") + more("convolutions")) / 64, 22);
    println!("{} kernels and {} products an iteration", more("kernels") / 64, more("products") / 64);
}

#[test]
fn four_thousand_pixels_are_painted_with_six_gibibytes() {
    if !is_simulated() {
        return;
    }
    let desk = Desk::with_photo(512, 512);
    for (size, mebibytes) in [(1024, 2048), (1024, 8192), (2048, 8192), (4096, 6144)] {
        let memory = mebibytes.to_string();
        let run = desk.paint(size, 1, &[("CARD_IDLE", "1"), ("CARD_MEMORY", &memory)]);
        run.assert_finished();
        assert!(run.remarks().is_empty(), "{:?}", run.remarks());
        println!("{size} x {size} on a GPU of {mebibytes} MiB: {} MiB", run.count("most_memory") >> 20);
    }
}

/// Failures at the first kernel, while targets are made, and during the run. The operation at that point fails; if the
/// GPU is lost, so do all later ones.
#[test]
fn the_cpu_takes_over_whenever_the_gpu_fails() {
    if !is_simulated() {
        return;
    }
    let desk = Desk::with_photo(60, 40);
    let lost = ["2", "60", "400", "2500"].map(|count| ("CARD_LAUNCHES", count));
    let out_of_memory = ["30", "200", "700", "3000"].map(|count| ("CARD_ALLOCATIONS", count));
    for fault in [lost, out_of_memory].concat() {
        let run = desk.paint(60, 4, &[("CARD_IDLE", "1"), fault]);
        run.assert_finished();
        let [remark] = &run.remarks()[..] else { panic!("{fault:?}: {:?}", run.remarks()) };
        assert!(remark.contains("Simulated GPU") && remark.contains("CPU") && !remark.contains('\n'), "{remark}");
    }
}

#[test]
fn the_reason_for_an_unusable_gpu_is_given_in_one_sentence() {
    if !is_simulated() {
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
        run.assert_finished();
        let [remark] = &run.remarks()[..] else { panic!("{:?}", run.remarks()) };
        assert!(remark.contains(reason) && remark.ends_with("using the CPU"), "{remark}");
    }
}

#[test]
fn doctor_compares_the_gpu_with_the_cpu() {
    if !is_simulated() {
        return;
    }
    let desk = Desk::with_photo(60, 40);
    let doctor = |card: &[(&str, &str)]| String::from_utf8(desk.impasto(&["doctor"], card).stdout).unwrap();
    let good = doctor(&[]);
    assert!(good.contains("its results match the CPU's") && good.contains("auto takes the Simulated GPU"), "{good}");
    // All results are zero.
    let wrong = doctor(&[("CARD_IDLE", "1")]);
    assert!(wrong.contains("it computes wrong numbers"), "{wrong}");
}
