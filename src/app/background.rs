//! Work that would hold the window up: it runs on named threads and answers with an action.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, Sender};
use std::time::{Duration, Instant};

use super::action::{Action, Answer, Purpose};

type Job = Box<dyn FnOnce() + Send>;

/// Threads that work for the window, and the way their answers come back.
pub(super) struct Background {
    answers: Sender<Action>,
    wake: Arc<dyn Fn() + Send + Sync>,
    files: Sender<Job>,
    small: Sender<Job>,
}

/// Which thread does a piece of work; each does one after the other.
#[derive(Clone, Copy, Debug)]
pub(super) enum Lane {
    /// Reading and writing files.
    Files,
    /// Small pictures and the clipboard, which must not wait behind a large file.
    Small,
}

impl Background {
    /// Starts the threads. `wake` is called, on one of them, when there is an answer to take.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub(super) fn spawn(wake: impl Fn() + Send + Sync + 'static) -> std::io::Result<(Self, Receiver<Action>)> {
        let (answers, receiver) = mpsc::channel();
        let background =
            Self { answers, wake: Arc::new(wake), files: lane("impasto files")?, small: lane("impasto pictures")? };
        Ok((background, receiver))
    }

    /// Does a piece of work. When it panics, `broken` is the answer instead.
    pub(super) fn run(&self, on: Lane, work: impl FnOnce() -> Action + Send + 'static, broken: Action) {
        let reply = self.reply();
        let job = Box::new(move || reply(catch_unwind(AssertUnwindSafe(work)).unwrap_or(broken)));
        let lane = match on {
            Lane::Files => &self.files,
            Lane::Small => &self.small,
        };
        // A lane ends with this struct only.
        let _ = lane.send(job);
    }

    /// Waits for a dialog on a thread of its own, since a person may leave it open for long.
    pub(super) fn wait_for_dialog(
        &self,
        purpose: Purpose,
        choice: impl Future<Output = Vec<PathBuf>> + Send + 'static,
    ) {
        // Nobody cancels a dialog that fast.
        const BLINK: Duration = Duration::from_millis(150);
        let reply = self.reply();
        let wait = move || {
            let opened = Instant::now();
            let paths = pollster::block_on(choice);
            reply(Action::Chosen(Answer { purpose, paths, at_once: opened.elapsed() < BLINK }));
        };
        if std::thread::Builder::new().name("impasto dialog".to_owned()).spawn(wait).is_err() {
            self.reply()(Action::Chosen(Answer { purpose, paths: Vec::new(), at_once: true }));
        }
    }

    fn reply(&self) -> impl FnOnce(Action) + Send + 'static {
        let (answers, wake) = (self.answers.clone(), Arc::clone(&self.wake));
        move |action| {
            // The window may be gone already; then nobody wants to know.
            let _ = answers.send(action);
            wake();
        }
    }
}

fn lane(name: &str) -> std::io::Result<Sender<Job>> {
    let (sender, jobs) = mpsc::channel::<Job>();
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
    fn a_dialog_that_answers_at_once_is_told_from_a_cancelled_one() {
        let (background, answers) = Background::spawn(|| {}).unwrap();
        background.wait_for_dialog(Purpose::Export, std::future::ready(Vec::new()));
        let Ok(Action::Chosen(answer)) = answers.recv_timeout(Duration::from_mins(1)) else { panic!() };
        assert!(answer.paths.is_empty());
        background.wait_for_dialog(Purpose::Export, async {
            std::thread::sleep(Duration::from_millis(200));
            Vec::new()
        });
        let Ok(Action::Chosen(answer)) = answers.recv_timeout(Duration::from_mins(1)) else { panic!() };
        assert!(!answer.at_once);
    }
}
