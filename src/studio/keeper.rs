//! Keeps work in progress: a thread that writes what the painter hands it, so that painting never waits for a
//! disk.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, SyncSender};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use super::project::{Held, Project, Unfinished};
use super::settings::Settings;
use crate::picture::Picture;
use crate::picture::encode::Existing;

/// What is to be kept of a run, and where.
#[derive(Clone, Debug)]
pub struct Keeping {
    /// The project file, written over again and again.
    pub path: PathBuf,
    /// The project that the run belongs to; its settings, picture and unfinished run are those of the run.
    pub project: Project,
}

impl Keeping {
    /// Work is handed over so often. With the time that writing takes, no more than ten seconds are lost.
    pub const INTERVAL: Duration = Duration::from_secs(6);
    /// Work is handed over sooner than that where the next iteration would end later than so.
    const LATEST: Duration = Duration::from_secs(9);

    /// Whether work should be handed over so long after the last time, when an iteration takes so long.
    pub(super) fn is_due(since: Duration, iteration: Duration) -> bool {
        since >= Self::INTERVAL || since + iteration > Self::LATEST
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
    /// Something is being written, or waits to be.
    busy: Arc<AtomicBool>,
}

impl Keeper {
    /// Starts the thread; `trouble` hears a sentence when the work cannot be kept, once until it can again.
    pub(super) fn spawn(keeping: Keeping, trouble: impl Fn(String) + Send + 'static) -> std::io::Result<Self> {
        let (work, inbox) = mpsc::sync_channel(1);
        let busy = Arc::new(AtomicBool::new(false));
        let still = Arc::clone(&busy);
        let work_off = move || write(keeping, &inbox, &still, &trouble);
        let thread = thread::Builder::new().name("impasto keeper".to_owned()).spawn(work_off)?;
        Ok(Self { work: Some(work), thread: Some(thread), busy })
    }

    /// Nothing is being written: a run is as large in memory as it is on the disk, so there is one at a time.
    pub(super) fn is_idle(&self) -> bool {
        !self.busy.load(Ordering::Acquire)
    }

    /// Hands over a run that goes on.
    pub(super) fn keep(&self, settings: Settings, run: Unfinished) {
        if let Some(work) = &self.work {
            self.busy.store(true, Ordering::Release);
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

fn write(mut keeping: Keeping, inbox: &Receiver<Work>, busy: &AtomicBool, trouble: &impl Fn(String)) {
    let mut said: Option<String> = None;
    for work in inbox {
        let project = &mut keeping.project;
        (project.setup.settings, project.unfinished, project.picture) = match work {
            Work::Unfinished { settings, run } => (settings, Some(run), None),
            Work::Stopped { settings, run, picture } => (settings, run, Some(Held::of(picture))),
            Work::Finished { settings, picture } => (settings, None, Some(Held::of(picture))),
        };
        let kept = project.save(&keeping.path, Existing::Replace);
        project.unfinished = None;
        busy.store(false, Ordering::Release);
        match kept {
            Ok(()) => said = None,
            Err(error) => {
                let sentence = format!("the work in progress could not be saved and is in memory only: {error}");
                if said.as_ref() != Some(&sentence) {
                    trouble(sentence.clone());
                    said = Some(sentence);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is lost at worst: the time between two snapshots, each after an iteration, and a second to write one.
    #[test]
    fn however_long_iterations_take_no_more_than_ten_seconds_are_between_snapshots() {
        for milliseconds in (50..9000).step_by(50) {
            let iteration = Duration::from_millis(milliseconds);
            let mut since = iteration;
            while !Keeping::is_due(since, iteration) {
                since += iteration;
            }
            assert!(since <= Duration::from_secs(9), "{iteration:?}: {since:?}");
        }
    }
}
