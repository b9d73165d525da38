//! Brushwork: textures that a network paints in one pass, of any size.

use std::sync::Arc;

use super::hardware::Hardware;
use super::job::planes;
use super::pool::pool;
use super::recipe::{RecipeError, check_styles, check_threads};
use super::settings::{Method, Settings};
use super::sizes::Part;
use super::style::Style;
use super::trained::{carried_style, widths_for};
use super::workbench::{Workbench, network_loader};
use crate::engine::balance::StyleBalance;
use crate::engine::brushwork::{Brushwork, Marbling};
use crate::engine::compute::Tensor;
use crate::engine::control::Control;
use crate::engine::device::Processors;
use crate::engine::error::EngineError;
use crate::engine::instant::{GeneratorParameters, GeneratorWidths, InstantNetworks};
use crate::engine::pyramid::Size;
use crate::picture::Picture;

/// Brushwork to be painted.
pub struct BrushworkOrder {
    styles: Vec<Style<Arc<Picture>>>,
    size: Size,
    is_seamless: bool,
    /// The seed and the brush scale count, which is the size of the forms that strokes follow.
    settings: Settings,
    hardware: Hardware,
}

impl BrushworkOrder {
    /// The longest side in pixels.
    pub const LONGEST_SIDE: u32 = 100_000;

    /// Checks the parts. `held` is how many bytes the picture takes for whoever is given its rows.
    ///
    /// # Errors
    /// The first that cannot be used.
    pub fn new(
        styles: Vec<Style<Arc<Picture>>>,
        (width, height): (u32, u32),
        is_seamless: bool,
        settings: Settings,
        hardware: Hardware,
        held: u64,
    ) -> Result<Self, RecipeError> {
        settings.validate()?;
        let (least, most) = (*Settings::SIZE.start(), Self::LONGEST_SIDE);
        if !(least..=most).contains(&width) || !(least..=most).contains(&height) {
            return Err(RecipeError::BrushworkSize { width, height, least, most });
        }
        let step = Brushwork::SEAMLESS_STEP as u32;
        if is_seamless && (width % step, height % step) != (0, 0) {
            return Err(RecipeError::SeamlessBrushwork { width, height, step });
        }
        check_styles(&styles)?;
        if styles.iter().any(|style| style.mask.is_some()) {
            return Err(RecipeError::MaskOfTexture);
        }
        check_threads(&hardware)?;
        let size = Size { width: width as usize, height: height as usize };
        let order = Self { styles, size, is_seamless, settings, hardware };
        let painting = order.memory();
        let needed = painting.saturating_add(usize::try_from(held).unwrap_or(usize::MAX));
        let given = hardware.budget().most;
        if needed > given {
            let advice = if painting > given { "make it narrower, or allow more memory" } else { "choose PNG" };
            let [needed, given] = [needed, given].map(|bytes| bytes >> 20);
            return Err(RecipeError::BrushworkMemory { width, height, needed, given, advice });
        }
        Ok(order)
    }

    /// Width and height in pixels.
    pub fn size(&self) -> (u32, u32) {
        // The sides are not larger than they were given.
        (self.size.width as u32, self.size.height as u32)
    }

    /// Bytes that painting takes.
    fn memory(&self) -> usize {
        let widths = self.styles.iter().map(|style| widths_for(&style.source));
        Brushwork::memory(widths.fold(GeneratorWidths::BUILT_IN, GeneratorWidths::max), self.size)
    }

    /// Paints. `started` is given the processor's name once painting begins, `remark` a sentence where another processor
    /// had to take over, and `visit` some rows at a time from the top: rows x width x 3 numbers of 0..=1.
    ///
    /// # Errors
    /// The error of `visit`, [`EngineError::Stopped`] after a stop, or another one when no processor can paint.
    pub fn paint<E: From<EngineError> + Send>(
        &self,
        control: &Control,
        remark: impl Fn(&str),
        mut started: impl FnMut(&str) + Send,
        mut visit: impl FnMut(&[f32]) -> Result<(), E> + Send,
    ) -> Result<(), E> {
        let pool = pool(self.hardware)?;
        let mut workbench = Workbench::new(Box::new(Processors::detect), network_loader(None));
        // Rows that were painted, even if another processor must go on.
        let mut done = 0;
        let mut failure = None;
        let result =
            workbench.paint_on_best(Workbench::instant, self.hardware.device, &pool, remark, |processor, networks| {
                self.hardware.check_free(processor, networks.device(), self.memory())?;
                started(&processor.to_string());
                let parameters = self.parameters(networks, control)?;
                let scale = self.forms();
                let noise = Marbling::new(self.settings.seed, scale, self.is_seamless.then_some(self.size));
                let brushwork = Brushwork::new(&parameters, noise, self.size, networks.device(), control)?;
                brushwork.paint(control, |rows, values| {
                    if rows.start < done {
                        return Ok(());
                    }
                    visit(&values.to_vec()?).map_err(|error| {
                        failure = Some(error);
                        EngineError::Stopped
                    })?;
                    done = rows.end;
                    Ok(())
                })
            });
        match failure {
            Some(error) => Err(error),
            None => Ok(result?),
        }
    }

    /// How much larger than usual the forms are.
    fn forms(&self) -> f32 {
        let balances = self.settings.balance(self.styles.iter().map(Style::balance)).styles;
        StyleBalance::mean_brush_scale(balances)
    }

    /// The network that paints the mean of the styles.
    fn parameters(&self, networks: &InstantNetworks, control: &Control) -> Result<GeneratorParameters, EngineError> {
        let style = |style: &Style<Arc<Picture>>| match carried_style(&style.source) {
            Some(carried) => Ok(carried),
            None => networks.predicted(&seen(&style.source, control)?),
        };
        let styles = self.styles.iter().map(|own| Ok((style(own)?, own.weight)));
        let styles = styles.collect::<Result<Vec<_>, EngineError>>()?;
        let blended = networks.blended(styles.iter().map(|(style, weight)| (style, *weight)));
        blended.ok_or_else(|| EngineError::Device("the styles have no weight".to_owned()))
    }
}

/// A painting as the network sees it.
fn seen(painting: &Picture, control: &Control) -> Result<Tensor, EngineError> {
    let part = Part::painting(painting);
    planes(&part, part.for_predictor(), Method::Instant, control)
}
