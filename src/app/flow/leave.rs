//! Closing the open work: for another project, for a new one, or with the window.

use super::instant::stop_if;
use crate::app::message::Effect;
use crate::app::model::document::{Document, Next};
use crate::app::model::notices::NoticeKind;
use crate::app::model::question::Question;
use crate::app::model::view::Side;
use crate::app::state::{Closing, State};

impl State {
    /// Closes the open work for `next`; asks first if something would be lost.
    pub(super) fn leave_for(&mut self, next: Next) -> Vec<Effect> {
        if self.is_project_busy() {
            return Vec::new();
        }
        if self.run.is_active() || self.is_unsaved() || !self.queue.waiting().is_empty() {
            self.ask_about_leaving(Question::Unsaved(next));
            return Vec::new();
        }
        self.go(next)
    }

    /// Whether a project is being read or written, which must end first; if so, tells the user.
    pub(super) fn is_project_busy(&mut self) -> bool {
        let busy = if self.document.saving.is_some() {
            "The project is being saved; try again when that is done."
        } else if self.document.reading.is_some() {
            "Another file is being opened; try again when that is done."
        } else {
            return false;
        };
        self.notices.notify(NoticeKind::Remark, busy);
        true
    }

    /// Closes the open work for `next` without asking.
    pub(super) fn go(&mut self, next: Next) -> Vec<Effect> {
        // A dialog may have been answered while the question was open. The window closes once everything is written.
        if next != Next::Close && self.is_project_busy() {
            return Vec::new();
        }
        match next {
            Next::Close => self.close(),
            Next::New => {
                let mut effects = self.clear();
                self.document = Document::default();
                // A project of an earlier version may have left its own.
                self.settings = self.settings.clone().with_current_schedule();
                effects.push(Effect::ForgetWork { project: None, keep_run: false });
                effects
            }
            Next::Open(path) => self.read_project(path),
            Next::RecoveredWork => self.use_recovered_work(),
        }
    }

    /// Removes the pictures and results, and stops the run. Settings and preferences stay.
    pub(super) fn clear(&mut self) -> Vec<Effect> {
        let mut effects = if self.run.is_active() { vec![Effect::Stop] } else { Vec::new() };
        effects.extend(stop_if(self.instant.clear()));
        self.run = self.run.none_after();
        self.queue.clear();
        self.drop_questions_of_open_work();
        self.sources.clear();
        self.history.clear();
        self.steps.clear();
        self.notices.forget_removed();
        (self.easel, self.canvas, self.unfinished) = (None, None, None);
        self.folder_painting.take_if(|painting| !painting.is_active());
        if let Some(painting) = &mut self.folder_painting {
            painting.view.is_list_open = false;
        }
        self.view.show_latest();
        self.view.side = Side::default();
        effects
    }

    /// The window system asks to close the window.
    pub(super) fn close_requested(&mut self) -> Vec<Effect> {
        if self.is_writing() {
            if self.closing == Closing::No {
                self.closing = Closing::AskWhenWritten;
            }
            return vec![Effect::StayOpen];
        }
        if self.closing == Closing::Now || !self.asks_before_closing() {
            return Vec::new();
        }
        vec![Effect::StayOpen]
    }

    /// Asks about what would be lost if the window closed now; returns whether there is anything.
    fn asks_before_closing(&mut self) -> bool {
        if self.run.is_active() || !self.queue.waiting().is_empty() || self.map_making.is_some() {
            self.ask_about_leaving(Question::Close);
        } else if self.is_unsaved() {
            self.ask_about_leaving(Question::Unsaved(Next::Close));
        } else {
            return false;
        }
        true
    }

    pub(super) fn confirm_close(&mut self) -> Vec<Effect> {
        match self.questions.pop_if(|question| matches!(question, Question::Close)) {
            Some(_) => self.close(),
            None => Vec::new(),
        }
    }

    /// Closes the window, as the user agreed, once nothing is being written.
    fn close(&mut self) -> Vec<Effect> {
        if self.is_writing() {
            self.closing = Closing::WhenWritten;
            return vec![Effect::Stop];
        }
        self.closing = Closing::Now;
        vec![Effect::Stop, Effect::Close]
    }

    /// After a successful write: a window that waited for it closes, or asks about what else would be lost.
    pub(super) fn after_writing(&mut self) -> Vec<Effect> {
        if self.is_writing() || matches!(self.closing, Closing::No | Closing::Now) {
            return Vec::new();
        }
        if self.closing == Closing::AskWhenWritten && self.asks_before_closing() {
            self.closing = Closing::No;
            return Vec::new();
        }
        self.closing = Closing::Now;
        vec![Effect::Close]
    }

    /// After a failed write: the window stays open, and the next queued run can start.
    pub(super) fn stay_open(&mut self) -> Vec<Effect> {
        self.closing = Closing::No;
        if self.is_painting() { Vec::new() } else { self.begin_next() }
    }
}
