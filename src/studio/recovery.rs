//! Where work in progress is kept, so that a crash or a power cut costs a few seconds only.
//!
//! Each running program has a folder of its own, with a lock that the system lets go when the program ends,
//! however it ends. A folder that is not locked was left behind; whoever finds it first locks it and may take
//! over what is in it.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::project::{EXTENSION, Past, Project};

const LOCK: &str = "lock";
/// What a file with work is called before its number.
const WORK: &str = "work-";
/// Where it is written which project the work belongs to.
const BELONGS_TO: &str = "project";
/// Pictures painted before are kept up to so many; the oldest give way.
const MOST: usize = 32;
/// Work that nobody went on with for so long is cleared away.
const KEPT_FOR: Duration = Duration::from_hours(30 * 24);
/// What a new folder is called before a few letters of its own.
const PREFIX: &str = "session-";

/// The folder that holds the work of every running program.
#[derive(Clone, Debug)]
pub struct Recovery(PathBuf);

/// A place for the work of one program, locked as long as this lives. What is in it stays when it is dropped.
///
/// Each run is kept in a file of its own, so that the next one does not cost a picture that nobody has saved yet;
/// what lies ready to be painted is in one more.
#[derive(Debug)]
pub struct Session {
    folder: PathBuf,
    lock: File,
}

/// What is kept in a place, to be read on any thread.
#[derive(Clone, Debug)]
pub struct Kept(PathBuf);

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
        Ok(Session { folder: folder.keep(), lock })
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
            let session = Session { folder, lock };
            match session.saved_at().filter(|time| is_fresh(*time)) {
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
    /// A file for the next run. It is there once something is kept in it.
    ///
    /// # Errors
    /// When the folder is gone.
    pub fn new_file(&self) -> io::Result<PathBuf> {
        let files = self.kept().files();
        for old in files.iter().rev().skip(MOST) {
            fs::remove_file(old)?;
        }
        let last = files.iter().filter_map(|file| number(file)).max().unwrap_or(0);
        let file = self.numbered(last + 1);
        // Holds the number, also before anything is kept; an empty file is no work.
        File::create(&file)?;
        Ok(file)
    }

    /// The file for what lies ready to be painted while nothing is.
    pub fn ready_file(&self) -> PathBuf {
        self.numbered(0)
    }

    /// When work was last kept; nothing when there is none.
    pub fn saved_at(&self) -> Option<SystemTime> {
        self.kept().files().iter().filter_map(|file| saved_at(file)).max()
    }

    /// What is kept here.
    pub fn kept(&self) -> Kept {
        Kept(self.folder.clone())
    }

    /// Notes which project the work belongs to; none, when it is in no project yet.
    pub fn belongs_to(&self, project: Option<&Path>) {
        let note = self.folder.join(BELONGS_TO);
        // Without the note, the work is found as that of a project without a name.
        let _ = match project.and_then(Path::to_str) {
            Some(path) => fs::write(note, path),
            None => fs::remove_file(note),
        };
    }

    /// Forgets the work that was saved elsewhere; all but the file of the run that goes on.
    pub fn forget(&self, but: Option<&Path>) {
        for file in self.kept().files().iter().filter(|file| Some(file.as_path()) != but) {
            // What cannot be removed now goes with the folder.
            let _ = fs::remove_file(file);
        }
    }

    /// Forgets the work kept here, and the place.
    pub fn discard(self) {
        let Self { folder, lock } = self;
        // What cannot be removed now is looked at again at the next start.
        let _ = fs::remove_dir_all(&folder);
        // Windows may keep a folder as long as a file in it is open.
        drop(lock);
        let _ = fs::remove_dir_all(&folder);
    }

    fn numbered(&self, number: u32) -> PathBuf {
        self.folder.join(format!("{WORK}{number}.{EXTENSION}"))
    }
}

impl Kept {
    /// The work kept here: the latest, with the pictures painted before as its history; nothing when none can be
    /// read.
    pub fn work(&self) -> Option<Project> {
        let mut files = self.files();
        files.sort_by_key(|file| saved_at(file));
        let mut work: Option<Project> = None;
        // Work that cannot be read is not worth a question, and may be read by another version.
        for next in files.iter().filter_map(|file| Project::open(file).ok()) {
            let before = work.replace(next);
            let history = before.into_iter().flat_map(Project::into_history);
            if let Some(work) = &mut work {
                work.history = history.collect();
            }
        }
        work
    }

    /// The project that the work belongs to.
    pub fn project(&self) -> Option<PathBuf> {
        fs::read_to_string(self.0.join(BELONGS_TO)).ok().filter(|path| !path.is_empty()).map(PathBuf::from)
    }

    /// The files for work, those of older runs first.
    fn files(&self) -> Vec<PathBuf> {
        let entries = fs::read_dir(&self.0).into_iter().flatten().flatten();
        let mut files: Vec<PathBuf> = entries.map(|entry| entry.path()).filter(|file| number(file).is_some()).collect();
        files.sort_by_key(|file| number(file));
        files
    }
}

impl Project {
    /// The history, with the picture so far as its last one.
    fn into_history(self) -> impl Iterator<Item = Past> {
        let Self { setup, picture, history, unfinished } = self;
        let stopped = unfinished.is_some();
        let past = |picture| Past { picture, setup, seconds: 0.0, reached: None, stopped, kept: false };
        history.into_iter().chain(picture.map(past))
    }
}

/// The number of a file for work.
fn number(file: &Path) -> Option<u32> {
    file.file_name()?.to_str()?.strip_prefix(WORK)?.strip_suffix(EXTENSION)?.strip_suffix('.')?.parse().ok()
}

/// Work of this time is worth a question. A time that is still to come is that of a clock which was set back since, as a
/// power cut may do.
fn is_fresh(time: SystemTime) -> bool {
    time.elapsed().map_or(true, |age| age < KEPT_FOR)
}

fn saved_at(file: &Path) -> Option<SystemTime> {
    file.metadata().ok().filter(|file| file.len() > 0).and_then(|file| file.modified().ok())
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
    use super::super::project::{Held, Setup};
    use super::super::settings::Settings;
    use super::*;
    use crate::picture::encode::Existing;

    fn recovery() -> (tempfile::TempDir, Recovery) {
        let folder = tempfile::tempdir().unwrap();
        let recovery = Recovery::in_folder(folder.path().join("deep/recovery"));
        (folder, recovery)
    }

    /// A place with some work in it.
    fn with_work(recovery: &Recovery) -> (Session, PathBuf) {
        let session = recovery.begin().unwrap();
        let file = session.new_file().unwrap();
        Project::default().save(&file, Existing::Replace).unwrap();
        (session, file)
    }

    fn age(file: &Path, age: Duration) {
        let file = File::options().write(true).open(file).unwrap();
        file.set_modified(SystemTime::now() - age).unwrap();
    }

    #[test]
    fn work_that_was_left_behind_is_found_once() {
        let (_folder, recovery) = recovery();
        let (session, _) = with_work(&recovery);
        assert!(recovery.left_behind().is_empty(), "it is not left behind while its program runs");
        drop(session);
        let found = recovery.left_behind();
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].kept().work(), Some(Project::default()));
        assert!(recovery.left_behind().is_empty(), "the first to find it has it");
        for session in found {
            session.discard();
        }
        assert!(recovery.left_behind().is_empty());
    }

    #[test]
    fn two_programs_have_a_place_each() {
        let (_folder, recovery) = recovery();
        let ((one, this), (_other, that)) = (with_work(&recovery), with_work(&recovery));
        assert_ne!(this, that);
        drop(one);
        assert_eq!(recovery.left_behind().len(), 1);
    }

    #[test]
    fn places_without_work_are_cleared_away() {
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
    fn old_work_is_cleared_away() {
        let (_folder, recovery) = recovery();
        let (old, file) = with_work(&recovery);
        age(&file, Duration::from_hours(31 * 24));
        drop(old);
        assert!(recovery.left_behind().is_empty());
    }

    #[test]
    fn work_outlives_a_clock_that_was_set_back() {
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
            age(file, Duration::from_secs(seconds));
        }
        let order: Vec<PathBuf> = [1, 2, 0].iter().map(|&index: &usize| sessions[index].0.folder.clone()).collect();
        drop(sessions);
        let found: Vec<PathBuf> = recovery.left_behind().iter().map(|session| session.folder.clone()).collect();
        assert_eq!(found, order);
    }

    #[test]
    fn pictures_painted_before_come_back_with_the_latest_work() {
        let (_folder, recovery) = recovery();
        let session = recovery.begin().unwrap();
        let setup = |seed| Setup { settings: Settings { seed, ..Settings::default() }, ..Setup::default() };
        for seed in 0..3 {
            let file = session.new_file().unwrap();
            let picture = Held::in_bytes(vec![seed; 9]);
            let project = Project { setup: setup(seed.into()), picture: Some(picture), ..Project::default() };
            project.save(&file, Existing::Refuse).unwrap_err();
            project.save(&file, Existing::Replace).unwrap();
            age(&file, Duration::from_secs(100 - u64::from(seed)));
        }
        let unread = session.new_file().unwrap();
        fs::write(unread, "no work").unwrap();
        let work = session.kept().work().unwrap();
        assert_eq!(work.setup, setup(2));
        let seeds = |work: &Project| work.history.iter().map(|past| past.setup.settings.seed).collect::<Vec<_>>();
        assert_eq!(seeds(&work), [0, 1]);

        // What lies ready is the latest; all that was painted is its history.
        let ready = Project { setup: setup(9), ..Project::default() };
        ready.save(&session.ready_file(), Existing::Replace).unwrap();
        let work = session.kept().work().unwrap();
        assert_eq!((work.setup.settings.seed, work.picture.clone()), (9, None));
        assert_eq!(seeds(&work), [0, 1, 2]);

        session.belongs_to(Some(Path::new("/art/evening.impasto")));
        assert_eq!(session.kept().project(), Some(PathBuf::from("/art/evening.impasto")));
        session.belongs_to(None);
        assert_eq!(session.kept().project(), None);
        let current = session.new_file().unwrap();
        Project::default().save(&current, Existing::Replace).unwrap();
        session.forget(Some(&current));
        assert_eq!(session.kept().files(), [current]);
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
