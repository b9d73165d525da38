//! The thread that makes a style map. It does not block the owner of its [`MapWorker`].

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver};
use std::time::Duration;

use super::error::MapError;
use super::event::{MapEvent, MapNews};
use super::make::make_map;
use super::order::MapOrder;
use crate::engine::control::Control;
use crate::engine::error::EngineError;
use crate::picture::encode::Existing;
use crate::picture::map_file::MapFile;
use crate::reason::panic_text;
use crate::studio::clock::Clock;
use crate::studio::controlled_thread::ControlledThread;

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

/// Owns the thread that makes one map. Dropping it stops the work.
pub struct MapWorker {
    news: Receiver<MapNews>,
    thread: ControlledThread,
}

impl MapWorker {
    /// Starts to make the map that `plan` returns; `plan` is called on the new thread, because it reads files. If it fails with a
    /// sentence, so does the work. `wake` is called whenever there are news.
    ///
    /// # Errors
    /// When the system cannot start a thread.
    pub fn start(
        plan: impl FnOnce() -> Result<MapPlan, String> + Send + 'static,
        wake: impl Fn() + Clone + Send + Sync + 'static,
    ) -> std::io::Result<Self> {
        let (sender, news) = mpsc::channel();
        let send = move |news: MapNews| {
            // Fails only if the owner has dropped the receiver.
            let _ = sender.send(news);
            wake();
        };
        let tell = send.clone();
        let make = move |control: &Control| make(plan, control, &mut |event| tell(MapNews::Told(event)));
        let clock = Arc::new(Clock::after(Duration::ZERO));
        let thread = ControlledThread::start("impasto map", clock, make, move |result| {
            send(match result {
                Ok(Ok(news)) => news,
                Ok(Err(sentence)) => MapNews::Failed(sentence),
                Err(panic) => MapNews::Failed(format!(
                    "the map was not made because of a bug in Impasto ({}); please report this",
                    panic_text(panic.as_ref())
                )),
            });
        })?;
        Ok(Self { news, thread })
    }

    /// Stops the work; [`MapNews::Stopped`] follows, and nothing is written.
    pub fn stop(&self) {
        self.thread.stop();
    }

    /// The next news, if there are any.
    pub fn try_news(&self) -> Option<MapNews> {
        self.news.try_recv().ok()
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
