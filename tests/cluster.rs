//! Batches on the schedulers that people have: a real Slurm with two nodes on this machine, and GNU parallel. The scripts are those
//! in `assets/cluster`.
#![cfg(target_os = "linux")]

#[path = "cluster/slurm.rs"]
mod slurm;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use image::{Rgb, RgbImage};
use tempfile::TempDir;

use slurm::Cluster;

const PHOTOS: usize = 40;

/// Slow enough to be killed in the middle.
const PAINTING: [&str; 6] = ["--method", "optimise", "--iterations", "12", "--format", "png"];

/// A folder that all nodes see.
struct Shared(TempDir);

impl Shared {
    fn new() -> Self {
        let shared = Self(tempfile::tempdir().unwrap());
        let picture = |name: &str, seed: u32| {
            let pixels = RgbImage::from_fn(48 + seed % 5, 40, |x, y| {
                Rgb([(x * (seed + 3)) as u8, (y * 6) as u8, ((x ^ y) * (seed + 1)) as u8])
            });
            pixels.save(shared.path(name)).unwrap();
        };
        fs::create_dir(shared.path("photos")).unwrap();
        (0..PHOTOS).for_each(|index| picture(&format!("photos/{index:02}.png"), index as u32));
        picture("painting.png", 77);
        shared
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// A command with what the scripts take from the environment, to paint into this folder.
    fn command(&self, program: impl AsRef<std::ffi::OsStr>, output: &str) -> Command {
        let mut command = Command::new(program);
        command.env("IMPASTO", env!("CARGO_BIN_EXE_impasto")).env("PHOTOS", self.path("photos"));
        command.env("STYLE", self.path("painting.png")).env("OUTPUT", self.path(output));
        command.current_dir(self.0.path());
        command
    }

    /// What one process with as many threads paints.
    fn painted_alone(&self, threads: &str) -> BTreeMap<String, Vec<u8>> {
        let paths = [self.path("photos"), self.path("painting.png"), self.path("alone")];
        let [photos, style, output] = paths.each_ref().map(|path| path.to_str().unwrap());
        let words = ["batch", "--content", photos, "--style", style, "--output", output, "--threads", threads];
        let run = Command::new(env!("CARGO_BIN_EXE_impasto")).args(words).args(PAINTING).output().unwrap();
        assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
        self.pictures("alone")
    }

    fn pictures(&self, folder: &str) -> BTreeMap<String, Vec<u8>> {
        let files = fs::read_dir(self.path(folder)).unwrap().map(|entry| entry.unwrap().path());
        let pictures = files.filter(|path| path.extension().is_some_and(|ending| ending == "png"));
        pictures.map(|path| (name(&path), fs::read(path).unwrap())).collect()
    }

    /// The lines of all manifests, one after the other.
    fn lines(&self, folder: &str) -> Vec<serde_json::Value> {
        let manifests = fs::read_dir(self.path(folder)).unwrap().map(|entry| entry.unwrap().path());
        let manifests = manifests.filter(|path| name(path).starts_with("manifest"));
        let whole: String = manifests.map(|path| fs::read_to_string(path).unwrap()).collect();
        whole.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// Checks that each picture is there once, as one process paints it.
    fn check(&self, folder: &str, expected: &BTreeMap<String, Vec<u8>>) {
        assert_eq!(expected.len(), PHOTOS);
        assert!(self.pictures(folder) == *expected, "other pictures");
        let lines = self.lines(folder);
        let outputs: BTreeSet<&str> = lines.iter().map(|line| line["output"].as_str().unwrap()).collect();
        assert_eq!((lines.len(), outputs.len()), (PHOTOS, PHOTOS));
        assert!(lines.iter().all(|line| line["outcome"] == "painted"), "{lines:?}");
    }

    /// Waits until a shard has painted something.
    fn wait_for_lines(&self, manifest: &str) {
        let path = self.path(manifest);
        wait("a line of a manifest", || fs::read_to_string(&path).is_ok_and(|text| text.lines().count() >= 2));
    }
}

fn name(path: &Path) -> String {
    path.file_name().unwrap().to_string_lossy().into_owned()
}

/// Waits for something, at most two minutes.
fn wait(what: &str, is_there: impl Fn() -> bool) {
    let begin = Instant::now();
    while !is_there() {
        assert!(begin.elapsed() < Duration::from_mins(2), "no {what}");
        sleep(Duration::from_millis(50));
    }
}

/// Whether these programs are installed. If not, says that the test is skipped, or panics where nothing may be skipped.
fn has(programs: &[&str]) -> bool {
    let is_there = |program: &&&str| {
        let find = Command::new("sh").args(["-c", &format!("command -v {program}")]).stdout(Stdio::null()).status();
        find.is_ok_and(|status| status.success())
    };
    let Some(missing) = programs.iter().find(|program| !is_there(program)) else { return true };
    assert!(std::env::var_os("IMPASTO_TEST_NO_SKIP").is_none(), "{missing} is missing; install it");
    eprintln!("skipped: {missing} is not installed");
    false
}

/// Processes of this program whose environment has this line.
fn painters(variable: &str) -> Vec<u32> {
    let processes =
        fs::read_dir("/proc").unwrap().filter_map(|entry| entry.unwrap().file_name().to_str()?.parse().ok());
    let is_one = |process: &u32| {
        let read = |file: &str| fs::read(format!("/proc/{process}/{file}")).unwrap_or_default();
        let (words, variables) = (read("cmdline"), read("environ"));
        words.starts_with(env!("CARGO_BIN_EXE_impasto").as_bytes())
            && variables.split(|byte| *byte == 0).any(|own| own == variable.as_bytes())
    };
    processes.filter(is_one).collect()
}

fn kill(process: u32) {
    Command::new("kill").args(["-9", &process.to_string()]).stderr(Stdio::null()).status().unwrap();
}

/// An array of four tasks, of which one is killed and two lose their node: in the end every picture is there once.
#[test]
fn a_slurm_array_survives_a_kill_and_the_loss_of_a_node() {
    if !has(&["slurmctld", "slurmd", "munged", "sbatch", "squeue", "scontrol", "sinfo"]) {
        return;
    }
    let shared = Shared::new();
    let expected = shared.painted_alone("1");
    let Some(cluster) = Cluster::start() else { return };
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/cluster/slurm.sh");
    let log = shared.path("log.%a");
    let mut sbatch = shared.command("sbatch", "out");
    sbatch.env("SLURM_CONF", cluster.configuration());
    sbatch.args(["--parsable", "--cpus-per-task=1", "--mem=400M", "--time=5", "--output"]).arg(&log);
    let submitted = sbatch.arg(script).args(PAINTING).output().unwrap();
    assert!(submitted.status.success(), "{}", String::from_utf8_lossy(&submitted.stderr));
    let array = String::from_utf8(submitted.stdout).unwrap().trim().to_owned();

    // The second task is killed.
    shared.wait_for_lines("out/manifest-2-of-4.jsonl");
    let killed = painters("SLURM_ARRAY_TASK_ID=1");
    assert_eq!(killed.len(), 1, "{killed:?}");
    kill(killed[0]);
    // The node of another one is lost, with all that runs there.
    shared.wait_for_lines("out/manifest-4-of-4.jsonl");
    let lost = cluster.lose_second_node();
    assert!(!lost.is_empty());

    wait("end of the array", || cluster.query("squeue", &["-h", "-j", &array]).is_empty());
    let logs = |task: &str| fs::read_to_string(shared.path(&format!("log.{task}"))).unwrap_or_default();
    let all: Vec<String> = ["0", "1", "2", "3"].map(logs).to_vec();
    shared.check("out", &expected);
    // Those that began again found what they had painted.
    assert!(all.iter().filter(|log| log.contains("there already")).count() >= 2, "{all:#?}");
}

/// One process of four is killed and tried again.
#[test]
fn gnu_parallel_tries_again() {
    if !has(&["parallel"]) {
        return;
    }
    let shared = Shared::new();
    let expected = shared.painted_alone("2");
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/cluster/parallel.sh");
    let mut run = shared.command(script, "out").env("JOBS", "4").args(PAINTING).stderr(Stdio::null()).spawn().unwrap();
    shared.wait_for_lines("out/manifest-3-of-4.jsonl");
    let killed = painters("PARALLEL_SEQ=3");
    assert_eq!(killed.len(), 1, "{killed:?}");
    kill(killed[0]);
    assert!(run.wait().unwrap().success());
    shared.check("out", &expected);
}
