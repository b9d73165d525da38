//! The questions that wait for an answer. They are a stack: a new one never takes the place of another, and each holds
//! what is to be done or given up when it is answered.

use std::path::PathBuf;

use super::{Arrival, Finished, Next, State};
use crate::app::action::{Purpose, SaveJob};

/// A question that keeps everything else waiting.
#[derive(Clone, Debug)]
pub enum Question {
    /// The window was asked to close while a run goes on.
    Close,
    /// The file to save to is there already.
    Overwrite(Box<SaveJob>),
    /// Under which name the settings are to be kept; as far as it is typed.
    PresetName(String),
    /// Work was found that was not finished.
    GoOn(Box<Arrival>),
    /// Work would be lost by what comes next.
    Unsaved(Next),
    /// The file to save the project to is there already.
    ReplaceProject {
        /// The file.
        path: PathBuf,
        /// It is this project's own, and another program wrote it since.
        changed_outside: bool,
        /// What follows when the project is saved.
        next: Option<Next>,
    },
    /// Pictures are not where they were.
    Missing(Box<Arrival>),
    /// A finished picture was brought in; its card waits for the answer.
    Restore(Box<Finished>),
}

impl Question {
    /// It asks whether to leave the work that is open.
    fn is_about_leaving(&self) -> bool {
        matches!(self, Self::Close | Self::Unsaved(_))
    }

    /// It is about the pictures and the file that are open, and means nothing when they are put away.
    fn is_about_the_open_work(&self) -> bool {
        self.is_about_leaving() || matches!(self, Self::Restore(_) | Self::ReplaceProject { .. })
    }
}

/// The questions that wait, the one to answer next last.
#[derive(Clone, Debug, Default)]
pub struct Questions(Vec<Question>);

impl Questions {
    /// The question to answer next.
    pub fn top(&self) -> Option<&Question> {
        self.0.last()
    }

    /// All questions, the one to answer next last.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &Question> {
        self.0.iter()
    }

    pub(super) fn top_mut(&mut self) -> Option<&mut Question> {
        self.0.last_mut()
    }

    pub(super) fn pop(&mut self) -> Option<Question> {
        self.0.pop()
    }

    /// Takes the question to answer next away, if it is of the right kind.
    pub(super) fn pop_if(&mut self, is_it: impl Fn(&Question) -> bool) -> Option<Question> {
        self.0.pop_if(|question| is_it(question))
    }

    /// Takes a question away wherever it is in the stack.
    pub(super) fn take(&mut self, is_it: impl Fn(&Question) -> bool) -> Option<Question> {
        self.0.iter().rposition(is_it).map(|index| self.0.remove(index))
    }

    /// The missing pictures that are asked for, wherever the question is in the stack.
    pub(super) fn missing_mut(&mut self) -> Option<&mut Arrival> {
        self.0.iter_mut().rev().find_map(|question| match question {
            Question::Missing(arrival) => Some(&mut **arrival),
            _ => None,
        })
    }

    pub(super) fn forget_leaving(&mut self) {
        self.0.retain(|question| !question.is_about_leaving());
    }

    pub(super) fn forget_the_open_work(&mut self) {
        self.0.retain(|question| !question.is_about_the_open_work());
    }
}

impl State {
    /// The question to answer next.
    pub fn question(&self) -> Option<&Question> {
        self.questions.top()
    }

    /// Asks a question that follows from what the person just did: it comes before those that wait.
    pub(super) fn ask(&mut self, question: Question) {
        if question.is_about_leaving() {
            // The latest wish counts.
            self.questions.forget_leaving();
        }
        self.questions.0.push(question);
    }

    /// Asks a question that comes up by itself: it waits behind the one that the person is looking at.
    pub(super) fn ask_later(&mut self, question: Question) {
        self.questions.0.insert(0, question);
    }

    /// Leaves the question that is open without doing anything, and gives up what waited for the answer.
    pub(super) fn cancel(&mut self) {
        match self.questions.pop() {
            Some(Question::Restore(finished)) => self.sources.give_up(finished.request),
            Some(_) => {}
            None => {
                self.exporting = None;
                if self.dialog == Some(Purpose::Export) {
                    self.give_up_dialog();
                }
            }
        }
    }

    /// Drops the questions about cards that wait for no picture any more.
    pub(super) fn drop_stale_questions(&mut self) {
        let sources = &self.sources;
        self.questions.0.retain(|question| match question {
            Question::Restore(finished) => sources.waits_for(finished.request),
            _ => true,
        });
    }
}
