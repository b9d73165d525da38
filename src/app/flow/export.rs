//! Exporting the shown picture to a file.

use std::path::Path;

use crate::app::message::Effect;
use crate::app::model::canvas::Canvas;
use crate::app::model::dialog::Purpose;
use crate::app::model::export::{ExportJob, ExportedFile, SaveError};
use crate::app::model::notices::{NoticeKind, Topic};
use crate::app::model::question::Question;
use crate::app::state::State;
use crate::picture::Format;
use crate::picture::metadata::Disclosure;
use crate::picture::path::{has_ending, with_ending};

impl State {
    pub(super) fn ask_how_to_export(&mut self) {
        if !self.can_export() || self.questions.to_export().is_some() {
            return;
        }
        // The picture shown when Export was pressed is exported.
        if let Some(canvas) = self.shown_canvas().cloned() {
            self.questions.push(Question::Export(Box::new(canvas)));
        }
        // The size and the disclosure of the place must be chosen for each picture.
        self.export.long_side = None;
        self.export.disclosure = self.export.disclosure.min(Disclosure::Camera);
    }

    pub(super) fn ask_where_to_export(&mut self) -> Vec<Effect> {
        let Some(canvas) = self.questions.to_export() else { return Vec::new() };
        let suggestion = format!("{}.{}", canvas.name, self.export.format.ending());
        // Asking again means that a dialog that is still open is hidden.
        self.dialog = None;
        self.open_dialog(Purpose::Export, suggestion, self.export_folder.clone())
    }

    pub(super) fn export_to(&mut self, chosen: &Path) -> Vec<Effect> {
        let Some(Question::Export(canvas)) = self.questions.take(|question| matches!(question, Question::Export(_)))
        else {
            return Vec::new();
        };
        if self.is_exporting() {
            return Vec::new();
        }
        // A name without an extension gets that of the chosen format. A typed extension decides the format; the encoder
        // refuses unknown ones.
        let choice = self.export;
        let has_ending = has_ending(chosen);
        let path = if has_ending { chosen.to_path_buf() } else { with_ending(chosen, choice.format.ending()) };
        let Canvas { image, setup, exif, mut inputs, .. } = *canvas;
        inputs.extend(self.sources.paths());
        self.write_picture(Box::new(ExportJob {
            encoding: choice.encoded_as(Format::from_path(&path).unwrap_or(choice.format)),
            path,
            image,
            long_side: choice.long_side,
            setup,
            exif,
            disclosure: choice.disclosure,
            inputs,
            // The dialog asked about replacing the typed name, not the one with an added extension.
            replace: has_ending,
        }))
    }

    pub(super) fn exported(&mut self, result: Result<ExportedFile, SaveError>) -> Vec<Effect> {
        let job = self.exporting.take();
        match result {
            Ok(file) => {
                if let Some(job) = job.as_ref().filter(|job| job.long_side.is_none()) {
                    self.history.mark_exported(&job.image);
                }
                let text = format!("Saved {} × {} pixels to {}", file.width, file.height, file.path.display());
                self.notices.clear_topic(Topic::Export);
                self.notices.notify(NoticeKind::Done, &text);
                self.export_folder = file.path.parent().map(Path::to_path_buf);
                return self.after_writing();
            }
            Err(SaveError::Failed(reason)) => self.notices.report(Topic::Export, &reason),
            Err(SaveError::Exists(_) | SaveError::ChangedOutside(_)) => {
                if let Some(job) = job {
                    self.questions.push_behind(Question::Overwrite(job));
                }
            }
        }
        // The picture is not saved yet.
        self.stay_open()
    }

    pub(super) fn overwrite(&mut self) -> Vec<Effect> {
        if !matches!(self.question(), Some(Question::Overwrite(_))) || self.is_exporting() {
            return Vec::new();
        }
        match self.questions.pop() {
            Some(Question::Overwrite(job)) => self.write_picture(Box::new(ExportJob { replace: true, ..*job })),
            _ => Vec::new(),
        }
    }

    /// Whether a picture is being written, which must end first; if so, tells the user.
    fn is_exporting(&mut self) -> bool {
        let busy = self.exporting.is_some();
        if busy {
            let text = "A picture is being saved; try again when that is done.";
            self.notices.notify(NoticeKind::Remark, text);
        }
        busy
    }

    fn write_picture(&mut self, job: Box<ExportJob>) -> Vec<Effect> {
        self.exporting = Some(job.clone());
        vec![Effect::Export(job)]
    }
}
