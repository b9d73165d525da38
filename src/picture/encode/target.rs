//! The place a picture is written to, and writing it there whole or not at all.

use std::fs::{self, Permissions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use super::{Export, Format, encode};
use crate::picture::Picture;
use crate::picture::error::{PictureError, Problem};

/// What to do when the file to write exists already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Existing {
    /// Leave it and report [`Problem::TargetExists`], even when it appears while the new picture is
    /// being written.
    Refuse,
    /// Put the new picture in its place, with its permissions.
    Replace,
}

/// Writes `picture` to the file `path` as `export` says.
///
/// The file appears, or changes, only when the whole picture is on disk: it is written beside the
/// target under a temporary name first, which is gone again after an error. A symbolic link stays,
/// and the file it points to is written.
pub fn save(path: &Path, picture: &Picture, export: &Export, existing: Existing) -> Result<(), PictureError> {
    if Format::from_path(path)? != export.format {
        return Err(PictureError::new(Problem::WrongEnding { format: export.format.name() }, path));
    }
    write_whole(path, existing, |file| encode(picture, export, file))
}

/// Writes what `fill` writes to the file `path`, in the way of [`save`].
pub(crate) fn write_whole(
    path: &Path,
    existing: Existing,
    fill: impl FnOnce(&mut BufWriter<&mut fs::File>) -> Result<(), Problem>,
) -> Result<(), PictureError> {
    Target::new(path, existing)?.write(fill)
}

/// Makes those checks of [`save`] that can be made before there is a picture, and returns the
/// format of `path`'s ending.
///
/// They are: the ending is a format's, the folder is there and a file can be made in it, and the
/// file is new or can be replaced.
pub fn check_target(path: &Path, existing: Existing) -> Result<Format, PictureError> {
    let format = Format::from_path(path)?;
    check_place(path, existing)?;
    Ok(format)
}

/// Makes the checks of [`check_target`] for a file that is no picture.
pub(crate) fn check_place(path: &Path, existing: Existing) -> Result<(), PictureError> {
    // Nothing short of making a file tells whether a file can be made; dropping it deletes it.
    Target::new(path, existing)?.temporary_file().map(drop)
}

/// A file to write that passed the checks.
struct Target<'a> {
    /// The path as it was given, for messages.
    path: &'a Path,
    /// The path with symbolic links followed.
    file: PathBuf,
    existing: Existing,
    /// Those of the file to replace.
    permissions: Option<Permissions>,
}

impl<'a> Target<'a> {
    fn new(path: &'a Path, existing: Existing) -> Result<Self, PictureError> {
        // A link that leads nowhere has no file to keep, so it is treated as a file itself.
        let linked = path.is_symlink().then(|| fs::canonicalize(path).ok()).flatten();
        let file = linked.unwrap_or_else(|| path.to_path_buf());
        check_folder(folder_of(&file))?;
        let permissions = check_existing(&file, existing).map_err(|problem| PictureError::new(problem, path))?;
        Ok(Self { path, file, existing, permissions })
    }

    fn error(&self, problem: Problem) -> PictureError {
        PictureError::new(problem, self.path)
    }

    /// Calls `encode` with a file to fill and puts that file in its place.
    fn write(
        &self,
        encode: impl FnOnce(&mut BufWriter<&mut fs::File>) -> Result<(), Problem>,
    ) -> Result<(), PictureError> {
        let mut temporary = self.temporary_file()?;
        let mut writer = BufWriter::new(temporary.as_file_mut());
        encode(&mut writer).map_err(|problem| self.error(problem))?;
        let written = writer.flush();
        drop(writer);
        written
            // Before the file gets its name: after a power failure, the name must not belong to
            // half a picture.
            .and_then(|()| temporary.as_file().sync_all())
            .map_err(|error| self.error(Problem::writing(error)))?;
        if let Some(permissions) = &self.permissions {
            // Some file systems have none to set; the picture matters more.
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
        // The name, too, is to survive a power failure; not every system lets a folder be flushed.
        let _ = fs::File::open(folder_of(&self.file)).and_then(|folder| folder.sync_all());
        Ok(())
    }

    /// A new file in the target's folder that is deleted when dropped.
    fn temporary_file(&self) -> Result<NamedTempFile, PictureError> {
        let mut builder = tempfile::Builder::new();
        builder.prefix(".impasto-").suffix(".tmp");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            // Those of an ordinary new file, from which the system takes away the user's mask.
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

/// The permissions of the file that is to be replaced, none when `file` is new.
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
        let target = Target::new(&path, Existing::Replace).unwrap();
        let error = target
            .write(|file| {
                file.write_all(b"half a picture").unwrap();
                Err(Problem::writing(io::ErrorKind::StorageFull.into()))
            })
            .unwrap_err();
        assert!(matches!(error.problem(), Problem::DiskFull(_)), "{error:?}");
        assert_eq!(fs::read(&path).unwrap(), b"old");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_file_that_appears_while_writing_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new.png");
        let target = Target::new(&path, Existing::Refuse).unwrap();
        let error = target.write(|_| fs::write(&path, "other").map_err(Problem::writing)).unwrap_err();
        assert!(matches!(error.problem(), Problem::TargetExists), "{error:?}");
        assert_eq!(fs::read(&path).unwrap(), b"other");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
