//! The weights of the networks that paint in one pass.

use safetensors::SafeTensors;
use safetensors::tensor::Dtype;

use super::super::compute::ConvolutionShape;
use super::super::network::{WeightsError, checksum, read_tensor};
use super::layers::{GeneratorLayer, GeneratorWidths};
use super::parameters::GeneratorParameters;

/// Both networks; `weights/README.md` says where they come from.
static BUILT_IN: &[u8] = include_bytes!("../../../weights/arbitrary-style-int8.safetensors");

/// What error messages call the file.
const NAME: &str = "the built-in weights of the instant networks";

/// SHA-256 of the built-in weights file, in hexadecimal.
pub fn built_in_checksum() -> String {
    checksum(BUILT_IN)
}

/// Named weights. Matrices and kernels are stored as i8, with a factor for each output in `NAME.scale`.
pub(super) struct InstantWeights(SafeTensors<'static>);

impl InstantWeights {
    /// The weights that are built into the program.
    pub(super) fn built_in() -> Result<Self, WeightsError> {
        SafeTensors::deserialize(BUILT_IN).map(Self).map_err(|_| WeightsError::NotSafetensors(NAME.to_owned()))
    }

    /// The generator's parameters, with factors of 1 and offsets of 0: no style.
    pub(super) fn generator(&self) -> Result<GeneratorParameters, WeightsError> {
        let widths = GeneratorWidths::BUILT_IN;
        let mut numbers = Vec::with_capacity(GeneratorParameters::count(widths));
        for GeneratorLayer { name, shape, is_normalized } in widths.layers() {
            let ConvolutionShape { inputs, outputs, size, .. } = shape;
            numbers.extend(self.numbers(&format!("transform.{name}.weight"), &[outputs, inputs, size, size])?);
            if is_normalized {
                numbers.extend(std::iter::repeat_n(1.0, outputs).chain(std::iter::repeat_n(0.0, outputs)));
            } else {
                numbers.extend(self.numbers(&format!("transform.{name}.bias"), &[outputs])?);
            }
        }
        let Some(parameters) = GeneratorParameters::new(widths, numbers) else {
            unreachable!("`numbers` checks that there are as many as the layers have")
        };
        Ok(parameters)
    }

    /// A tensor's numbers, in row-major order.
    ///
    /// # Errors
    /// When it is missing or has another shape.
    pub(super) fn numbers(&self, tensor: &str, shape: &[usize]) -> Result<Vec<f32>, WeightsError> {
        let Ok(view) = self.0.tensor(tensor) else {
            return Err(WeightsError::MissingTensor { tensor: tensor.to_owned(), name: NAME.to_owned() });
        };
        if view.dtype() != Dtype::I8 || view.shape() != shape {
            return read_tensor(&self.0, tensor.to_owned(), shape, NAME);
        }
        let factors = read_tensor(&self.0, format!("{tensor}.scale"), &shape[..1], NAME)?;
        let row: usize = shape[1..].iter().product();
        let rows = view.data().chunks_exact(row).zip(factors);
        Ok(rows.flat_map(|(row, factor)| row.iter().map(move |&byte| f32::from(byte.cast_signed()) * factor)).collect())
    }
}
