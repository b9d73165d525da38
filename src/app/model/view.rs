//! The view: the side that is shown, zoom and pan.

use super::history::ResultId;
use crate::app::viewport::Viewport;

/// The side of the picture to show.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Side {
    /// The painted picture.
    #[default]
    Result,
    /// The photo.
    Photo,
    /// Both, with a divider between them.
    Compare,
}

/// The part of the picture to show.
#[derive(Clone, Debug)]
pub struct View {
    /// The requested side; [`crate::app::state::State::shown_side`] is the one that can be shown.
    pub side: Side,
    /// Position of the divider, from 0 (left) to 1.
    pub divider: f32,
    /// Zoom and pan.
    pub viewport: Viewport,
    /// The earlier result to show instead of the latest.
    pub(in crate::app) result: Option<ResultId>,
    /// The result left of the divider instead of the photo.
    pub(in crate::app) beside: Option<ResultId>,
}

impl Default for View {
    fn default() -> Self {
        Self { side: Side::Result, divider: 0.5, viewport: Viewport::Fit, result: None, beside: None }
    }
}

impl View {
    /// Shows the latest result alone.
    pub(in crate::app) fn show_latest(&mut self) {
        (self.result, self.beside) = (None, None);
    }

    /// Switches to the result if the photo was shown.
    pub(in crate::app) fn leave_photo(&mut self) {
        if self.side == Side::Photo {
            self.side = Side::Result;
        }
    }
}
