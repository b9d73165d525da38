//! This program's place for its work, as a window holds it: everything that waits for a disk or for another program
//! happens on the thread that asks for a file, never on the one that hands a [`Workplace`] around.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock};

use super::lock::lock;
use super::project::Project;
use super::recovery::{Kept, Recovery, Session};
use crate::picture::encode::Existing;
use crate::reason::without_numbers;

/// The place that one program keeps its work in, made when the first file is asked for. Clones are the same place.
#[derive(Clone, Debug)]
pub struct Workplace(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    /// Locked while a disk is waited for.
    places: Mutex<Places>,
    /// The work that was found is this program's own by now.
    adopted: AtomicBool,
}

#[derive(Debug)]
struct Places {
    recovery: Recovery,
    own: Option<Session>,
    /// The place of a program that did not end well.
    found: Option<Session>,
    /// The program was closed: nothing is kept any more.
    closed: bool,
}

impl Workplace {
    /// A place in this folder; nothing is read or made yet.
    pub fn new(recovery: Recovery) -> Self {
        let places = Places { recovery, own: None, found: None, closed: false };
        Self(Arc::new(Shared { places: Mutex::new(places), adopted: AtomicBool::new(false) }))
    }

    /// Looks for the work of a program that did not end well. Waits for the disk.
    pub fn find(&self) -> Option<Kept> {
        let mut places = self.places();
        places.found = places.recovery.left_behind().into_iter().next();
        places.found.as_ref().map(Session::kept)
    }

    /// Takes over the place that [`Workplace::find`] found, with what is in it. Waits for nothing.
    pub fn adopt(&self) {
        self.0.adopted.store(true, Ordering::Release);
    }

    /// A file for the next run, made when the run is first kept; `project` is the file of the project that the work
    /// belongs to. Waits for nothing.
    pub fn run_file(&self, project: Option<&Path>) -> WorkFile {
        WorkFile(Kind::Run { place: self.clone(), project: project.map(Path::to_path_buf), path: Arc::default() })
    }

    /// Keeps what lies ready to be painted while nothing is. Waits for the disk.
    ///
    /// # Errors
    /// A sentence about what went wrong and what it means.
    pub fn keep_ready(&self, ready: &Project, project: Option<&Path>) -> Result<(), String> {
        let mut places = self.places();
        let Some(session) = places.session(project).map_err(|error| cannot_keep(&error))? else { return Ok(()) };
        ready.save(&session.ready_file(), Existing::Replace).map_err(|error| cannot_keep(&error))
    }

    /// Forgets what was saved in `project` or was given up, all but the run that goes on. Waits for the disk.
    pub fn forget(&self, but: Option<&WorkFile>, project: Option<&Path>) {
        let places = self.places();
        if let Some(session) = &places.own {
            session.forget(but.and_then(WorkFile::made));
            session.belongs_to(project);
        }
    }

    /// Forgets everything: the program was closed by its person. Waits for the disk.
    fn close(&self) {
        let mut places = self.places();
        places.closed = true;
        if let Some(session) = places.own.take() {
            session.discard();
        }
    }

    fn places(&self) -> MutexGuard<'_, Places> {
        let mut places = lock(&self.0.places);
        if self.0.adopted.swap(false, Ordering::AcqRel)
            && let Some(found) = places.found.take()
            && let Some(before) = places.own.replace(found)
        {
            before.discard();
        }
        places
    }
}

impl Places {
    /// The place, made if there is none; nothing once the program was closed.
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

/// The file that a run is kept in.
#[derive(Clone, Debug)]
pub struct WorkFile(Kind);

#[derive(Clone, Debug)]
enum Kind {
    Named(PathBuf),
    Run { place: Workplace, project: Option<PathBuf>, path: Arc<OnceLock<PathBuf>> },
}

impl WorkFile {
    /// The file of this path.
    pub fn named(path: PathBuf) -> Self {
        Self(Kind::Named(path))
    }

    /// The path, if the file has one by now. Waits for nothing.
    pub fn made(&self) -> Option<&Path> {
        match &self.0 {
            Kind::Named(path) => Some(path),
            Kind::Run { path, .. } => path.get().map(PathBuf::as_path),
        }
    }

    /// The path, where the place for it is made if need be, which waits for the disk; nothing once the program was closed.
    ///
    /// # Errors
    /// A sentence about what went wrong and what it means.
    pub(super) fn make(&self) -> Result<Option<&Path>, String> {
        if let Kind::Run { place, project, path } = &self.0
            && path.get().is_none()
        {
            let mut places = place.places();
            let session = places.session(project.as_deref()).map_err(|error| cannot_keep(&error))?;
            let Some(session) = session else { return Ok(None) };
            let file = session.new_file().map_err(|error| cannot_keep(&error))?;
            // Files are made under the lock, so no other was made meanwhile.
            let _ = path.set(file);
        }
        Ok(self.made())
    }
}

/// A program's own place, whose work is forgotten when this is dropped in good order: the program was closed by its person.
#[derive(Debug)]
pub struct OwnWork(Workplace);

impl OwnWork {
    /// The work in this place.
    pub fn new(place: Workplace) -> Self {
        Self(place)
    }

    /// The place.
    pub fn place(&self) -> &Workplace {
        &self.0
    }
}

impl Drop for OwnWork {
    fn drop(&mut self) {
        // A program that ends by a fault of its own leaves its work to the next one.
        if !std::thread::panicking() {
            self.0.close();
        }
    }
}

fn cannot_keep(error: &dyn std::fmt::Display) -> String {
    let why = without_numbers(error);
    format!("work in progress cannot be kept ({why}), so a crash would cost it; save the project from time to time")
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

    fn ready(place: &Workplace) {
        place.keep_ready(&Project::default(), None).unwrap();
    }

    #[test]
    fn handing_a_place_around_waits_for_nobody() {
        let (folder, _, place) = place();
        let recovery = folder.path().join("recovery");
        fs::create_dir_all(&recovery).unwrap();
        // Another program looks at the folder, and its disk hangs.
        let held = File::create(recovery.join("lock")).unwrap();
        held.lock().unwrap();
        let (done, told) = mpsc::channel();
        let waiting = place.clone();
        let thread = std::thread::spawn(move || {
            ready(&waiting);
            done.send(()).unwrap();
        });
        assert!(told.recv_timeout(Duration::from_millis(200)).is_err(), "this does wait");
        let file = place.run_file(Some(Path::new("/art/evening.impasto")));
        place.adopt();
        assert_eq!(file.made(), None);
        held.unlock().unwrap();
        told.recv_timeout(Duration::from_mins(1)).unwrap();
        thread.join().unwrap();
        assert!(file.make().unwrap().unwrap().exists());
    }

    #[test]
    fn what_is_saved_is_forgotten_but_for_the_run_that_goes_on() {
        let (_folder, _, place) = place();
        let (old, current) = (place.run_file(None), place.run_file(None));
        for file in [&old, &current] {
            assert_eq!(file.make(), file.make(), "the same file each time");
        }
        ready(&place);
        place.forget(Some(&current), Some(Path::new("/art/evening.impasto")));
        assert!(!old.made().unwrap().exists() && current.made().unwrap().exists());
        let session = place.places().own.as_ref().unwrap().kept();
        assert_eq!(session.project(), Some(PathBuf::from("/art/evening.impasto")));
    }

    #[test]
    fn adopted_work_is_kept_on_and_other_work_is_left_alone() {
        let (_folder, recovery, before) = place();
        ready(&before);
        drop(before);
        let own = OwnWork::new(Workplace::new(recovery.clone()));
        let found = own.place().find().unwrap();
        ready(own.place());
        assert!(found.work().is_some(), "it is not this program's yet");
        drop(own);
        let own = OwnWork::new(Workplace::new(recovery.clone()));
        own.place().find().unwrap();
        own.place().adopt();
        let file = own.place().run_file(None);
        let folder = file.make().unwrap().unwrap().parent().unwrap().to_path_buf();
        assert!(folder.join("work-0.impasto").exists(), "the run lies beside the work that was found");
        drop(own);
        assert!(!folder.exists() && recovery.left_behind().is_empty());
    }

    #[test]
    fn nothing_is_kept_once_the_program_was_closed() {
        let (_folder, recovery, place) = place();
        let file = place.run_file(None);
        drop(OwnWork::new(place.clone()));
        ready(&place);
        assert_eq!(file.make(), Ok(None));
        assert!(recovery.left_behind().is_empty());
    }
}
