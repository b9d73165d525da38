//! What a network learned, from the file of a trained style to the engine.

use std::sync::Arc;

use super::map::style_at;
use crate::engine::instant::{GeneratorParameters, GeneratorWidths, InstantStyle, StyleVector};
use crate::picture::{Picture, TrainedStyle};

/// Channels of the networks that are trained. Others are not accepted: networks of different widths cannot be blended.
pub(super) const TRAINED_WIDTHS: GeneratorWidths = GeneratorWidths::BUILT_IN;

/// The parameters that a painting carries, where it was read from the file of a trained style.
pub(super) fn trained_parameters(painting: &Picture) -> Option<Arc<GeneratorParameters>> {
    let style = painting.trained_style()?;
    GeneratorParameters::new(widths(style), style.parameters.clone()).map(Arc::new)
}

/// The style that a picture carries: what a network learned from its paintings, or that of a place on a map.
pub(super) fn carried_style(painting: &Picture) -> Option<InstantStyle> {
    let of_place = || Some(InstantStyle::Given(Box::new(style_of_place(painting)?)));
    trained_parameters(painting).map(InstantStyle::Trained).or_else(of_place)
}

/// Whether a picture carries a style, so that instant pictures do not need its pixels.
pub(super) fn carries_style(painting: &Picture) -> bool {
    painting.trained_style().is_some() || painting.map_place().is_some()
}

/// The style of the place on a map that a picture carries; `None` if it carries none, or the map is damaged.
pub(super) fn style_of_place(painting: &Picture) -> Option<StyleVector> {
    let place = painting.map_place()?;
    style_at(place.map(), place.place())
}

/// The widths of the network that paints with a painting in one pass.
pub(super) fn widths_for(painting: &Picture) -> GeneratorWidths {
    painting.trained_style().map_or(GeneratorWidths::BUILT_IN, |style| widths(style))
}

fn widths(style: &TrainedStyle) -> GeneratorWidths {
    let [full, half, quarter] = style.widths.map(|width| width as usize);
    GeneratorWidths { full, half, quarter }
}
