//! What an unfinished painting of a clip or a folder needs to go on after a crash: its paintings, masks and settings in a
//! project of their own. What was painted is with the output.

use std::fs;
use std::path::{Path, PathBuf};

use super::{clips, folders, reading};
use crate::app::model::arrival::UnfinishedWork;
use crate::app::model::card::LoadedPicture;
use crate::app::model::unfinished_clip::UnfinishedClip;
use crate::app::model::unfinished_folder::UnfinishedFolder;
use crate::clip::{ClipError, ClipSource};
use crate::picture::Checksum;
use crate::picture::encode::Existing;
use crate::studio::project::{EXTENSION, Project, Setup};
use crate::studio::video::VideoPlace;

/// Keeps what the painting into `output` needs in `folder`.
pub(super) fn keep(folder: &Path, output: &Path, setup: &Setup) {
    let project = Project { setup: Setup { content: None, ..setup.clone() }, ..Project::default() };
    // Without it, painting the same into the same output goes on as well.
    let _ = fs::create_dir_all(folder);
    let _ = project.save(&file_of_work(folder, output), Existing::Replace);
}

/// The project with what the painting into this output needs.
fn file_of_work(folder: &Path, output: &Path) -> PathBuf {
    let name = Checksum::of(output.as_os_str().as_encoded_bytes()).to_string();
    folder.join(name).with_extension(EXTENSION)
}

/// How many frames an unfinished painting has kept, and of how many, where the clip says it; `None` if it cannot go on.
pub(super) fn kept_frames(
    folder: &Path,
    unfinished: &UnfinishedClip,
    ffmpeg_folder: Option<&Path>,
) -> Option<(u64, Option<u64>)> {
    let done = VideoPlace::kept_frames(&unfinished.output);
    if done == 0 || !file_of_work(folder, &unfinished.output).exists() {
        return None;
    }
    let source = ClipSource::open(&unfinished.source, ffmpeg_folder, None).ok()?;
    let part = unfinished.choices().part;
    let of = source.count().map(|count| part.frames(count, source.info().duration));
    Some((done, of))
}

/// Whether an unfinished painting of a folder can go on.
pub(super) fn can_go_on(folder: &Path, unfinished: &UnfinishedFolder) -> bool {
    unfinished.source.is_dir() && unfinished.output.is_dir() && file_of_work(folder, &unfinished.output).exists()
}

/// Reads what an unfinished painting of a clip needs.
pub(super) fn read_clip(
    folder: &Path,
    unfinished: &UnfinishedClip,
    ffmpeg_folder: Option<&Path>,
) -> Result<UnfinishedWork, String> {
    read(folder, &unfinished.output, "clip", || {
        clips::open(&unfinished.source, ffmpeg_folder)
            .unwrap_or_else(|| Err(ClipError::Still(unfinished.source.clone()).to_string()))
    })
}

/// Reads what an unfinished painting of a folder needs.
pub(super) fn read_folder(folder: &Path, unfinished: &UnfinishedFolder) -> Result<UnfinishedWork, String> {
    read(folder, &unfinished.output, "folder", || folders::open(&unfinished.source))
}

fn read(
    folder: &Path,
    output: &Path,
    what: &str,
    open: impl FnOnce() -> Result<LoadedPicture, String>,
) -> Result<UnfinishedWork, String> {
    let setup = reading::project(&file_of_work(folder, output), &[]).map_err(|(_, sentence)| sentence)?;
    if let Some((_, picture)) = setup.missing().next() {
        return Err(format!(
            "{} is not where it was; add the {what} and its paintings again and paint it to the same name to go on: {}",
            picture.source.name,
            output.display()
        ));
    }
    Ok(UnfinishedWork { setup, photo: open()? })
}

/// Deletes what the painting into this output needed.
pub(super) fn forget(folder: &Path, output: &Path) {
    // If it stays, it takes some space.
    let _ = fs::remove_file(file_of_work(folder, output));
}
