//! Finished pictures that are added: restoring their settings, or using them as ordinary pictures.

use crate::app::message::Effect;
use crate::app::model::question::{FinishedPicture, Question};
use crate::app::state::State;

impl State {
    pub(super) fn restore_from_picture(&mut self) -> Vec<Effect> {
        if !matches!(self.question(), Some(Question::Restore(_))) || self.is_project_busy() {
            return Vec::new();
        }
        let Some(Question::Restore(finished)) = self.questions.pop() else { return Vec::new() };
        let FinishedPicture { request, loaded, recipe } = *finished;
        self.sources.give_up(request);
        self.document.reading = Some(loaded.name.clone());
        let (picture, known) = (loaded.path.unwrap_or_default(), self.known_files());
        vec![Effect::OpenRecipe { recipe, picture, name: loaded.name, known }]
    }

    pub(super) fn use_as_picture(&mut self) -> Vec<Effect> {
        if let Some(Question::Restore(finished)) = self.questions.pop_if(|asked| matches!(asked, Question::Restore(_)))
        {
            let FinishedPicture { request, loaded, .. } = *finished;
            self.put_on_card(request, *loaded);
        }
        Vec::new()
    }
}
