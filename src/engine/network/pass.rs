//! The network's forward and backward passes for one image size, in buffers that every pass reuses.

use std::ops::Range;

use super::super::budget::MemoryBudget;
use super::super::compute::chunks::chunks;
use super::super::compute::operations::clear;
use super::super::compute::{Band, ComputeResult, Device, Epilogue, FeatureBuffer, Tensor};
use super::super::control::Control;
use super::super::error::Result;
use super::super::pyramid::Size;
use super::architecture::{Architecture, Tap};
use super::geometry::{Geometry, Layer, RowsByValue, Shape};
use super::plan::{Plan, Segment, WHOLE_TILES};
use super::vgg::{ConvolutionLayer, Network};

/// Features at one tap.
pub struct Features<'a> {
    /// The tap.
    pub tap: Tap,
    /// Which rows of the picture's features these are.
    pub rows: Range<usize>,
    /// Rows x width x channels. The memory is reused afterwards: copy anything that must be kept.
    pub values: &'a Tensor,
}

/// How many numbers of a layer, before pooling, are computed between two checks of the control. The fewer, the less
/// evenly the threads share the work.
const CHUNK: usize = 1 << 24;

/// Numbers of a layer for each number of its pooled output.
const WINDOW: usize = 4;

/// Computes the rows of a band in chunks of this many numbers, so that a stop or a pause need not wait for a whole
/// layer. On a GPU the whole band is computed at once: queueing work takes no time there, and larger operations are
/// faster.
fn in_chunks(
    control: &Control,
    chunk: usize,
    band: &Band,
    mut compute: impl FnMut(&Band) -> ComputeResult<()>,
) -> Result<()> {
    if band.values.device().is_queued() {
        control.checkpoint()?;
        return Ok(compute(band)?);
    }
    let (height, width, channels) = band.values.dims3()?;
    let at_once = Shape { height, width, channels }.whole_tiles(chunk).max(WHOLE_TILES);
    for rows in chunks(band.rows(), at_once) {
        control.checkpoint()?;
        compute(&band.narrow(&rows)?)?;
    }
    Ok(())
}

/// The forward and backward passes of a network for images of one size.
///
/// When memory is short the features are computed in strips, so the callbacks may receive them a few rows at a time.
pub struct Pass<'a> {
    network: &'a Network,
    geometry: Geometry,
    plan: Plan,
    buffers: PassBuffers,
    /// The segment whose activations are all in memory.
    cached_segment: Option<usize>,
    #[cfg(test)]
    _guard: count::Guard,
}

/// The memory of a pass, which another one can use: large blocks that are often given back and asked for again are
/// scattered by the system's allocator, so that a clip would take more and more memory.
pub(in crate::engine) struct PassBuffers {
    device: Device,
    /// One for each of [`Plan::local`].
    local: Vec<FeatureBuffer>,
    spare: FeatureBuffer,
    /// The value between each pair of consecutive segments, and its gradient.
    between: Vec<(Tensor, Tensor)>,
}

impl PassBuffers {
    fn new(geometry: &Geometry, plan: &Plan, device: &Device) -> ComputeResult<Self> {
        let local = plan.local.iter().map(|&numbers| FeatureBuffer::new(numbers.max(1), device));
        let between = Self::shapes_between(geometry, plan).map(|shape| {
            let zeros = || Tensor::features(shape, device);
            Ok((zeros()?, zeros()?))
        });
        Ok(Self {
            device: device.clone(),
            local: local.collect::<ComputeResult<_>>()?,
            spare: FeatureBuffer::new(plan.spare, device)?,
            between: between.collect::<ComputeResult<_>>()?,
        })
    }

    /// Height, width and channels of the values between each pair of consecutive segments.
    fn shapes_between(geometry: &Geometry, plan: &Plan) -> impl Iterator<Item = (usize, usize, usize)> {
        plan.segments[1..].iter().map(|segment| {
            let Shape { height, width, channels } = geometry.shapes[segment.layers.start];
            (height, width, channels)
        })
    }

    /// Whether [`Self::new`] would make the same.
    fn fit(&self, geometry: &Geometry, plan: &Plan, device: &Device) -> bool {
        let local = self.local.iter().map(FeatureBuffer::numbers);
        let between = self.between.iter().map(|(value, _)| value.dims3().ok());
        self.device == *device
            && local.eq(plan.local.iter().map(|&numbers| numbers.max(1)))
            && self.spare.numbers() == plan.spare
            && between.eq(Self::shapes_between(geometry, plan).map(Some))
    }
}

/// Counts the passes that exist at a time on each thread, for tests of memory use.
#[cfg(test)]
pub(in crate::engine) mod count {
    use std::cell::Cell;

    thread_local! {
        static NOW: Cell<usize> = const { Cell::new(0) };
        static MOST: Cell<usize> = const { Cell::new(0) };
    }

    /// The most passes that existed on this thread at once since the last call.
    pub(in crate::engine) fn most_since() -> usize {
        MOST.replace(NOW.get())
    }

    /// Counts one pass while it exists.
    pub(super) struct Guard;

    impl Guard {
        pub(super) fn new() -> Self {
            NOW.set(NOW.get() + 1);
            MOST.set(MOST.get().max(NOW.get()));
            Self
        }
    }

    impl Drop for Guard {
        fn drop(&mut self) {
            NOW.set(NOW.get() - 1);
        }
    }
}

impl Network {
    /// The forward and backward passes for images of one size, within this much memory for features if possible.
    /// With less memory they take longer; the results are the same up to rounding.
    pub fn pass(&self, size: Size, memory: MemoryBudget) -> Result<Pass<'_>> {
        let geometry = Geometry::new(&self.architecture, size.height, size.width);
        let plan = Plan::choose(&geometry, memory);
        Pass::new(self, geometry, plan)
    }

    /// As [`Self::pass`], in the memory of an earlier pass where that fits.
    pub(in crate::engine) fn pass_in(
        &self,
        buffers: PassBuffers,
        size: Size,
        memory: MemoryBudget,
    ) -> Result<Pass<'_>> {
        let geometry = Geometry::new(&self.architecture, size.height, size.width);
        let plan = Plan::choose(&geometry, memory);
        if buffers.fit(&geometry, &plan, &self.device) {
            return Ok(Pass::on(self, geometry, plan, buffers));
        }
        drop(buffers);
        Pass::new(self, geometry, plan)
    }

    /// As [`Self::pass`], for the part of the network from the image to a tap, all of whose features are kept in memory.
    pub fn pass_until(&self, tap: Tap, size: Size) -> Result<Pass<'_>> {
        let geometry = Geometry::new(&self.architecture.until(tap), size.height, size.width);
        let plan = Plan::whole(&geometry);
        Pass::new(self, geometry, plan)
    }

    /// The least memory, in bytes, that [`Self::pass`] can work with.
    pub(in crate::engine) fn least_memory(architecture: &Architecture, size: Size) -> usize {
        Self::planned_memory(architecture, size, MemoryBudget { comfortable: 0, most: 0 })
    }

    /// The memory, in bytes, that [`Self::pass`] takes.
    pub(in crate::engine) fn planned_memory(architecture: &Architecture, size: Size, memory: MemoryBudget) -> usize {
        Plan::choose(&Geometry::new(architecture, size.height, size.width), memory).bytes
    }
}

impl<'a> Pass<'a> {
    pub(super) fn new(network: &'a Network, geometry: Geometry, plan: Plan) -> Result<Self> {
        let buffers = PassBuffers::new(&geometry, &plan, network.device())?;
        Ok(Self::on(network, geometry, plan, buffers))
    }

    fn on(network: &'a Network, geometry: Geometry, plan: Plan, buffers: PassBuffers) -> Self {
        Self {
            network,
            geometry,
            plan,
            buffers,
            cached_segment: None,
            #[cfg(test)]
            _guard: count::Guard::new(),
        }
    }

    /// Its memory, for [`Network::pass_in`].
    pub(in crate::engine) fn into_buffers(self) -> PassBuffers {
        self.buffers
    }

    /// Height, width and channels of the whole picture's features at a tap.
    ///
    /// # Panics
    /// When the network has no such tap; every [`super::Architecture`] has those of [`Tap::STYLE`] and
    /// [`Tap::CONTENT`].
    pub fn shape(&self, tap: Tap) -> (usize, usize, usize) {
        let value = self.geometry.taps.iter().position(|at| *at == Some(tap));
        let shape = self.geometry.shapes[value.unwrap_or_else(|| panic!("the network has no {tap}"))];
        (shape.height, shape.width, shape.channels)
    }

    /// The number of strips in which the features are computed, summed over all segments; 1 when all activations are
    /// kept.
    pub fn strips(&self) -> usize {
        self.plan.segments.iter().map(|segment| segment.strips.len()).sum()
    }

    /// Passes the features of an image (3 x height x width, sRGB 0..1) at every tap in [`Tap::STYLE`] and at
    /// [`Tap::CONTENT`] to `visit`. Each row is passed once.
    ///
    /// # Errors
    /// [`super::super::EngineError::Stopped`] when stopped; the control is checked between the chunks of each layer.
    pub fn forward(
        &mut self,
        image: &Tensor,
        control: &Control,
        mut visit: impl FnMut(Features) -> Result<()>,
    ) -> Result<()> {
        for (index, segment) in self.plan.segments.iter().enumerate() {
            for strip in &segment.strips {
                let own = self.geometry.own(&segment.layers, strip);
                let rows = self.geometry.forward(&segment.layers, strip);
                self.cached_segment = None;
                self.compute(image, index, &rows, control, |value, band| {
                    let Some(tap) = self.geometry.taps[value].filter(|tap| tap.is_observed()) else { return Ok(()) };
                    let band = band.narrow(&own[value])?;
                    visit(Features { tap, rows: own[value].clone(), values: &band.values })
                })?;
            }
            self.cached_segment = (segment.strips.len() == 1).then_some(index);
        }
        Ok(())
    }

    /// Writes the gradient with respect to the image into `gradient` (3 x height x width); the image must be the one
    /// last given to [`Self::forward`]. `add` receives the same features again, some rows twice, with a gradient of
    /// the same shape, to which it adds the gradient with respect to those features.
    ///
    /// # Errors
    /// [`super::super::EngineError::Stopped`] when stopped; the control is checked between the chunks of each layer.
    pub fn backward(
        &mut self,
        image: &Tensor,
        gradient: &Tensor,
        control: &Control,
        mut add: impl FnMut(Features, &Tensor) -> Result<()>,
    ) -> Result<()> {
        for index in (0..self.plan.segments.len()).rev() {
            let Segment { layers, strips } = self.plan.segments[index].clone();
            for strip in &strips {
                let rows = if self.cached_segment == Some(index) {
                    self.geometry.forward(&layers, strip)
                } else {
                    let rows = self.geometry.backward(&layers, strip);
                    self.compute(image, index, &rows, control, |_, _| Ok(()))?;
                    rows
                };
                // The gradients overwrite the activations.
                self.cached_segment = None;
                self.descend(gradient, index, strip, &rows, control, &mut add)?;
            }
        }
        Ok(())
    }

    /// Computes the given rows of a segment's values, and skips values of which no rows are given.
    fn compute(
        &self,
        image: &Tensor,
        index: usize,
        rows: &RowsByValue,
        control: &Control,
        mut visit: impl FnMut(usize, &Band) -> Result<()>,
    ) -> Result<()> {
        for layer in self.plan.segments[index].layers.clone() {
            control.checkpoint()?;
            let output = layer + 1;
            if rows[output].is_empty() {
                continue;
            }
            let output_band = self.band(index, output, rows)?;
            match (self.geometry.layers[layer], layer) {
                (Layer::Convolution, 0) => self.network.first.forward(image, &output_band)?,
                (Layer::Convolution, _) => {
                    let ConvolutionLayer { forward, bias, .. } = self.network.convolution(layer);
                    let (input, epilogue) = (self.band(index, layer, rows)?, Epilogue::BiasRelu(bias));
                    in_chunks(control, CHUNK, &output_band, |output| forward.convolve(&input, epilogue, output))?;
                }
                (Layer::PooledConvolution, _) => {
                    let ConvolutionLayer { forward, bias, .. } = self.network.convolution(layer);
                    let input = self.band(index, layer, rows)?;
                    let pool = |output: &Band| forward.convolve_and_pool(&input, bias, output);
                    in_chunks(control, CHUNK / WINDOW, &output_band, pool)?;
                }
            }
            visit(output, &output_band)?;
        }
        Ok(())
    }

    /// The backward pass of one strip, from the gradient at the segment's end to the gradient at the segment's input.
    fn descend(
        &self,
        image_gradient: &Tensor,
        index: usize,
        strip: &Range<usize>,
        rows: &RowsByValue,
        control: &Control,
        add: &mut impl FnMut(Features, &Tensor) -> Result<()>,
    ) -> Result<()> {
        let layers = &self.plan.segments[index].layers;
        let needed = self.geometry.gradient(layers, strip);
        let mut above = match self.buffers.between.get(index) {
            Some((value, gradient)) => Band::new(gradient.clone(), 0, value.dims()[0]).narrow(&needed[layers.end])?,
            // No layer above the last convolution contributes to the gradient.
            None => self.at_tap(index, layers.end, &needed, rows, add, |band| Ok(clear(&band.values)?))?,
        };
        for layer in layers.clone().rev() {
            control.checkpoint()?;
            if layer == 0 {
                return Ok(self.network.first.backward(&above, strip, image_gradient)?);
            }
            let kernel = &self.network.convolution(layer).backward;
            let convolve = |epilogue: Epilogue<&Tensor>, input: &Band| match self.geometry.layers[layer] {
                Layer::Convolution => kernel.convolve(&above, epilogue, input),
                Layer::PooledConvolution => kernel.convolve_unpooled(&above, epilogue, input),
            };
            above = if self.geometry.is_observed(layer) {
                self.at_tap(index, layer, &needed, rows, add, |band| {
                    control.checkpoint()?;
                    Ok(convolve(Epilogue::Identity, band)?)
                })?
            } else {
                let input = if layer == layers.start {
                    let (value, gradient) = &self.buffers.between[index - 1];
                    let input = Band::whole(gradient.clone())?.narrow(strip)?;
                    // The gradient takes over where the largest values are.
                    input.copy_from(&Band::whole(value.clone())?.narrow(strip)?.values)?;
                    input
                } else {
                    self.band(index, layer, rows)?.narrow(&needed[layer])?
                };
                let is_pooled = self.geometry.is_pooled(layer);
                let epilogue = if is_pooled { Epilogue::PooledMask } else { Epilogue::ReluMask };
                in_chunks(control, CHUNK, &input, |input| convolve(epilogue, input))?;
                input
            };
        }
        Ok(())
    }

    /// Replaces the features at a tap by their gradient: `from_above` writes the gradient from the layers above, and
    /// `add` adds that of the losses. Works on a few rows at a time, so that their gradient is still in the cache when
    /// `add` reads it, and needs only a small buffer.
    fn at_tap(
        &self,
        index: usize,
        value: usize,
        needed: &RowsByValue,
        rows: &RowsByValue,
        add: &mut impl FnMut(Features, &Tensor) -> Result<()>,
        from_above: impl Fn(&Band) -> Result<()>,
    ) -> Result<Band> {
        let features = self.band(index, value, rows)?.narrow(&needed[value])?;
        let shape = self.geometry.shapes[value];
        let count = needed[value].len();
        let at_once = if shape.numbers(count) <= self.plan.spare { count } else { shape.whole_tiles(self.plan.spare) };
        for rows in chunks(needed[value].clone(), at_once) {
            let values = self.buffers.spare.view((rows.len(), shape.width, shape.channels))?;
            let gradient = Band::new(values, rows.start, shape.height);
            from_above(&gradient)?;
            let features = features.narrow(&rows)?;
            if let Some(tap) = self.geometry.taps[value] {
                add(Features { tap, rows, values: &features.values }, &gradient.values)?;
            }
            features.relu_backward(&gradient)?;
        }
        Ok(features)
    }

    /// The given rows of one of a segment's values, as a view of the buffer that holds them.
    fn band(&self, index: usize, value: usize, rows: &RowsByValue) -> ComputeResult<Band> {
        let layers = &self.plan.segments[index].layers;
        let shape = self.geometry.shapes[value];
        let kept = if value == layers.start {
            index.checked_sub(1)
        } else {
            (value == layers.end && index < self.buffers.between.len()).then_some(index)
        };
        if let Some(kept) = kept {
            return Band::whole(self.buffers.between[kept].0.clone())?.narrow(&rows[value]);
        }
        let values = self.buffers.local[value - layers.start].view((rows[value].len(), shape.width, shape.channels))?;
        Ok(Band::new(values, rows[value].start, shape.height))
    }
}

#[cfg(test)]
mod tests {
    use super::super::architecture::Architecture;
    use super::*;
    use crate::engine::balance::Balance;

    /// The gradient does not depend on how many rows are computed at a time at the taps.
    #[test]
    fn gradients_at_taps_may_be_computed_in_chunks() {
        let network = Network::random(&Architecture::tiny(), 7, &Device::cpu()).unwrap();
        let control = Control::new(Balance::default());
        let (height, width) = (203, 21);
        let numbers = (0..3 * height * width).map(|index| (index as f32 * 0.7).sin() * 0.5 + 0.5).collect();
        let image = Tensor::from_vec(numbers, (3, height, width), &Device::cpu()).unwrap();
        let geometry = Geometry::new(&Architecture::tiny(), height, width);
        let whole = Plan::whole(&geometry);
        let least = geometry.shapes.iter().map(|shape| shape.numbers(24)).max().unwrap();
        assert!(least < whole.spare);
        let gradients = [whole.spare, least].map(|spare| {
            let mut plan = whole.clone();
            plan.spare = spare;
            let mut pass = Pass::new(&network, geometry.clone(), plan).unwrap();
            let gradient = image.zeros_like().unwrap();
            pass.forward(&image, &control, |_| Ok(())).unwrap();
            let mut chunks = 0;
            pass.backward(&image, &gradient, &control, |features, sum| {
                chunks += 1;
                Ok(sum.overwrite(&(sum + features.values)?)?)
            })
            .unwrap();
            (chunks, gradient.to_vec().unwrap())
        });
        assert!(gradients[0].0 < gradients[1].0);
        assert_eq!(gradients[0].1, gradients[1].1);
    }
}
