//! Training a style, and the trained styles in the program's folder.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::app::message::{Effect, StyleAction, TrainingAction};
use crate::app::model::card::{CardId, LoadedPicture, Origin, Target};
use crate::app::model::dialog::Purpose;
use crate::app::model::notices::{NoticeKind, RemovedItem, Topic};
use crate::app::model::own_file::LONGEST_NAME;
use crate::app::model::question::{Question, TrainingSheet};
use crate::app::model::run::Phase;
use crate::app::model::styles::{OwnStyle, OwnStyles};
use crate::app::model::training::{Thoroughness, Training, TrainingRequest, TrainingSubject};
use crate::app::state::State;
use crate::studio::training::TrainingEvent;

impl State {
    pub(super) fn training_action(&mut self, action: TrainingAction) -> Vec<Effect> {
        match action {
            TrainingAction::Ask(painting) => {
                if self.training_obstacle(painting).is_none() {
                    let card = self.sources.paintings.iter().find(|other| other.source.id == painting);
                    let name = card.map_or_else(String::new, |painting| painting.source.name().to_owned());
                    let thoroughness = Thoroughness::default();
                    let sheet = TrainingSheet { painting, name, thoroughness, adversary: 0, stability: 0 };
                    self.questions.push(Question::Train(sheet));
                }
                Vec::new()
            }
            TrainingAction::SetThoroughness(chosen) => {
                if let Some(Question::Train(sheet)) = self.questions.top_mut() {
                    sheet.thoroughness = chosen;
                }
                Vec::new()
            }
            TrainingAction::SetAdversary(percent) => {
                if let Some(Question::Train(sheet)) = self.questions.top_mut() {
                    sheet.adversary = percent.min(100);
                }
                Vec::new()
            }
            TrainingAction::SetStability(percent) => {
                if let Some(Question::Train(sheet)) = self.questions.top_mut() {
                    sheet.stability = percent.min(100);
                }
                Vec::new()
            }
            TrainingAction::Begin => match self.questions.take(|question| matches!(question, Question::Train(_))) {
                Some(Question::Train(sheet)) => self.begin_training(&sheet),
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

    /// Why no training can go on or start, as a hint; `None` if one can.
    pub fn trainer_obstacle(&self) -> Option<&'static str> {
        match (&self.training, &self.styles.folder) {
            (Some(_), _) => Some("Another style is being trained"),
            (None, None) => Some("Impasto has no folder to keep styles in; use impasto train"),
            (None, Some(_)) => None,
        }
    }

    /// Why no training can start on a painting, as a hint; `None` if one can.
    pub fn training_obstacle(&self, painting: CardId) -> Option<&'static str> {
        let card = self.sources.paintings.iter().map(|painting| &painting.source).find(|card| card.id == painting);
        match card.map(|card| (&card.pending, &card.loaded)) {
            Some((None, Some(loaded))) if loaded.picture.trained_style().is_some() => Some("This is a trained style"),
            Some((None, Some(loaded))) if loaded.picture.map_place().is_some() => Some("This is a place on a map"),
            Some((None, Some(_))) => self.trainer_obstacle(),
            _ => Some("Loading…"),
        }
    }

    fn begin_training(&mut self, sheet: &TrainingSheet) -> Vec<Effect> {
        let TrainingSheet { painting, thoroughness, adversary, stability, .. } = sheet;
        let card = self.sources.paintings.iter().map(|painting| &painting.source).find(|card| card.id == *painting);
        let (Some(loaded), Some(folder)) = (card.and_then(|card| card.loaded.as_ref()), &self.styles.folder) else {
            return Vec::new();
        };
        if self.training_obstacle(*painting).is_some() {
            return Vec::new();
        }
        let LoadedPicture { name, picture, .. } = loaded;
        let subject = TrainingSubject::Painting {
            name: name.clone(),
            picture: Arc::clone(picture),
            steps: thoroughness.steps(),
            adversary: *adversary,
            stability: *stability,
            folder: folder.clone(),
        };
        let name = OwnStyles::files(folder, name).next().map_or_else(|| name.clone(), |file| OwnStyle::name_of(&file));
        self.train(subject, name)
    }

    fn train(&mut self, subject: TrainingSubject, name: String) -> Vec<Effect> {
        self.notices.work_saved(Topic::Training, Ok(()));
        self.training = Some(Training::new(name));
        let photo = self.sources.photo_picture().cloned();
        vec![Effect::Train(Box::new(TrainingRequest { subject, photo, hardware: self.hardware }))]
    }

    /// Lets a training wait while a picture is painted.
    pub(super) fn refresh_training(&mut self) -> Vec<Effect> {
        // A paused run leaves the processor to the training.
        let paints_files = self.clip_painting.as_ref().is_some_and(|clip| !clip.is_paused)
            || self.active_folder().is_some_and(|folder| !folder.is_paused);
        let is_painting = self.run.is_active() && self.run.phase != Phase::Paused || paints_files;
        let Some(training) = &mut self.training else { return Vec::new() };
        let was_waiting = training.is_waiting();
        training.gives_way = is_painting;
        wait_or_go_on(was_waiting, training)
    }

    pub(super) fn training_event(&mut self, event: TrainingEvent) -> Vec<Effect> {
        let Some(training) = &mut self.training else { return Vec::new() };
        match event {
            TrainingEvent::Started { device, output, before, of } => {
                training.name = OwnStyle::name_of(&output);
                (training.device, training.output, training.steps) = (Some(device), Some(output), Some((before, of)));
            }
            TrainingEvent::Progress(progress) => training.advance(&progress),
            TrainingEvent::Preview(picture) => training.preview = Some(picture),
            TrainingEvent::Remark(sentence) => self.notices.notify(NoticeKind::Remark, &sentence),
            TrainingEvent::Saved(result) => self.notices.work_saved(Topic::Training, result),
            TrainingEvent::Finished(_) => {
                let text = format!("The style {} was trained. It is among your styles.", training.name);
                self.notices.notify(NoticeKind::Done, &text);
                return self.end_training();
            }
            TrainingEvent::Stopped(end) => {
                if end.steps > 0 {
                    let name = &training.name;
                    let text =
                        format!("The training was stopped. {name} is among your styles and can be trained further.");
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

    /// Lists the style, and reads it again where it is among the paintings.
    fn end_training(&mut self) -> Vec<Effect> {
        let output = self.training.take().and_then(|training| training.output);
        let mut effects = vec![Effect::ListStyles];
        let Some(output) = output else { return effects };
        let is_it = |loaded: &LoadedPicture| loaded.path.as_ref() == Some(&output);
        let cards = self.sources.paintings.iter().map(|painting| &painting.source);
        let cards: Vec<CardId> =
            cards.filter(|card| card.loaded.as_ref().is_some_and(is_it)).map(|card| card.id).collect();
        for card in cards {
            effects.extend(self.add(vec![Origin::File(output.clone())], Target::Painting(card)));
        }
        effects
    }

    pub(super) fn style_action(&mut self, action: StyleAction) -> Vec<Effect> {
        match action {
            StyleAction::Listed(list) => self.styles.list = list,
            StyleAction::GoOn(path) => {
                let is_unfinished = self.styles.find(&path).is_some_and(|style| style.is_unfinished);
                if is_unfinished && self.trainer_obstacle().is_none() {
                    let name = OwnStyle::name_of(&path);
                    return self.train(TrainingSubject::GoingOn(path), name);
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
            StyleAction::Delete(path) if !self.is_training(&path) => {
                self.styles.list.retain(|style| style.path != path);
                return vec![Effect::DeleteStyle(path)];
            }
            StyleAction::Delete(_) => {}
            StyleAction::AskWhere(path) => {
                let suggestion = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
                return self.open_dialog(Purpose::ExportStyle(path), suggestion, self.export_folder.clone());
            }
            StyleAction::Renamed(from, result) => {
                if let Ok(to) = &result {
                    self.sources.follow(&from, to);
                }
                return self.style_moved(result);
            }
            StyleAction::Deleted(path, result) => {
                if let Ok(deleted) = result.clone() {
                    let name = OwnStyle::name_of(&path);
                    let text = format!("The style {name} was deleted.");
                    self.notices.removed(&text, RemovedItem::Style { deleted, name });
                }
                return self.style_moved(result);
            }
            StyleAction::Restored(result) => return self.style_moved(result),
            StyleAction::Copied(Ok(path)) => {
                self.notices.clear_topic(Topic::Styles);
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
        let (path, name) = (path.clone(), name.trim().to_owned());
        self.questions.pop();
        if name == OwnStyle::name_of(&path) || self.is_training(&path) {
            return Vec::new();
        }
        vec![Effect::RenameStyle { path, name }]
    }

    fn style_moved(&mut self, result: Result<PathBuf, String>) -> Vec<Effect> {
        match result {
            Ok(_) => self.notices.clear_topic(Topic::Styles),
            Err(sentence) => self.notices.report(Topic::Styles, &sentence),
        }
        vec![Effect::ListStyles]
    }

    /// Whether a training writes this file.
    fn is_training(&self, path: &Path) -> bool {
        self.training.as_ref().is_some_and(|training| training.output.as_deref() == Some(path))
    }
}

/// Pauses or resumes a training if it waits now and did not before, or the other way round.
fn wait_or_go_on(was_waiting: bool, training: &Training) -> Vec<Effect> {
    match (was_waiting, training.is_waiting()) {
        (false, true) => vec![Effect::PauseTraining],
        (true, false) => vec![Effect::ResumeTraining],
        _ => Vec::new(),
    }
}
