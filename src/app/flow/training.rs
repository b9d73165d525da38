//! Training a style, and the trained styles in the program's folder.

use std::path::{Path, PathBuf};

use crate::app::message::{Effect, StyleAction, TrainingAction};
use crate::app::model::card::CardId;
use crate::app::model::dialog::Purpose;
use crate::app::model::notices::{NoticeKind, RemovedItem, Topic};
use crate::app::model::question::{Question, TrainingSheet};
use crate::app::model::styles::{LONGEST_NAME, OwnStyle};
use crate::app::model::training::{Thoroughness, Training, TrainingRequest, TrainingSubject};
use crate::app::state::State;
use crate::picture::path::with_ending;
use crate::picture::style_file::StyleFile;
use crate::studio::training::TrainingEvent;

impl State {
    pub(super) fn training_action(&mut self, action: TrainingAction) -> Vec<Effect> {
        match action {
            TrainingAction::Ask(painting) => {
                if self.training_obstacle().is_none() {
                    let thoroughness = Thoroughness::default();
                    self.questions.push(Question::Train(TrainingSheet { painting, thoroughness }));
                }
                Vec::new()
            }
            TrainingAction::SetThoroughness(chosen) => {
                if let Some(Question::Train(sheet)) = self.questions.top_mut() {
                    sheet.thoroughness = chosen;
                }
                Vec::new()
            }
            TrainingAction::Begin => match self.questions.take(|question| matches!(question, Question::Train(_))) {
                Some(Question::Train(sheet)) => self.begin_training(sheet),
                _ => Vec::new(),
            },
            TrainingAction::TogglePause => {
                let Some(training) = &mut self.training else { return Vec::new() };
                let was_waiting = training.is_waiting();
                training.is_paused = !training.is_paused;
                wait_or_go_on(was_waiting, training)
            }
            TrainingAction::Stop => {
                let Some(training) = &mut self.training else { return Vec::new() };
                training.is_stopping = true;
                vec![Effect::StopTraining]
            }
        }
    }

    /// Why no training can start, as a hint; `None` if one can.
    pub fn training_obstacle(&self) -> Option<&'static str> {
        match (&self.training, &self.styles.folder) {
            (Some(_), _) => Some("Another style is being trained"),
            (None, None) => Some("There is no folder for trained styles"),
            (None, Some(_)) => None,
        }
    }

    fn begin_training(&mut self, TrainingSheet { painting, thoroughness }: TrainingSheet) -> Vec<Effect> {
        let Some((name, picture)) = self.painting_of(painting) else { return Vec::new() };
        let Some(output) = self.styles.vacant(&name).filter(|_| self.training_obstacle().is_none()) else {
            return Vec::new();
        };
        let steps = thoroughness.steps();
        self.train(TrainingSubject::Painting { name, picture, steps }, output)
    }

    /// The name and the picture of a painting.
    fn painting_of(&self, id: CardId) -> Option<(String, std::sync::Arc<crate::picture::Picture>)> {
        let card = self.sources.paintings.iter().map(|painting| &painting.source).find(|card| card.id == id)?;
        let loaded = card.loaded.as_ref()?;
        Some((loaded.name.clone(), std::sync::Arc::clone(&loaded.picture)))
    }

    fn train(&mut self, subject: TrainingSubject, output: PathBuf) -> Vec<Effect> {
        self.notices.clear_topic(Topic::Training);
        self.training = Some(Training::new(output.clone()));
        let photo = self.sources.photo_picture().cloned();
        let request = TrainingRequest { subject, output, photo, hardware: self.hardware };
        vec![Effect::Train(Box::new(request))]
    }

    /// Lets a training wait while a picture is painted.
    pub(super) fn refresh_training(&mut self) -> Vec<Effect> {
        let is_painting = self.run.is_active();
        let Some(training) = &mut self.training else { return Vec::new() };
        let was_waiting = training.is_waiting();
        training.gives_way = is_painting;
        wait_or_go_on(was_waiting, training)
    }

    pub(super) fn training_event(&mut self, event: TrainingEvent) -> Vec<Effect> {
        let Some(training) = &mut self.training else { return Vec::new() };
        match event {
            TrainingEvent::Started { .. } => {}
            TrainingEvent::Progress(progress) => training.advance(progress),
            TrainingEvent::Preview(picture) => training.preview = Some(picture),
            TrainingEvent::Remark(sentence) => self.notices.notify(NoticeKind::Remark, &sentence),
            TrainingEvent::Saved(result) => {
                let is_listed = self.styles.find(&training.output).is_some();
                let is_new = result.is_ok() && !is_listed;
                self.notices.work_saved(Topic::Training, result);
                return if is_new { vec![Effect::ListStyles] } else { Vec::new() };
            }
            TrainingEvent::Finished(_) => {
                let text = format!("The style {} was trained. It is among your styles.", training.name);
                self.notices.notify(NoticeKind::Done, &text);
                return self.end_training();
            }
            TrainingEvent::Stopped(end) => {
                if end.steps > 0 {
                    let text = format!("What {} learned is kept among your styles.", training.name);
                    self.notices.notify(NoticeKind::Done, &text);
                }
                return self.end_training();
            }
            TrainingEvent::Failed(sentence) => {
                self.notices.report(Topic::Training, &sentence);
                return self.end_training();
            }
        }
        Vec::new()
    }

    fn end_training(&mut self) -> Vec<Effect> {
        self.training = None;
        vec![Effect::ListStyles]
    }

    pub(super) fn style_action(&mut self, action: StyleAction) -> Vec<Effect> {
        match action {
            StyleAction::Listed(list) => self.styles.list = list,
            StyleAction::GoOn(path) => {
                let is_unfinished = self.styles.find(&path).is_some_and(|style| style.is_unfinished);
                if is_unfinished && self.training_obstacle().is_none() {
                    return self.train(TrainingSubject::GoingOn, path);
                }
            }
            StyleAction::AskName(path) => {
                let name = OwnStyle::name_of(&path);
                self.questions.push(Question::StyleName { path, name });
            }
            StyleAction::Name(typed) => {
                if let Some(Question::StyleName { name, .. }) = self.questions.top_mut() {
                    *name = typed.chars().take(LONGEST_NAME).collect();
                }
            }
            StyleAction::Rename => return self.rename_style(),
            StyleAction::Delete(path) => return self.delete_style(&path),
            StyleAction::AskWhere(path) => {
                let suggestion = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
                return self.open_dialog(Purpose::ExportStyle(path), suggestion, self.export_folder.clone());
            }
            StyleAction::Moved(result) => {
                match result {
                    Ok(()) => self.notices.clear_topic(Topic::Styles),
                    Err(sentence) => self.notices.report(Topic::Styles, &sentence),
                }
                return vec![Effect::ListStyles];
            }
            StyleAction::Copied(Ok(path)) => {
                self.export_folder = path.parent().map(Path::to_path_buf);
                self.notices.notify(NoticeKind::Done, &format!("The style was exported to {}.", path.display()));
            }
            StyleAction::Copied(Err(sentence)) => self.notices.report(Topic::Styles, &sentence),
        }
        Vec::new()
    }

    fn rename_style(&mut self) -> Vec<Effect> {
        let Some(Question::StyleName { path, name }) = self.question() else { return Vec::new() };
        if name.trim().is_empty() {
            return Vec::new();
        }
        let (from, name) = (path.clone(), name.trim().to_owned());
        self.questions.pop();
        if name == OwnStyle::name_of(&from) || self.is_training(&from) {
            return Vec::new();
        }
        self.styles.vacant(&name).map(|to| Effect::MoveStyle { from, to }).into_iter().collect()
    }

    /// Moves a style out of the list; it can be put back until the window closes.
    fn delete_style(&mut self, path: &Path) -> Vec<Effect> {
        let (Some(folder), false) = (&self.styles.folder, self.is_training(path)) else { return Vec::new() };
        let Some(file) = path.file_name() else { return Vec::new() };
        let to = folder.join(OwnStyle::DELETED).join(file);
        self.styles.list.retain(|style| style.path != path);
        let text = format!("The style {} was deleted.", OwnStyle::name_of(path));
        self.notices.removed(&text, RemovedItem::Style { deleted: to.clone(), path: path.to_path_buf() });
        vec![Effect::MoveStyle { from: path.to_path_buf(), to }]
    }

    /// Whether a training writes this file.
    fn is_training(&self, path: &Path) -> bool {
        self.training.as_ref().is_some_and(|training| training.output == path)
    }
}

/// Copies a style to a chosen file.
pub(super) fn export_style_to(from: PathBuf, chosen: PathBuf) -> Vec<Effect> {
    let is_named = chosen.extension().is_some_and(|ending| ending.eq_ignore_ascii_case(StyleFile::ENDING));
    let to = if is_named { chosen } else { with_ending(&chosen, StyleFile::ENDING) };
    vec![Effect::CopyStyle { from, to }]
}

/// Pauses or resumes a training if it waits now and did not before, or the other way round.
fn wait_or_go_on(was_waiting: bool, training: &Training) -> Vec<Effect> {
    match (was_waiting, training.is_waiting()) {
        (false, true) => vec![Effect::PauseTraining],
        (true, false) => vec![Effect::ResumeTraining],
        _ => Vec::new(),
    }
}
