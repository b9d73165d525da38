//! Checks the path of a file to write, and writes the file completely or not at all.

use std::fs::{self, Permissions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use tempfile::NamedTempFile;

use super::{Export, Format, encode};
use crate::lock::lock;
use crate::picture::Picture;
use crate::picture::error::{PictureError, Problem};

/// Temporary files that are being written.
static UNFINISHED: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

/// Deletes the temporary files of everything that is being written, for a process that ends at once.
pub(crate) fn discard_unfinished() {
    for file in lock(&UNFINISHED).drain(..) {
        // If it cannot be deleted, it stays; nobody is left who could do more.
        let _ = fs::remove_file(file);
    }
}

/// How the names of temporary files begin and end.
const UNFINISHED_NAME: (&str, &str) = (".impasto-", ".tmp");

/// Whether a file is named as those that are being written are. After a kill or a power cut such a file may be left.
pub(crate) fn is_unfinished(path: &Path) -> bool {
    let (prefix, suffix) = UNFINISHED_NAME;
    let name = path.file_name().and_then(|name| name.to_str());
    name.is_some_and(|name| name.strip_prefix(prefix).is_some_and(|rest| rest.strip_suffix(suffix).is_some()))
}

/// A temporary file that is listed in [`UNFINISHED`].
struct ListedFile(PathBuf);

impl ListedFile {
    fn new(file: &Path) -> Self {
        lock(&UNFINISHED).push(file.to_path_buf());
        Self(file.to_path_buf())
    }
}

impl Drop for ListedFile {
    fn drop(&mut self) {
        lock(&UNFINISHED).retain(|file| *file != self.0);
    }
}

/// What to do if the file to write already exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Existing {
    /// Keep it and return [`Problem::TargetExists`], even if it appears while the new picture is being written.
    Refuse,
    /// Replace it, keeping its permissions.
    Replace,
}

/// Writes `picture` to the file `path` as `export` says.
///
/// The file appears or changes only after the complete picture is on disk: the picture is first written to a temporary
/// file in the same folder, which is deleted on error. A symbolic link is kept, and the file that it points to is
/// written.
///
/// # Errors
///
/// If the extension is not that of the format, `path` cannot be written or replaced, the picture is too large for the
/// format, or writing fails.
pub fn save(path: &Path, picture: &Picture, export: &Export, existing: Existing) -> Result<(), PictureError> {
    if Format::from_path(path)? != export.format {
        return Err(PictureError::new(Problem::WrongEnding { format: export.format.name() }, path));
    }
    write_whole(path, existing, |file| encode(picture, export, file))
}

/// Writes the file `path` with the content that `fill` writes, as atomically as [`save`].
pub(crate) fn write_whole(
    path: &Path,
    existing: Existing,
    fill: impl FnOnce(&mut BufWriter<&mut fs::File>) -> Result<(), Problem>,
) -> Result<(), PictureError> {
    write_whole_or(path, existing, |file| fill(file).map_err(|problem| PictureError::new(problem, path)))
}

/// As [`write_whole`], where `fill` can also fail for other reasons than writing.
pub(super) fn write_whole_or<E: From<PictureError>>(
    path: &Path,
    existing: Existing,
    fill: impl FnOnce(&mut BufWriter<&mut fs::File>) -> Result<(), E>,
) -> Result<(), E> {
    OutputFile::new(path, existing)?.write(fill)
}

/// Makes the checks of [`save`] that do not need a picture, and returns the format for the extension of `path`.
///
/// # Errors
///
/// If the extension belongs to no format, the folder does not exist, no file can be created in it, or an existing file
/// cannot or must not be replaced.
pub fn check_target(path: &Path, existing: Existing) -> Result<Format, PictureError> {
    let format = Format::from_path(path)?;
    check_place(path, existing)?;
    Ok(format)
}

/// Makes the checks of [`check_target`], except that of the extension, for a file that is not a picture.
pub(crate) fn check_place(path: &Path, existing: Existing) -> Result<(), PictureError> {
    // Only creating a file shows whether one can be created; dropping it deletes it.
    OutputFile::new(path, existing)?.temporary_file().map(drop)
}

/// Moves a complete file, which may be on another disk, to `path`, as atomically as [`save`] writes.
pub(crate) fn move_into_place(complete: &Path, path: &Path, existing: Existing) -> Result<(), PictureError> {
    let target = OutputFile::new(path, existing)?;
    let is_free = existing == Existing::Replace || !target.file.exists();
    let moved = fs::File::open(complete).and_then(|file| file.sync_all());
    if is_free && moved.and_then(|()| fs::rename(complete, &target.file)).is_ok() {
        target.sync_folder();
        return Ok(());
    }
    target.write(|file| {
        let copied = fs::File::open(complete).and_then(|mut complete| io::copy(&mut complete, file));
        copied.map(drop).map_err(|error| target.error(Problem::writing(error)))
    })?;
    // What is left of it is of no use.
    let _ = fs::remove_file(complete);
    Ok(())
}

/// The path of a file to write, which has passed the checks.
struct OutputFile<'a> {
    /// The path as the caller gave it, for messages.
    path: &'a Path,
    /// The path with symbolic links resolved.
    file: PathBuf,
    existing: Existing,
    /// The permissions of the file to replace.
    permissions: Option<Permissions>,
}

impl<'a> OutputFile<'a> {
    fn new(path: &'a Path, existing: Existing) -> Result<Self, PictureError> {
        // A dangling link points to no file to keep, so the link itself is treated as the file.
        let linked = path.is_symlink().then(|| fs::canonicalize(path).ok()).flatten();
        let file = linked.unwrap_or_else(|| path.to_path_buf());
        check_folder(folder_of(&file))?;
        let permissions = check_existing(&file, existing).map_err(|problem| PictureError::new(problem, path))?;
        Ok(Self { path, file, existing, permissions })
    }

    fn error(&self, problem: Problem) -> PictureError {
        PictureError::new(problem, self.path)
    }

    /// Lets `encode` fill a temporary file, then renames it to the target.
    fn write<E: From<PictureError>>(
        &self,
        encode: impl FnOnce(&mut BufWriter<&mut fs::File>) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut temporary = self.temporary_file()?;
        let _listed = ListedFile::new(temporary.path());
        let mut writer = BufWriter::new(temporary.as_file_mut());
        encode(&mut writer)?;
        let written = writer.flush();
        drop(writer);
        written
            // Before the rename: after a power failure, the name must not belong to half a picture.
            .and_then(|()| temporary.as_file().sync_all())
            .map_err(|error| self.error(Problem::writing(error)))?;
        if let Some(permissions) = &self.permissions {
            // Errors are ignored: some file systems have no permissions, and the picture matters more.
            let _ = temporary.as_file().set_permissions(permissions.clone());
        }
        let persisted = match self.existing {
            Existing::Refuse => temporary.persist_noclobber(&self.file),
            Existing::Replace => temporary.persist(&self.file),
        };
        persisted.map_err(|failure| match failure.error.kind() {
            io::ErrorKind::AlreadyExists => self.error(Problem::TargetExists),
            _ => self.error(Problem::writing(failure.error)),
        })?;
        self.sync_folder();
        Ok(())
    }

    /// Makes a rename survive a power failure. Errors are ignored: not every system can sync a folder.
    fn sync_folder(&self) {
        let _ = fs::File::open(folder_of(&self.file)).and_then(|folder| folder.sync_all());
    }

    /// A new file in the target's folder, deleted when dropped.
    fn temporary_file(&self) -> Result<NamedTempFile, PictureError> {
        let mut builder = tempfile::Builder::new();
        let (prefix, suffix) = UNFINISHED_NAME;
        builder.prefix(prefix).suffix(suffix);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            // The mode of an ordinary new file; the system applies the user's umask.
            builder.permissions(Permissions::from_mode(0o666));
        }
        let folder = folder_of(&self.file);
        builder.tempfile_in(folder).map_err(|error| {
            let problem = match error.kind() {
                io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Problem::DiskFull(error),
                _ => Problem::FolderNotWritable(error),
            };
            PictureError::new(problem, folder)
        })
    }
}

fn folder_of(file: &Path) -> &Path {
    match file.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

fn check_folder(folder: &Path) -> Result<(), PictureError> {
    let problem = match fs::metadata(folder) {
        Ok(metadata) if metadata.is_dir() => return Ok(()),
        Ok(_) => Problem::NotAFolder,
        Err(error) => match error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => Problem::FolderMissing,
            _ => Problem::FolderNotWritable(error),
        },
    };
    Err(PictureError::new(problem, folder))
}

/// Checks that `file` is new or can be replaced. Returns the permissions of the regular file to replace, if any.
fn check_existing(file: &Path, existing: Existing) -> Result<Option<Permissions>, Problem> {
    let metadata = match fs::symlink_metadata(file) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(Problem::BadName(error)),
    };
    if metadata.is_dir() {
        return Err(Problem::TargetIsFolder);
    }
    if existing == Existing::Refuse {
        return Err(Problem::TargetExists);
    }
    if metadata.is_symlink() {
        return Ok(None);
    }
    if !metadata.is_file() {
        return Err(Problem::TargetNotAFile);
    }
    if metadata.permissions().readonly() {
        return Err(Problem::TargetProtected);
    }
    Ok(Some(metadata.permissions()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_write_leaves_the_folder_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("old.png");
        fs::write(&path, "old").unwrap();
        let target = OutputFile::new(&path, Existing::Replace).unwrap();
        let error = target
            .write(|file| {
                file.write_all(b"half a picture").unwrap();
                Err(PictureError::new(Problem::writing(io::ErrorKind::StorageFull.into()), &path))
            })
            .unwrap_err();
        assert!(matches!(error.problem(), Problem::DiskFull(_)), "{error:?}");
        assert_eq!(fs::read(&path).unwrap(), b"old");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_process_that_ends_leaves_no_temporary_file() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("new.png");
        let target = OutputFile::new(&target, Existing::Refuse).unwrap();
        let written = target.write(|file| {
            file.write_all(b"half a picture").unwrap();
            assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
            discard_unfinished();
            assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
            Ok::<(), PictureError>(())
        });
        assert!(written.is_err());
    }

    #[test]
    fn a_file_that_appears_while_writing_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new.png");
        let target = OutputFile::new(&path, Existing::Refuse).unwrap();
        let error = target
            .write(|_| fs::write(&path, "other").map_err(|error| PictureError::new(Problem::writing(error), &path)));
        let error = error.unwrap_err();
        assert!(matches!(error.problem(), Problem::TargetExists), "{error:?}");
        assert_eq!(fs::read(&path).unwrap(), b"other");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
