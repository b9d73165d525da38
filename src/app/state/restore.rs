//! Finished pictures that are brought in: they tell how they were painted.

use super::{Loaded, Question, Request, State};
use crate::app::action::Effect;
use crate::studio::WrittenRecipe;

/// A finished picture that was brought in.
#[derive(Clone, Debug)]
pub struct Finished {
    /// The reading that brought it.
    pub(super) request: Request,
    /// The picture.
    pub loaded: Box<Loaded>,
    /// How it was painted.
    pub recipe: Box<WrittenRecipe>,
}

impl State {
    /// A finished picture was brought in: offers to paint as it was painted.
    pub(super) fn offer_to_restore(&mut self, finished: Finished) {
        self.ask_later(Question::Restore(Box::new(finished)));
    }

    pub(super) fn restore_from_picture(&mut self) -> Vec<Effect> {
        if !matches!(self.question(), Some(Question::Restore(_))) || self.is_project_busy() {
            return Vec::new();
        }
        let Some(Question::Restore(finished)) = self.questions.pop() else { return Vec::new() };
        let Finished { request, loaded, recipe } = *finished;
        self.sources.give_up(request);
        self.arriving = Some(loaded.name.clone());
        vec![Effect::OpenRecipe {
            recipe,
            picture: loaded.path.unwrap_or_default(),
            name: loaded.name,
            known: self.known_files(),
        }]
    }

    pub(super) fn use_as_picture(&mut self) -> Vec<Effect> {
        let Some(Question::Restore(finished)) = self.questions.pop_if(|asked| matches!(asked, Question::Restore(_)))
        else {
            return Vec::new();
        };
        let Finished { request, loaded, .. } = *finished;
        self.put_on_card(request, *loaded);
        Vec::new()
    }
}
