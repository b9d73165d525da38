//! Reads pictures, projects and the recipes of finished pictures, on the thread for files.

use std::cell::Cell;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use image::{DynamicImage, RgbaImage};

use super::loading::{loaded, read_file};
use super::writing::stamp;
use super::{clips, folders};
use crate::app::model::arrival::{Arrival, ArrivalOrigin, ArrivalPicture, LoadedResult, LoadedSetup, SearchResult};
use crate::app::model::card::{LoadedPicture, Origin, THUMBNAIL_SIDE};
use crate::app::model::document::ProjectFile;
use crate::app::model::mask::Mask;
use crate::clip::is_numbered;
use crate::picture::path::lower_ending;
use crate::picture::style_map::StyleMap;
use crate::picture::{MapPlace, Picture, Problem, decode, resize};
use crate::studio::project::{PastResult, Place, Project, Setup, Source, StoredPicture};
use crate::studio::recovery::KeptWork;
use crate::studio::samples;
use crate::studio::{WrittenRecipe, WrittenSource, WrittenSubject, free_memory};

/// Reads a picture and makes its thumbnail.
pub(super) fn read(origin: &Origin, ffmpeg_folder: Option<&Path>) -> Result<LoadedPicture, String> {
    let name = origin.name();
    match origin {
        Origin::Photos(path) => folders::open(path),
        Origin::File(path) if path.is_dir() && !is_numbered(path) => folders::open(path),
        Origin::File(path) | Origin::Frames(path) => {
            clips::open(path, ffmpeg_folder).unwrap_or_else(|| read_file(path).map_err(|error| error.to_string()))
        }
        Origin::Sample(index) => read_sample(*index, name),
        Origin::Pixels { width, height, rgba } => {
            let pixels = RgbaImage::from_raw(*width, *height, rgba.as_ref().clone());
            let image = pixels.filter(|image| image.width() > 0 && image.height() > 0);
            let image = image.ok_or("the picture on the clipboard is damaged; copy it again")?;
            let picture = Arc::new(Picture::new(DynamicImage::ImageRgba8(image)));
            let place = Place::Inside(StoredPicture::of(Arc::clone(&picture)));
            Ok(loaded(name.clone(), picture, Source::new(name, None, place)))
        }
    }
}

fn read_sample(index: usize, name: String) -> Result<LoadedPicture, String> {
    let sample = samples::ALL.get(index).ok_or("there is no such sample")?;
    let picture = decode::from_bytes(sample.bytes, sample.title).map_err(|error| error.to_string())?;
    Ok(loaded(name.clone(), Arc::new(picture), Source::new(name, None, Place::Sample)))
}

/// Reads a project with all its pictures; missing ones are searched for among the `known` files.
pub(super) fn project(path: &Path, known: &[PathBuf]) -> Result<Arrival, (PathBuf, String)> {
    let stamp = stamp(path);
    let project = Project::open(path).map_err(|error| (path.to_path_buf(), error.to_string()))?;
    let file = ProjectFile { path: path.to_path_buf(), stamp };
    arrival(ArrivalOrigin::Project(file), project, known, &MemoryAllowance::of_this_machine())
        .map_err(|reason| (path.to_path_buf(), reason))
}

/// Reads the work left behind by a crash, together with its project, if it has one.
pub(super) fn recovered(kept: &KeptWork) -> Option<Arrival> {
    let mut work = kept.work()?;
    let file = kept.project().and_then(|path| {
        let stamp = stamp(&path);
        let before = Project::open(&path).ok()?;
        work.history.splice(0..0, before.history);
        Some(ProjectFile { path, stamp })
    });
    arrival(ArrivalOrigin::Recovery(file), work, &[], &MemoryAllowance::of_this_machine()).ok()
}

/// Reads what a finished picture was painted from; its sources are searched for beside it and among the `known` files.
pub(super) fn recipe(
    recipe: &WrittenRecipe,
    picture: &Path,
    name: String,
    known: &[PathBuf],
) -> Result<Arrival, String> {
    let folder = picture.parent().unwrap_or(Path::new(""));
    let memory = MemoryAllowance::of_this_machine();
    let mask = |mask: &WrittenSource| -> Option<StoredPicture> {
        // A mask painted by hand is embedded in the picture; any other is a file.
        mask.picture().or_else(|| match find(&source(mask, folder), known, &memory) {
            SearchResult::Found(loaded) => Some(StoredPicture::of(loaded.picture)),
            SearchResult::Changed(_) | SearchResult::Missing | SearchResult::Unreadable(_) => None,
        })
    };
    let (content, protection) = match &recipe.subject {
        WrittenSubject::Photo { source: photo, protect } => {
            (Some(source(photo, folder)), protect.as_deref().and_then(mask))
        }
        WrittenSubject::Texture { .. } => (None, None),
    };
    let styles = recipe.styles.iter();
    let styles = styles.map(|style| style.with(source(&style.source, folder), style.mask.as_ref().and_then(mask)));
    let setup = Setup { content, styles: styles.collect(), protection, start: None, settings: recipe.settings.clone() };
    arrival(ArrivalOrigin::Picture(name), Project { setup, ..Project::default() }, known, &memory)
}

/// A source named by a finished picture: a sample, or a file beside the picture.
fn source(written: &WrittenSource, folder: &Path) -> Source {
    let WrittenSource { name, sha256, near, .. } = written;
    let is_sample = sha256.is_none() && samples::ALL.iter().any(|sample| sample.title == *name);
    // Only the file name counts, so that a path cannot lead to another folder.
    let file = Path::new(name).file_name().map(|name| folder.join(name)).unwrap_or_default();
    let place = if is_sample { Place::Sample } else { Place::File(file) };
    Source { near: near.clone(), ..Source::new(name.clone(), *sha256, place) }
}

/// Memory budget for loading several pictures: each is within the limits of one, but a file may name any number.
struct MemoryAllowance(Cell<usize>);

impl MemoryAllowance {
    fn of_this_machine() -> Self {
        Self(Cell::new(free_memory() / 4 * 3))
    }

    /// Returns the picture if it fits into the remaining budget.
    fn take(&self, picture: Arc<Picture>) -> Result<Arc<Picture>, String> {
        let left = self.0.get().checked_sub(picture.pixels().as_bytes().len());
        let left =
            left.ok_or("there is too little free memory for all the pictures; close other programs and try again")?;
        self.0.set(left);
        Ok(picture)
    }

    fn open(&self, held: &StoredPicture) -> Result<Arc<Picture>, String> {
        self.take(held.open().map_err(|error| error.to_string())?)
    }
}

fn arrival(
    origin: ArrivalOrigin,
    project: Project,
    known: &[PathBuf],
    memory: &MemoryAllowance,
) -> Result<Arrival, String> {
    let Project { setup, picture, mut history, unfinished } = project;
    if let Some(picture) = picture
        && !history.iter().any(|past| past.picture == picture)
    {
        let setup = setup.clone();
        let past =
            PastResult { picture, setup, seconds: 0.0, reached: None, stopped: unfinished.is_some(), kept: false };
        history.push(past);
    }
    let mut pictures: Vec<ArrivalPicture> = Vec::new();
    let mut add = |setup: &Setup, is_needed: bool| {
        for source in setup.content.iter().chain(setup.styles.iter().map(|style| &style.source)) {
            if !pictures.iter().any(|picture| picture.source == *source) {
                pictures.push(ArrivalPicture { source: source.clone(), found: find(source, known, memory), is_needed });
            }
        }
    };
    add(&setup, true);
    for past in &history {
        add(&past.setup, false);
    }
    let results = history.into_iter().map(|past| {
        let picture = memory.open(&past.picture)?;
        let thumbnail = Arc::new(resize::thumbnail(&picture, THUMBNAIL_SIDE));
        Ok(LoadedResult { ready: ready(past.setup.clone(), memory)?, past, picture, thumbnail })
    });
    let results = results.collect::<Result<_, String>>()?;
    let ready = ready(setup, memory)?;
    Ok(Arrival { origin, pictures, ready, results, unfinished, searching: false })
}

fn ready(setup: Setup, memory: &MemoryAllowance) -> Result<LoadedSetup, String> {
    let mask = |held: &StoredPicture| memory.open(held).map(|picture| Arc::new(Mask::from_picture(&picture)));
    Ok(LoadedSetup {
        protection: setup.protection.as_ref().map(mask).transpose()?,
        masks: setup.styles.iter().map(|style| style.mask.as_ref().map(mask).transpose()).collect::<Result<_, _>>()?,
        start: setup.start.as_ref().map(|held| memory.open(held)).transpose()?,
        setup,
    })
}

/// Searches for a source at its original place, then among known files of the same name.
fn find(source: &Source, known: &[PathBuf], memory: &MemoryAllowance) -> SearchResult {
    match search_places(source, known) {
        SearchResult::Found(loaded) => match memory.take(Arc::clone(&loaded.picture)) {
            Ok(_) => SearchResult::Found(loaded),
            Err(reason) => SearchResult::Unreadable(reason),
        },
        other => other,
    }
}

fn search_places(source: &Source, known: &[PathBuf]) -> SearchResult {
    let path = match &source.place {
        Place::File(path) => path,
        Place::Inside(held) => {
            return match held.open() {
                Ok(picture) => SearchResult::Found(Box::new(loaded(source.name.clone(), picture, source.clone()))),
                Err(error) => SearchResult::Unreadable(error.to_string()),
            };
        }
        Place::Sample => {
            let index = samples::ALL.iter().position(|sample| sample.title == source.name);
            return match read_sample(index.unwrap_or(samples::ALL.len()), source.name.clone()) {
                Ok(loaded) => SearchResult::Found(Box::new(loaded)),
                Err(_) => SearchResult::Missing,
            };
        }
    };
    let original = check_file(source, path);
    if let (SearchResult::Found(_), _) | (_, None) = (&original, source.checksum) {
        return original;
    }
    // Only the checksum distinguishes the file from others of the same name.
    let name = Path::new(&source.name);
    let candidates = known.iter().filter(|known| known.file_name().is_some_and(|known| known == name));
    let mut results = candidates.map(|candidate| check_file(source, candidate));
    results.find(|result| matches!(result, SearchResult::Found(_))).unwrap_or(original)
}

/// Checks whether a file is the source.
fn check_file(source: &Source, path: &Path) -> SearchResult {
    match read_file(&at_its_place(source, path)) {
        Ok(mut loaded) => {
            // The recipe of a source is not needed.
            loaded.recipe = None;
            if source.checksum.is_none_or(|checksum| loaded.source.checksum == Some(checksum)) {
                SearchResult::Found(Box::new(loaded))
            } else {
                SearchResult::Changed(Box::new(loaded))
            }
        }
        Err(error) if matches!(error.problem(), Problem::Missing) => SearchResult::Missing,
        Err(error) => SearchResult::Unreadable(error.to_string()),
    }
}

/// The same path; of a map whose place is the source, the path of that place.
fn at_its_place(source: &Source, path: &Path) -> PathBuf {
    match MapPlace::in_path(Path::new(&source.name)) {
        Some((_, place)) if lower_ending(path) == StyleMap::ENDING => MapPlace::path(path, place),
        _ => path.to_path_buf(),
    }
}

/// Checks the file that the user chose for one source, and searches its folder for the others.
pub(super) fn search(chosen: &(usize, PathBuf), sources: &[(usize, Source)]) -> Vec<(usize, SearchResult)> {
    let (asked, path) = chosen;
    let folder = path.parent().unwrap_or(Path::new(""));
    let found = sources.iter().map(|(index, source)| {
        if index == asked {
            return Some((*index, check_file(source, path)));
        }
        let beside = check_file(source, &folder.join(Path::new(&source.name).file_name()?));
        matches!(beside, SearchResult::Found(_)).then_some((*index, beside))
    });
    found.flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::studio::project::Unfinished;

    /// A project with the given number of pictures of 144 bytes.
    fn project(pictures: usize) -> Project {
        let held = || StoredPicture::of(Arc::new(Picture::new(DynamicImage::new_rgb16(8, 3))));
        let setup = Setup { protection: Some(held()), ..Setup::default() };
        let past = |_| PastResult {
            picture: held(),
            setup: Setup::default(),
            seconds: 0.0,
            reached: None,
            stopped: false,
            kept: false,
        };
        let unfinished: Option<Unfinished> = None;
        Project { setup, picture: None, history: (1..pictures).map(past).collect(), unfinished }
    }

    #[test]
    fn pictures_beyond_the_memory_budget_are_refused() {
        let from = || ArrivalOrigin::Picture("a picture".to_owned());
        let arrive = |pictures, room| arrival(from(), project(pictures), &[], &MemoryAllowance(Cell::new(room)));
        assert_eq!(arrive(10, 1440).unwrap().results.len(), 9);
        let reason = arrive(11, 1440).unwrap_err();
        assert!(reason.starts_with("there is too little free memory"), "{reason}");
    }
}
