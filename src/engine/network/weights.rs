//! Reads the network's weights: those built into the program, or a file chosen by the user.

use std::path::Path;

use half::f16;
use safetensors::tensor::{Dtype, TensorView};
use safetensors::{SafeTensorError, SafeTensors};
use sha2::{Digest, Sha256};

use super::architecture::Architecture;

/// VGG-16 to `conv5_1` in f16; `weights/README.md` says where it comes from.
static BUILT_IN: &[u8] = include_bytes!("../../../weights/vgg16-imagenet-f16.safetensors");

/// The largest accepted weights file, in GiB. A VGG-19 file, including the layers that Impasto does not use, takes half
/// a GiB.
const LARGEST_GIB: u64 = 2;

/// The weights of one convolution.
pub(super) struct ConvolutionWeights {
    /// Output channels x input channels x 3 x 3.
    pub(super) kernel: Vec<f32>,
    /// One value for each output channel.
    pub(super) bias: Vec<f32>,
}

/// Weights for every convolution of an architecture, from the image upwards.
pub(super) struct Weights {
    pub(super) architecture: Architecture,
    pub(super) convolutions: Vec<ConvolutionWeights>,
}

/// Why a weights file cannot be used. Each message ends with the file's path.
#[derive(Debug, thiserror::Error)]
pub enum WeightsError {
    /// The file is missing or cannot be read.
    #[error("the weights file cannot be read ({}); check the path: {name}", crate::reason::reason(.reason))]
    Unreadable {
        /// The operating system's error.
        reason: std::io::Error,
        /// The file's path.
        name: String,
    },
    /// The path is a folder, or a device or pipe, which could block a reader for ever.
    #[error("this is not a file; choose a weights file: {0}")]
    NotAFile(String),
    /// The file is larger than any supported network's.
    #[error("the weights file is larger than {LARGEST_GIB} GiB, which VGG-16 and VGG-19 are not; choose another: {0}")]
    TooLarge(String),
    /// The file is a web page, which a failed download leaves behind.
    #[error("the weights file is a web page, not weights; download it again: {0}")]
    WebPage(String),
    /// The file is shorter than its header says.
    #[error("the weights file is cut off, its end is missing; copy or download it again: {0}")]
    CutOff(String),
    /// The file is in another format.
    #[error("the weights file is not in the safetensors format; Impasto reads VGG-16 and VGG-19 from safetensors: {0}")]
    NotSafetensors(String),
    /// A tensor is missing.
    #[error(
        "the weights file has no tensor {tensor}; Impasto needs VGG-16 or VGG-19 with tensors conv1_1.weight to conv5_1.bias: {name}"
    )]
    MissingTensor {
        /// The tensor's name.
        tensor: String,
        /// The file's path.
        name: String,
    },
    /// A tensor has the wrong shape.
    #[error("the weights file's tensor {tensor} has the shape {found:?}, but must have {expected:?}: {name}")]
    WrongShape {
        /// The tensor's name.
        tensor: String,
        /// Its shape in the file.
        found: Vec<usize>,
        /// Its shape in VGG.
        expected: Vec<usize>,
        /// The file's path.
        name: String,
    },
    /// A tensor has an unsupported number type.
    #[error("the weights file's tensor {tensor} holds {found:?} numbers; Impasto reads F32, F16 and BF16: {name}")]
    WrongType {
        /// The tensor's name.
        tensor: String,
        /// Its number type.
        found: Dtype,
        /// The file's path.
        name: String,
    },
    /// A tensor holds infinite or undefined numbers.
    #[error("the weights file's tensor {tensor} holds values that are not finite numbers: {name}")]
    NotFinite {
        /// The tensor's name.
        tensor: String,
        /// The file's path.
        name: String,
    },
}

/// SHA-256 of the built-in weights file, in hexadecimal.
pub fn built_in_checksum() -> String {
    checksum(BUILT_IN)
}

/// SHA-256 in hexadecimal.
pub(in crate::engine) fn checksum(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    Sha256::digest(bytes).iter().fold(String::new(), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

impl Weights {
    pub(super) fn built_in() -> Result<Self, WeightsError> {
        Self::parse(BUILT_IN, "the built-in weights")
    }

    pub(super) fn open(path: &Path) -> Result<Self, WeightsError> {
        let name = path.display().to_string();
        // Checked before opening, because opening a pipe blocks until another process writes to it.
        let bytes = match std::fs::metadata(path) {
            Ok(file) if !file.is_file() => return Err(WeightsError::NotAFile(name)),
            Ok(file) if file.len() > LARGEST_GIB << 30 => return Err(WeightsError::TooLarge(name)),
            Ok(_) => std::fs::read(path),
            Err(error) => Err(error),
        };
        match bytes {
            Ok(bytes) => Self::parse(&bytes, &name),
            Err(reason) => Err(WeightsError::Unreadable { reason, name }),
        }
    }

    pub(super) fn parse(bytes: &[u8], name: &str) -> Result<Self, WeightsError> {
        let tensors = SafeTensors::deserialize(bytes).map_err(|error| explain(&error, bytes, name))?;
        let is_vgg19 = tensors.names().into_iter().any(|tensor| tensor == "conv3_4.weight");
        let architecture = if is_vgg19 { Architecture::vgg19() } else { Architecture::vgg16() };
        let convolutions = architecture
            .convolutions()
            .map(|(tap, inputs, outputs)| {
                let layer = tap.convolution_name();
                Ok(ConvolutionWeights {
                    kernel: read_tensor(&tensors, format!("{layer}.weight"), &[outputs, inputs, 3, 3], name)?,
                    bias: read_tensor(&tensors, format!("{layer}.bias"), &[outputs], name)?,
                })
            })
            .collect::<Result<_, WeightsError>>()?;
        Ok(Self { architecture, convolutions })
    }
}

fn explain(error: &SafeTensorError, bytes: &[u8], name: &str) -> WeightsError {
    let name = name.to_owned();
    let start = bytes[..bytes.len().min(512)].trim_ascii_start().to_ascii_lowercase();
    if start.starts_with(b"<!doctype") || start.starts_with(b"<html") || start.starts_with(b"<?xml") {
        return WeightsError::WebPage(name);
    }
    // The format is a length in eight bytes, a JSON header of that length, then the numbers. A file that begins like
    // this but ends too soon was cut off.
    let begins_well = bytes.get(8) == Some(&b'{');
    let too_short = matches!(error, SafeTensorError::InvalidHeaderLength | SafeTensorError::MetadataIncompleteBuffer);
    if begins_well && too_short { WeightsError::CutOff(name) } else { WeightsError::NotSafetensors(name) }
}

/// A tensor's numbers as f32, in row-major order.
///
/// # Errors
/// When it is missing, or has another shape or number type than expected, or numbers that are not finite.
pub(in crate::engine) fn read_tensor(
    tensors: &SafeTensors,
    tensor: String,
    expected: &[usize],
    name: &str,
) -> Result<Vec<f32>, WeightsError> {
    let name = name.to_owned();
    let Ok(view) = tensors.tensor(&tensor) else {
        return Err(WeightsError::MissingTensor { tensor, name });
    };
    if view.shape() != expected {
        return Err(WeightsError::WrongShape {
            tensor,
            found: view.shape().to_vec(),
            expected: expected.to_vec(),
            name,
        });
    }
    let Some(values) = to_f32(&view) else {
        return Err(WeightsError::WrongType { tensor, found: view.dtype(), name });
    };
    if values.iter().all(|value| value.is_finite()) {
        Ok(values)
    } else {
        Err(WeightsError::NotFinite { tensor, name })
    }
}

fn to_f32(view: &TensorView) -> Option<Vec<f32>> {
    let data = view.data();
    let pairs = || data.chunks_exact(2).map(|bytes| [bytes[0], bytes[1]]);
    match view.dtype() {
        Dtype::F32 => Some(data.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect()),
        Dtype::F16 => Some(pairs().map(|bytes| f16::from_le_bytes(bytes).to_f32()).collect()),
        Dtype::BF16 => Some(pairs().map(|bytes| half::bf16::from_le_bytes(bytes).to_f32()).collect()),
        _ => None,
    }
}
