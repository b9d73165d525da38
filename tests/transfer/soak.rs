//! Started and stopped again and again: nothing grows. What a process holds can be counted only where no other test
//! runs, so these tests run themselves once more, each in a process of its own.

use std::time::Duration;

use impasto::studio::project::Project;
use impasto::studio::workplace::WorkFile;
use impasto::studio::{Continuity, EventKind, Keeping};

use super::{recipe, wait, worker};
use crate::campaign;

/// What the process holds: threads, and resident memory in bytes; where the system does not tell, nothing.
fn held() -> (usize, u64) {
    let threads = std::fs::read_dir("/proc/self/task").map_or(0, Iterator::count);
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kibibytes = resident.and_then(|line| line.trim().split(' ').next()?.parse::<u64>().ok());
    (threads, kibibytes.unwrap_or_default() << 10)
}

/// Waits for threads that have ended to be gone, until there are no more than so many; tells how many there are.
fn assert_ends(threads: usize) -> usize {
    let began = std::time::Instant::now();
    loop {
        let now = held().0;
        if now <= threads {
            return now;
        }
        assert!(began.elapsed() < Duration::from_mins(1), "{threads} threads became {now}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Whether this process has the test of that name to itself; if not, it was run in one that has.
fn is_alone(test: &str) -> bool {
    const ALONE: &str = "IMPASTO_TEST_ALONE";
    if std::env::var_os(ALONE).is_some() {
        return true;
    }
    let mut alone = std::process::Command::new(std::env::current_exe().unwrap());
    let status = alone.args([&format!("soak::{test}"), "--exact", "--nocapture"]).env(ALONE, "1").status();
    assert!(status.unwrap().success(), "{test}, in a process of its own");
    false
}

#[test]
fn starting_and_stopping_leaves_nothing_behind() {
    if !is_alone("starting_and_stopping_leaves_nothing_behind") {
        return;
    }
    let cycles = if campaign::is_on() { 1_000 } else { 40 };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("work.impasto");
    let mut painter = worker();
    let mut cycle = |index: u32| {
        let keeping = Keeping { file: WorkFile::named(path.clone()), project: Project::default() };
        painter.start_with(recipe(10_000), Continuity { keeping: Some(keeping), ..Continuity::default() });
        // Some are stopped before they begin, some while they hold, most while they paint.
        if !index.is_multiple_of(4) {
            wait(&painter, |kind| matches!(kind, EventKind::Progress(_)).then_some(()));
        }
        if index % 4 == 1 {
            painter.pause();
            wait(&painter, |kind| matches!(kind, EventKind::Paused).then_some(()));
        }
        painter.stop();
        wait(&painter, |kind| matches!(kind, EventKind::Stopped(_)).then_some(()));
    };
    (0..cycles / 4).for_each(&mut cycle);
    let (threads_before, memory_before) = held();
    (0..cycles).for_each(&mut cycle);
    drop(painter);
    let threads = assert_ends(threads_before);
    let (_, memory) = held();
    let grown = memory.saturating_sub(memory_before) >> 20;
    let left: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["work.impasto"], "no temporary file is left");
    assert!(grown <= 16, "{grown} MiB more after {cycles} cycles");
    if campaign::is_on() {
        let text = format!(
            "| cycles of start and stop | threads before | threads after | memory before | memory grown by | \
             temporary files left |\n|---|---|---|---|---|---|\n\
             | {cycles} | {threads_before} | {threads} | {} MiB | {grown} MiB | 0 |\n",
            memory_before >> 20
        );
        campaign::write_section("soak", &text);
    }
}

#[test]
fn a_painter_that_is_dropped_takes_its_threads_along() {
    if !is_alone("a_painter_that_is_dropped_takes_its_threads_along") {
        return;
    }
    let (threads, _) = held();
    for index in 0..5 {
        let mut painter = worker();
        painter.start(recipe(10_000));
        if index > 0 {
            wait(&painter, |kind| matches!(kind, EventKind::Progress(_)).then_some(()));
        }
        if index == 2 {
            painter.pause();
            wait(&painter, |kind| matches!(kind, EventKind::Paused).then_some(()));
        }
        let began = std::time::Instant::now();
        drop(painter);
        assert!(began.elapsed() < Duration::from_mins(1), "it waited for the run to end");
        assert_ends(threads);
    }
}
