//! Questions to the user, and sheets that cover the window. They form a stack: a new one never replaces another, and
//! each holds what follows when it is answered.

use std::path::PathBuf;

use super::arrival::Arrival;
use super::canvas::Canvas;
use super::card::{CardId, LoadedPicture, Request};
use super::document::Next;
use super::export::ExportJob;
use super::training::Thoroughness;
use crate::studio::WrittenRecipe;

/// A question or a sheet; it blocks everything below it.
#[derive(Clone, Debug)]
pub enum Question {
    /// The window was asked to close while a run is active or waits.
    Close,
    /// How to export a picture, and where.
    Export(Box<Canvas>),
    /// The list of shortcuts.
    Help,
    /// The file to export to exists.
    Overwrite(Box<ExportJob>),
    /// The name of a new preset, as typed so far.
    PresetName(String),
    /// How thoroughly to train a style.
    Train(TrainingSheet),
    /// Another name for a trained style.
    StyleName {
        /// Its file.
        path: PathBuf,
        /// The name as typed so far.
        name: String,
    },
    /// Work was recovered after a crash.
    Recovered(Box<Arrival>),
    /// Unsaved work would be lost.
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
    /// Pictures are missing.
    Missing(Box<Arrival>),
    /// The painting of a clip was not finished.
    UnfinishedClip {
        /// The name of the file that was to be written.
        name: String,
        /// Frames that are kept.
        done: u64,
        /// Frames in all, where the clip says it.
        of: Option<u64>,
    },
    /// The painting of a folder was not finished; with the folder's name.
    UnfinishedFolder(String),
    /// How to paint the folder that is open, and where to.
    PaintFolder,
    /// A finished picture was added; its card waits for the answer.
    Restore(Box<FinishedPicture>),
}

/// A training that is asked about.
#[derive(Clone, Debug)]
pub struct TrainingSheet {
    /// The painting to learn from.
    pub painting: CardId,
    /// Its name for the user.
    pub name: String,
    /// How thoroughly.
    pub thoroughness: Thoroughness,
    /// How much the adversary counts, in percent of the most.
    pub adversary: u8,
    /// How far the network learns to ignore noise, in percent of the most.
    pub stability: u8,
}

/// A finished picture that was added.
#[derive(Clone, Debug)]
pub struct FinishedPicture {
    pub(in crate::app) request: Request,
    /// The picture.
    pub loaded: Box<LoadedPicture>,
    /// Its recipe.
    pub recipe: Box<WrittenRecipe>,
}

impl Question {
    /// Whether it asks to close the open work.
    pub(in crate::app) fn is_about_leaving(&self) -> bool {
        matches!(self, Self::Close | Self::Unsaved(_))
    }

    /// Whether it belongs to the open work, and becomes meaningless when that is closed.
    pub(in crate::app) fn belongs_to_open_work(&self) -> bool {
        let is_of_work = matches!(
            self,
            Self::Export(_) | Self::Restore(_) | Self::ReplaceProject { .. } | Self::Train(_) | Self::PaintFolder
        );
        self.is_about_leaving() || is_of_work
    }

    /// Whether it is a sheet: all questions are above the sheets, even those that were asked before.
    pub fn is_sheet(&self) -> bool {
        matches!(self, Self::Export(_) | Self::Help)
    }
}

/// The open questions and sheets, the top one last.
#[derive(Clone, Debug, Default)]
pub struct Questions(Vec<Question>);

impl Questions {
    /// The question on top; `None` if that is a sheet.
    pub fn top(&self) -> Option<&Question> {
        self.0.last().filter(|question| !question.is_sheet())
    }

    /// All questions and sheets, the top one last.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &Question> {
        self.0.iter()
    }

    /// The picture that is about to be exported.
    pub fn to_export(&self) -> Option<&Canvas> {
        self.0.iter().find_map(|question| match question {
            Question::Export(canvas) => Some(&**canvas),
            _ => None,
        })
    }

    /// Whether the list of shortcuts is open.
    pub fn has_help(&self) -> bool {
        self.0.iter().any(|question| matches!(question, Question::Help))
    }

    pub(in crate::app) fn top_mut(&mut self) -> Option<&mut Question> {
        self.0.last_mut()
    }

    /// Adds a question that follows from an action of the user on top, or a sheet below all questions.
    pub(in crate::app) fn push(&mut self, question: Question) {
        if question.is_sheet() { self.push_behind(question) } else { self.0.push(question) }
    }

    /// Adds a question raised in the background: below the other questions, above the sheets.
    pub(in crate::app) fn push_behind(&mut self, question: Question) {
        let sheets = self.0.iter().take_while(|question| question.is_sheet()).count();
        self.0.insert(sheets, question);
    }

    pub(in crate::app) fn pop(&mut self) -> Option<Question> {
        self.0.pop()
    }

    pub(in crate::app) fn pop_if(&mut self, matches: impl Fn(&Question) -> bool) -> Option<Question> {
        self.0.pop_if(|question| matches(question))
    }

    /// Removes the topmost matching question, wherever it is in the stack.
    pub(in crate::app) fn take(&mut self, matches: impl Fn(&Question) -> bool) -> Option<Question> {
        self.0.iter().rposition(matches).map(|index| self.0.remove(index))
    }

    pub(in crate::app) fn retain(&mut self, keep: impl FnMut(&Question) -> bool) {
        self.0.retain(keep);
    }

    /// The work whose missing pictures are asked for, wherever the question is in the stack.
    pub(in crate::app) fn missing_mut(&mut self) -> Option<&mut Arrival> {
        self.0.iter_mut().rev().find_map(|question| match question {
            Question::Missing(arrival) => Some(&mut **arrival),
            _ => None,
        })
    }
}
