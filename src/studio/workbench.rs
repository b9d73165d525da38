//! Which processor paints, and which takes over when it cannot.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Arc;

use candle_core::Device;

use crate::engine::device::{DeviceChoice, Processor, Processors};
use crate::engine::error::EngineError;
use crate::engine::network::Network;

/// Makes the network on a device; called on the worker's thread, once for each device that is used.
pub type NetworkLoader = Box<dyn Fn(&Device) -> Result<Network, EngineError> + Send + Sync>;

/// Looks for the processors that may paint; called on the worker's thread, once.
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
}

impl Workbench {
    /// Nothing is looked for yet.
    pub(super) fn new(search: ProcessorSearch, loader: NetworkLoader) -> Self {
        Self { search, loader, processors: None, loaded: Vec::new() }
    }

    /// The network that a run takes by default.
    pub(super) fn prepare(&mut self) -> Result<Arc<Network>, EngineError> {
        let (mut candidates, _) = self.candidates(DeviceChoice::default());
        loop {
            let network = self.network(&candidates.remove(0));
            if network.is_ok() || candidates.is_empty() {
                return network;
            }
        }
    }

    /// Paints on the best processor that a choice allows: `paint` is given each in turn until one does not fail.
    /// `remark` hears in a sentence why one does not paint.
    pub(super) fn on_the_best<T>(
        &mut self,
        choice: DeviceChoice,
        remark: impl Fn(&str),
        mut paint: impl FnMut(&Processor, &Network) -> Result<T, EngineError>,
    ) -> Result<T, EngineError> {
        let (mut candidates, complaint) = self.candidates(choice);
        if let Some(complaint) = complaint {
            remark(&complaint);
        }
        loop {
            let processor = candidates.remove(0);
            let network = self.network(&processor);
            let is_ready = network.is_ok();
            let ended = network.and_then(|network| guarded(&processor, || paint(&processor, &network)));
            match (ended, candidates.first()) {
                (Err(error), Some(next)) if is_trouble(&error) => {
                    // What it holds may be spoilt, and another run may want the room.
                    self.loaded.retain(|(loaded, _)| *loaded != processor);
                    remark(&handed_over(&processor, is_ready, &error, next));
                }
                (ended, _) => return ended,
            }
        }
    }

    /// The processors that a choice allows and, after them, the CPU; and what is wrong with the choice.
    fn candidates(&mut self, choice: DeviceChoice) -> (Vec<Processor>, Option<String>) {
        let processors = self.processors.get_or_insert_with(|| (self.search)());
        let cpu = Processor::cpu();
        match processors.of(choice) {
            Ok(mut found) => {
                if !found.contains(&cpu) {
                    found.push(cpu);
                }
                (found, None)
            }
            Err(error) => (vec![cpu], Some(format!("{error}; painting on the CPU"))),
        }
    }

    fn network(&mut self, processor: &Processor) -> Result<Arc<Network>, EngineError> {
        if let Some((_, network)) = self.loaded.iter().find(|(loaded, _)| loaded == processor) {
            return Ok(Arc::clone(network));
        }
        let load = || (self.loader)(&processor.open()?).map(Arc::new);
        let network = guarded(processor, load)?;
        self.loaded.push((processor.clone(), Arc::clone(&network)));
        Ok(network)
    }
}

/// Drivers of cards panic where they should fail.
fn guarded<T>(processor: &Processor, work: impl FnOnce() -> Result<T, EngineError>) -> Result<T, EngineError> {
    if processor.is_cpu() {
        return work();
    }
    catch_unwind(AssertUnwindSafe(work))
        .unwrap_or_else(|panic| Err(EngineError::Device(format!("its driver failed: {}", panic_text(panic.as_ref())))))
}

/// Whether another processor may do better.
fn is_trouble(error: &EngineError) -> bool {
    matches!(error, EngineError::Device(_) | EngineError::NoRoom { .. } | EngineError::Tensor(_))
}

fn handed_over(processor: &Processor, was_ready: bool, error: &EngineError, next: &Processor) -> String {
    match error {
        EngineError::Tensor(_) if was_ready => {
            // The rest of a library's error is for its makers.
            let (error, name) = (error.to_string(), processor.name());
            let error = error.lines().next().unwrap_or_default();
            format!("the {name} failed ({error}); the {next} paints on from the last picture")
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
