//! What a network learned, from the file of a trained style to the engine.

use std::sync::Arc;

use crate::engine::instant::{GeneratorParameters, GeneratorWidths, InstantStyle};
use crate::picture::{Picture, TrainedStyle};

/// Channels of the networks that are trained. Others are not accepted: networks of different widths cannot be blended.
pub(super) const TRAINED_WIDTHS: GeneratorWidths = GeneratorWidths::BUILT_IN;

/// The parameters that a painting carries, where it was read from the file of a trained style.
pub(super) fn trained_parameters(painting: &Picture) -> Option<Arc<GeneratorParameters>> {
    let style = painting.trained_style()?;
    GeneratorParameters::new(widths(style), style.parameters.clone()).map(Arc::new)
}

/// What a network learned from a painting, if one did.
pub(super) fn trained_style(painting: &Picture) -> Option<InstantStyle> {
    trained_parameters(painting).map(InstantStyle::Trained)
}

/// The widths of the network that paints with a painting in one pass.
pub(super) fn widths_for(painting: &Picture) -> GeneratorWidths {
    painting.trained_style().map_or(GeneratorWidths::BUILT_IN, |style| widths(style))
}

fn widths(style: &TrainedStyle) -> GeneratorWidths {
    let [full, half, quarter] = style.widths.map(|width| width as usize);
    GeneratorWidths { full, half, quarter }
}
