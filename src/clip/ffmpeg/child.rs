//! Running ffmpeg and ffprobe so that one that hangs, or that never stops talking, cannot take the program with it.

use std::io::{self, Read as _};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use crate::lock::lock;

/// How often a process that is waited for is looked at.
const LOOK: Duration = Duration::from_millis(20);

/// The most that a process may say, in bytes.
const MOST_SAID: u64 = 64 << 20;

/// A process that is ended when it is waited for too long.
pub(super) struct WatchedChild(Arc<Watched>);

struct Watched {
    child: Mutex<Child>,
    /// Since when it is waited for.
    waiting: Mutex<Option<Instant>>,
    is_over: AtomicBool,
    /// Whether it was ended because it took too long.
    hung: AtomicBool,
}

impl WatchedChild {
    /// Watches a process, which may take so long for one thing.
    pub(super) fn new(child: Child, patience: Duration) -> Self {
        let watched = Arc::new(Watched {
            child: Mutex::new(child),
            waiting: Mutex::new(None),
            is_over: AtomicBool::new(false),
            hung: AtomicBool::new(false),
        });
        let seen = Arc::clone(&watched);
        thread::spawn(move || {
            while !seen.is_over.load(Ordering::Relaxed) {
                thread::sleep(LOOK);
                if lock(&seen.waiting).is_some_and(|since| since.elapsed() > patience) {
                    seen.hung.store(true, Ordering::Relaxed);
                    let _ = lock(&seen.child).kill();
                    return;
                }
            }
        });
        Self(watched)
    }

    /// Does something that ends only when the process goes on, or is ended.
    pub(super) fn waiting_for<T>(&self, work: impl FnOnce() -> T) -> T {
        *lock(&self.0.waiting) = Some(Instant::now());
        let result = work();
        *lock(&self.0.waiting) = None;
        result
    }

    /// Waits until it ends. It may take as long as it likes while the file that it writes grows.
    pub(super) fn wait(&self, writing: &Path) -> io::Result<ExitStatus> {
        let mut length = None;
        loop {
            if let Some(status) = lock(&self.0.child).try_wait()? {
                return Ok(status);
            }
            let now = writing.metadata().ok().map(|metadata| metadata.len());
            if length != Some(now) {
                length = Some(now);
                *lock(&self.0.waiting) = Some(Instant::now());
            }
            thread::sleep(LOOK);
        }
    }

    /// Ends it.
    pub(super) fn kill(&self) {
        let _ = lock(&self.0.child).kill();
    }

    /// Whether it was ended because it took too long.
    pub(super) fn hung(&self) -> bool {
        self.0.hung.load(Ordering::Relaxed)
    }
}

impl Drop for WatchedChild {
    fn drop(&mut self) {
        self.0.is_over.store(true, Ordering::Relaxed);
        let mut child = lock(&self.0.child);
        // It has ended already, or what it writes is not wanted.
        let _ = child.kill();
        let _ = child.wait();
    }
}

/// Runs a process to its end and returns what it says, up to a limit at which it is ended.
pub(super) fn output_of(command: &mut Command) -> io::Result<Output> {
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    let (Some(output), Some(errors)) = (child.stdout.take(), child.stderr.take()) else {
        unreachable!("both are pipes")
    };
    let read_errors = thread::spawn(move || {
        let mut said = Vec::new();
        let _ = errors.take(MOST_SAID).read_to_end(&mut said);
        said
    });
    let mut stdout = Vec::new();
    output.take(MOST_SAID).read_to_end(&mut stdout)?;
    if stdout.len() as u64 == MOST_SAID {
        child.kill()?;
    }
    let status = child.wait()?;
    Ok(Output { status, stdout, stderr: read_errors.join().unwrap_or_default() })
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn sleeping(patience: Duration) -> WatchedChild {
        WatchedChild::new(Command::new("sleep").arg("600").spawn().unwrap(), patience)
    }

    #[test]
    fn a_process_that_hangs_is_ended() {
        let folder = tempfile::tempdir().unwrap();
        let child = sleeping(Duration::from_millis(50));
        // While nobody waits for it, it may take its time.
        thread::sleep(Duration::from_millis(200));
        assert!(!child.hung());
        assert!(!child.wait(&folder.path().join("nothing")).unwrap().success());
        assert!(child.hung());
        // One that reads nothing blocks its writer.
        let mut process = Command::new("sleep").arg("600").stdin(Stdio::piped()).spawn().unwrap();
        let mut input = process.stdin.take().unwrap();
        let child = WatchedChild::new(process, Duration::from_millis(50));
        assert!(child.waiting_for(|| io::Write::write_all(&mut input, &vec![0; 1 << 20])).is_err() && child.hung());
    }

    #[test]
    fn what_a_process_says_is_limited() {
        let said = output_of(Command::new("sh").args(["-c", "echo one; echo two >&2; exit 3"])).unwrap();
        assert_eq!((&said.stdout[..], &said.stderr[..], said.status.code()), (&b"one\n"[..], &b"two\n"[..], Some(3)));
        let endless = output_of(&mut Command::new("yes")).unwrap();
        assert!(endless.stdout.len() as u64 == MOST_SAID && !endless.status.success());
    }
}
