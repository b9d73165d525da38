//! The program is killed while it paints, saves and exports: every file left behind is readable, and no more than ten
//! seconds of painting are lost.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use impasto::picture::decode;
use impasto::studio::project::Project;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use crate::campaign;
use crate::{Desk, text};

/// Seconds of painting that may be lost, including the time that the machine takes for a kill.
const MOST_LOST: f64 = 10.0;

/// Kills that are in progress at the same time.
const WORKERS: usize = 4;

/// When the program is killed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Moment {
    /// A run of hours, killed this long after it reported its first iteration.
    Painting(Duration),
    /// A short run, killed this long after it reported its last iteration.
    Ending(Duration),
    /// A short run, killed this long after its start.
    Anywhere(Duration),
}

/// What a kill left behind.
#[derive(Clone, Copy, Debug, Default)]
struct Remains {
    picture: bool,
    project: bool,
    /// Seconds of painting that are missing in the project. Only of runs that were painting.
    lost: Option<f64>,
}

/// Starts painting, kills the program, and checks what is left.
fn kill(desk: &Desk, moment: Moment) -> Remains {
    for name in ["out.png", "work.impasto"] {
        let _ = std::fs::remove_file(desk.path(name));
    }
    let iterations = if matches!(moment, Moment::Painting(_)) { "10000" } else { "4" };
    let mut painter = Command::new(env!("CARGO_BIN_EXE_impasto"))
        .current_dir(desk.0.path())
        .args(["stylize", "--content", "photo.png", "--style", "painting.png", "--output", "out.png", "--json"])
        .args(["--save-project", "work.impasto", "--size", "90", "--iterations", iterations, "--threads", "1"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let lines = BufReader::new(painter.stdout.take().unwrap()).lines();
    let (sender, receiver) = mpsc::channel();
    let listener = std::thread::spawn(move || {
        let mut last_scale = None;
        for line in lines.map_while(Result::ok) {
            let event: serde_json::Value = serde_json::from_str(&line).unwrap_or_default();
            if event["event"] == "started" {
                last_scale = event["scales"].as_array().map(|scales| scales.len() - 1);
            } else if is_progress(&event) {
                let is_last =
                    event["iteration"] == event["of"] && event["scale"].as_u64().map(|at| at as usize) == last_scale;
                let _ = sender.send((event["seconds"].as_f64().unwrap(), is_last));
            }
        }
    });
    let mut painted = 0.0;
    match moment {
        Moment::Anywhere(after) => std::thread::sleep(after),
        Moment::Painting(after) | Moment::Ending(after) => {
            while let Ok((seconds, is_last)) = receiver.recv() {
                painted = seconds;
                if is_last || matches!(moment, Moment::Painting(_)) {
                    break;
                }
            }
            std::thread::sleep(after);
        }
    }
    painter.kill().unwrap();
    painter.wait().unwrap();
    listener.join().unwrap();
    painted = receiver.try_iter().map(|(seconds, _)| seconds).fold(painted, f64::max);

    let mut left = Remains { picture: desk.path("out.png").exists(), ..Remains::default() };
    if left.picture {
        let picture = decode::open(&desk.path("out.png")).unwrap_or_else(|error| panic!("{moment:?}: {error}"));
        assert_eq!((picture.width(), picture.height()), (90, 60), "{moment:?}");
    }
    left.project = desk.path("work.impasto").exists();
    if left.project {
        let project = Project::open(&desk.path("work.impasto")).unwrap_or_else(|error| panic!("{moment:?}: {error}"));
        if let Some(picture) = &project.picture {
            picture.open().unwrap_or_else(|error| panic!("{moment:?}: {error}"));
        }
        left.lost = project.unfinished.map(|run| painted - run.seconds);
    } else if matches!(moment, Moment::Painting(_)) && painted > 0.0 {
        left.lost = Some(painted);
    }
    assert!(left.lost.is_none_or(|lost| lost <= MOST_LOST), "{moment:?}: {left:?} after {painted} s");
    left
}

/// Resumes from what the last kill left, and returns whether there was an unfinished run.
fn resumes(desk: &Desk) -> bool {
    let before = Project::open(&desk.path("work.impasto")).unwrap().unfinished;
    let Some(before) = before else { return false };
    let output = desk.run(&[
        "stylize",
        "--project",
        "work.impasto",
        "--output",
        "on.png",
        "--json",
        "--time-limit",
        "1",
        "--overwrite",
    ]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let first: serde_json::Value =
        text(&output.stdout).lines().map(|line| serde_json::from_str(line).unwrap()).find(is_progress).unwrap();
    assert_eq!(first["scale"], before.snapshot.scale);
    assert_eq!(first["iteration"], before.snapshot.iteration + 1);
    assert!(first["seconds"].as_f64().unwrap() >= before.seconds);
    true
}

fn is_progress(event: &serde_json::Value) -> bool {
    event["event"] == "progress"
}

/// Kills at each of these moments, in a separate folder, and resumes some of the runs; returns which.
fn kill_all(moments: &[(usize, Moment)]) -> Vec<(Remains, bool)> {
    let desk = Desk::new();
    let each = |&(index, moment): &(usize, Moment)| {
        let left = kill(&desk, moment);
        let is_tried = matches!(moment, Moment::Painting(_)) && (index % 10 == 1 || !campaign::is_on());
        (left, left.project && is_tried && resumes(&desk))
    };
    moments.iter().map(each).collect()
}

#[test]
fn a_kill_leaves_nothing_unreadable_and_loses_little() {
    let mut random = StdRng::seed_from_u64(7);
    // Work is saved every eight seconds, so the later kills come after the second or third save.
    let painting: Vec<Duration> = if campaign::is_on() {
        (0..100).map(|_| Duration::from_secs_f64(random.random_range(0.0..15.0))).collect()
    } else {
        vec![Duration::from_millis(50), Duration::from_secs(2), Duration::from_secs(14)]
    };
    let (ending, anywhere) = if campaign::is_on() { (100, 40) } else { (3, 2) };
    let moments: Vec<Moment> = painting
        .iter()
        .map(|after| Moment::Painting(*after))
        .chain((0..ending).map(|index| Moment::Ending(Duration::from_millis(500 * index / ending))))
        .chain((0..anywhere).map(|index| Moment::Anywhere(Duration::from_millis(1500 * index / anywhere))))
        .collect();
    // In parallel, because most of the time is spent waiting.
    let parts: Vec<Vec<(usize, Moment)>> =
        (0..WORKERS).map(|part| moments.iter().copied().enumerate().skip(part).step_by(WORKERS).collect()).collect();
    let left: Vec<(Remains, bool)> = std::thread::scope(|scope| {
        let workers: Vec<_> = parts.iter().map(|part| scope.spawn(|| kill_all(part))).collect();
        workers.into_iter().flat_map(|worker| worker.join().unwrap()).collect()
    });
    let count = |is_so: fn(&(Remains, bool)) -> bool| left.iter().filter(|left| is_so(left)).count();
    let (pictures, projects) = (count(|(left, _)| left.picture), count(|(left, _)| left.project));
    let continued = count(|(_, continued)| *continued);
    let lost = left.iter().filter_map(|(left, _)| left.lost).fold(0.0, f64::max);
    assert!(projects > 0 && continued > 0, "{projects} projects, {continued} resumed");
    if campaign::is_on() {
        let text = format!(
            "| kills | while painting | around the end, save and export | at any moment of a short run | \
             pictures left (all readable) | projects left (all readable) | most painting lost | resumed |\n\
             |---|---|---|---|---|---|---|---|\n\
             | {} | {} | {ending} | {anywhere} | {pictures} | {projects} | {lost:.1} s | {continued} |\n",
            moments.len(),
            painting.len()
        );
        campaign::write_section("kills", &text);
    }
}
