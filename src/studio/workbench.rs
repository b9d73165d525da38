//! Chooses the processor that paints, and the one that takes over when it fails.

use std::path::PathBuf;
use std::sync::Arc;

use rayon::ThreadPool;

use super::known_styles::KnownStyles;
use super::prepared::Prepared;
use crate::engine::compute::Device;
use crate::engine::device::{
    DeviceChoice, Processor, Processors, abandon_if_lost, catch_driver_panics, remember_shapes, synchronize,
};
use crate::engine::error::EngineError;
use crate::engine::instant::InstantNetworks;
use crate::engine::network::Network;

/// Loads the network onto a device. Called on the worker's thread, once for each device that is used.
pub type NetworkLoader = Loader<Network>;

/// Loads networks of one kind onto a device.
type Loader<N> = Box<dyn Fn(&Device) -> Result<N, EngineError> + Send + Sync>;

/// Detects the available processors. Called on the worker's thread, and called again while an expected GPU is missing.
pub type ProcessorSearch = Box<dyn Fn() -> Processors + Send + Sync>;

/// A loader of the built-in network, or of the one in a weights file.
pub fn network_loader(weights: Option<PathBuf>) -> NetworkLoader {
    Box::new(move |device| match &weights {
        None => Network::built_in(device),
        Some(path) => Network::open(path, device),
    })
}

/// The detected processors, and the networks loaded onto them.
pub(super) struct Workbench {
    search: ProcessorSearch,
    processors: Option<Processors>,
    vgg: Loaded<Network>,
    instant: Loaded<InstantNetworks>,
    /// What was prepared for the last instant picture.
    pub(super) prepared: Option<Prepared>,
    /// The styles of paintings in their own colours.
    pub(super) known_styles: KnownStyles,
}

/// Networks of one kind, on all processors that they were loaded onto.
pub(super) struct Loaded<N> {
    loader: Loader<N>,
    networks: Vec<(Processor, Arc<N>)>,
    has_used_gpu: bool,
}

/// What is loaded onto a device.
pub(super) trait OnDevice {
    /// The device.
    fn device(&self) -> &Device;
}

impl OnDevice for Network {
    fn device(&self) -> &Device {
        self.device()
    }
}

impl OnDevice for InstantNetworks {
    fn device(&self) -> &Device {
        self.device()
    }
}

impl<N: OnDevice> Loaded<N> {
    fn new(loader: Loader<N>) -> Self {
        Self { loader, networks: Vec::new(), has_used_gpu: false }
    }

    fn on(&mut self, processor: &Processor) -> Result<Arc<N>, EngineError> {
        if let Some((_, network)) = self.networks.iter().find(|(loaded, _)| loaded == processor) {
            return Ok(Arc::clone(network));
        }
        let load = || {
            let device = processor.open()?;
            (self.loader)(&device).map(Arc::new).inspect_err(|_| abandon_if_lost(&device))
        };
        self.has_used_gpu |= !processor.is_cpu();
        let network = catch_driver_panics(processor, load)?;
        self.networks.push((processor.clone(), Arc::clone(&network)));
        Ok(network)
    }

    /// Unloads the networks of the processors for which `which` is true.
    fn unload(&mut self, which: impl Fn(&Processor) -> bool) {
        for (processor, network) in self.networks.extract_if(.., |(processor, _)| which(processor)) {
            abandon_if_lost(network.device());
            // If the driver fails here as well, nothing more can be done.
            let _ = catch_driver_panics(&processor, || {
                drop(network);
                Ok(())
            });
        }
    }
}

impl Workbench {
    /// A workbench that has not searched for processors yet.
    pub(super) fn new(search: ProcessorSearch, loader: NetworkLoader) -> Self {
        let instant = Loaded::new(Box::new(InstantNetworks::built_in));
        Self {
            search,
            processors: None,
            vgg: Loaded::new(loader),
            instant,
            prepared: None,
            known_styles: KnownStyles::default(),
        }
    }

    /// The networks that optimisation needs.
    pub(super) fn vgg(&mut self) -> &mut Loaded<Network> {
        &mut self.vgg
    }

    /// The networks that paint in one pass.
    pub(super) fn instant(&mut self) -> &mut Loaded<InstantNetworks> {
        &mut self.instant
    }

    /// Loads the network that a run with this choice would use, and returns it.
    pub(super) fn prepare(&mut self, choice: DeviceChoice) -> Result<Arc<Network>, EngineError> {
        self.load_on_best(Self::vgg, choice)
    }

    /// Loads the networks that an instant picture with this choice would use.
    pub(super) fn prepare_instant(&mut self, choice: DeviceChoice) -> Result<(), EngineError> {
        self.load_on_best(Self::instant, choice).map(drop)
    }

    fn load_on_best<N: OnDevice>(
        &mut self,
        loaded: fn(&mut Self) -> &mut Loaded<N>,
        choice: DeviceChoice,
    ) -> Result<Arc<N>, EngineError> {
        let (mut candidates, _) = self.candidates(choice);
        loop {
            let network = loaded(self).on(&candidates.remove(0));
            if network.is_ok() || candidates.is_empty() {
                return network;
            }
        }
    }

    /// Paints with the networks `loaded` on the best processor that `choice` allows: calls `paint` for each in turn until
    /// one succeeds. Calls `remark` with a sentence about each one that fails. The CPU paints in `pool`. GPUs paint on
    /// this thread, because their libraries tie resources to the thread that uses them, and the pool's threads end with
    /// the run.
    pub(super) fn paint_on_best<N: OnDevice + Send + Sync, T: Send>(
        &mut self,
        loaded: fn(&mut Self) -> &mut Loaded<N>,
        choice: DeviceChoice,
        pool: &ThreadPool,
        remark: impl Fn(&str),
        mut paint: impl FnMut(&Processor, &N) -> Result<T, EngineError> + Send,
    ) -> Result<T, EngineError> {
        let (mut candidates, complaint) = self.candidates(choice);
        if let Some(complaint) = complaint {
            remark(&complaint);
        }
        loop {
            let processor = candidates.remove(0);
            let mut work = || {
                let network = loaded(self).on(&processor).map_err(|error| (error, false))?;
                let remembering = remember_shapes(network.device());
                let result = catch_driver_panics(&processor, || paint(&processor, &network));
                drop(remembering);
                synchronize(network.device());
                result.map_err(|error| (error, true))
            };
            let result = if processor.is_cpu() { pool.install(work) } else { work() };
            match (result, candidates.first()) {
                (Err((error, was_ready)), Some(next)) if is_processor_error(&error) => {
                    // Its memory may be corrupt, and another run may need that memory.
                    loaded(self).unload(|loaded| *loaded == processor);
                    remark(&takeover_message(&processor, was_ready, &error, next));
                }
                (result, _) => return result.map_err(|(error, _)| error),
            }
        }
    }

    /// The processors that `choice` allows, followed by the CPU; and a message if the choice cannot be followed.
    fn candidates(&mut self, choice: DeviceChoice) -> (Vec<Processor>, Option<String>) {
        // A GPU that another program was using may be free by now.
        let processors = self.processors.take().filter(|processors| processors.first_unavailable().is_none());
        let processors = self.processors.insert(processors.unwrap_or_else(|| (self.search)()));
        let cpu = Processor::cpu();
        match processors.of(choice) {
            Ok(mut found) => {
                let problem = processors.first_unavailable().filter(|_| choice == DeviceChoice::Auto);
                let complaint = problem.map(|unavailable| format!("{}; using the {}", unavailable.reason, found[0]));
                if !found.contains(&cpu) {
                    found.push(cpu);
                }
                (found, complaint)
            }
            Err(error) => (vec![cpu], Some(format!("{error}; using the CPU"))),
        }
    }

    /// Whether a GPU was used.
    pub(super) fn has_used_gpu(&self) -> bool {
        self.vgg.has_used_gpu || self.instant.has_used_gpu
    }
}

impl Drop for Workbench {
    fn drop(&mut self) {
        self.vgg.unload(|_| true);
        self.instant.unload(|_| true);
    }
}

/// Whether `error` comes from the processor, so that another one may succeed.
fn is_processor_error(error: &EngineError) -> bool {
    matches!(error, EngineError::Device(_) | EngineError::NotEnoughMemory { .. } | EngineError::Tensor(_))
}

fn takeover_message(processor: &Processor, was_ready: bool, error: &EngineError, next: &Processor) -> String {
    match error {
        EngineError::Tensor(_) if was_ready => {
            format!("the {} failed ({error}); the {next} continues", processor.name())
        }
        _ => format!("the {processor} cannot do this: {error}; using the {next} instead"),
    }
}
