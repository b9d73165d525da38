//! Keeps work in progress: a thread that writes what the painter hands it, so that painting never waits for a
//! disk.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{self, Receiver, SyncSender};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::project::{Held, Project, Unfinished};
use super::settings::Settings;
use super::workplace::WorkFile;
use crate::picture::Picture;
use crate::picture::encode::Existing;

/// What is to be kept of a run, and where.
#[derive(Clone, Debug)]
pub struct Keeping {
    /// The project file, written over again and again.
    pub file: WorkFile,
    /// The project that the run belongs to; its settings, picture and unfinished run are those of the run.
    pub project: Project,
}

impl Keeping {
    /// So long after work was handed over, the next is written. Two seconds are left for iterations and a disk that take
    /// longer than the last time, so that no more than ten seconds are lost.
    pub const INTERVAL: Duration = Duration::from_secs(8);

    /// Whether work should be handed over so long after the last time, when an iteration and writing take so long: where
    /// handing it over after the next iteration would be too late.
    pub(super) fn is_due(since: Duration, iteration: Duration, writing: Duration) -> bool {
        since + iteration + writing > Self::INTERVAL
    }
}

/// What there is to keep.
pub(super) enum Work {
    /// A run that goes on.
    Unfinished { settings: Settings, run: Unfinished },
    /// A run that was stopped, and the picture so far.
    Stopped { settings: Settings, run: Option<Unfinished>, picture: Arc<Picture> },
    /// A finished picture.
    Finished { settings: Settings, picture: Arc<Picture> },
}

/// The thread that writes. Dropping it waits until everything handed over is written.
pub(super) struct Keeper {
    work: Option<SyncSender<Work>>,
    thread: Option<JoinHandle<()>>,
    state: Arc<State>,
}

/// What the thread is at.
#[derive(Default)]
struct State {
    /// Something is being written, or waits to be.
    busy: AtomicBool,
    /// What writing took the last time, in milliseconds.
    took: AtomicU64,
}

impl Keeper {
    /// Starts the thread; `changed` hears a sentence when the work cannot be kept, and when it can again.
    pub(super) fn spawn(
        keeping: Keeping,
        changed: impl Fn(Result<(), String>) + Send + 'static,
    ) -> std::io::Result<Self> {
        let (work, inbox) = mpsc::sync_channel(1);
        let state = Arc::<State>::default();
        let shared = Arc::clone(&state);
        let work_off = move || write(keeping, &inbox, &shared, &changed);
        let thread = thread::Builder::new().name("impasto keeper".to_owned()).spawn(work_off)?;
        Ok(Self { work: Some(work), thread: Some(thread), state })
    }

    /// Nothing is being written: a run is as large in memory as it is on the disk, so there is one at a time.
    pub(super) fn is_idle(&self) -> bool {
        !self.state.busy.load(Ordering::Acquire)
    }

    /// What writing took the last time.
    pub(super) fn writing_takes(&self) -> Duration {
        Duration::from_millis(self.state.took.load(Ordering::Relaxed))
    }

    /// Hands over a run that goes on.
    pub(super) fn keep(&self, settings: Settings, run: Unfinished) {
        if let Some(work) = &self.work {
            self.state.busy.store(true, Ordering::Release);
            let _ = work.try_send(Work::Unfinished { settings, run });
        }
    }

    /// Hands over how the run ended.
    pub(super) fn end(&self, work: Work) {
        if let Some(sender) = &self.work {
            let _ = sender.send(work);
        }
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        self.work = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn write(mut keeping: Keeping, inbox: &Receiver<Work>, state: &State, changed: &impl Fn(Result<(), String>)) {
    let mut last: Result<(), String> = Ok(());
    for work in inbox {
        let project = &mut keeping.project;
        (project.setup.settings, project.unfinished, project.picture) = match work {
            Work::Unfinished { settings, run } => (settings, Some(run), None),
            Work::Stopped { settings, run, picture } => (settings, run, Some(Held::of(picture))),
            Work::Finished { settings, picture } => (settings, None, Some(Held::of(picture))),
        };
        let began = Instant::now();
        let kept = save(project, &keeping.file);
        project.unfinished = None;
        state.took.store(began.elapsed().as_millis() as u64, Ordering::Relaxed);
        state.busy.store(false, Ordering::Release);
        if kept != last {
            last.clone_from(&kept);
            changed(kept);
        }
    }
}

fn save(project: &Project, file: &WorkFile) -> Result<(), String> {
    let Some(path) = file.make()? else { return Ok(()) };
    project
        .save(path, Existing::Replace)
        .map_err(|error| format!("the work in progress could not be saved and is in memory only: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is lost at worst: the time between two snapshots, each after an iteration, and that to write the later one.
    #[test]
    fn however_long_iterations_and_writing_take_no_more_than_eight_seconds_are_lost() {
        for (iteration, writing) in (50..8000)
            .step_by(50)
            .flat_map(|iteration| (0..8000 - iteration).step_by(500).map(move |writing| (iteration, writing)))
        {
            let [iteration, writing] = [iteration, writing].map(Duration::from_millis);
            let mut since = iteration;
            while !Keeping::is_due(since, iteration, writing) {
                since += iteration;
            }
            let lost = since + writing;
            assert!(lost <= Keeping::INTERVAL, "{iteration:?}, {writing:?}: {lost:?}");
            assert!(
                lost + iteration > Keeping::INTERVAL,
                "no more often than it must: {iteration:?}, {writing:?}: {lost:?}"
            );
        }
    }
}
