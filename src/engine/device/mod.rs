//! The processors of this machine, and the choice of one to compute on.

#[cfg(feature = "cuda")]
mod cuda;
mod driver;
mod gpu;
#[cfg(all(feature = "metal", target_os = "macos"))]
mod metal;

use std::any::Any;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

pub(crate) use self::driver::catch_driver_panics;
use self::gpu::{Gpu, GpuList};
use super::compute::{ComputeError, Device, Trial};
use super::error::{EngineError, Result};

/// The kind of processor that the user asks for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DeviceChoice {
    /// The fastest with enough memory for the picture.
    #[default]
    Auto,
    /// The CPU.
    Cpu,
    /// An NVIDIA GPU; needs a build with the feature `cuda`.
    Cuda,
    /// An Apple GPU; needs a build with the feature `metal`.
    Metal,
}

impl DeviceChoice {
    /// Every choice.
    pub const ALL: [Self; 4] = [Self::Auto, Self::Cpu, Self::Cuda, Self::Metal];

    /// The word used on the command line.
    pub fn word(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Cpu => "cpu",
            Self::Cuda => "cuda",
            Self::Metal => "metal",
        }
    }
}

impl fmt::Display for DeviceChoice {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.word())
    }
}

impl FromStr for DeviceChoice {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|choice| choice.word() == text)
            .ok_or_else(|| format!("no device is called {text}; choose auto, cpu, cuda or metal"))
    }
}

/// A processor of this machine that this build can use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Processor {
    kind: ProcessorKind,
    name: String,
    memory: Option<usize>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ProcessorKind {
    Cpu,
    /// With its index in the driver's list.
    Cuda(usize),
    /// With its index in the system's list.
    Metal(usize),
    /// candle on the CPU, in the place of a GPU.
    Trial(Trial),
}

impl Processor {
    /// The CPU, which is always available.
    pub fn cpu() -> Self {
        Self { kind: ProcessorKind::Cpu, name: "CPU".to_owned(), memory: None }
    }

    /// candle's operations on the CPU, treated like a GPU with this much memory (in bytes). For tests and benchmarks.
    #[doc(hidden)]
    pub fn trial(memory: usize, trial: Trial) -> Self {
        let name = match trial.mantissa {
            Some(bits) => format!("trial GPU of {bits} bits"),
            None => "trial GPU".to_owned(),
        };
        Self { kind: ProcessorKind::Trial(trial), name, memory: Some(memory) }
    }

    /// Its product name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its memory in bytes; `None` for the CPU, which uses the system's.
    pub fn memory(&self) -> Option<usize> {
        self.memory
    }

    /// The choice that selects it.
    pub fn choice(&self) -> DeviceChoice {
        match self.kind {
            ProcessorKind::Cpu => DeviceChoice::Cpu,
            ProcessorKind::Cuda(_) | ProcessorKind::Trial(_) => DeviceChoice::Cuda,
            ProcessorKind::Metal(_) => DeviceChoice::Metal,
        }
    }

    /// Whether it is the CPU.
    pub fn is_cpu(&self) -> bool {
        self.kind == ProcessorKind::Cpu
    }

    /// Opens it for computing on this thread.
    ///
    /// # Errors
    /// [`EngineError::Device`] when it is gone or its memory is in use; never for the CPU.
    pub fn open(&self) -> Result<Device> {
        match self.kind {
            ProcessorKind::Cpu => Ok(Device::cpu()),
            ProcessorKind::Cuda(number) => {
                let device = candle_core::Device::new_cuda(number).map_err(open_error)?;
                #[cfg(feature = "cuda")]
                if let candle_core::Device::Cuda(device) = &device {
                    cuda::use_one_stream(device);
                }
                Ok(Device::candle(device))
            }
            ProcessorKind::Metal(number) => {
                candle_core::Device::new_metal(number).map(Device::candle).map_err(open_error)
            }
            ProcessorKind::Trial(trial) => Ok(Device::trial(trial)),
        }
    }

    /// Its free memory in bytes, once it is open; `None` for the CPU.
    pub fn free_memory(&self, device: &Device) -> Option<usize> {
        synchronize(device);
        match (self.kind, device.as_candle()) {
            #[cfg(feature = "cuda")]
            (ProcessorKind::Cuda(_), Some(candle_core::Device::Cuda(device))) => cuda::free_memory(device),
            #[cfg(all(feature = "metal", target_os = "macos"))]
            (ProcessorKind::Metal(_), Some(candle_core::Device::Metal(device))) => Some(metal::free_memory(device)),
            _ => self.memory,
        }
    }
}

impl fmt::Display for Processor {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.memory {
            Some(memory) => write!(formatter, "{} ({})", self.name, gibibytes(memory)),
            None => formatter.write_str(&self.name),
        }
    }
}

/// Waits until a device has finished its queued work. It then also frees the memory that it had cached for reuse.
pub fn synchronize(device: &Device) {
    // An error is ignored here: the next computation on the device will report it.
    let _ = device.synchronize();
}

/// Leaks a handle to a lost GPU, so that its resources are never freed: they no longer exist, and the GPU's libraries
/// would abort the program when trying to free them.
pub fn abandon_if_lost(device: &Device) {
    if device.synchronize().is_err() {
        Box::leak(Box::new(device.clone()));
    }
}

/// While the returned guard lives, this thread sends each tensor shape to a GPU only once.
pub fn remember_shapes(device: &Device) -> Option<Box<dyn Any>> {
    match device.as_candle() {
        #[cfg(feature = "cuda")]
        Some(candle_core::Device::Cuda(device)) => Some(cuda::remember_shapes(device)),
        _ => None,
    }
}

/// A kind of GPU, or a single GPU, that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnavailableDevice {
    /// The choice that would select it.
    pub choice: DeviceChoice,
    /// Why it cannot be used.
    pub reason: String,
    /// Whether this build of the program supports this kind of GPU.
    pub is_for_this_build: bool,
}

/// The processors of this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Processors {
    /// The usable processors: the fastest first, the CPU last.
    pub found: Vec<Processor>,
    /// The kinds of GPU of which there are none, and the GPUs that cannot be used.
    pub unavailable: Vec<UnavailableDevice>,
}

impl Processors {
    /// Detects all processors. Takes a moment if there are GPUs.
    pub fn detect() -> Self {
        let mut processors = Self { found: Vec::new(), unavailable: Vec::new() };
        let nvidia = cfg!(feature = "cuda");
        let apple = cfg!(all(feature = "metal", target_os = "macos"));
        let kinds = [
            (
                DeviceChoice::Cuda,
                nvidia,
                nvidia_gpus as fn() -> GpuList,
                ProcessorKind::Cuda as fn(usize) -> ProcessorKind,
            ),
            (DeviceChoice::Metal, apple, apple_gpus, ProcessorKind::Metal),
        ];
        for (choice, is_for_this_build, list, kind) in kinds {
            let (gpus, reasons) = list();
            let gpus = gpus.into_iter().map(|Gpu { number, name, memory }| Processor {
                kind: kind(number),
                name,
                memory: Some(memory),
            });
            let unavailable = reasons.into_iter().map(|reason| UnavailableDevice { choice, reason, is_for_this_build });
            processors.found.extend(gpus);
            processors.unavailable.extend(unavailable);
        }
        processors.found.push(Processor::cpu());
        processors
    }

    /// The first GPU or kind of GPU that this build supports but that cannot be used.
    pub fn first_unavailable(&self) -> Option<&UnavailableDevice> {
        self.unavailable.iter().find(|unavailable| unavailable.is_for_this_build)
    }

    /// The usable processors that a choice allows, the fastest first.
    ///
    /// # Errors
    /// [`EngineError::Device`] with the reason when there are none.
    pub fn of(&self, choice: DeviceChoice) -> Result<Vec<Processor>> {
        let allowed = |processor: &&Processor| choice == DeviceChoice::Auto || processor.choice() == choice;
        let found: Vec<Processor> = self.found.iter().filter(allowed).cloned().collect();
        if !found.is_empty() {
            return Ok(found);
        }
        let unavailable = self.unavailable.iter().find(|unavailable| unavailable.choice == choice);
        let reason = unavailable.map_or("none was found", |unavailable| &unavailable.reason);
        Err(EngineError::Device(format!("there is no device {choice}: {reason}")))
    }
}

#[cfg(feature = "cuda")]
fn nvidia_gpus() -> GpuList {
    cuda::list()
}

#[cfg(not(feature = "cuda"))]
fn nvidia_gpus() -> GpuList {
    (Vec::new(), vec![not_built_for("NVIDIA GPUs")])
}

#[cfg(all(feature = "metal", target_os = "macos"))]
fn apple_gpus() -> GpuList {
    metal::list()
}

#[cfg(not(all(feature = "metal", target_os = "macos")))]
fn apple_gpus() -> GpuList {
    (Vec::new(), vec![not_built_for("Apple GPUs")])
}

#[cfg(not(all(feature = "cuda", feature = "metal", target_os = "macos")))]
fn not_built_for(gpus: &str) -> String {
    format!("this build of Impasto does not use {gpus} (docs/processors.md describes the one that does)")
}

fn open_error(error: candle_core::Error) -> EngineError {
    EngineError::Device(format!("it cannot be used ({})", ComputeError::from(error)))
}

/// An amount of memory as text, such as "12.0 GiB".
pub fn gibibytes(bytes: usize) -> String {
    format!("{:.1} GiB", bytes as f64 / f64::from(1 << 30))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cpu_is_always_found_and_comes_last() {
        let processors = Processors::detect();
        assert_eq!(processors.found.last(), Some(&Processor::cpu()));
        assert!(processors.found[0].open().is_ok());
        assert_eq!(processors.of(DeviceChoice::Cpu).unwrap(), [Processor::cpu()]);
        assert_eq!(processors.of(DeviceChoice::Auto).unwrap(), processors.found);
    }

    #[test]
    fn the_error_for_a_missing_gpu_gives_the_reason() {
        let reason = "it was stolen".to_owned();
        let unavailable = vec![UnavailableDevice { choice: DeviceChoice::Cuda, reason, is_for_this_build: true }];
        let processors = Processors { found: vec![Processor::cpu()], unavailable };
        let sentence = processors.of(DeviceChoice::Cuda).unwrap_err().to_string();
        assert!(sentence.contains("cuda") && sentence.contains("stolen"), "{sentence}");
    }

    #[test]
    fn a_gpu_is_displayed_with_its_memory() {
        assert_eq!(Processor::trial(12 << 30, Trial::default()).to_string(), "trial GPU (12.0 GiB)");
        assert_eq!(Processor::cpu().to_string(), "CPU");
    }
}
