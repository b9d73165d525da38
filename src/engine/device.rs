//! Which processor computes.

use std::fmt;
use std::str::FromStr;

use candle_core::Device;
use serde::{Deserialize, Serialize};

use super::error::{EngineError, Result};

/// The processor a person asks for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DeviceChoice {
    /// A graphics card where this build can use one and one is there, else the CPU.
    #[default]
    Auto,
    /// The CPU.
    Cpu,
    /// The first NVIDIA card; needs a build with the feature `cuda`.
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

    /// Opens the processor.
    ///
    /// # Errors
    /// [`EngineError::Device`] when it is not there or this build cannot use it; never for `Auto` and `Cpu`.
    pub fn open(self) -> Result<Device> {
        match self {
            Self::Cpu => Ok(Device::Cpu),
            Self::Cuda => Device::new_cuda(0).map_err(|error| unavailable("an NVIDIA card", "cuda", &error)),
            Self::Metal => {
                Device::new_metal(0).map_err(|error| unavailable("Apple's graphics processor", "metal", &error))
            }
            Self::Auto => Ok(Device::new_cuda(0).or_else(|_| Device::new_metal(0)).unwrap_or(Device::Cpu)),
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

/// The processor in words, for messages.
pub fn describe(device: &Device) -> &'static str {
    match device {
        Device::Cpu => "CPU",
        Device::Cuda(_) => "NVIDIA graphics card (CUDA)",
        Device::Metal(_) => "Apple graphics processor (Metal)",
    }
}

fn unavailable(what: &str, feature: &str, error: &candle_core::Error) -> EngineError {
    EngineError::Device(format!(
        "{what} cannot be used ({error}); choose --device cpu, or a build of Impasto with the feature {feature}"
    ))
}
