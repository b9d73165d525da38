//! What an unfinished painting of a clip needs to go on after a crash: its paintings, masks and settings in a project of
//! their own. The frames are beside the painted clip.

use std::fs;
use std::path::{Path, PathBuf};

use super::{clips, reading};
use crate::app::model::arrival::ClipWork;
use crate::app::model::clip::ClipJob;
use crate::app::model::unfinished_clip::UnfinishedClip;
use crate::clip::{ClipError, ClipSource};
use crate::picture::Checksum;
use crate::picture::encode::Existing;
use crate::studio::project::{EXTENSION, Project, Setup};
use crate::studio::video::VideoPlace;

/// Keeps it in `folder`.
pub(super) fn keep(folder: &Path, job: &ClipJob) {
    let project = Project { setup: Setup { content: None, ..job.inputs.setup.clone() }, ..Project::default() };
    // Without it, painting the same clip to the same name goes on as well.
    let _ = fs::create_dir_all(folder);
    let _ = project.save(&file_of_work(folder, &job.output.path), Existing::Replace);
}

/// The project with what the painting of a clip to this file needs.
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

/// Reads what an unfinished painting needs.
pub(super) fn read(
    folder: &Path,
    unfinished: &UnfinishedClip,
    ffmpeg_folder: Option<&Path>,
) -> Result<ClipWork, String> {
    let project = file_of_work(folder, &unfinished.output);
    let setup = reading::project(&project, &[]).map_err(|(_, sentence)| sentence)?;
    if let Some((_, picture)) = setup.missing().next() {
        return Err(format!(
            "{} is not where it was; add the clip and its paintings again and paint it to the same name to go on: {}",
            picture.source.name,
            unfinished.output.display()
        ));
    }
    let photo = clips::open(&unfinished.source, ffmpeg_folder)
        .unwrap_or_else(|| Err(ClipError::Still(unfinished.source.clone()).to_string()))?;
    Ok(ClipWork { setup, photo })
}

/// Deletes what the painting of a clip to this file needed.
pub(super) fn forget(folder: &Path, output: &Path) {
    // If it stays, it takes some space.
    let _ = fs::remove_file(file_of_work(folder, output));
}
