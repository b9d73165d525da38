//! Where work in progress is kept, so that a crash or a power cut costs a few seconds only.
//!
//! Each running program has a folder of its own, with a lock that the system lets go when the program ends,
//! however it ends. A folder that is not locked was left behind; whoever finds it first locks it and may take
//! over what is in it.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::project::EXTENSION;

const LOCK: &str = "lock";
const WORK: &str = "work";
/// Work that nobody went on with for so long is cleared away.
const KEPT_FOR: Duration = Duration::from_hours(30 * 24);
/// What a new folder is called before a few letters of its own.
const PREFIX: &str = "session-";

/// The folder that holds the work of every running program.
#[derive(Clone, Debug)]
pub struct Recovery(PathBuf);

/// A place for the work of one program, locked as long as this lives. What is in it stays when it is dropped.
#[derive(Debug)]
pub struct Session {
    folder: PathBuf,
    _lock: File,
}

/// A place whose work is forgotten when this is dropped in good order: the program was closed by its person.
#[derive(Debug)]
pub struct OwnWork(Option<Session>);

impl OwnWork {
    /// Takes over a place.
    pub fn new(session: Session) -> Self {
        Self(Some(session))
    }

    /// The file that the work is kept in.
    pub fn file(&self) -> Option<PathBuf> {
        self.0.as_ref().map(Session::file)
    }
}

impl Drop for OwnWork {
    fn drop(&mut self) {
        // A program that ends by a fault of its own leaves its work to the next one.
        if let Some(session) = self.0.take().filter(|_| !std::thread::panicking()) {
            session.discard();
        }
    }
}

impl Recovery {
    /// Work is kept in this folder, which is made when it is needed.
    pub fn in_folder(folder: PathBuf) -> Self {
        Self(folder)
    }

    /// A new place for this program's work.
    ///
    /// # Errors
    /// When the folder cannot be made or written to.
    pub fn begin(&self) -> io::Result<Session> {
        let _turn = self.turn()?;
        let folder = tempfile::Builder::new().prefix(PREFIX).tempdir_in(&self.0)?;
        let lock = locked(&folder.path().join(LOCK))?.ok_or(io::ErrorKind::WouldBlock)?;
        Ok(Session { folder: folder.keep(), _lock: lock })
    }

    /// The places that programs left behind with work in them, the latest first. They are this program's now;
    /// empty ones are cleared away.
    pub fn left_behind(&self) -> Vec<Session> {
        let Ok(_turn) = self.turn() else { return Vec::new() };
        let Ok(entries) = fs::read_dir(&self.0) else { return Vec::new() };
        let mut found = Vec::new();
        for entry in entries.flatten() {
            let folder = entry.path();
            let is_session = entry.file_name().to_str().is_some_and(|name| name.starts_with(PREFIX));
            if !is_session || !entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                continue;
            }
            let Ok(Some(lock)) = locked(&folder.join(LOCK)) else { continue };
            let session = Session { folder, _lock: lock };
            match session.saved_at().filter(|time| time.elapsed().is_ok_and(|age| age < KEPT_FOR)) {
                Some(time) => found.push((time, session)),
                None => session.discard(),
            }
        }
        found.sort_by_key(|(time, _)| std::cmp::Reverse(*time));
        found.into_iter().map(|(_, session)| session).collect()
    }

    /// Programs look at the folder one after the other, so that none takes another's place while it is made.
    fn turn(&self) -> io::Result<File> {
        fs::create_dir_all(&self.0)?;
        let turn = open(&self.0.join(LOCK))?;
        turn.lock()?;
        Ok(turn)
    }
}

impl Session {
    /// The file that the work is kept in, a project.
    pub fn file(&self) -> PathBuf {
        self.folder.join(WORK).with_extension(EXTENSION)
    }

    /// When work was last kept; nothing when there is none.
    pub fn saved_at(&self) -> Option<SystemTime> {
        self.file().metadata().and_then(|file| file.modified()).ok()
    }

    /// Forgets the work kept here, and the place.
    pub fn discard(self) {
        // What cannot be removed now is looked at again at the next start.
        let _ = fs::remove_dir_all(&self.folder);
    }
}

fn open(path: &Path) -> io::Result<File> {
    OpenOptions::new().create(true).truncate(false).write(true).open(path)
}

/// The file `path`, locked, unless it is locked already.
fn locked(path: &Path) -> io::Result<Option<File>> {
    let file = open(path)?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(fs::TryLockError::WouldBlock) => Ok(None),
        Err(fs::TryLockError::Error(error)) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recovery() -> (tempfile::TempDir, Recovery) {
        let folder = tempfile::tempdir().unwrap();
        let recovery = Recovery::in_folder(folder.path().join("deep/recovery"));
        (folder, recovery)
    }

    #[test]
    fn work_that_was_left_behind_is_found_once() {
        let (_folder, recovery) = recovery();
        let session = recovery.begin().unwrap();
        fs::write(session.file(), "work").unwrap();
        assert!(recovery.left_behind().is_empty(), "it is not left behind while its program runs");
        drop(session);
        let found = recovery.left_behind();
        assert_eq!(found.len(), 1);
        assert_eq!(fs::read(found[0].file()).unwrap(), b"work");
        assert!(recovery.left_behind().is_empty(), "the first to find it has it");
        for session in found {
            session.discard();
        }
        assert!(recovery.left_behind().is_empty());
    }

    #[test]
    fn two_programs_have_a_place_each() {
        let (_folder, recovery) = recovery();
        let (one, other) = (recovery.begin().unwrap(), recovery.begin().unwrap());
        assert_ne!(one.file(), other.file());
        for session in [&one, &other] {
            fs::write(session.file(), "work").unwrap();
        }
        drop(one);
        assert_eq!(recovery.left_behind().len(), 1);
    }

    #[test]
    fn places_without_work_are_cleared_away() {
        let (_folder, recovery) = recovery();
        let session = recovery.begin().unwrap();
        fs::write(session.folder.join(".impasto-half.tmp"), "half").unwrap();
        let folder = session.folder.clone();
        drop(session);
        assert!(recovery.left_behind().is_empty());
        assert!(!folder.exists());
    }

    #[test]
    fn old_work_is_cleared_away_and_so_is_that_of_a_program_that_was_closed() {
        let (_folder, recovery) = recovery();
        let old = recovery.begin().unwrap();
        fs::write(old.file(), "work").unwrap();
        let file = File::options().write(true).open(old.file()).unwrap();
        file.set_modified(SystemTime::now() - Duration::from_hours(31 * 24)).unwrap();
        drop(old);
        let own = OwnWork::new(recovery.begin().unwrap());
        fs::write(own.file().unwrap(), "work").unwrap();
        drop(own);
        assert!(recovery.left_behind().is_empty());
    }

    #[test]
    fn the_latest_work_comes_first() {
        let (_folder, recovery) = recovery();
        let sessions: Vec<Session> = (0..3).map(|_| recovery.begin().unwrap()).collect();
        let now = SystemTime::now();
        for (session, age) in sessions.iter().zip([20, 0, 10]) {
            fs::write(session.file(), "work").unwrap();
            let file = File::options().write(true).open(session.file()).unwrap();
            file.set_modified(now - Duration::from_secs(age)).unwrap();
        }
        let order: Vec<PathBuf> = [1, 2, 0].iter().map(|&index: &usize| sessions[index].file()).collect();
        drop(sessions);
        assert_eq!(recovery.left_behind().iter().map(Session::file).collect::<Vec<_>>(), order);
    }

    #[test]
    fn a_folder_that_cannot_be_made_is_an_error_and_holds_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        fs::write(&file, "").unwrap();
        let recovery = Recovery::in_folder(file.join("recovery"));
        assert!(recovery.begin().is_err() && recovery.left_behind().is_empty());
    }
}
