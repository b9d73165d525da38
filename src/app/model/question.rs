//! The questions to the person, and the sheets that cover the window. They are a stack: a new one never takes the place of
//! another, and each holds what happens next when it is answered.

use std::path::PathBuf;

use super::arrival::Arrival;
use super::canvas::Canvas;
use super::card::{LoadedPicture, Request};
use super::document::Next;
use super::export::ExportJob;
use crate::studio::WrittenRecipe;

/// A question or a sheet that keeps everything below it waiting.
#[derive(Clone, Debug)]
pub enum Question {
    /// The window was asked to close while a run is active.
    Close,
    /// How to export a picture, and where.
    Export(Box<Canvas>),
    /// The list of shortcuts.
    Help,
    /// The file to export to exists.
    Overwrite(Box<ExportJob>),
    /// The name for the settings to keep, as far as it is typed.
    PresetName(String),
    /// Unfinished work was found.
    GoOn(Box<Arrival>),
    /// Work would be lost by what comes next.
    Unsaved(Next),
    /// The file to save the project to exists.
    ReplaceProject {
        /// The file.
        path: PathBuf,
        /// Whether it is this project's own file, changed by another program.
        changed_outside: bool,
        /// What follows once the project is saved.
        next: Option<Next>,
    },
    /// Pictures have moved.
    Missing(Box<Arrival>),
    /// A finished picture was added; its card waits for the answer.
    Restore(Box<FinishedPicture>),
}

/// A finished picture that was added.
#[derive(Clone, Debug)]
pub struct FinishedPicture {
    /// The request that its card waits for.
    pub(in crate::app) request: Request,
    /// The picture.
    pub loaded: Box<LoadedPicture>,
    /// How it was painted.
    pub recipe: Box<WrittenRecipe>,
}

impl Question {
    /// Whether it asks to close the work that is open.
    pub(in crate::app) fn is_about_leaving(&self) -> bool {
        matches!(self, Self::Close | Self::Unsaved(_))
    }

    /// Whether it belongs to the work that is open, and so means nothing once that is closed.
    pub(in crate::app) fn belongs_to_open_work(&self) -> bool {
        self.is_about_leaving() || matches!(self, Self::Export(_) | Self::Restore(_) | Self::ReplaceProject { .. })
    }

    /// Whether it is a sheet: questions stand above sheets, also those that were asked before.
    pub fn is_sheet(&self) -> bool {
        matches!(self, Self::Export(_) | Self::Help)
    }
}

/// The questions that wait, the one to answer next last.
#[derive(Clone, Debug, Default)]
pub struct Questions(Vec<Question>);

impl Questions {
    /// The question to answer next; sheets are no questions.
    pub fn top(&self) -> Option<&Question> {
        self.0.last().filter(|question| !question.is_sheet())
    }

    /// All questions, the one to answer next last.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &Question> {
        self.0.iter()
    }

    /// The picture that is about to be exported.
    pub fn exported(&self) -> Option<&Canvas> {
        self.0.iter().find_map(|question| match question {
            Question::Export(canvas) => Some(&**canvas),
            _ => None,
        })
    }

    /// Whether the list of shortcuts is open.
    pub fn has_help(&self) -> bool {
        self.0.iter().any(|question| matches!(question, Question::Help))
    }

    /// The same as [`Questions::top`], to change it.
    pub(in crate::app) fn top_mut(&mut self) -> Option<&mut Question> {
        self.0.last_mut()
    }

    /// Asks a question that follows from what the person just did: before those that wait. Opens a sheet below them.
    pub(in crate::app) fn push(&mut self, question: Question) {
        if question.is_sheet() { self.push_behind(question) } else { self.0.push(question) }
    }

    /// Asks a question that came up by itself: after the questions that wait, above the sheets.
    pub(in crate::app) fn push_behind(&mut self, question: Question) {
        let sheets = self.0.iter().take_while(|question| question.is_sheet()).count();
        self.0.insert(sheets, question);
    }

    pub(in crate::app) fn pop(&mut self) -> Option<Question> {
        self.0.pop()
    }

    /// Removes the question to answer next, if it is of the right kind.
    pub(in crate::app) fn pop_if(&mut self, is_it: impl Fn(&Question) -> bool) -> Option<Question> {
        self.0.pop_if(|question| is_it(question))
    }

    /// Removes a question wherever it is in the stack.
    pub(in crate::app) fn take(&mut self, is_it: impl Fn(&Question) -> bool) -> Option<Question> {
        self.0.iter().rposition(is_it).map(|index| self.0.remove(index))
    }

    /// Keeps those questions alone for which this is so.
    pub(in crate::app) fn retain(&mut self, keep: impl FnMut(&Question) -> bool) {
        self.0.retain(keep);
    }

    /// The work whose pictures are asked for, wherever the question is in the stack.
    pub(in crate::app) fn missing_mut(&mut self) -> Option<&mut Arrival> {
        self.0.iter_mut().rev().find_map(|question| match question {
            Question::Missing(arrival) => Some(&mut **arrival),
            _ => None,
        })
    }
}
