//! Editing masks.

use crate::app::model::mask::{Easel, MaskAction, MaskFor};
use crate::app::model::notices::NoticeKind;
use crate::app::state::State;

impl State {
    pub(super) fn mask(&mut self, action: MaskAction) {
        match action {
            MaskAction::Open(purpose) => self.edit_mask(purpose),
            MaskAction::Done => {
                if let Some(easel) = self.easel.take() {
                    self.keep_step();
                    let mask = Some(easel.mask().clone()).filter(|mask| !mask.is_bare());
                    self.sources.set_mask(easel.purpose, mask);
                }
            }
            MaskAction::Remove => {
                // Keeping it first lets undo restore it.
                let purpose = self.easel.as_ref().map(|easel| easel.purpose);
                self.mask(MaskAction::Done);
                self.keep_step();
                if let Some(purpose) = purpose {
                    self.sources.set_mask(purpose, None);
                }
            }
            action => {
                if let Some(easel) = &mut self.easel {
                    easel.apply(action);
                    self.brush = easel.brush;
                }
            }
        }
    }

    fn edit_mask(&mut self, purpose: MaskFor) {
        self.mask(MaskAction::Done);
        let Some(size) = self.sources.photo_size() else { return };
        if let MaskFor::Painting(id) = purpose
            && self.sources.painting(id).is_none()
        {
            return;
        }
        self.easel = Some(Easel::new(purpose, self.sources.mask_for(purpose).cloned(), self.brush, size));
    }

    /// Removes masks that were painted over a photo of another shape. Undo restores them with that photo.
    pub(super) fn remove_unfit_masks(&mut self) {
        if self.sources.remove_unfit_masks() {
            self.notices.notify(
                NoticeKind::Remark,
                "The masks were removed because the new photo has a different shape. Undo restores them with the old \
                 photo.",
            );
        }
    }
}
