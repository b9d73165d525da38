//! 3x3 convolutions with zeros around the picture: the one function that knows how a device convolves.

use candle_core::{Device, Result, Tensor};

use super::band::Band;
use super::elementwise::above_zero;
use super::memory::{edit, values};
use super::pieces::pieces;
use super::tensor_cores::conv2d;
use super::trial;
use super::winograd::{self, Frame};

/// Numbers that candle's convolution makes of each of its input's for a while: cuDNN needs none.
pub(super) const UNFOLDED: usize = if cfg!(feature = "cudnn") { 0 } else { 9 };

/// Weights in the form that a device convolves with.
pub struct Kernel(Form);

enum Form {
    /// On the CPU.
    Winograd(winograd::Kernel),
    /// Elsewhere: outputs x inputs x 3 x 3, for candle's own convolution.
    Plain(Tensor),
}

/// What becomes of the plain sums.
#[derive(Clone, Copy)]
pub enum Finish<'a> {
    /// A bias for each output channel, then ReLU.
    BiasRelu(&'a Tensor),
    /// They replace what is above zero in the output, and the rest becomes zero: the gradient of a ReLU
    /// takes the place of its output.
    Masked,
    /// Nothing.
    Plain,
}

impl Kernel {
    /// From weights given as outputs x inputs x 3 x 3.
    pub fn new(weights: &[f32], inputs: usize, outputs: usize, device: &Device) -> Result<Self> {
        Ok(Self(if trial::has_own_kernels(device) {
            Form::Winograd(winograd::Kernel::new(weights, inputs, outputs))
        } else {
            Form::Plain(Tensor::from_slice(weights, (outputs, inputs, 3, 3), device)?)
        }))
    }

    /// The kernel of the backward direction: turned by 180 degrees, inputs and outputs swapped.
    ///
    /// The input gradient of such a convolution is the same convolution of the output gradient with that
    /// kernel, so one path serves both directions.
    pub fn backward(weights: &[f32], inputs: usize, outputs: usize, device: &Device) -> Result<Self> {
        let mut turned = vec![0.0; weights.len()];
        for (pair, taps) in weights.chunks_exact(9).enumerate() {
            let (output, input) = (pair / inputs, pair % inputs);
            for (tap, &value) in taps.iter().enumerate() {
                turned[(input * outputs + output) * 9 + 8 - tap] = value;
            }
        }
        Self::new(&turned, outputs, inputs, device)
    }
}

/// Convolves `input` into `output`. The input must hold the row above the output's first and the row
/// below its last, where the picture has them.
pub fn convolve(input: &Band, kernel: &Kernel, finish: Finish, output: &Band) -> Result<()> {
    match &kernel.0 {
        Form::Winograd(kernel) => {
            let frame = Frame {
                height: input.height,
                width: input.values.dims3()?.1,
                input_start: input.first,
                output_start: output.first,
            };
            let bias = match finish {
                Finish::BiasRelu(bias) => Some(values(bias)?),
                Finish::Masked | Finish::Plain => None,
            };
            let finish = match (finish, &bias) {
                (Finish::BiasRelu(_), Some(bias)) => winograd::Finish::BiasRelu(bias),
                (Finish::Masked, _) => winograd::Finish::Masked,
                _ => winograd::Finish::Plain,
            };
            let numbers = values(&input.values)?;
            edit(&output.values, |output| winograd::convolve(&numbers, frame, kernel, finish, output))
        }
        Form::Plain(kernel) => {
            trial::convolve()?;
            let ((_, width, inputs), outputs) = (input.values.dims3()?, kernel.dim(0)?);
            // A copy of the input beside the output in several stages.
            let bytes_for_a_row = width * ((UNFOLDED + 1) * inputs + 4 * outputs) * size_of::<f32>();
            for rows in pieces(output.rows(), bytes_for_a_row) {
                convolve_plain(input, kernel, finish, &output.narrow(&rows)?)?;
            }
            Ok(())
        }
    }
}

/// The same by candle's own convolution.
fn convolve_plain(input: &Band, kernel: &Tensor, finish: Finish, output: &Band) -> Result<()> {
    let rows = output.rows();
    let needed = rows.start.saturating_sub(1)..(rows.end + 1).min(input.height);
    // Zeros go around these rows; what they spoil is left out again, except at the picture's edge.
    let sums = input.narrow(&needed)?.planes()?.contiguous()?;
    let sums = conv2d(&sums.unsqueeze(0)?, kernel, 1)?.squeeze(0)?;
    let sums = sums.narrow(1, rows.start - needed.start, rows.len())?;
    output.write(&match finish {
        Finish::BiasRelu(bias) => sums.broadcast_add(&bias.reshape(((), 1, 1))?)?.relu()?,
        Finish::Masked => (sums * above_zero(&output.planes()?)?)?,
        Finish::Plain => sums,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The path of the other devices runs on the CPU too, so both can be compared here.
    #[test]
    fn every_device_convolves_alike() {
        let device = &Device::Cpu;
        let (inputs, outputs, height, width) = (5, 7, 13, 9);
        let random = |shape: &[usize]| Tensor::randn(0f32, 1.0, shape, device).unwrap();
        let weights = random(&[outputs, inputs, 3, 3]);
        let plain = Kernel(Form::Plain(weights.clone()));
        let numbers = weights.flatten_all().unwrap().to_vec1::<f32>().unwrap();
        let fast = Kernel::new(&numbers, inputs, outputs, device).unwrap();
        let bias = random(&[outputs]);
        let input = Band::whole(random(&[height, width, inputs])).unwrap();
        for finish in [Finish::BiasRelu(&bias), Finish::Masked, Finish::Plain] {
            for rows in [0..height, 0..4, 5..9, 8..height] {
                let results = [&plain, &fast].map(|kernel| {
                    let old = Tensor::arange(-10f32, (height * width * outputs) as f32 - 10.0, device).unwrap();
                    let output = Band::whole(old.reshape((height, width, outputs)).unwrap()).unwrap();
                    let output = output.narrow(&rows).unwrap();
                    convolve(&input, kernel, finish, &output).unwrap();
                    output.values.flatten_all().unwrap().to_vec1::<f32>().unwrap()
                });
                for (one, other) in results[0].iter().zip(&results[1]) {
                    assert!((one - other).abs() < 5e-4, "{rows:?}: {one} {other}");
                }
            }
        }
    }
}
