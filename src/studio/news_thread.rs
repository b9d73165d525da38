//! A thread that works under a control and tells its owner what happens, without blocking it.

use std::io;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, Sender};
use std::time::Duration;

use super::clock::Clock;
use super::controlled_thread::ControlledThread;
use crate::engine::control::Control;
use crate::reason::panic_text;

/// Owns a thread that works and tells what happens. Dropping it stops the work and waits until it has ended.
pub struct NewsThread<N> {
    news: Receiver<N>,
    thread: ControlledThread,
}

/// Sends news to the owner of a thread, and wakes it.
pub(super) struct NewsSender<N> {
    sender: Sender<N>,
    wake: Box<dyn Fn() + Send + Sync>,
}

impl<N: Send + 'static> NewsThread<N> {
    /// Starts `work` on a thread of this name; what it returns is its last news. While it is paused, so is the clock. `wake` is called
    /// whenever there are news.
    ///
    /// `failed` makes the last news of a sentence that says why the work has failed. After a bug, that is what has ended (`painting the
    /// clip ended`) and what is kept.
    ///
    /// # Errors
    /// When the system cannot start a thread.
    pub(super) fn spawn(
        name: &str,
        clock: Arc<Clock>,
        wake: impl Fn() + Send + Sync + 'static,
        failed: fn(String) -> N,
        (what, kept): (&'static str, &'static str),
        work: impl FnOnce(&Control, &NewsSender<N>) -> Result<N, String> + Send + 'static,
    ) -> io::Result<Self> {
        let (sender, news) = mpsc::channel();
        let outlet = Arc::new(NewsSender { sender, wake: Box::new(wake) });
        let own_outlet = Arc::clone(&outlet);
        let work = move |control: &Control| work(control, &own_outlet);
        let thread = ControlledThread::start(name, clock, work, move |result| {
            outlet.send(match result {
                Ok(Ok(last)) => last,
                Ok(Err(sentence)) => failed(sentence),
                Err(panic) => {
                    let text = panic_text(panic.as_ref());
                    failed(format!("{what} because of a bug in Impasto ({text}); {kept}, please report this"))
                }
            });
        })?;
        Ok(Self { news, thread })
    }

    /// Pauses the work.
    pub fn pause(&self) {
        self.thread.pause();
    }

    /// Resumes paused work.
    pub fn resume(&self) {
        self.thread.resume();
    }

    /// Stops the work; its last news follow once it has ended.
    pub fn stop(&self) {
        self.thread.stop();
    }

    /// The next news, if there are any.
    pub fn try_news(&self) -> Option<N> {
        self.news.try_recv().ok()
    }

    /// The next news; waits up to `timeout` for them.
    pub fn wait_news(&self, timeout: Duration) -> Option<N> {
        self.news.recv_timeout(timeout).ok()
    }
}

impl<N> NewsSender<N> {
    pub(super) fn send(&self, news: N) {
        // Fails only if the owner has dropped the receiver.
        let _ = self.sender.send(news);
        self.wake();
    }

    /// Wakes the owner, which takes something elsewhere.
    pub(super) fn wake(&self) {
        (self.wake)();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn thread(
        work: impl FnOnce(&Control, &NewsSender<String>) -> Result<String, String> + Send + 'static,
    ) -> NewsThread<String> {
        NewsThread::spawn(
            "test",
            Arc::new(Clock::after(Duration::ZERO)),
            || {},
            |sentence| format!("failed: {sentence}"),
            ("work ended", "all is kept"),
            work,
        )
        .unwrap()
    }

    fn all(thread: &NewsThread<String>) -> Vec<String> {
        std::iter::from_fn(|| thread.wait_news(Duration::from_mins(1))).collect()
    }

    #[test]
    fn the_last_news_say_how_it_ended() {
        let ended = thread(|_, outlet| {
            outlet.send("half".to_owned());
            Ok("whole".to_owned())
        });
        assert_eq!(all(&ended), ["half", "whole"]);
        assert_eq!(all(&thread(|_, _| Err("the disk is full".to_owned()))), ["failed: the disk is full"]);
        let sentence = "failed: work ended because of a bug in Impasto (on purpose); all is kept, please report this";
        assert_eq!(all(&thread(|_, _| panic!("on purpose"))), [sentence]);
        let stopped = thread(|control, _| {
            while control.checkpoint().is_ok() {
                std::thread::yield_now();
            }
            Ok("stopped".to_owned())
        });
        stopped.stop();
        assert_eq!(all(&stopped), ["stopped"]);
    }
}
