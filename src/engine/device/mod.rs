//! Which processors there are, and which one computes.

#[cfg(feature = "cuda")]
mod cuda;
#[cfg(all(feature = "metal", target_os = "macos"))]
mod metal;

use std::fmt;
use std::str::FromStr;

use candle_core::Device;
use serde::{Deserialize, Serialize};

use super::compute::trial;
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
    #[cfg_attr(not(feature = "cuda"), expect(dead_code, reason = "other builds make none"))]
    Cuda(usize),
    #[cfg_attr(not(all(feature = "metal", target_os = "macos")), expect(dead_code, reason = "other builds make none"))]
    Metal(usize),
    /// See [`trial`].
    Trial {
        /// Convolutions that it does before it fails; it never does without.
        convolutions: Option<u32>,
        loses_all: bool,
    },
}

impl Processor {
    /// The CPU, which is always there.
    pub fn cpu() -> Self {
        Self { kind: Kind::Cpu, name: "CPU".to_owned(), memory: None }
    }

    /// A card that is none: the CPU computes as on a card with so much memory, and fails after so many convolutions,
    /// with all that it holds where it `loses_all`. For tests.
    #[doc(hidden)]
    pub fn trial(memory: usize, convolutions: Option<u32>, loses_all: bool) -> Self {
        Self { kind: Kind::Trial { convolutions, loses_all }, name: "trial card".to_owned(), memory: Some(memory) }
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
            Kind::Cuda(_) | Kind::Trial { .. } => DeviceChoice::Cuda,
            Kind::Metal(_) => DeviceChoice::Metal,
        }
    }

    /// Whether it is the CPU.
    pub fn is_cpu(&self) -> bool {
        self.kind == Kind::Cpu
    }

    /// Makes it ready to compute on this thread.
    ///
    /// # Errors
    /// [`EngineError::Device`] when it is gone, or its memory is taken; never for the CPU.
    pub fn open(&self) -> Result<Device> {
        trial::end();
        match self.kind {
            Kind::Cpu => Ok(Device::Cpu),
            Kind::Cuda(number) => Device::new_cuda(number).map_err(|error| unavailable(&error)),
            Kind::Metal(number) => Device::new_metal(number).map_err(|error| unavailable(&error)),
            Kind::Trial { convolutions, loses_all } => {
                match convolutions {
                    Some(convolutions) => trial::begin_failing(convolutions, loses_all),
                    None => trial::begin(),
                }
                Ok(Device::Cpu)
            }
        }
    }

    /// Bytes of its memory that nobody has taken, once it is open; none for the CPU.
    pub fn free_memory(&self, device: &Device) -> Option<usize> {
        match (self.kind, device) {
            #[cfg(feature = "cuda")]
            (Kind::Cuda(_), Device::Cuda(device)) => cuda::free_memory(device),
            #[cfg(all(feature = "metal", target_os = "macos"))]
            (Kind::Metal(_), Device::Metal(device)) => Some(metal::free_memory(device)),
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

/// What was found on this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Processors {
    /// The fastest first, the CPU last.
    pub found: Vec<Processor>,
    /// For each kind of card of which there is none, why.
    pub missing: Vec<(DeviceChoice, String)>,
}

impl Processors {
    /// Looks for all of them. Takes a moment where there are cards.
    pub fn look() -> Self {
        let mut processors = Self { found: Vec::new(), missing: Vec::new() };
        for (choice, cards) in [(DeviceChoice::Cuda, nvidia_cards()), (DeviceChoice::Metal, apple_processors())] {
            match cards {
                Ok(cards) => processors.found.extend(cards),
                Err(reason) => processors.missing.push((choice, reason)),
            }
        }
        processors.found.push(Processor::cpu());
        processors
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
        let reason = self.missing.iter().find(|(missing, _)| *missing == choice);
        let reason = reason.map_or("none was found", |(_, reason)| reason);
        Err(EngineError::Device(format!("there is no device {choice}: {reason}")))
    }
}

#[cfg(feature = "cuda")]
fn nvidia_cards() -> std::result::Result<Vec<Processor>, String> {
    cuda::list()
}

#[cfg(not(feature = "cuda"))]
fn nvidia_cards() -> std::result::Result<Vec<Processor>, String> {
    Err("this build of Impasto does not use NVIDIA cards (docs/processors.md tells of the one that does)".to_owned())
}

#[cfg(all(feature = "metal", target_os = "macos"))]
fn apple_processors() -> std::result::Result<Vec<Processor>, String> {
    metal::list()
}

#[cfg(not(all(feature = "metal", target_os = "macos")))]
fn apple_processors() -> std::result::Result<Vec<Processor>, String> {
    Err("this build of Impasto does not use Apple's graphics processors (docs/processors.md tells of the one that does)"
        .to_owned())
}

fn unavailable(error: &candle_core::Error) -> EngineError {
    EngineError::Device(format!("it cannot be used ({})", first_line(&error.to_string())))
}

/// An amount of memory in words.
pub fn gibibytes(bytes: usize) -> String {
    format!("{:.1} GiB", bytes as f64 / f64::from(1 << 30))
}

/// The rest of a library's error is for its makers.
fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or_default().trim_end()
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
        let missing = vec![(DeviceChoice::Cuda, "it was stolen".to_owned())];
        let processors = Processors { found: vec![Processor::cpu()], missing };
        let sentence = processors.of(DeviceChoice::Cuda).unwrap_err().to_string();
        assert!(sentence.contains("cuda") && sentence.contains("stolen"), "{sentence}");
    }

    #[test]
    fn a_card_is_named_with_its_memory() {
        assert_eq!(Processor::trial(12 << 30, None, false).to_string(), "trial card (12.0 GiB)");
        assert_eq!(Processor::cpu().to_string(), "CPU");
    }
}
