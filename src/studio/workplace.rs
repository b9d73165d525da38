//! A handle to the session folder in which this instance of the program saves its work. Creating and sharing the handle
//! never waits for the disk or for another instance; only the methods documented to wait do.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock};

use super::project::Project;
use super::recovery::{KeptWork, Recovery, Session};
use crate::lock::lock;
use crate::picture::encode::Existing;
use crate::reason::without_numbers;

/// A handle to this instance's session folder, which is created when the first file is needed. Clones share it.
#[derive(Clone, Debug)]
pub struct Workplace(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    /// Stays locked during disk access.
    sessions: Mutex<Sessions>,
    /// [`Workplace::adopt`] was called; the next method that locks `sessions` carries it out.
    adopted: AtomicBool,
}

#[derive(Debug)]
struct Sessions {
    recovery: Recovery,
    own: Option<Session>,
    /// The session of an instance that crashed or was killed.
    found: Option<Session>,
    /// The user closed the program: nothing is saved any more.
    closed: bool,
}

impl Workplace {
    /// A handle for a session in the folder of `recovery`. Reads and creates nothing yet.
    pub fn new(recovery: Recovery) -> Self {
        let sessions = Sessions { recovery, own: None, found: None, closed: false };
        Self(Arc::new(Shared { sessions: Mutex::new(sessions), adopted: AtomicBool::new(false) }))
    }

    /// Looks for the latest work of an instance that crashed or was killed. Waits for the disk.
    pub fn find(&self) -> Option<KeptWork> {
        let mut sessions = self.sessions();
        sessions.found = sessions.recovery.left_behind().into_iter().next();
        sessions.found.as_ref().map(Session::work_files)
    }

    /// Makes the session that [`Workplace::find`] found this instance's own, with its work. Does not wait.
    pub fn adopt(&self) {
        self.0.adopted.store(true, Ordering::Release);
    }

    /// A file for the next run, created when the run is first saved; `project` is the file of the project that the work
    /// belongs to. Does not wait.
    pub fn run_file(&self, project: Option<&Path>) -> WorkFile {
        WorkFile(Kind::Run { place: self.clone(), project: project.map(Path::to_path_buf), path: Arc::default() })
    }

    /// Saves the setup of a run that has not started. Waits for the disk.
    ///
    /// # Errors
    /// A sentence with the reason and the consequence.
    pub fn save_setup(&self, ready: &Project, project: Option<&Path>) -> Result<(), String> {
        let mut sessions = self.sessions();
        let Some(session) = sessions.session(project).map_err(|error| cannot_keep(&error))? else { return Ok(()) };
        ready.save(&session.ready_file(), Existing::Replace).map_err(|error| cannot_keep(&error))
    }

    /// Deletes the work that was saved in `project` or discarded, but not the file `except`. Waits for the disk.
    pub fn delete_work(&self, except: Option<&WorkFile>, project: Option<&Path>) {
        let sessions = self.sessions();
        if let Some(session) = &sessions.own {
            session.delete_work(except.and_then(WorkFile::made));
            session.belongs_to(project);
        }
    }

    /// Deletes everything, because the user closed the program. Waits for the disk.
    fn close(&self) {
        let mut sessions = self.sessions();
        sessions.closed = true;
        if let Some(session) = sessions.own.take() {
            session.discard();
        }
    }

    /// Locks the sessions, and first makes the found session the own one after [`Workplace::adopt`].
    fn sessions(&self) -> MutexGuard<'_, Sessions> {
        let mut sessions = lock(&self.0.sessions);
        if self.0.adopted.swap(false, Ordering::AcqRel)
            && let Some(found) = sessions.found.take()
            && let Some(before) = sessions.own.replace(found)
        {
            before.discard();
        }
        sessions
    }
}

impl Sessions {
    /// The own session, created if there is none; `None` after the program was closed.
    fn session(&mut self, project: Option<&Path>) -> io::Result<Option<&Session>> {
        if self.closed {
            return Ok(None);
        }
        if self.own.is_none() {
            let session = self.recovery.begin()?;
            session.belongs_to(project);
            self.own = Some(session);
        }
        Ok(self.own.as_ref())
    }
}

/// The file in which a run is saved.
#[derive(Clone, Debug)]
pub struct WorkFile(Kind);

#[derive(Clone, Debug)]
enum Kind {
    Named(PathBuf),
    Run { place: Workplace, project: Option<PathBuf>, path: Arc<OnceLock<PathBuf>> },
}

impl WorkFile {
    /// The file at `path`.
    pub fn named(path: PathBuf) -> Self {
        Self(Kind::Named(path))
    }

    /// The path, once the file is created. Does not wait.
    pub fn made(&self) -> Option<&Path> {
        match &self.0 {
            Kind::Named(path) => Some(path),
            Kind::Run { path, .. } => path.get().map(PathBuf::as_path),
        }
    }

    /// The path, after creating the file if necessary; `None` after the program was closed. Waits for the disk.
    ///
    /// # Errors
    /// A sentence with the reason and the consequence.
    pub(super) fn make(&self) -> Result<Option<&Path>, String> {
        if let Kind::Run { place, project, path } = &self.0
            && path.get().is_none()
        {
            let mut sessions = place.sessions();
            let session = sessions.session(project.as_deref()).map_err(|error| cannot_keep(&error))?;
            let Some(session) = session else { return Ok(None) };
            let file = session.new_file().map_err(|error| cannot_keep(&error))?;
            // Files are created under the lock, so no other thread has set the path in the meantime.
            let _ = path.set(file);
        }
        Ok(self.made())
    }
}

/// Owns this instance's work. Dropping it deletes the work, because the user closed the program; dropping it in a panic
/// keeps the work.
#[derive(Debug)]
pub struct OwnWork(Workplace);

impl OwnWork {
    /// Owns the work in `place`.
    pub fn new(place: Workplace) -> Self {
        Self(place)
    }

    /// The handle to the session folder.
    pub fn place(&self) -> &Workplace {
        &self.0
    }
}

impl Drop for OwnWork {
    fn drop(&mut self) {
        // After a panic, the next instance can restore the work.
        if !std::thread::panicking() {
            self.0.close();
        }
    }
}

fn cannot_keep(error: &dyn std::fmt::Display) -> String {
    let why = without_numbers(error);
    format!("work in progress cannot be saved ({why}) and would be lost in a crash; save the project from time to time")
}

#[cfg(test)]
mod tests {
    use std::fs::{self, File};
    use std::sync::mpsc;
    use std::time::Duration;

    use super::*;

    fn place() -> (tempfile::TempDir, Recovery, Workplace) {
        let folder = tempfile::tempdir().unwrap();
        let recovery = Recovery::in_folder(folder.path().join("recovery"));
        let place = Workplace::new(recovery.clone());
        (folder, recovery, place)
    }

    fn save_setup(place: &Workplace) {
        place.save_setup(&Project::default(), None).unwrap();
    }

    #[test]
    fn only_file_operations_wait_for_another_instance() {
        let (folder, _, place) = place();
        let recovery = folder.path().join("recovery");
        fs::create_dir_all(&recovery).unwrap();
        // Another instance has locked the folder, and its disk hangs.
        let lock = File::create(recovery.join("lock")).unwrap();
        lock.lock().unwrap();
        let (done, is_done) = mpsc::channel();
        let waiting = place.clone();
        let thread = std::thread::spawn(move || {
            save_setup(&waiting);
            done.send(()).unwrap();
        });
        assert!(is_done.recv_timeout(Duration::from_millis(200)).is_err(), "saving waits for the lock");
        let file = place.run_file(Some(Path::new("/art/evening.impasto")));
        place.adopt();
        assert_eq!(file.made(), None);
        lock.unlock().unwrap();
        is_done.recv_timeout(Duration::from_mins(1)).unwrap();
        thread.join().unwrap();
        assert!(file.make().unwrap().unwrap().exists());
    }

    #[test]
    fn forget_deletes_everything_except_the_current_run() {
        let (_folder, _, place) = place();
        let (old, current) = (place.run_file(None), place.run_file(None));
        for file in [&old, &current] {
            assert_eq!(file.make(), file.make(), "the same file each time");
        }
        save_setup(&place);
        place.delete_work(Some(&current), Some(Path::new("/art/evening.impasto")));
        assert!(!old.made().unwrap().exists() && current.made().unwrap().exists());
        let session = place.sessions().own.as_ref().unwrap().work_files();
        assert_eq!(session.project(), Some(PathBuf::from("/art/evening.impasto")));
    }

    #[test]
    fn found_work_is_taken_over_only_when_adopted() {
        let (_folder, recovery, before) = place();
        save_setup(&before);
        drop(before);
        let own = OwnWork::new(Workplace::new(recovery.clone()));
        let found = own.place().find().unwrap();
        save_setup(own.place());
        assert!(found.work().is_some(), "the found work is not changed before it is adopted");
        drop(own);
        let own = OwnWork::new(Workplace::new(recovery.clone()));
        own.place().find().unwrap();
        own.place().adopt();
        let file = own.place().run_file(None);
        let folder = file.make().unwrap().unwrap().parent().unwrap().to_path_buf();
        assert!(folder.join("work-0.impasto").exists(), "the run's file is in the folder of the found work");
        drop(own);
        assert!(!folder.exists() && recovery.left_behind().is_empty());
    }

    #[test]
    fn nothing_is_saved_after_the_program_is_closed() {
        let (_folder, recovery, place) = place();
        let file = place.run_file(None);
        drop(OwnWork::new(place.clone()));
        save_setup(&place);
        assert_eq!(file.make(), Ok(None));
        assert!(recovery.left_behind().is_empty());
    }
}
