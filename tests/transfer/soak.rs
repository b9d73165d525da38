//! Repeated starts and stops leak nothing. The threads and memory of a process can be measured only while no other test
//! runs in it, so each of these tests runs itself again in a separate process.

use std::time::Duration;

use impasto::studio::project::Project;
use impasto::studio::workplace::WorkFile;
use impasto::studio::{Autosave, Continuity, EventKind};

use super::{recipe, wait, worker};
use crate::campaign;

/// The number of threads of this process and its resident memory in bytes; 0 where the system does not report them.
fn threads_and_memory() -> (usize, u64) {
    let threads = std::fs::read_dir("/proc/self/task").map_or(0, Iterator::count);
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kibibytes = resident.and_then(|line| line.trim().split(' ').next()?.parse::<u64>().ok());
    (threads, kibibytes.unwrap_or_default() << 10)
}

/// Waits until ended threads have disappeared and at most `threads` are left, and returns their number. Panics after a
/// minute.
fn wait_for_threads(threads: usize) -> usize {
    let began = std::time::Instant::now();
    loop {
        let now = threads_and_memory().0;
        if now <= threads {
            return now;
        }
        assert!(began.elapsed() < Duration::from_mins(1), "{now} threads are left, more than {threads}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Whether `test` runs alone in this process. If not, runs it in a separate process, where it does.
fn is_alone(test: &str) -> bool {
    const ALONE: &str = "IMPASTO_TEST_ALONE";
    if std::env::var_os(ALONE).is_some() {
        return true;
    }
    let mut alone = std::process::Command::new(std::env::current_exe().unwrap());
    let status = alone.args([&format!("soak::{test}"), "--exact", "--nocapture"]).env(ALONE, "1").status();
    assert!(status.unwrap().success(), "{test} failed in a separate process");
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
        let autosave = Autosave { file: WorkFile::named(path.clone()), project: Project::default() };
        painter.start(recipe(10_000), Continuity { autosave: Some(autosave), ..Continuity::default() });
        // Some runs are stopped before they begin, some while they are paused, most while they paint.
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
    let (threads_before, memory_before) = threads_and_memory();
    (0..cycles).for_each(&mut cycle);
    drop(painter);
    let threads = wait_for_threads(threads_before);
    let (_, memory) = threads_and_memory();
    let grown = memory.saturating_sub(memory_before) >> 20;
    let left: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["work.impasto"], "no temporary file is left");
    assert!(grown <= 16, "{grown} MiB more after {cycles} cycles");
    if campaign::is_on() {
        let text = format!(
            "| start-stop cycles | threads before | threads after | memory before | memory growth | \
             temporary files left |\n|---|---|---|---|---|---|\n\
             | {cycles} | {threads_before} | {threads} | {} MiB | {grown} MiB | 0 |\n",
            memory_before >> 20
        );
        campaign::write_section("soak", &text);
    }
}

#[test]
fn dropping_a_worker_ends_its_threads() {
    if !is_alone("dropping_a_worker_ends_its_threads") {
        return;
    }
    let (threads, _) = threads_and_memory();
    for index in 0..5 {
        let mut painter = worker();
        painter.start(recipe(10_000), Continuity::default());
        if index > 0 {
            wait(&painter, |kind| matches!(kind, EventKind::Progress(_)).then_some(()));
        }
        if index == 2 {
            painter.pause();
            wait(&painter, |kind| matches!(kind, EventKind::Paused).then_some(()));
        }
        let began = std::time::Instant::now();
        drop(painter);
        assert!(began.elapsed() < Duration::from_mins(1), "dropping waited for the run to end");
        wait_for_threads(threads);
    }
}
