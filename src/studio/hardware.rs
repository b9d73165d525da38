//! The processor that a run paints on, and how much memory it may use there.

use serde::{Deserialize, Serialize};
use sysinfo::{MemoryRefreshKind, ProcessRefreshKind, ProcessesToUpdate, System};

use crate::engine::budget::MemoryBudget;
use crate::engine::compute::Device;
use crate::engine::device::{DeviceChoice, Processor};
use crate::engine::error::EngineError;
use crate::engine::extent::Extent;
use crate::engine::memory;
use crate::engine::network::Network;
use crate::engine::pyramid::Size;

/// The processor, threads and memory to paint with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Hardware {
    /// The processor.
    pub device: DeviceChoice,
    /// Threads on the CPU; one per core if `None`.
    pub threads: Option<usize>,
    /// Memory that painting may use, in mebibytes; a share of the free memory if `None`.
    pub memory: Option<usize>,
    /// Whether the threads run at a lower priority, so that other programs and the window stay responsive.
    #[serde(skip)]
    pub low_priority: bool,
    /// Whether snapshots of the run are taken, which need memory too.
    #[serde(skip)]
    pub takes_snapshots: bool,
}

impl Hardware {
    /// The memory budget of a run on an open processor, from the memory that is free there now.
    ///
    /// # Errors
    /// [`EngineError::NotEnoughMemory`] when a result of this size needs more.
    pub(super) fn budget_on(
        &self,
        processor: &Processor,
        network: &Network,
        result: Extent,
    ) -> Result<MemoryBudget, EngineError> {
        if processor.is_cpu() {
            return Ok(self.budget_for(result.size));
        }
        let (free, is_limit) = self.free_on_gpu(processor, network.device());
        let budget = MemoryBudget::on_gpu(network.device(), free);
        if budget.allows(network.architecture(), result, false) {
            return Ok(budget);
        }
        let needed = memory::least_on_gpu(network.device(), network.architecture(), result);
        Err(EngineError::NotEnoughMemory { free, is_limit, needed })
    }

    /// Checks that so many bytes are free on an open GPU. System memory is checked with the recipe.
    ///
    /// # Errors
    /// [`EngineError::NotEnoughMemory`] when they are not.
    pub(super) fn check_free(&self, processor: &Processor, device: &Device, needed: usize) -> Result<(), EngineError> {
        if processor.is_cpu() {
            return Ok(());
        }
        let (free, is_limit) = self.free_on_gpu(processor, device);
        if needed <= MemoryBudget::on_gpu(device, free).most {
            return Ok(());
        }
        Err(EngineError::NotEnoughMemory { free, is_limit, needed: needed + device.scratch() })
    }

    /// The bytes that may be used on an open GPU, and whether the user's limit says so.
    fn free_on_gpu(&self, gpu: &Processor, device: &Device) -> (usize, bool) {
        let free = gpu.free_memory(device).unwrap_or(usize::MAX);
        let limit = self.memory.map(|mebibytes| mebibytes.saturating_mul(1 << 20)).filter(|limit| *limit < free);
        (limit.unwrap_or(free), limit.is_some())
    }

    /// The budget in system memory for painting a result of this size, from the memory that is free now.
    pub(super) fn budget_for(&self, result: Size) -> MemoryBudget {
        let budget = self.budget();
        if self.takes_snapshots { budget.beside_snapshots(result) } else { budget }
    }

    /// As [`Self::budget_for`], without setting memory aside for snapshots.
    pub(super) fn budget(&self) -> MemoryBudget {
        if let Some(mebibytes) = self.memory {
            let most = mebibytes.saturating_mul(1 << 20);
            return MemoryBudget { comfortable: most, most };
        }
        let free = free_memory();
        MemoryBudget { comfortable: free / 3, most: free / 4 * 3 }
    }
}

/// Free system memory in bytes, and no more than a scheduler or a container leaves to this process; `usize::MAX` if it is
/// unknown, so that nothing is refused.
pub(crate) fn free_memory() -> usize {
    System::new().ok().map_or(usize::MAX, |mut system| {
        system.refresh_memory_specifics(MemoryRefreshKind::nothing().with_ram());
        let free = system.available_memory().min(left_in_group(&mut system).unwrap_or(u64::MAX));
        usize::try_from(free).unwrap_or(usize::MAX)
    })
}

/// The bytes that the limit of this process's control group leaves, if there is one. What the group is said to use would count
/// files that were read as well, which the system gives up when memory is wanted.
fn left_in_group(system: &mut System) -> Option<u64> {
    let own = sysinfo::get_current_pid().ok()?;
    let wanted = ProcessRefreshKind::nothing().with_memory();
    system.refresh_processes_specifics(ProcessesToUpdate::Some(&[own]), false, wanted);
    let process = system.process(own)?;
    Some(process.cgroup_limits()?.total_memory.saturating_sub(process.memory()))
}
