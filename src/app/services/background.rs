//! Work that would block the window: it runs on named threads and returns an action.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::time::{Duration, Instant};

use super::desktop::NoDialog;
use crate::app::message::Action;
use crate::app::model::dialog::{Answer, Purpose};

type Task = Box<dyn FnOnce() + Send>;

/// The background threads.
pub(super) struct Background {
    answers: Sender<Action>,
    wake: Arc<dyn Fn() + Send + Sync>,
    files: Sender<Task>,
    small: Sender<Task>,
    recovery: Sender<Task>,
    clipboard: Sender<Task>,
    /// The number of the latest dialog.
    dialog: Arc<AtomicU64>,
}

/// The thread for a job. Each thread runs one job at a time.
#[derive(Clone, Copy, Debug)]
pub(super) enum Lane {
    /// Reading and writing files.
    Files,
    /// Thumbnails and other small jobs, which must not wait for a large file.
    Small,
    /// Saving and deleting work in progress, which may wait for another program.
    Recovery,
    /// The clipboard, whose owner may be slow.
    Clipboard,
}

impl Background {
    /// Starts the threads, which call `wake` when there is an answer to take.
    pub(super) fn spawn(wake: impl Fn() + Send + Sync + 'static) -> std::io::Result<(Self, Receiver<Action>)> {
        let (answers, receiver) = mpsc::channel();
        let background = Self {
            answers,
            wake: Arc::new(wake),
            files: lane("impasto files")?,
            small: lane("impasto pictures")?,
            recovery: lane("impasto recovery")?,
            clipboard: lane("impasto clipboard")?,
            dialog: Arc::default(),
        };
        Ok((background, receiver))
    }

    /// Runs `work`; if it panics, the answer is `broken`.
    pub(super) fn run(&self, on: Lane, work: impl FnOnce() -> Action + Send + 'static, broken: Action) {
        let reply = self.reply();
        let job = Box::new(move || reply(catch_unwind(AssertUnwindSafe(work)).unwrap_or(broken)));
        let lane = match on {
            Lane::Files => &self.files,
            Lane::Small => &self.small,
            Lane::Recovery => &self.recovery,
            Lane::Clipboard => &self.clipboard,
        };
        // The threads live as long as this struct.
        let _ = lane.send(job);
    }

    /// Waits for a dialog on a separate thread, because it may stay open for long. Its answer is discarded once another
    /// dialog is requested.
    pub(super) fn wait_for_dialog(
        &self,
        purpose: Purpose,
        choice: impl Future<Output = Result<Vec<PathBuf>, NoDialog>> + Send + 'static,
    ) {
        // A dialog that ends sooner was never shown: nobody cancels that fast.
        const SHORTEST: Duration = Duration::from_millis(150);
        let failed = Answer { purpose: purpose.clone(), paths: Vec::new(), at_once: true };
        let number = self.dialog.fetch_add(1, Ordering::Relaxed) + 1;
        let (reply, latest) = (self.reply(), Arc::clone(&self.dialog));
        let wait = move || {
            let opened = Instant::now();
            let chosen = pollster::block_on(choice);
            let at_once = chosen.is_err() || opened.elapsed() < SHORTEST;
            if latest.load(Ordering::Relaxed) == number {
                reply(Action::Chosen(Answer { purpose, paths: chosen.unwrap_or_default(), at_once }));
            }
        };
        if std::thread::Builder::new().name("impasto dialog".to_owned()).spawn(wait).is_err() {
            self.reply()(Action::Chosen(failed));
        }
    }

    fn reply(&self) -> impl FnOnce(Action) + Send + 'static {
        let (answers, wake) = (self.answers.clone(), Arc::clone(&self.wake));
        move |action| {
            // The window may have closed.
            let _ = answers.send(action);
            wake();
        }
    }
}

fn lane(name: &str) -> std::io::Result<Sender<Task>> {
    let (sender, jobs) = mpsc::channel::<Task>();
    std::thread::Builder::new().name(name.to_owned()).spawn(move || jobs.into_iter().for_each(|job| job()))?;
    Ok(sender)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_that_panics_still_answers() {
        let (background, answers) = Background::spawn(|| {}).unwrap();
        background.run(Lane::Files, || panic!("on purpose"), Action::Stop);
        background.run(Lane::Files, || Action::Start, Action::Stop);
        let wait = Duration::from_mins(1);
        assert!(matches!(answers.recv_timeout(wait), Ok(Action::Stop)));
        assert!(matches!(answers.recv_timeout(wait), Ok(Action::Start)));
    }

    #[test]
    fn a_dialog_that_was_never_shown_differs_from_a_cancelled_one() {
        let (background, answers) = Background::spawn(|| {}).unwrap();
        background.wait_for_dialog(Purpose::Export, std::future::ready(Ok(Vec::new())));
        let Ok(Action::Chosen(answer)) = answers.recv_timeout(Duration::from_mins(1)) else { panic!() };
        assert!(answer.paths.is_empty());
        background.wait_for_dialog(Purpose::Export, async {
            std::thread::sleep(Duration::from_millis(200));
            Ok(Vec::new())
        });
        let Ok(Action::Chosen(answer)) = answers.recv_timeout(Duration::from_mins(1)) else { panic!() };
        assert!(!answer.at_once);
        // A desktop that did not respond.
        background.wait_for_dialog(Purpose::Export, async {
            std::thread::sleep(Duration::from_millis(200));
            Err(NoDialog)
        });
        let Ok(Action::Chosen(answer)) = answers.recv_timeout(Duration::from_mins(1)) else { panic!() };
        assert!(answer.at_once && answer.paths.is_empty());
    }

    #[test]
    fn the_answer_to_a_superseded_dialog_is_discarded() {
        let (background, answers) = Background::spawn(|| {}).unwrap();
        let (sender, first) = mpsc::channel::<PathBuf>();
        background.wait_for_dialog(Purpose::OpenProject, async move { Ok(first.recv().into_iter().collect()) });
        background.wait_for_dialog(Purpose::Export, std::future::ready(Ok(vec!["/b.png".into()])));
        let Ok(Action::Chosen(answer)) = answers.recv_timeout(Duration::from_mins(1)) else { panic!() };
        assert_eq!(answer.purpose, Purpose::Export);
        sender.send("/a.impasto".into()).unwrap();
        assert!(answers.recv_timeout(Duration::from_millis(300)).is_err());
    }
}
