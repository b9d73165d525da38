//! The instant picture: what one pass of a network makes of the photo and the paintings, before any run.

use super::canvas::Canvas;
use super::fingerprint::Fingerprint;
use super::run::RunInputs;
use crate::studio::{Recipe, RunId};

/// The instant picture, and the one being painted.
#[derive(Clone, Debug, Default)]
pub struct InstantPicture {
    /// The picture; it may be painted from inputs that have changed since.
    pub canvas: Option<Canvas>,
    /// What the last one that was asked for is painted from; `None` while there is nothing to paint.
    asked: Option<Fingerprint>,
    /// Its number; events of others are stale.
    id: RunId,
    /// The inputs of the one being painted.
    inputs: Option<RunInputs>,
}

/// An instant picture to paint.
#[derive(Clone, Debug)]
pub struct InstantRequest {
    /// Its number.
    pub id: RunId,
    /// What to paint.
    pub recipe: Recipe,
}

impl InstantPicture {
    /// Whether it was asked for with these inputs.
    pub(in crate::app) fn is_of(&self, inputs: &Fingerprint) -> bool {
        self.asked.as_ref() == Some(inputs)
    }

    /// Whether one of the same pictures and size is being painted: it is soon there, and worth waiting for.
    pub(in crate::app) fn is_painting(&self, now: &Fingerprint) -> bool {
        let Some(asked) = self.asked.as_ref().filter(|_| self.inputs.is_some()) else { return false };
        let pictures =
            |of: &Fingerprint| of.paintings.iter().map(|painting| painting.source.clone()).collect::<Vec<_>>();
        asked.photo == now.photo && asked.settings.size == now.settings.size && pictures(asked) == pictures(now)
    }

    /// Asks for one; `inputs` are those that the window remembers, if one can be painted. Returns its number.
    pub(in crate::app) fn ask(&mut self, fingerprint: Fingerprint, inputs: Option<RunInputs>) -> RunId {
        self.id = self.id.next();
        (self.asked, self.inputs) = (Some(fingerprint), inputs);
        self.id
    }

    /// Drops the picture and the one being painted. Returns whether one was being painted.
    pub(in crate::app) fn clear(&mut self) -> bool {
        (self.canvas, self.asked) = (None, None);
        self.give_up()
    }

    /// Forgets the one being painted, so that it is asked for again. Returns whether there was one.
    pub(in crate::app) fn give_up(&mut self) -> bool {
        let was_painting = self.inputs.take().is_some();
        if was_painting {
            (self.id, self.asked) = (self.id.next(), None);
        }
        was_painting
    }

    /// The inputs of the one being painted, if this is its number.
    pub(in crate::app) fn take_inputs(&mut self, id: RunId) -> Option<RunInputs> {
        if self.id == id { self.inputs.take() } else { None }
    }
}
