//! The queue of runs.

use crate::app::message::{Effect, QueueAction};
use crate::app::model::map_making::{MapChange, MapJob};
use crate::app::model::notices::RemovedItem;
use crate::app::model::queue::QueuedRequest;
use crate::app::state::{Closing, State};

impl State {
    pub(super) fn edit_queue(&mut self, action: QueueAction) {
        match action {
            QueueAction::Cancel(id) => self.queue.cancel(id),
            QueueAction::Earlier(id) => self.queue.move_by(id, -1),
            QueueAction::Later(id) => self.queue.move_by(id, 1),
            QueueAction::Clear => {
                let runs = self.queue.clear();
                let text = match runs.len() {
                    0 => return,
                    1 => "The waiting run was cancelled.".to_owned(),
                    many => format!("{many} waiting runs were cancelled."),
                };
                self.notices.removed(&text, RemovedItem::Queue(runs));
            }
        }
    }

    /// Starts the next run of the queue, unless the window is closing.
    pub(super) fn begin_next(&mut self) -> Vec<Effect> {
        if matches!(self.closing, Closing::WhenWritten | Closing::Now) {
            return Vec::new();
        }
        match self.queue.take_next() {
            Some(QueuedRequest::Picture(request)) => vec![self.begin(*request)],
            Some(QueuedRequest::Clip(job)) => self.begin_clip(job),
            Some(QueuedRequest::Folder(job)) => self.begin_folder(job),
            None => Vec::new(),
        }
    }

    /// Puts back what was removed last: waiting runs, a result, a preset or a trained style.
    pub(super) fn put_back(&mut self) -> Vec<Effect> {
        if self.notices.can_put_back_map() && self.refuses_map_change() {
            return Vec::new();
        }
        match self.notices.take_removed() {
            Some(RemovedItem::Result(index, entry)) => self.put_back_result(index, *entry),
            Some(RemovedItem::Preset(index, preset)) => {
                self.presets.insert(index.min(self.presets.len()), preset);
            }
            Some(RemovedItem::Queue(runs)) => {
                self.queue.put_back(runs);
                // The run that they waited for may have ended by now.
                if !self.is_painting() {
                    return self.begin_next();
                }
            }
            Some(RemovedItem::MapPainting { path, plane, painting }) => {
                return self.begin_map(MapJob::Change { path, change: MapChange::PutBack { plane, painting } });
            }
            Some(RemovedItem::MapLayout(path, before)) => {
                return self.begin_map(MapJob::Change { path, change: MapChange::Layout(before) });
            }
            Some(RemovedItem::Style { deleted, name }) => return vec![Effect::RestoreStyle { deleted, name }],
            None => {}
        }
        Vec::new()
    }
}
