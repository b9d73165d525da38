//! The generator's forward and backward passes for pictures of one size, in buffers that every pass reuses. Unlike
//! [`super::super::instant::Generator`], which paints in strips, it keeps all features for the backward pass.

use super::super::compute::{Activation, Band, ComputeError, ComputeResult, Device, Tensor, operations};
use super::super::instant::{GeneratorParameters, GeneratorWidths};
use super::super::pyramid::Size;
use super::layer::LayerPass;

/// The passes of generators of one architecture for pictures of one size.
pub struct GeneratorPass {
    device: Device,
    widths: GeneratorWidths,
    /// The picture as features.
    image: Band,
    contract: Vec<LayerPass>,
    blocks: Vec<BlockPass>,
    expand: Vec<LayerPass>,
    /// The gradient with respect to the features between the residual blocks.
    gradient: Band,
    /// What one block adds to that gradient.
    share: Band,
}

/// A residual block: what its two layers make of the features is added to them.
struct BlockPass {
    inner: LayerPass,
    outer: LayerPass,
    output: Band,
}

impl GeneratorPass {
    /// Width and height must be multiples of 4.
    ///
    /// # Errors
    /// When the device fails.
    pub fn new(widths: GeneratorWidths, size: Size, device: &Device) -> ComputeResult<Self> {
        let mut shape = size.rows_and_columns();
        let mut passes = Vec::new();
        for layer in widths.layers() {
            shape = (layer.shape.output_length(shape.0), layer.shape.output_length(shape.1));
            passes.push(LayerPass::new(layer.shape, layer.is_normalized, shape, device)?);
        }
        let features = |(height, width), channels| Band::whole(Tensor::features((height, width, channels), device)?);
        let between = || features((size.height / 4, size.width / 4), widths.quarter);
        let mut passes = passes.into_iter();
        let mut next = |count: usize| passes.by_ref().take(count).collect::<Vec<_>>();
        let contract = next(GeneratorWidths::OUTER);
        let mut blocks = Vec::new();
        for _ in 0..GeneratorWidths::BLOCKS {
            let Ok([inner, outer]) = <[LayerPass; 2]>::try_from(next(2)) else {
                return Err(ComputeError::new("a generator has too few layers"));
            };
            blocks.push(BlockPass { inner, outer, output: between()? });
        }
        Ok(Self {
            device: device.clone(),
            widths,
            image: features(size.rows_and_columns(), 3)?,
            contract,
            blocks,
            expand: next(GeneratorWidths::OUTER),
            gradient: between()?,
            share: between()?,
        })
    }

    /// Paints an image (3 x height x width, 0..1). Returns the picture, 3 x height x width, in memory of its own.
    ///
    /// # Errors
    /// When the device fails, or the parameters are of another architecture.
    pub fn forward(&mut self, parameters: &GeneratorParameters, image: &Tensor) -> ComputeResult<Tensor> {
        if parameters.widths() != self.widths {
            return Err(ComputeError::new("these parameters are of another network"));
        }
        self.image.copy_from(&image.permute([1, 2, 0])?.contiguous()?)?;
        let mut layers = parameters.layers();
        let mut run = |pass: &mut LayerPass, input: &Band, activation| {
            let Some((_, kernel, after)) = layers.next() else { unreachable!("there is a pass for each layer") };
            pass.forward((kernel, after), activation, input, &self.device)
        };
        let mut input = self.image.clone();
        for pass in &mut self.contract {
            run(pass, &input, Activation::Relu)?;
            input = pass.output().clone();
        }
        for BlockPass { inner, outer, output } in &mut self.blocks {
            run(inner, &input, Activation::Relu)?;
            run(outer, &inner.output().clone(), Activation::Identity)?;
            output.copy_from(&input.values)?;
            operations::accumulate(&output.values, &outer.output().values)?;
            input = output.clone();
        }
        let last = self.expand.len() - 1;
        for (index, pass) in self.expand.iter_mut().enumerate() {
            run(pass, &input, if index == last { Activation::Sigmoid } else { Activation::Relu })?;
            input = pass.output().clone();
        }
        // Where a device lays features out as pictures, nothing else would copy them.
        input.values.permute([2, 0, 1])?.contiguous()?.copy()
    }

    /// The gradient with respect to all parameters, in their order, given the gradient with respect to the picture that
    /// was painted last (3 x height x width); waits for the device. A picture can be followed back once.
    ///
    /// # Errors
    /// When the device fails.
    pub fn backward(&mut self, gradient: &Tensor) -> ComputeResult<Vec<f32>> {
        let Self { image, contract, blocks, expand, gradient: between, share, .. } = self;
        let mut parts = Vec::new();
        let [first, second, third] = &expand[..] else { unreachable!("three layers expand") };
        let painted = &third.output().values;
        // The derivative of the logistic function.
        let slope = (painted - painted.sqr()?)?;
        third.output().copy_from(&(gradient.permute([1, 2, 0])?.contiguous()? * slope)?)?;
        parts.push(third.backward(second.output(), Some(second.gradient()))?);
        second.output().relu_backward(second.gradient())?;
        parts.push(second.backward(first.output(), Some(first.gradient()))?);
        first.output().relu_backward(first.gradient())?;
        let inputs: Vec<&Band> = contract
            .last()
            .map(LayerPass::output)
            .into_iter()
            .chain(blocks.iter().map(|block| &block.output))
            .collect();
        parts.push(first.backward(inputs[blocks.len()], Some(between))?);
        for (BlockPass { inner, outer, .. }, input) in blocks.iter().zip(inputs).rev() {
            outer.output().copy_from(&between.values)?;
            parts.push(outer.backward(inner.output(), Some(inner.gradient()))?);
            inner.output().relu_backward(inner.gradient())?;
            parts.push(inner.backward(input, Some(share))?);
            operations::accumulate(&between.values, &share.values)?;
        }
        let mut above = &*between;
        for (index, pass) in contract.iter().enumerate().rev() {
            pass.output().relu_backward(above)?;
            // Nothing is learned before the first layer.
            let before = index.checked_sub(1).map(|before| &contract[before]);
            parts.push(match before {
                Some(before) => pass.backward(before.output(), Some(before.gradient()))?,
                None => pass.backward(image, None)?,
            });
            above = before.map_or(above, LayerPass::gradient);
        }
        parts.reverse();
        Ok(parts.concat())
    }
}
