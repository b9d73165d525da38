//! Reads and copies style maps, and plans the making of them.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::app::model::map_chart::MapChart;
use crate::app::model::map_making::MapJob;
use crate::app::model::open_map::ReadMap;
use crate::app::model::own_file::own_files;
use crate::picture::encode::Existing;
use crate::picture::map_file::MapFile;
use crate::picture::resize::thumbnail;
use crate::picture::style_map::StyleMap;
use crate::picture::{Picture, PictureError, decode};
use crate::reason::reason;
use crate::studio::batch::find_contents;
use crate::studio::map::{MapOrder, MapPlan};

/// Long side in pixels of a thumbnail on a map.
const SIDE: u32 = 128;

/// Reads a map.
pub(super) fn read(path: &Path) -> Result<ReadMap, String> {
    let map = Arc::new(MapFile::open(path).map_err(|error| error.to_string())?);
    let chart = Arc::new(MapChart::new(&map));
    Ok(ReadMap { path: path.to_path_buf(), map, chart })
}

/// The thumbnail of a painting on a map; `None` if it is damaged.
pub(super) fn painting_thumbnail(map: &StyleMap, painting: usize) -> Option<Arc<Picture>> {
    let picture = decode::map_painting(map.paintings.get(painting)?).ok()?;
    Some(Arc::new(thumbnail(&picture, SIDE)))
}

/// Copies a map to a file, which is replaced only if the user agreed to that.
pub(super) fn copy(from: &Path, to: &Path, may_replace: bool) -> Result<PathBuf, String> {
    let sentence = |error: PictureError| error.to_string();
    let existing = if may_replace { Existing::Replace } else { Existing::Refuse };
    MapFile::save(&MapFile::open(from).map_err(sentence)?, to, existing).map_err(sentence)?;
    Ok(to.to_path_buf())
}

/// What to make for a job; called on the thread that makes it.
pub(super) fn plan(job: MapJob) -> Result<MapPlan, String> {
    let files = |places: &[PathBuf]| -> Result<Vec<PathBuf>, String> {
        let found = find_contents(places, None).map_err(|error| error.to_string())?;
        Ok(found.into_iter().map(|content| content.path).collect())
    };
    let name = job.name();
    match job {
        MapJob::Make { paintings, folder } => {
            let order = MapOrder { paintings: files(&[paintings])?, ..MapOrder::default() };
            fs::create_dir_all(&folder).map_err(|error| {
                format!("the folder for maps cannot be created ({}): {}", reason(&error), folder.display())
            })?;
            let vacant = own_files(&folder, &name, StyleMap::ENDING, "Map").find(|path| !path.exists());
            let Some(output) = vacant else { unreachable!("there is no last number") };
            Ok(MapPlan { order, output, existing: Existing::Refuse })
        }
        MapJob::Change { path, map, added, learns_again } => {
            let paintings = if added.is_empty() { Vec::new() } else { files(&added)? };
            let seed = map.record.seed;
            let before = Some(Arc::unwrap_or_clone(map));
            let order = MapOrder { before, learns_again, paintings, seed, threads: None };
            Ok(MapPlan { order, output: path, existing: Existing::Replace })
        }
    }
}
