//! Paints brushwork row by row.
//!
//! An instant picture's features are normalised over the whole picture. Brushwork looks the same everywhere, so the
//! statistics of a sample serve for a picture of any size, and become part of the kernels. What is left are
//! convolutions, each of which needs a few rows of the one before: the picture passes through all of them, some rows at
//! a time, and no row is computed twice.

use std::ops::Range;

use super::super::compute::chunks::chunks;
use super::super::compute::{Activation, Band, Device, SizedConvolutionKernel, Tensor, operations};
use super::super::control::Control;
use super::super::error::Result;
use super::super::instant::{ChannelScales, GeneratorLayer, GeneratorParameters, GeneratorWidths};
use super::super::pyramid::Size;
use super::noise::Marbling;
use super::window::Window;

/// Pixels on each side that the outermost pixels depend on, or more: a multiple of 4, by which the generator shrinks a
/// picture.
const MARGIN: usize = 56;

/// Side in pixels of the sample whose statistics are used.
const SAMPLE: usize = 640;

/// Numbers of the largest features that are computed at a time. Fewer in unit tests, so that they see several parts.
const STRIP: usize = if cfg!(test) { 1 << 13 } else { 1 << 21 };

/// The least rows that are computed at a time, also of very wide pictures: with fewer the kernels are slower.
const LEAST_ROWS: usize = if cfg!(test) { 4 } else { 32 };

/// The most rows that a layer keeps from one part to the next.
const KEPT: usize = 16;

/// Paints brushwork of one style and one size.
pub struct Brushwork {
    layers: Vec<FixedLayer>,
    noise: Marbling,
    size: Size,
    device: Device,
}

/// A layer that normalises by fixed statistics.
struct FixedLayer {
    kernel: SizedConvolutionKernel,
    /// Whether the input of the layer before is added to its output: it ends a residual block.
    ends_block: bool,
}

impl Brushwork {
    /// Width and height of a picture without a seam must be multiples of this.
    pub const SEAMLESS_STEP: usize = 4;

    /// Prepares brushwork of this size in the style of these parameters, along the contours of this noise. If the noise
    /// repeats after the picture's size, so does the picture. Then width and height must be multiples of
    /// [`Self::SEAMLESS_STEP`].
    ///
    /// # Errors
    /// When the device fails, or [`super::super::EngineError::Stopped`].
    pub fn new(
        parameters: &GeneratorParameters,
        noise: Marbling,
        size: Size,
        device: &Device,
        control: &Control,
    ) -> Result<Self> {
        let sample = noise.endless().part(0, 0, Size { width: SAMPLE, height: SAMPLE })?;
        let layers = fixed_layers(parameters, &sample.to_device(device)?, control)?;
        Ok(Self { layers, noise, size, device: device.clone() })
    }

    /// Bytes that brushwork of this size takes while it is painted, beside the weights; rather more than it does.
    pub fn memory(widths: GeneratorWidths, size: Size) -> usize {
        let (full, width) = (widths.full, with_margins(size.width));
        let rows = rows_at_once(width, full).min(size.height.next_multiple_of(4));
        let GeneratorWidths { half, quarter, .. } = widths;
        // Each window holds the new rows and some before them, twice while they are moved.
        let window = |part: usize, channels: usize| 2 * (rows / part + KEPT) * (width / part) * channels;
        let inner = (1 + 2 * GeneratorWidths::BLOCKS) * window(4, quarter);
        let outer = 2 * window(1, 3) + 2 * window(1, full) + 2 * window(2, half);
        let painted = 2 * 3 * rows * width;
        let sample = SAMPLE * SAMPLE * (3 + full + full);
        (inner + outer + painted).max(sample) * size_of::<f32>()
    }

    /// Paints the picture. `visit` is given some rows at a time, from above: which rows, and rows x width x 3 numbers of
    /// 0..1.
    ///
    /// # Errors
    /// When `visit` or the device fails, or [`super::super::EngineError::Stopped`].
    pub fn paint(&self, control: &Control, mut visit: impl FnMut(Range<usize>, &Tensor) -> Result<()>) -> Result<()> {
        let Size { width, height } = self.size;
        let mut stream = Stream::new(self);
        let full = self.layers.first().map_or(1, |layer| layer.kernel.shape().outputs);
        let at_once = rows_at_once(stream.width, full);
        for rows in chunks(0..height, at_once) {
            let painted = stream.advance(MARGIN + rows.end, control)?;
            let own = painted.narrow(&(MARGIN + rows.start..MARGIN + rows.end))?.values;
            visit(rows, &own.narrow(1, MARGIN, width)?.contiguous()?)?;
        }
        Ok(())
    }
}

/// Rows that are painted at a time, of features of this width and so many channels: a multiple of 4.
fn rows_at_once(width: usize, channels: usize) -> usize {
    (STRIP / (width * channels) / 4 * 4).max(LEAST_ROWS)
}

/// A side of the picture with its margins.
fn with_margins(length: usize) -> usize {
    length.next_multiple_of(4) + 2 * MARGIN
}

/// The layers of a generator with the statistics that features of a sample have in it.
fn fixed_layers(parameters: &GeneratorParameters, sample: &Tensor, control: &Control) -> Result<Vec<FixedLayer>> {
    let device = sample.device().clone();
    let blocks = GeneratorWidths::OUTER..GeneratorWidths::OUTER + 2 * GeneratorWidths::BLOCKS;
    let last = blocks.end + GeneratorWidths::OUTER - 1;
    let (mut input, mut before) = (sample.clone(), None);
    let mut fixed = Vec::new();
    for (index, (layer, kernel, after)) in parameters.layers().enumerate() {
        control.checkpoint()?;
        let ends_block = blocks.contains(&index) && (index - blocks.start) % 2 == 1;
        let activation = match index {
            _ if ends_block => Activation::Identity,
            _ if index == last => Activation::Sigmoid,
            _ => Activation::Relu,
        };
        let GeneratorLayer { shape, is_normalized, .. } = layer;
        let (height, width, _) = input.dims3()?;
        let lengths = (shape.output_length(height), shape.output_length(width), shape.outputs);
        let output = Band::whole(Tensor::features(lengths, &device)?)?;
        let kernel = if is_normalized {
            let plain = SizedConvolutionKernel::new(shape, kernel, None, Activation::Identity, &device)?;
            plain.convolve(&Band::whole(input.clone())?, &output)?;
            let statistics = operations::channel_statistics(&output.values)?;
            let (factors, offsets) = ChannelScales::new(after).factors_and_offsets(&statistics);
            output.scale_channels(&factors, &offsets, activation)?;
            let of_each = kernel.len() / shape.outputs;
            let scaled: Vec<f32> =
                kernel.iter().enumerate().map(|(at, weight)| weight * factors[at / of_each]).collect();
            SizedConvolutionKernel::new(shape, &scaled, Some(&offsets), activation, &device)?
        } else {
            let kernel = SizedConvolutionKernel::new(shape, kernel, Some(after), activation, &device)?;
            kernel.convolve(&Band::whole(input.clone())?, &output)?;
            kernel
        };
        if let Some(before) = before.filter(|_| ends_block) {
            operations::accumulate(&output.values, &before)?;
        }
        before = Some(std::mem::replace(&mut input, output.values));
        fixed.push(FixedLayer { kernel, ends_block });
    }
    Ok(fixed)
}

/// A picture on its way through the layers. Its rows and columns are counted from [`MARGIN`] before the picture's.
struct Stream<'a> {
    brushwork: &'a Brushwork,
    width: usize,
    /// The noise, and what each layer made of it.
    windows: Vec<Window>,
}

impl<'a> Stream<'a> {
    fn new(brushwork: &'a Brushwork) -> Self {
        let (mut height, mut width) = (with_margins(brushwork.size.height), with_margins(brushwork.size.width));
        let whole = width;
        let mut shapes = vec![(height, width, 3)];
        for layer in &brushwork.layers {
            let shape = layer.kernel.shape();
            (height, width) = (shape.output_length(height), shape.output_length(width));
            shapes.push((height, width, shape.outputs));
        }
        // The first rows that are needed for the picture's first.
        let mut firsts = vec![0; shapes.len()];
        if let Some(last) = firsts.last_mut() {
            *last = MARGIN;
        }
        for (index, layer) in brushwork.layers.iter().enumerate().rev() {
            let needed = layer.kernel.shape().source_rows(&(firsts[index + 1]..firsts[index + 1] + 1), shapes[index].0);
            firsts[index] = needed.start;
        }
        let windows = shapes.iter().zip(firsts);
        let windows = windows.map(|(&shape, first)| Window::new(shape, first, &brushwork.device)).collect();
        Self { brushwork, width: whole, windows }
    }

    /// Computes all rows of the picture before `end`. Returns the latest of them, all new ones included.
    fn advance(&mut self, end: usize, control: &Control) -> Result<Band> {
        let layers = &self.brushwork.layers;
        let mut ends = vec![end; self.windows.len()];
        for (index, layer) in layers.iter().enumerate().rev() {
            let height = self.height(index);
            ends[index] = layer.kernel.shape().source_rows(&(ends[index + 1] - 1..ends[index + 1]), height).end;
        }
        for index in 0..self.windows.len() {
            control.checkpoint()?;
            let (new, keep) = (self.windows[index].end()..ends[index], self.needed(index));
            if new.is_empty() {
                continue;
            }
            let band = self.windows[index].advance(keep, new.end)?;
            if index == 0 {
                self.write_noise(&band)?;
                continue;
            }
            let FixedLayer { kernel, ends_block } = &layers[index - 1];
            kernel.convolve(&self.windows[index - 1].band()?, &band)?;
            if *ends_block {
                let before = self.windows[index - 2].band()?.narrow(&new)?;
                band.copy_from(&(&band.values + &before.values)?)?;
            }
        }
        self.windows[self.windows.len() - 1].band().map_err(Into::into)
    }

    /// Rows of the whole picture at a window.
    fn height(&self, index: usize) -> usize {
        self.windows[index].height()
    }

    /// The first row of a window that is still needed for what was not computed yet.
    fn needed(&self, index: usize) -> usize {
        let Some(layer) = self.brushwork.layers.get(index) else { return self.windows[index].end() };
        let next = self.windows[index + 1].end();
        let first = layer.kernel.shape().source_rows(&(next..next + 1), self.height(index)).start;
        match self.brushwork.layers.get(index + 1) {
            Some(FixedLayer { ends_block: true, .. }) => first.min(self.windows[index + 2].end()),
            _ => first,
        }
    }

    fn write_noise(&self, band: &Band) -> Result<()> {
        let size = Size { width: self.width, height: band.rows().len() };
        let noise = self.brushwork.noise.part(0, band.first, size)?;
        Ok(band.copy_from(&noise.to_device(&self.brushwork.device)?)?)
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::balance::Balance;
    use super::super::super::compute::Trial;
    use super::super::super::instant::InstantNetworks;
    use super::*;

    fn parameters() -> GeneratorParameters {
        let networks = InstantNetworks::built_in(&Device::cpu()).unwrap();
        let style =
            Tensor::from_vec((0..3 * 64 * 64).map(|at| (at % 97) as f32 / 96.0).collect(), (3, 64, 64), &Device::cpu());
        networks.parameters(&networks.style(&style.unwrap()).unwrap())
    }

    /// Height x width x 3 numbers.
    fn paint(size: Size, is_seamless: bool, device: &Device) -> Vec<f32> {
        let control = Control::new(Balance::default());
        let noise = Marbling::new(3, 1.0, is_seamless.then_some(size));
        let brushwork = Brushwork::new(&parameters(), noise, size, device, &control).unwrap();
        let mut painted = Vec::new();
        let paint = brushwork.paint(&control, |rows, values| {
            assert_eq!(painted.len(), rows.start * size.width * 3);
            assert_eq!(values.dims(), [rows.len(), size.width, 3]);
            painted.extend(values.to_vec()?);
            Ok(())
        });
        paint.unwrap();
        assert_eq!(painted.len(), size.pixels() * 3);
        painted
    }

    fn distance(one: impl Iterator<Item = f32>, other: impl Iterator<Item = f32>) -> f32 {
        one.zip(other).map(|(one, other)| (one - other).abs()).fold(0.0, f32::max)
    }

    /// With the layers of the whole picture at once, as in a small picture that needs no strips.
    fn at_once(size: Size) -> Vec<f32> {
        let control = Control::new(Balance::default());
        let brushwork =
            Brushwork::new(&parameters(), Marbling::new(3, 1.0, None), size, &Device::cpu(), &control).unwrap();
        let with_margins = Size { width: size.width + 2 * MARGIN, height: size.height + 2 * MARGIN };
        let mut input = brushwork.noise.part(0, 0, with_margins).unwrap();
        let mut before: Option<Tensor> = None;
        for FixedLayer { kernel, ends_block } in &brushwork.layers {
            let (height, width, _) = input.dims3().unwrap();
            let shape = kernel.shape();
            let lengths = (shape.output_length(height), shape.output_length(width), shape.outputs);
            let output = Tensor::features(lengths, &Device::cpu()).unwrap();
            kernel.convolve(&Band::whole(input.clone()).unwrap(), &Band::whole(output.clone()).unwrap()).unwrap();
            if let Some(before) = before.filter(|_| *ends_block) {
                operations::accumulate(&output, &before).unwrap();
            }
            before = Some(std::mem::replace(&mut input, output));
        }
        let inner = input.narrow(0, MARGIN, size.height).unwrap().narrow(1, MARGIN, size.width).unwrap();
        inner.contiguous().unwrap().to_vec().unwrap()
    }

    #[test]
    fn parts_give_the_numbers_of_the_whole() {
        let size = Size { width: 72, height: 140 };
        assert!(STRIP / ((size.width + 2 * MARGIN) * 8) < size.height / 8, "many parts");
        let expected = at_once(size);
        for device in [Device::cpu(), Device::trial(Trial::default())] {
            let painted = paint(size, false, &device);
            let most = distance(painted.into_iter(), expected.iter().copied());
            assert!(most < 1e-3, "{device:?}: {most}");
        }
    }

    /// What lies beyond the right edge is what lies at the left edge, so no pixel there differs from its neighbours more
    /// than elsewhere.
    #[test]
    fn a_seamless_picture_has_no_seam() {
        let size @ Size { width, height } = Size { width: 256, height: 192 };
        let steps = |painted: &[f32]| {
            let row = |y: usize| painted[y % height * width * 3..][..width * 3].iter().copied();
            let column = |x: usize| (0..height).map(move |y| y * width * 3 + x % width * 3).map(|at| painted[at]);
            let mean = |one: &mut dyn Iterator<Item = f32>, other: &mut dyn Iterator<Item = f32>| {
                one.zip(other).map(|(one, other)| (one - other).abs()).sum::<f32>()
            };
            let rows: Vec<f32> = (0..height).map(|y| mean(&mut row(y), &mut row(y + 1)) / width as f32 / 3.0).collect();
            let columns: Vec<f32> =
                (0..width).map(|x| mean(&mut column(x), &mut column(x + 1)) / height as f32).collect();
            [rows, columns].map(|steps| {
                let usual = steps.iter().sum::<f32>() / steps.len() as f32;
                steps[steps.len() - 1] / usual
            })
        };
        let seams = steps(&paint(size, true, &Device::cpu()));
        assert!(seams.iter().all(|seam| *seam < 1.5), "{seams:?}");
        let seams = steps(&paint(size, false, &Device::cpu()));
        assert!(seams.iter().all(|seam| *seam > 1.6), "{seams:?}");
    }

    #[test]
    fn other_seeds_and_sizes_are_painted_and_a_stop_ends_painting() {
        let size = Size { width: 30, height: 21 };
        let painted = paint(size, false, &Device::cpu());
        assert!(painted.iter().all(|value| (0.0..=1.0).contains(value)));
        let control = Control::new(Balance::default());
        let brushwork =
            Brushwork::new(&parameters(), Marbling::new(4, 1.0, None), size, &Device::cpu(), &control).unwrap();
        let mut other = Vec::new();
        let paint = brushwork.paint(&control, |_, values| {
            other.extend(values.to_vec()?);
            Ok(())
        });
        paint.unwrap();
        assert!(distance(painted.into_iter(), other.into_iter()) > 0.1);
        control.stop();
        assert!(brushwork.paint(&control, |_, _| Ok(())).is_err());
    }
}
