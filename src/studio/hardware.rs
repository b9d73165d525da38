//! Where a run paints, and how much memory it may take there.

use serde::{Deserialize, Serialize};
use sysinfo::{MemoryRefreshKind, System};

use crate::engine::budget::MemoryBudget;
use crate::engine::device::{DeviceChoice, Processor};
use crate::engine::error::EngineError;
use crate::engine::extent::Extent;
use crate::engine::memory;
use crate::engine::network::Network;
use crate::engine::pyramid::Size;

/// Where and with how many threads to paint.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Hardware {
    /// Which processor.
    pub device: DeviceChoice,
    /// Threads on the CPU; as many as there are cores when not given.
    pub threads: Option<usize>,
    /// Mebibytes that painting may take; a share of what is free when not given.
    pub memory: Option<usize>,
    /// The threads give way to whatever else runs on the machine, such as the window that a person is using.
    #[serde(skip)]
    pub gives_way: bool,
    /// Where the run stands is kept now and then, which takes memory too.
    #[serde(skip)]
    pub keeps_work: bool,
}

impl Hardware {
    /// What a run may take on an open processor, by what is free there now.
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
        let free = processor.free_memory(network.device()).unwrap_or(usize::MAX);
        let limit = self.memory.map(|mebibytes| mebibytes.saturating_mul(1 << 20)).filter(|limit| *limit < free);
        let budget = MemoryBudget::on_card(limit.unwrap_or(free));
        if budget.allows(network.architecture(), result, false) {
            return Ok(budget);
        }
        Err(EngineError::NotEnoughMemory {
            free: limit.unwrap_or(free),
            is_limit: limit.is_some(),
            needed: memory::least_on_card(network.architecture(), result),
        })
    }

    /// What painting a result of this size may take of the system's memory, by what is free now.
    pub(super) fn budget_for(&self, result: Size) -> MemoryBudget {
        let budget = self.budget();
        if self.keeps_work { budget.beside_snapshots(result) } else { budget }
    }

    /// The same before anything is kept for snapshots.
    pub(super) fn budget(&self) -> MemoryBudget {
        if let Some(mebibytes) = self.memory {
            let most = mebibytes.saturating_mul(1 << 20);
            return MemoryBudget { comfortable: most, most };
        }
        let free = free_memory();
        MemoryBudget { comfortable: free / 3, most: free / 4 * 3 }
    }
}

/// Bytes of the system's memory that are free now. Where the system does not tell, nothing is refused.
pub(crate) fn free_memory() -> usize {
    System::new().ok().map_or(usize::MAX, |mut system| {
        system.refresh_memory_specifics(MemoryRefreshKind::nothing().with_ram());
        usize::try_from(system.available_memory()).unwrap_or(usize::MAX)
    })
}
