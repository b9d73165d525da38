//! What of the picture is looked at.

use super::history::ResultId;
use crate::app::viewport::Viewport;

/// Which side of the picture is looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Side {
    /// What is painted.
    #[default]
    Result,
    /// What it is painted from.
    Photo,
    /// Both, with a divider between them.
    Compare,
}

/// What of the picture is looked at, and how closely.
#[derive(Clone, Debug)]
pub struct View {
    /// The side that was asked for; [`crate::app::state::State::shown_side`] tells which one can be shown.
    pub side: Side,
    /// Position of the divider, from 0 (left) to 1.
    pub divider: f32,
    /// Zoom and pan.
    pub viewport: Viewport,
    /// The earlier result that is looked at instead of the latest.
    pub(in crate::app) result: Option<ResultId>,
    /// The result on the left of the divider instead of the photo.
    pub(in crate::app) beside: Option<ResultId>,
}

impl Default for View {
    fn default() -> Self {
        Self { side: Side::Result, divider: 0.5, viewport: Viewport::Fit, result: None, beside: None }
    }
}

impl View {
    /// Looks at the latest result, alone.
    pub(in crate::app) fn show_latest(&mut self) {
        (self.result, self.beside) = (None, None);
    }

    /// Looks at the result if the photo was looked at.
    pub(in crate::app) fn leave_photo(&mut self) {
        if self.side == Side::Photo {
            self.side = Side::Result;
        }
    }
}
