//! Runs that wait for their turn.

use super::run::Order;
use super::{Closing, State};
use crate::app::action::{Effect, QueueAction};

/// Tells one waiting run from another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct QueueId(u64);

/// A run that waits for its turn, with everything it was asked for with.
#[derive(Clone, Debug)]
pub struct Queued {
    /// Which one.
    pub id: QueueId,
    /// What it will paint.
    pub order: Order,
}

/// The runs that wait, the next one first.
#[derive(Clone, Debug, Default)]
pub struct Queue {
    waiting: Vec<Queued>,
    next: u64,
}

impl Queue {
    /// The runs that wait, the next one first.
    pub fn waiting(&self) -> &[Queued] {
        &self.waiting
    }

    pub(super) fn add(&mut self, order: Order) {
        self.next += 1;
        self.waiting.push(Queued { id: QueueId(self.next), order });
    }

    pub(super) fn clear(&mut self) {
        self.waiting.clear();
    }

    fn take_next(&mut self) -> Option<Order> {
        if self.waiting.is_empty() { None } else { Some(self.waiting.remove(0).order) }
    }

    fn swap(&mut self, id: QueueId, by: isize) {
        let Some(index) = self.waiting.iter().position(|queued| queued.id == id) else { return };
        if let Some(other) = index.checked_add_signed(by).filter(|other| *other < self.waiting.len()) {
            self.waiting.swap(index, other);
        }
    }
}

impl State {
    pub(super) fn queue_action(&mut self, action: QueueAction) {
        match action {
            QueueAction::Cancel(id) => self.queue.waiting.retain(|queued| queued.id != id),
            QueueAction::Earlier(id) => self.queue.swap(id, -1),
            QueueAction::Later(id) => self.queue.swap(id, 1),
        }
    }

    /// Begins the run whose turn it is, if one waits.
    pub(super) fn begin_next(&mut self) -> Option<Effect> {
        if matches!(self.closing, Closing::WhenWritten | Closing::Now) {
            return None;
        }
        self.queue.take_next().map(|order| self.begin(order))
    }
}
