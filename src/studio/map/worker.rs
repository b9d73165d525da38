//! The thread that makes a style map. It does not block the owner of its [`MapWorker`].

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::error::MapError;
use super::event::{MapEvent, MapNews};
use super::make::make_map;
use super::order::MapOrder;
use crate::engine::control::Control;
use crate::engine::error::EngineError;
use crate::picture::encode::Existing;
use crate::picture::map_file::MapFile;
use crate::studio::clock::Clock;
use crate::studio::news_thread::NewsThread;

/// What to make a map of, and where to write it.
#[derive(Clone, Debug)]
pub struct MapPlan {
    /// What it is made of.
    pub order: MapOrder,
    /// The file.
    pub output: PathBuf,
    /// What happens if that exists.
    pub existing: Existing,
}

/// Owns the thread that makes one map. After a stop, [`MapNews::Stopped`] follows, and nothing is written.
pub type MapWorker = NewsThread<MapNews>;

impl MapWorker {
    /// Starts to make the map that `plan` returns; `plan` is called on the new thread, because it reads files. If it fails with a
    /// sentence, so does the work. `wake` is called whenever there are news.
    ///
    /// # Errors
    /// When the system cannot start a thread.
    pub fn start(
        plan: impl FnOnce() -> Result<MapPlan, String> + Send + 'static,
        wake: impl Fn() + Send + Sync + 'static,
    ) -> std::io::Result<Self> {
        let clock = Arc::new(Clock::after(Duration::ZERO));
        let words = ("making the map ended", "no map was changed");
        Self::spawn("impasto map", clock, wake, MapNews::Failed, words, move |control, outlet| {
            make(plan, control, &mut |event| outlet.send(MapNews::Told(event)))
        })
    }
}

fn make(
    plan: impl FnOnce() -> Result<MapPlan, String>,
    control: &Control,
    tell: &mut (dyn FnMut(MapEvent) + Send),
) -> Result<MapNews, String> {
    let MapPlan { order, output, existing } = plan()?;
    let map = match make_map(&order, control, tell) {
        Err(MapError::Engine(EngineError::Stopped)) => return Ok(MapNews::Stopped),
        made => made.map_err(|error| error.to_string())?,
    };
    MapFile::save(&map, &output, existing).map_err(|error| error.to_string())?;
    Ok(MapNews::Made { path: output, paintings: map.paintings.len() })
}
