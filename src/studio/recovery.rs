//! Saves work in progress, so that a crash or a power cut loses only a few seconds.
//!
//! Each running instance of the program has a folder of its own, with a lock file that the system unlocks when the
//! process ends, for any reason. A folder that is not locked was left behind. The first instance that finds it locks it
//! and may restore its work.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::project::{EXTENSION, PastResult, Project};

/// Name of the lock files.
const LOCK: &str = "lock";
/// The name of a work file, before its number.
const WORK_PREFIX: &str = "work-";
/// Name of the file with the path of the project that the work belongs to.
const PROJECT_NOTE: &str = "project";
/// Maximum number of work files of earlier runs; the oldest are deleted.
const MAX_FILES: usize = 32;
/// Work older than this is deleted.
const MAX_AGE: Duration = Duration::from_hours(30 * 24);
/// The name of a session's folder, before its random part.
const SESSION_PREFIX: &str = "session-";

/// The folder that contains the session folders of all running instances of the program.
#[derive(Clone, Debug)]
pub struct Recovery(PathBuf);

/// The folder for the work of one instance of the program, locked while this value lives. Dropping it keeps the files.
///
/// Each run has a work file of its own, so that a new run does not overwrite a picture that is not saved yet. One more
/// file holds the setup of a run that has not started.
#[derive(Debug)]
pub struct Session {
    folder: PathBuf,
    lock: File,
}

/// The work files of a session, which can be read on any thread.
#[derive(Clone, Debug)]
pub struct KeptWork(PathBuf);

impl Recovery {
    /// Session folders go into `folder`, which is created when it is first needed.
    pub fn in_folder(folder: PathBuf) -> Self {
        Self(folder)
    }

    /// Creates a session for this instance.
    ///
    /// # Errors
    /// When the folder cannot be created or written to.
    pub fn begin(&self) -> io::Result<Session> {
        let _guard = self.lock()?;
        let folder = tempfile::Builder::new().prefix(SESSION_PREFIX).tempdir_in(&self.0)?;
        let lock = try_lock(&folder.path().join(LOCK))?.ok_or(io::ErrorKind::WouldBlock)?;
        Ok(Session { folder: folder.keep(), lock })
    }

    /// The sessions with work that ended instances left behind, the latest first, now locked by this instance. Deletes
    /// sessions that have no work or only old work.
    pub fn left_behind(&self) -> Vec<Session> {
        let Ok(_guard) = self.lock() else { return Vec::new() };
        let Ok(entries) = fs::read_dir(&self.0) else { return Vec::new() };
        let mut found = Vec::new();
        for entry in entries.flatten() {
            let folder = entry.path();
            let is_session = entry.file_name().to_str().is_some_and(|name| name.starts_with(SESSION_PREFIX));
            if !is_session || !entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                continue;
            }
            let Ok(Some(lock)) = try_lock(&folder.join(LOCK)) else { continue };
            let session = Session { folder, lock };
            match session.saved_at().filter(|time| is_fresh(*time)) {
                Some(time) => found.push((time, session)),
                None => session.discard(),
            }
        }
        found.sort_by_key(|(time, _)| std::cmp::Reverse(*time));
        found.into_iter().map(|(_, session)| session).collect()
    }

    /// Waits for the lock on the whole folder, so that no other instance takes over a session that is being created.
    fn lock(&self) -> io::Result<File> {
        fs::create_dir_all(&self.0)?;
        let lock = open(&self.0.join(LOCK))?;
        lock.lock()?;
        Ok(lock)
    }
}

impl Session {
    /// Creates an empty work file for the next run, and deletes the oldest work files.
    ///
    /// # Errors
    /// When the folder no longer exists.
    pub fn new_file(&self) -> io::Result<PathBuf> {
        let files = self.work_files().files();
        for old in files.iter().rev().skip(MAX_FILES) {
            fs::remove_file(old)?;
        }
        let last = files.iter().filter_map(|file| number(file)).max().unwrap_or(0);
        let file = self.work_file(last + 1);
        // Reserves the number. An empty file does not count as work.
        File::create(&file)?;
        Ok(file)
    }

    /// The file for the setup of a run that has not started.
    pub fn ready_file(&self) -> PathBuf {
        self.work_file(0)
    }

    /// When work was last saved; `None` when there is no work.
    pub fn saved_at(&self) -> Option<SystemTime> {
        self.work_files().files().iter().filter_map(|file| saved_at(file)).max()
    }

    /// The work files.
    pub fn work_files(&self) -> KeptWork {
        KeptWork(self.folder.clone())
    }

    /// Notes the project that the work belongs to; `None` when it is not in a project yet.
    pub fn belongs_to(&self, project: Option<&Path>) {
        let note = self.folder.join(PROJECT_NOTE);
        // If this fails, the work is restored as an untitled project.
        let _ = match project.and_then(Path::to_str) {
            Some(path) => fs::write(note, path),
            None => fs::remove_file(note),
        };
    }

    /// Deletes the work files, for example after the work was saved in a project, except that of the current run.
    pub fn delete_work(&self, except: Option<&Path>) {
        for file in self.work_files().files().iter().filter(|file| Some(file.as_path()) != except) {
            // A file that cannot be deleted now is deleted with the folder.
            let _ = fs::remove_file(file);
        }
    }

    /// Deletes the folder and all work in it.
    pub fn discard(self) {
        let Self { folder, lock } = self;
        // Files that cannot be deleted now are found again at the next start.
        let _ = fs::remove_dir_all(&folder);
        // Windows may refuse to delete a folder while a file in it is open.
        drop(lock);
        let _ = fs::remove_dir_all(&folder);
    }

    fn work_file(&self, number: u32) -> PathBuf {
        self.folder.join(format!("{WORK_PREFIX}{number}.{EXTENSION}"))
    }
}

impl KeptWork {
    /// The latest work, with the pictures of the earlier runs as its history; `None` when no file can be read.
    pub fn work(&self) -> Option<Project> {
        let mut files = self.files();
        files.sort_by_key(|file| saved_at(file));
        let mut work: Option<Project> = None;
        // Unreadable files are skipped without a message; another version of the program may be able to read them.
        for next in files.iter().filter_map(|file| Project::open(file).ok()) {
            let before = work.replace(next);
            let history = before.into_iter().flat_map(Project::into_history);
            if let Some(work) = &mut work {
                work.history = history.collect();
            }
        }
        work
    }

    /// The file of the project that the work belongs to; `None` when it is in no project.
    pub fn project(&self) -> Option<PathBuf> {
        fs::read_to_string(self.0.join(PROJECT_NOTE)).ok().filter(|path| !path.is_empty()).map(PathBuf::from)
    }

    /// The work files by number, so that earlier runs come first.
    fn files(&self) -> Vec<PathBuf> {
        let entries = fs::read_dir(&self.0).into_iter().flatten().flatten();
        let mut files: Vec<PathBuf> = entries.map(|entry| entry.path()).filter(|file| number(file).is_some()).collect();
        files.sort_by_key(|file| number(file));
        files
    }
}

impl Project {
    /// The history, followed by the current picture, if there is one.
    fn into_history(self) -> impl Iterator<Item = PastResult> {
        let Self { setup, picture, history, unfinished } = self;
        let stopped = unfinished.is_some();
        let past = |picture| PastResult { picture, setup, seconds: 0.0, reached: None, stopped, kept: false };
        history.into_iter().chain(picture.map(past))
    }
}

/// The number of a work file.
fn number(file: &Path) -> Option<u32> {
    file.file_name()?.to_str()?.strip_prefix(WORK_PREFIX)?.strip_suffix(EXTENSION)?.strip_suffix('.')?.parse().ok()
}

/// Whether work saved at `time` is recent enough to restore. A time in the future counts: the clock was set back since,
/// as can happen after a power cut.
fn is_fresh(time: SystemTime) -> bool {
    time.elapsed().map_or(true, |age| age < MAX_AGE)
}

/// When a work file was last written; `None` while it is empty.
fn saved_at(file: &Path) -> Option<SystemTime> {
    file.metadata().ok().filter(|file| file.len() > 0).and_then(|file| file.modified().ok())
}

fn open(path: &Path) -> io::Result<File> {
    OpenOptions::new().create(true).truncate(false).write(true).open(path)
}

/// Opens and locks the file `path`; `None` when it is locked already.
fn try_lock(path: &Path) -> io::Result<Option<File>> {
    let file = open(path)?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(fs::TryLockError::WouldBlock) => Ok(None),
        Err(fs::TryLockError::Error(error)) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::super::project::{Setup, StoredPicture};
    use super::super::settings::Settings;
    use super::*;
    use crate::picture::encode::Existing;

    fn recovery() -> (tempfile::TempDir, Recovery) {
        let folder = tempfile::tempdir().unwrap();
        let recovery = Recovery::in_folder(folder.path().join("deep/recovery"));
        (folder, recovery)
    }

    /// A session with some work in it.
    fn with_work(recovery: &Recovery) -> (Session, PathBuf) {
        let session = recovery.begin().unwrap();
        let file = session.new_file().unwrap();
        Project::default().save(&file, Existing::Replace).unwrap();
        (session, file)
    }

    fn set_age(file: &Path, age: Duration) {
        let file = File::options().write(true).open(file).unwrap();
        file.set_modified(SystemTime::now() - age).unwrap();
    }

    #[test]
    fn work_left_behind_is_found_once() {
        let (_folder, recovery) = recovery();
        let (session, _) = with_work(&recovery);
        assert!(recovery.left_behind().is_empty(), "the session is still locked");
        drop(session);
        let found = recovery.left_behind();
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].work_files().work(), Some(Project::default()));
        assert!(recovery.left_behind().is_empty(), "the first search has locked it");
        for session in found {
            session.discard();
        }
        assert!(recovery.left_behind().is_empty());
    }

    #[test]
    fn two_instances_have_separate_sessions() {
        let (_folder, recovery) = recovery();
        let ((first, first_file), (_second, second_file)) = (with_work(&recovery), with_work(&recovery));
        assert_ne!(first_file, second_file);
        drop(first);
        assert_eq!(recovery.left_behind().len(), 1);
    }

    #[test]
    fn sessions_without_work_are_deleted() {
        let (_folder, recovery) = recovery();
        let session = recovery.begin().unwrap();
        fs::write(session.folder.join(".impasto-half.tmp"), "half").unwrap();
        session.new_file().unwrap();
        let folder = session.folder.clone();
        drop(session);
        assert!(recovery.left_behind().is_empty());
        assert!(!folder.exists());
    }

    #[test]
    fn old_work_is_deleted() {
        let (_folder, recovery) = recovery();
        let (old, file) = with_work(&recovery);
        set_age(&file, Duration::from_hours(31 * 24));
        drop(old);
        assert!(recovery.left_behind().is_empty());
    }

    #[test]
    fn work_dated_in_the_future_is_found() {
        let (_folder, recovery) = recovery();
        let (session, file) = with_work(&recovery);
        let tomorrow = SystemTime::now() + Duration::from_hours(24);
        File::options().write(true).open(file).unwrap().set_modified(tomorrow).unwrap();
        drop(session);
        assert_eq!(recovery.left_behind().len(), 1);
    }

    #[test]
    fn the_latest_work_comes_first() {
        let (_folder, recovery) = recovery();
        let sessions: Vec<(Session, PathBuf)> = (0..3).map(|_| with_work(&recovery)).collect();
        for ((_, file), seconds) in sessions.iter().zip([20, 0, 10]) {
            set_age(file, Duration::from_secs(seconds));
        }
        let order: Vec<PathBuf> = [1, 2, 0].iter().map(|&index: &usize| sessions[index].0.folder.clone()).collect();
        drop(sessions);
        let found: Vec<PathBuf> = recovery.left_behind().iter().map(|session| session.folder.clone()).collect();
        assert_eq!(found, order);
    }

    #[test]
    fn pictures_of_earlier_runs_become_the_history_of_the_latest_work() {
        let (_folder, recovery) = recovery();
        let session = recovery.begin().unwrap();
        let setup = |seed| Setup { settings: Settings { seed, ..Settings::default() }, ..Setup::default() };
        for seed in 0..3 {
            let file = session.new_file().unwrap();
            let picture = StoredPicture::in_bytes(vec![seed; 9]);
            let project = Project { setup: setup(seed.into()), picture: Some(picture), ..Project::default() };
            project.save(&file, Existing::Refuse).unwrap_err();
            project.save(&file, Existing::Replace).unwrap();
            set_age(&file, Duration::from_secs(100 - u64::from(seed)));
        }
        let unreadable = session.new_file().unwrap();
        fs::write(unreadable, "no work").unwrap();
        let work = session.work_files().work().unwrap();
        assert_eq!(work.setup, setup(2));
        let seeds = |work: &Project| work.history.iter().map(|past| past.setup.settings.seed).collect::<Vec<_>>();
        assert_eq!(seeds(&work), [0, 1]);

        // The setup of a run that has not started is the latest work; all painted pictures are its history.
        let ready = Project { setup: setup(9), ..Project::default() };
        ready.save(&session.ready_file(), Existing::Replace).unwrap();
        let work = session.work_files().work().unwrap();
        assert_eq!((work.setup.settings.seed, work.picture.clone()), (9, None));
        assert_eq!(seeds(&work), [0, 1, 2]);

        session.belongs_to(Some(Path::new("/art/evening.impasto")));
        assert_eq!(session.work_files().project(), Some(PathBuf::from("/art/evening.impasto")));
        session.belongs_to(None);
        assert_eq!(session.work_files().project(), None);
        let current = session.new_file().unwrap();
        Project::default().save(&current, Existing::Replace).unwrap();
        session.delete_work(Some(&current));
        assert_eq!(session.work_files().files(), [current]);
    }

    #[test]
    fn a_folder_that_cannot_be_created_is_an_error_and_has_no_sessions() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        fs::write(&file, "").unwrap();
        let recovery = Recovery::in_folder(file.join("recovery"));
        assert!(recovery.begin().is_err() && recovery.left_behind().is_empty());
    }
}
