//! Tensors, and the operations on them that painting asks for.
//!
//! [`Tensor`] is the handle that the rest of the engine works with; [`Device`] says which backend computes it. Below
//! the handles lies the interface (`backend`, `array`), and below that one folder for each backend: `cpu` has the
//! project's own kernels, `candle` candle's operations. Another backend is another folder that implements the
//! interface, and a constructor in `device`.
//!
//! Features are rows x width x channels, images 3 x height x width, all f32.

mod activation;
mod array;
mod backend;
mod band;
mod candle;
mod channel_gradient;
mod channel_statistics;
pub(super) mod chunks;
mod convolution;
mod cpu;
mod device;
pub(super) mod directions;
mod error;
mod number;
pub(super) mod operations;
pub(super) mod rows;
mod shape;
pub(super) mod square;
mod tensor;
#[cfg(test)]
mod tests;

pub use activation::Activation;
pub use backend::Epilogue;
pub use band::Band;
pub use candle::Trial;
pub(super) use convolution::SizedConvolutionGradients;
pub use convolution::{ConvolutionKernel, SizedConvolutionKernel};
pub use device::Device;
pub use error::{ComputeError, ComputeResult};
pub use number::Number;
pub use shape::{ConvolutionShape, Padding, reflected};
pub use tensor::{IntoDims, Tensor};

pub(super) use backend::AdamStep;
pub(super) use band::FeatureBuffer;
pub(super) use channel_gradient::ChannelMixture;
pub(super) use channel_statistics::ChannelStatistics;
pub(super) use convolution::FirstConvolution;
