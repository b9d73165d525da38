//! Keeps work in progress: a thread that writes what the painter hands it, so that painting never waits for a
//! disk.

use std::path::PathBuf;
use std::sync::mpsc::{self, Receiver, SyncSender};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::project::{Held, Project, Unfinished};
use super::settings::Settings;
use crate::picture::Picture;
use crate::picture::encode::Existing;
use std::sync::Arc;

/// Work is handed over so often. With the time that writing takes, no more than ten seconds are lost.
pub(super) const INTERVAL: Duration = Duration::from_secs(6);

/// What is to be kept of a run, and where.
#[derive(Clone, Debug)]
pub struct Keeping {
    /// The project file, written over again and again.
    pub path: PathBuf,
    /// The project that the run belongs to; its settings, picture and unfinished run are those of the run.
    pub project: Project,
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
    last: Option<Instant>,
}

impl Keeper {
    /// Starts the thread; `trouble` hears a sentence when the work cannot be kept, once until it can again.
    pub(super) fn spawn(keeping: Keeping, trouble: impl Fn(String) + Send + 'static) -> std::io::Result<Self> {
        // One piece of work may wait while another is written.
        let (work, inbox) = mpsc::sync_channel(1);
        let thread =
            thread::Builder::new().name("impasto keeper".to_owned()).spawn(move || write(keeping, &inbox, &trouble))?;
        Ok(Self { work: Some(work), thread: Some(thread), last: None })
    }

    /// Whether it is time to hand over a run that goes on.
    pub(super) fn is_due(&self) -> bool {
        self.last.is_none_or(|last| last.elapsed() >= INTERVAL)
    }

    /// Hands over a run that goes on. When the disk is so slow that the last one is still waiting, this one is
    /// let go.
    pub(super) fn keep(&mut self, settings: Settings, run: Unfinished) {
        self.last = Some(Instant::now());
        if let Some(work) = &self.work {
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

fn write(mut keeping: Keeping, inbox: &Receiver<Work>, trouble: &impl Fn(String)) {
    let mut said: Option<String> = None;
    for work in inbox {
        let project = &mut keeping.project;
        let held = |picture: &Picture| Held::new(picture).map(Some);
        let picture = match work {
            Work::Unfinished { settings, run } => {
                (project.settings, project.unfinished) = (settings, Some(run));
                Ok(project.picture.take())
            }
            Work::Stopped { settings, run, picture } => {
                project.settings = settings;
                project.unfinished = run.or(project.unfinished.take());
                held(&picture)
            }
            Work::Finished { settings, picture } => {
                (project.settings, project.unfinished) = (settings, None);
                held(&picture)
            }
        };
        let kept = picture.and_then(|picture| {
            project.picture = picture;
            project.save(&keeping.path, Existing::Replace)
        });
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
