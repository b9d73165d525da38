//! Which processor paints, and which takes over when it cannot.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Arc;

use rayon::ThreadPool;

use crate::engine::compute::Device;
use crate::engine::device::{DeviceChoice, Processor, Processors, abandon_if_lost, remember_shapes, synchronize};
use crate::engine::error::EngineError;
use crate::engine::network::Network;

/// Makes the network on a device; called on the worker's thread, once for each device that is used.
pub type NetworkLoader = Box<dyn Fn(&Device) -> Result<Network, EngineError> + Send + Sync>;

/// Looks for the processors that may paint; called on the worker's thread, again for each run while one is unavailable.
pub type ProcessorSearch = Box<dyn Fn() -> Processors + Send + Sync>;

/// Loads the built-in network, or the one in a weights file.
pub fn network_loader(weights: Option<PathBuf>) -> NetworkLoader {
    Box::new(move |device| match &weights {
        None => Network::built_in(device),
        Some(path) => Network::open(path, device),
    })
}

/// The processors that were found, and the networks that were loaded onto them.
pub(super) struct Workbench {
    search: ProcessorSearch,
    loader: NetworkLoader,
    processors: Option<Processors>,
    loaded: Vec<(Processor, Arc<Network>)>,
    has_used_a_card: bool,
}

impl Workbench {
    /// Nothing is looked for yet.
    pub(super) fn new(search: ProcessorSearch, loader: NetworkLoader) -> Self {
        Self { search, loader, processors: None, loaded: Vec::new(), has_used_a_card: false }
    }

    /// The network that a run takes with this choice.
    pub(super) fn prepare(&mut self, choice: DeviceChoice) -> Result<Arc<Network>, EngineError> {
        let (mut candidates, _) = self.candidates(choice);
        loop {
            let network = self.network(&candidates.remove(0));
            if network.is_ok() || candidates.is_empty() {
                return network;
            }
        }
    }

    /// Paints on the best processor that a choice allows: `paint` is given each in turn until one does not fail.
    /// `remark` hears in a sentence why one does not paint. The CPU paints in `pool`; cards do on this thread, since their
    /// libraries tie what they hold to the thread that uses them, and the pool's threads end with the run.
    pub(super) fn on_the_best<T: Send>(
        &mut self,
        choice: DeviceChoice,
        pool: &ThreadPool,
        remark: impl Fn(&str),
        mut paint: impl FnMut(&Processor, &Network) -> Result<T, EngineError> + Send,
    ) -> Result<T, EngineError> {
        let (mut candidates, complaint) = self.candidates(choice);
        if let Some(complaint) = complaint {
            remark(&complaint);
        }
        loop {
            let processor = candidates.remove(0);
            let mut work = || {
                let network = self.network(&processor).map_err(|error| (error, false))?;
                let remembering = remember_shapes(network.device());
                let ended = guarded(&processor, || paint(&processor, &network));
                drop(remembering);
                synchronize(network.device());
                ended.map_err(|error| (error, true))
            };
            let ended = if processor.is_cpu() { pool.install(work) } else { work() };
            match (ended, candidates.first()) {
                (Err((error, is_ready)), Some(next)) if is_trouble(&error) => {
                    // What it holds may be spoilt, and another run may want the room.
                    self.let_go(|loaded| *loaded == processor);
                    remark(&handed_over(&processor, is_ready, &error, next));
                }
                (ended, _) => return ended.map_err(|(error, _)| error),
            }
        }
    }

    /// The processors that a choice allows and, after them, the CPU; and what is wrong with the choice.
    fn candidates(&mut self, choice: DeviceChoice) -> (Vec<Processor>, Option<String>) {
        // A card that somebody else had may be free by now.
        let processors = self.processors.take().filter(|processors| processors.first_unavailable().is_none());
        let processors = self.processors.insert(processors.unwrap_or_else(|| (self.search)()));
        let cpu = Processor::cpu();
        match processors.of(choice) {
            Ok(mut found) => {
                let trouble = processors.first_unavailable().filter(|_| choice == DeviceChoice::Auto);
                let complaint =
                    trouble.map(|unavailable| format!("{}; painting on the {}", unavailable.reason, found[0]));
                if !found.contains(&cpu) {
                    found.push(cpu);
                }
                (found, complaint)
            }
            Err(error) => (vec![cpu], Some(format!("{error}; painting on the CPU"))),
        }
    }

    fn network(&mut self, processor: &Processor) -> Result<Arc<Network>, EngineError> {
        if let Some((_, network)) = self.loaded.iter().find(|(loaded, _)| loaded == processor) {
            return Ok(Arc::clone(network));
        }
        let load = || {
            let device = processor.open()?;
            (self.loader)(&device).map(Arc::new).inspect_err(|_| abandon_if_lost(&device))
        };
        self.has_used_a_card |= !processor.is_cpu();
        let network = guarded(processor, load)?;
        self.loaded.push((processor.clone(), Arc::clone(&network)));
        Ok(network)
    }

    /// Gives back what some processors hold.
    fn let_go(&mut self, of: impl Fn(&Processor) -> bool) {
        for (processor, network) in self.loaded.extract_if(.., |(processor, _)| of(processor)) {
            abandon_if_lost(network.device());
            // A driver that fails in this, too, is none that anything more is asked of.
            let _ = guarded(&processor, || {
                drop(network);
                Ok(())
            });
        }
    }

    /// Whether a card was used.
    pub(super) fn has_used_a_card(&self) -> bool {
        self.has_used_a_card
    }
}

impl Drop for Workbench {
    fn drop(&mut self) {
        self.let_go(|_| true);
    }
}

/// Does what may ask a card for something: drivers of cards panic where they should fail.
pub(super) fn guarded<T>(
    processor: &Processor,
    work: impl FnOnce() -> Result<T, EngineError>,
) -> Result<T, EngineError> {
    if processor.is_cpu() {
        return work();
    }
    catch_unwind(AssertUnwindSafe(work))
        .unwrap_or_else(|panic| Err(EngineError::Device(format!("its driver failed: {}", panic_text(panic.as_ref())))))
}

/// Whether another processor may do better.
fn is_trouble(error: &EngineError) -> bool {
    matches!(error, EngineError::Device(_) | EngineError::NotEnoughMemory { .. } | EngineError::Tensor(_))
}

fn handed_over(processor: &Processor, was_ready: bool, error: &EngineError, next: &Processor) -> String {
    match error {
        EngineError::Tensor(_) if was_ready => {
            format!("the {} failed ({error}); the {next} paints on from the last picture", processor.name())
        }
        _ => format!("the {processor} does not paint this: {error}; painting on the {next} instead"),
    }
}

/// What a panic said.
pub(super) fn panic_text(panic: &(dyn std::any::Any + Send)) -> &str {
    panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no message")
}
