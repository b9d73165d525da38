//! Saves work in progress on a thread of its own, so that painting never waits for the disk.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{self, Receiver, SyncSender};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::project::{Project, StoredPicture, Unfinished};
use super::settings::Settings;
use super::workplace::WorkFile;
use crate::picture::Picture;
use crate::picture::encode::Existing;

/// What to save of a run, and in which file.
#[derive(Clone, Debug)]
pub struct Autosave {
    /// The project file, overwritten each time.
    pub file: WorkFile,
    /// The project that the run belongs to. The run replaces its settings, picture and unfinished run.
    pub project: Project,
}

impl Autosave {
    /// Maximum time from one snapshot until the next one is on the disk. It leaves two seconds for an iteration or a
    /// write that takes longer than the last one, so that a crash loses at most ten seconds.
    pub const INTERVAL: Duration = Duration::from_secs(8);

    /// Whether a snapshot is due now, because one after the next iteration would be written too late. `since` is the
    /// time since the last snapshot; `iteration` and `writing` are the times of an iteration and of a write.
    pub(super) fn is_due(since: Duration, iteration: Duration, writing: Duration) -> bool {
        since + iteration + writing > Self::INTERVAL
    }
}

/// The state of a run to save.
pub(super) enum Work {
    /// A run in progress.
    Unfinished { settings: Settings, run: Unfinished },
    /// A stopped run, with the picture so far.
    Stopped { settings: Settings, run: Option<Unfinished>, picture: Arc<Picture> },
    /// A finished picture.
    Finished { settings: Settings, picture: Arc<Picture> },
}

/// Handle to the thread that writes. Dropping it waits until all work passed to it is written.
pub(super) struct Keeper {
    work: Option<SyncSender<Work>>,
    thread: Option<JoinHandle<()>>,
    state: Arc<KeeperState>,
}

/// State shared with the thread.
#[derive(Default)]
struct KeeperState {
    /// Work is being written or is waiting to be written.
    busy: AtomicBool,
    /// Time the last write took, in milliseconds.
    last_write: AtomicU64,
}

impl Keeper {
    /// Starts the thread. It calls `changed` with a sentence when saving fails, and with `Ok` when saving works again.
    pub(super) fn spawn(
        autosave: Autosave,
        changed: impl Fn(Result<(), String>) + Send + 'static,
    ) -> std::io::Result<Self> {
        let (work, inbox) = mpsc::sync_channel(1);
        let state = Arc::<KeeperState>::default();
        let shared = Arc::clone(&state);
        let write_all = move || write(autosave, &inbox, &shared, &changed);
        let thread = thread::Builder::new().name("impasto keeper".to_owned()).spawn(write_all)?;
        Ok(Self { work: Some(work), thread: Some(thread), state })
    }

    /// Whether nothing is being written. Snapshots are as large in memory as on the disk, so only one is in flight at a
    /// time.
    pub(super) fn is_idle(&self) -> bool {
        !self.state.busy.load(Ordering::Acquire)
    }

    /// Time the last write took.
    pub(super) fn last_write(&self) -> Duration {
        Duration::from_millis(self.state.last_write.load(Ordering::Relaxed))
    }

    /// Saves the state of a run in progress.
    pub(super) fn keep(&self, settings: Settings, run: Unfinished) {
        if let Some(work) = &self.work {
            self.state.busy.store(true, Ordering::Release);
            let _ = work.try_send(Work::Unfinished { settings, run });
        }
    }

    /// Saves the end of the run.
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

fn write(mut autosave: Autosave, inbox: &Receiver<Work>, state: &KeeperState, changed: &impl Fn(Result<(), String>)) {
    let mut last: Result<(), String> = Ok(());
    for work in inbox {
        let project = &mut autosave.project;
        (project.setup.settings, project.unfinished, project.picture) = match work {
            Work::Unfinished { settings, run } => (settings, Some(run), None),
            Work::Stopped { settings, run, picture } => (settings, run, Some(StoredPicture::of(picture))),
            Work::Finished { settings, picture } => (settings, None, Some(StoredPicture::of(picture))),
        };
        let began = Instant::now();
        let result = save(project, &autosave.file);
        project.unfinished = None;
        state.last_write.store(began.elapsed().as_millis() as u64, Ordering::Relaxed);
        state.busy.store(false, Ordering::Release);
        if result != last {
            last.clone_from(&result);
            changed(result);
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

    /// The worst case: the time between two snapshots, which are taken after iterations, plus the time to write the
    /// later one.
    #[test]
    fn at_most_eight_seconds_are_lost_however_long_iterations_and_writes_take() {
        for (iteration, writing) in (50..8000)
            .step_by(50)
            .flat_map(|iteration| (0..8000 - iteration).step_by(500).map(move |writing| (iteration, writing)))
        {
            let [iteration, writing] = [iteration, writing].map(Duration::from_millis);
            let mut since = iteration;
            while !Autosave::is_due(since, iteration, writing) {
                since += iteration;
            }
            let lost = since + writing;
            assert!(lost <= Autosave::INTERVAL, "{iteration:?}, {writing:?}: {lost:?}");
            assert!(
                lost + iteration > Autosave::INTERVAL,
                "snapshots are no more frequent than necessary: {iteration:?}, {writing:?}: {lost:?}"
            );
        }
    }
}
