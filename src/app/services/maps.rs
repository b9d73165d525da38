//! Reads and copies style maps, and plans the making of them.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::app::model::map_chart::MapChart;
use crate::app::model::map_making::{MapChange, MapJob};
use crate::app::model::open_map::ReadMap;
use crate::app::model::own_file::own_files;
use crate::picture::encode::Existing;
use crate::picture::map_file::MapFile;
use crate::picture::resize::thumbnail;
use crate::picture::style_map::StyleMap;
use crate::picture::{Picture, PictureError, decode};
use crate::reason::reason;
use crate::studio::batch::find_contents;
use crate::studio::map::{MapOrder, MapPlan, check_whole_map};

/// Long side in pixels of a thumbnail on a map.
const SIDE: u32 = 128;

/// Reads a map.
pub(super) fn read(path: &Path) -> Result<ReadMap, String> {
    let map = Arc::new(MapFile::open(path).map_err(|error| error.to_string())?);
    check_whole_map(&map).map_err(|error| format!("{error}: {}", path.display()))?;
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
        MapJob::Change { path, change } => {
            let mut map = MapFile::open(&path).map_err(|error| error.to_string())?;
            let mut order = MapOrder { seed: map.record.seed, ..MapOrder::default() };
            match change {
                MapChange::Add(added) => order.paintings = files(&added)?,
                MapChange::Remove(painting) => {
                    let index = map.paintings.iter().position(|own| own.checksum == painting.checksum);
                    map.paintings.remove(index.ok_or("the painting is no longer on the map")?);
                }
                MapChange::PutBack { plane, painting } if map.plane() == plane => map.paintings.push(*painting),
                MapChange::PutBack { .. } => {
                    return Err("the map was laid out anew since; add the painting from its file".to_owned());
                }
                MapChange::LearnAgain => order.learns_again = true,
                MapChange::Layout(before) if has_same_paintings(&before, &map) => map = Arc::unwrap_or_clone(before),
                MapChange::Layout(_) => {
                    return Err("paintings were added or removed since, so the layout before does not fit".to_owned());
                }
            }
            order.before = Some(map);
            Ok(MapPlan { order, output: path, existing: Existing::Replace })
        }
    }
}

fn has_same_paintings(one: &StyleMap, other: &StyleMap) -> bool {
    let checksums = |map: &StyleMap| map.paintings.iter().map(|own| own.checksum).collect::<HashSet<_>>();
    checksums(one) == checksums(other)
}
