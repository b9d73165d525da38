//! What a panel draws from and speaks to.

use egui::{Pos2, Rect, Ui};

use crate::app::message::Action;
use crate::app::model::card::Target;
use crate::app::state::State;
use crate::app::texture::Textures;

/// What a panel draws from and speaks to.
pub(super) struct PanelContext<'a> {
    /// What the window knows.
    pub(super) state: &'a State,
    /// Pictures to draw.
    pub(super) textures: &'a mut Textures,
    /// What the person did.
    pub(super) actions: Vec<Action>,
    drop_zones: Vec<DropZone>,
}

/// A place with a target of its own for dropped files.
pub(super) struct DropZone {
    pub(super) rect: Rect,
    pub(super) target: Target,
}

impl<'a> PanelContext<'a> {
    pub(super) fn new(state: &'a State, textures: &'a mut Textures) -> Self {
        Self { state, textures, actions: Vec::new(), drop_zones: Vec::new() }
    }

    /// The person did something.
    pub(super) fn say(&mut self, action: Action) {
        self.actions.push(action);
    }

    /// The hint of an empty place: what else than a click adds a picture.
    pub(super) fn other_way_in(&self) -> &'static str {
        if self.state.takes_drops { "or drop one here" } else { "or paste one" }
    }

    /// Makes files that are dropped here go to a target.
    pub(super) fn add_drop_zone(&mut self, rect: Rect, target: Target) {
        self.drop_zones.push(DropZone { rect, target });
    }

    /// The drop zone at a position.
    pub(super) fn drop_zone_at(&self, at: Option<Pos2>) -> Option<&DropZone> {
        self.drop_zones.iter().find(|zone| at.is_some_and(|at| zone.rect.contains(at)))
    }
}

/// Scrolls to the widget that has just got the keyboard's focus, if it is in this scroll area.
pub(super) fn follow_focus(ui: &Ui) {
    let Some(focused) = ui.memory(egui::Memory::focused).and_then(|id| ui.ctx().read_response(id)) else { return };
    if focused.gained_focus() && focused.layer_id == ui.layer_id() && ui.min_rect().contains(focused.rect.center()) {
        ui.scroll_to_rect(focused.rect.expand(8.0), None);
    }
}
