//! What panels read and write.

use egui::{Pos2, Rect, Ui};

use crate::app::message::Action;
use crate::app::model::card::Target;
use crate::app::state::State;
use crate::app::texture::Textures;

/// The state that a panel draws, and the actions that it returns.
pub(super) struct PanelContext<'a> {
    pub(super) state: &'a State,
    pub(super) textures: &'a mut Textures,
    pub(super) actions: Vec<Action>,
    drop_zones: Vec<DropZone>,
}

/// An area with its own use for dropped files.
pub(super) struct DropZone {
    pub(super) rect: Rect,
    pub(super) landing: DropLanding,
}

/// What becomes of dropped files.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum DropLanding {
    /// They are pictures for this target.
    Pictures(Target),
    /// They are paintings for the open map.
    Map,
}

impl<'a> PanelContext<'a> {
    pub(super) fn new(state: &'a State, textures: &'a mut Textures) -> Self {
        Self { state, textures, actions: Vec::new(), drop_zones: Vec::new() }
    }

    pub(super) fn send(&mut self, action: Action) {
        self.actions.push(action);
    }

    /// The hint of an empty card: another way to add a picture than a click.
    pub(super) fn other_way_in(&self) -> &'static str {
        if self.state.takes_drops { "or drop one here" } else { "or paste one" }
    }

    pub(super) fn add_drop_zone(&mut self, rect: Rect, target: Target) {
        self.add_drop_landing(rect, DropLanding::Pictures(target));
    }

    pub(super) fn add_drop_landing(&mut self, rect: Rect, landing: DropLanding) {
        self.drop_zones.push(DropZone { rect, landing });
    }

    pub(super) fn drop_zone_at(&self, at: Option<Pos2>) -> Option<&DropZone> {
        self.drop_zones.iter().find(|zone| at.is_some_and(|at| zone.rect.contains(at)))
    }
}

/// Scrolls to the widget that has just gained the focus, if it is in this scroll area.
pub(super) fn follow_focus(ui: &Ui) {
    let Some(focused) = ui.memory(egui::Memory::focused).and_then(|id| ui.ctx().read_response(id)) else { return };
    if focused.gained_focus() && focused.layer_id == ui.layer_id() && ui.min_rect().contains(focused.rect.center()) {
        ui.scroll_to_rect(focused.rect.expand(8.0), None);
    }
}
