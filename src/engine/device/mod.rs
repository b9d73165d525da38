//! Which processors there are, and which one computes.

mod card;
#[cfg(feature = "cuda")]
mod cuda;
#[cfg(all(feature = "metal", target_os = "macos"))]
mod metal;

use std::any::Any;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use self::card::{Card, Listed};
use super::compute::{ComputeError, Device, Trial};
use super::error::{EngineError, Result};

/// The processor a person asks for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DeviceChoice {
    /// The fastest that has room for the picture.
    #[default]
    Auto,
    /// The CPU.
    Cpu,
    /// An NVIDIA card; needs a build with the feature `cuda`.
    Cuda,
    /// Apple's graphics processor; needs a build with the feature `metal`.
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
    kind: Kind,
    name: String,
    memory: Option<usize>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Cpu,
    /// With the number that its driver gives it.
    Cuda(usize),
    Metal(usize),
    /// candle on the CPU, in the place of a GPU.
    Trial(Trial),
}

impl Processor {
    /// The CPU, which is always there.
    pub fn cpu() -> Self {
        Self { kind: Kind::Cpu, name: "CPU".to_owned(), memory: None }
    }

    /// A GPU on trial: candle's operations on the CPU, in the place of a GPU with this much memory. For tests and
    /// benchmarks.
    #[doc(hidden)]
    pub fn trial(memory: usize, trial: Trial) -> Self {
        let name = match trial.mantissa {
            Some(bits) => format!("trial card of {bits} bits"),
            None => "trial card".to_owned(),
        };
        Self { kind: Kind::Trial(trial), name, memory: Some(memory) }
    }

    /// Its maker's name for it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Bytes of its memory; none for the CPU, which shares the system's.
    pub fn memory(&self) -> Option<usize> {
        self.memory
    }

    /// What a person asks for to have it.
    pub fn choice(&self) -> DeviceChoice {
        match self.kind {
            Kind::Cpu => DeviceChoice::Cpu,
            Kind::Cuda(_) | Kind::Trial(_) => DeviceChoice::Cuda,
            Kind::Metal(_) => DeviceChoice::Metal,
        }
    }

    /// Whether it is the CPU.
    pub fn is_cpu(&self) -> bool {
        self.kind == Kind::Cpu
    }

    /// Opens it, to compute on this thread.
    ///
    /// # Errors
    /// [`EngineError::Device`] when it is gone, or its memory is taken; never for the CPU.
    pub fn open(&self) -> Result<Device> {
        match self.kind {
            Kind::Cpu => Ok(Device::cpu()),
            Kind::Cuda(number) => {
                let device = candle_core::Device::new_cuda(number).map_err(unavailable)?;
                #[cfg(feature = "cuda")]
                if let candle_core::Device::Cuda(device) = &device {
                    cuda::use_one_stream(device);
                }
                Ok(Device::candle(device))
            }
            Kind::Metal(number) => candle_core::Device::new_metal(number).map(Device::candle).map_err(unavailable),
            Kind::Trial(trial) => Ok(Device::trial(trial)),
        }
    }

    /// Bytes of its memory that nobody has taken, once it is open; none for the CPU.
    pub fn free_memory(&self, device: &Device) -> Option<usize> {
        settle(device);
        match (self.kind, device.as_candle()) {
            #[cfg(feature = "cuda")]
            (Kind::Cuda(_), Some(candle_core::Device::Cuda(device))) => cuda::free_memory(device),
            #[cfg(all(feature = "metal", target_os = "macos"))]
            (Kind::Metal(_), Some(candle_core::Device::Metal(device))) => Some(metal::free_memory(device)),
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

/// Waits until a device has done what it was asked for; it gives back then what memory it kept for later.
pub fn settle(device: &Device) {
    // Whether it still works is found out, and told, by whoever computes next.
    let _ = device.synchronize();
}

/// Sees to it that what a lost card was used with is never given back: there is nothing left to give it back to, and the
/// libraries for it would end the program in trying.
pub fn abandon_if_lost(device: &Device) {
    if device.synchronize().is_err() {
        Box::leak(Box::new(device.clone()));
    }
}

/// As long as what it gives lives, this thread tells a card nothing twice about the shapes of tensors.
pub fn remember_shapes(device: &Device) -> Option<Box<dyn Any>> {
    match device.as_candle() {
        #[cfg(feature = "cuda")]
        Some(candle_core::Device::Cuda(device)) => Some(cuda::remember_shapes(device)),
        _ => None,
    }
}

/// A kind of card, or a card, that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    /// What a person asks for to have it.
    pub choice: DeviceChoice,
    /// Why it cannot be used.
    pub reason: String,
    /// Whether it could be in this build of the program.
    pub is_for_this_build: bool,
}

/// What was found on this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Processors {
    /// The fastest first, the CPU last.
    pub found: Vec<Processor>,
    /// Each kind of card of which there is none, and each card that cannot be used.
    pub missing: Vec<Missing>,
}

impl Processors {
    /// Looks for all of them. Takes a moment where there are cards.
    pub fn look() -> Self {
        let mut processors = Self { found: Vec::new(), missing: Vec::new() };
        let nvidia = cfg!(feature = "cuda");
        let apple = cfg!(all(feature = "metal", target_os = "macos"));
        let kinds = [
            (DeviceChoice::Cuda, nvidia, nvidia_cards as fn() -> Listed, Kind::Cuda as fn(usize) -> Kind),
            (DeviceChoice::Metal, apple, apple_processors, Kind::Metal),
        ];
        for (choice, is_for_this_build, list, kind) in kinds {
            let (cards, reasons) = list();
            let cards = cards.into_iter().map(|Card { number, name, memory }| Processor {
                kind: kind(number),
                name,
                memory: Some(memory),
            });
            let missing = reasons.into_iter().map(|reason| Missing { choice, reason, is_for_this_build });
            processors.found.extend(cards);
            processors.missing.extend(missing);
        }
        processors.found.push(Processor::cpu());
        processors
    }

    /// The first that this build could use and that cannot be used.
    pub fn trouble(&self) -> Option<&Missing> {
        self.missing.iter().find(|missing| missing.is_for_this_build)
    }

    /// Those that a choice allows, the fastest first.
    ///
    /// # Errors
    /// [`EngineError::Device`] with the reason when there is none.
    pub fn of(&self, choice: DeviceChoice) -> Result<Vec<Processor>> {
        let allowed = |processor: &&Processor| choice == DeviceChoice::Auto || processor.choice() == choice;
        let found: Vec<Processor> = self.found.iter().filter(allowed).cloned().collect();
        if !found.is_empty() {
            return Ok(found);
        }
        let missing = self.missing.iter().find(|missing| missing.choice == choice);
        let reason = missing.map_or("none was found", |missing| &missing.reason);
        Err(EngineError::Device(format!("there is no device {choice}: {reason}")))
    }
}

#[cfg(feature = "cuda")]
fn nvidia_cards() -> Listed {
    cuda::list()
}

#[cfg(not(feature = "cuda"))]
fn nvidia_cards() -> Listed {
    (Vec::new(), vec![not_built_for("NVIDIA cards")])
}

#[cfg(all(feature = "metal", target_os = "macos"))]
fn apple_processors() -> Listed {
    metal::list()
}

#[cfg(not(all(feature = "metal", target_os = "macos")))]
fn apple_processors() -> Listed {
    (Vec::new(), vec![not_built_for("Apple's graphics processors")])
}

#[cfg(not(all(feature = "cuda", feature = "metal", target_os = "macos")))]
fn not_built_for(cards: &str) -> String {
    format!("this build of Impasto does not use {cards} (docs/processors.md tells of the one that does)")
}

fn unavailable(error: candle_core::Error) -> EngineError {
    EngineError::Device(format!("it cannot be used ({})", ComputeError::from(error)))
}

/// An amount of memory in words.
pub fn gibibytes(bytes: usize) -> String {
    format!("{:.1} GiB", bytes as f64 / f64::from(1 << 30))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cpu_is_always_there_and_last() {
        let processors = Processors::look();
        assert_eq!(processors.found.last(), Some(&Processor::cpu()));
        assert!(processors.found[0].open().is_ok());
        assert_eq!(processors.of(DeviceChoice::Cpu).unwrap(), [Processor::cpu()]);
        assert_eq!(processors.of(DeviceChoice::Auto).unwrap(), processors.found);
    }

    #[test]
    fn a_card_that_is_missing_is_missed_with_a_reason() {
        let reason = "it was stolen".to_owned();
        let missing = vec![Missing { choice: DeviceChoice::Cuda, reason, is_for_this_build: true }];
        let processors = Processors { found: vec![Processor::cpu()], missing };
        let sentence = processors.of(DeviceChoice::Cuda).unwrap_err().to_string();
        assert!(sentence.contains("cuda") && sentence.contains("stolen"), "{sentence}");
    }

    #[test]
    fn a_card_is_named_with_its_memory() {
        assert_eq!(Processor::trial(12 << 30, Trial::default()).to_string(), "trial card (12.0 GiB)");
        assert_eq!(Processor::cpu().to_string(), "CPU");
    }
}
