//! Asking questions, and cleaning up after dropped ones.

use crate::app::model::dialog::Purpose;
use crate::app::model::question::Question;
use crate::app::state::State;

impl State {
    /// Asks whether to close the open work; replaces an earlier question of this kind.
    pub(super) fn ask_about_leaving(&mut self, question: Question) {
        self.questions.retain(|asked| !asked.is_about_leaving());
        self.questions.push(question);
    }

    pub(super) fn cancel(&mut self) {
        if let Some(question) = self.questions.pop() {
            self.clean_up(&question);
        }
    }

    pub(super) fn toggle_help(&mut self) {
        if self.questions.take(|question| matches!(question, Question::Help)).is_none() {
            self.questions.push(Question::Help);
        }
    }

    /// Drops the questions that belong to the open work, with their dialogs.
    pub(super) fn drop_questions_of_open_work(&mut self) {
        while let Some(question) = self.questions.take(Question::belongs_to_open_work) {
            self.clean_up(&question);
        }
        self.dialog.take_if(|dialog| dialog.purpose.belongs_to_open_work());
    }

    /// Drops questions about pictures that no card waits for any more.
    pub(super) fn drop_stale_questions(&mut self) {
        let sources = &self.sources;
        self.questions.retain(|question| match question {
            Question::Restore(finished) => sources.waits_for(finished.request),
            _ => true,
        });
    }

    /// Abandons whatever waits for the answer to a question.
    fn clean_up(&mut self, question: &Question) {
        match question {
            Question::Restore(finished) => {
                self.sources.give_up(finished.request);
            }
            Question::Export(_) => {
                self.dialog.take_if(|dialog| dialog.purpose == Purpose::Export);
            }
            Question::PaintFolder => {
                self.dialog.take_if(|dialog| dialog.purpose == Purpose::FolderOutput);
            }
            Question::Close
            | Question::Help
            | Question::Overwrite(_)
            | Question::PresetName(_)
            | Question::Train(_)
            | Question::StyleName { .. }
            | Question::Recovered(_)
            | Question::UnfinishedClip { .. }
            | Question::UnfinishedFolder(_)
            | Question::Unsaved(_)
            | Question::ReplaceProject { .. }
            | Question::Missing(_) => {}
        }
    }
}
