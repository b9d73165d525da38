//! Results: viewing, comparing, restoring and deleting them.

use std::sync::Arc;

use crate::app::message::{Effect, HistoryAction};
use crate::app::model::canvas::{Canvas, have_same_shape};
use crate::app::model::history::{HistoryEntry, ResultId};
use crate::app::model::mask::MaskAction;
use crate::app::model::notices::{NoticeKind, RemovedItem};
use crate::app::model::run::RunInputs;
use crate::app::model::view::Side;
use crate::app::state::State;
use crate::studio::PaintedPicture;
use crate::studio::project::StoredPicture;

impl State {
    pub(super) fn record(
        &mut self,
        canvas: Canvas,
        inputs: RunInputs,
        painted: PaintedPicture,
        stopped: bool,
    ) -> Effect {
        let PaintedPicture { picture, elapsed } = painted;
        let (id, stored) = (self.history.new_id(), StoredPicture::of(Arc::clone(&picture)));
        let (thumbnail, kept, exported) = (None, false, false);
        self.history.add(HistoryEntry { id, canvas, thumbnail, stored, inputs, elapsed, stopped, kept, exported });
        let in_use = [Some(id), self.view.result, self.view.beside];
        self.history.make_room(|entry| in_use.contains(&Some(entry.id)));
        Effect::MakeThumbnail(id, picture)
    }

    pub(super) fn edit_results(&mut self, action: HistoryAction) -> Vec<Effect> {
        match action {
            HistoryAction::Show(id) => self.look(id),
            HistoryAction::LookAtLatest => self.view.show_latest(),
            HistoryAction::Compare(id) => self.compare(id),
            HistoryAction::Restore(id) => return self.restore_result(id),
            HistoryAction::ToggleKept(id) => {
                if let Some(entry) = self.history.get_mut(id) {
                    entry.kept = !entry.kept;
                }
            }
            HistoryAction::Delete(id) => self.delete(id),
            HistoryAction::Thumbnail(id, picture) => {
                if let Some(entry) = self.history.get_mut(id) {
                    entry.thumbnail = Some(picture);
                }
            }
        }
        Vec::new()
    }

    fn look(&mut self, id: ResultId) {
        if self.history.get(id).is_none() {
            return;
        }
        self.view.result = Some(id);
        self.view.beside.take_if(|beside| *beside == id);
        self.view.leave_photo();
    }

    fn compare(&mut self, id: ResultId) {
        let (Some(other), Some(shown)) = (self.history.get(id), self.shown_canvas()) else { return };
        if !have_same_shape(other.canvas.size, shown.size) {
            let text = "These two results have different shapes, so they cannot be compared.";
            return self.notices.notify(NoticeKind::Remark, text);
        }
        (self.view.beside, self.view.side) = (Some(id), Side::Compare);
    }

    fn restore_result(&mut self, id: ResultId) -> Vec<Effect> {
        let Some(entry) = self.history.get(id) else { return Vec::new() };
        let inputs = entry.inputs.clone();
        self.mask(MaskAction::Done);
        self.keep_step();
        let (settings, is_whole) = (inputs.settings.clone(), inputs.is_whole());
        self.hardware = inputs.hardware;
        inputs.put_back(&mut self.sources);
        if is_whole {
            let text = "The settings, the photo and the paintings of this result were restored.";
            self.notices.notify(NoticeKind::Done, text);
        } else {
            let text = "The settings of this result were restored, but some of its pictures are missing.";
            self.notices.notify(NoticeKind::Remark, text);
        }
        self.set_settings(settings)
    }

    fn delete(&mut self, id: ResultId) {
        let was_shown = self.shown_entry().is_some_and(|entry| entry.id == id);
        let Some((index, entry)) = self.history.remove(id) else { return };
        self.view.beside.take_if(|beside| *beside == id);
        if was_shown {
            // A neighbour is shown instead; without one, the active run's picture.
            let entries = self.history.entries();
            let neighbour = entries.get(index).or(entries.last());
            self.view.result = neighbour.map(|entry| entry.id);
            if self.canvas.as_ref().is_some_and(|canvas| canvas.image.is_same(&entry.canvas.image)) {
                self.canvas = neighbour.map(|entry| entry.canvas.clone());
            }
            if self.view.result.is_none() {
                self.view.side = Side::Result;
            }
        }
        self.notices.removed("The result was deleted.", RemovedItem::Result(index, Box::new(entry)));
    }

    pub(super) fn put_back_result(&mut self, index: usize, entry: HistoryEntry) {
        let id = entry.id;
        if self.canvas.is_none() {
            self.canvas = Some(entry.canvas.clone());
        }
        self.history.put_back(index, entry);
        self.look(id);
    }
}
