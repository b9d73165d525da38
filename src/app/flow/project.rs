//! Projects: saving the open one, and opening others.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::app::message::{Effect, ProjectAction};
use crate::app::model::dialog::Purpose;
use crate::app::model::document::{Next, ProjectFile, ProjectJob, Saving, Stamp};
use crate::app::model::export::SaveError;
use crate::app::model::history::HistoryEntry;
use crate::app::model::mask::MaskFor;
use crate::app::model::notices::{NoticeKind, Topic};
use crate::app::model::question::Question;
use crate::app::model::sources::{Painting, Sources};
use crate::app::state::State;
use crate::app::wording;
use crate::picture::path::with_ending;
use crate::studio::project::{EXTENSION, PastResult, Project, Setup, StoredPicture, is_project};

impl State {
    pub(super) fn project_action(&mut self, action: ProjectAction) -> Vec<Effect> {
        match action {
            ProjectAction::New => self.leave_for(Next::New),
            ProjectAction::Choose => {
                let folder = self.project_folder();
                self.open_dialog(Purpose::OpenProject, String::new(), folder)
            }
            ProjectAction::Open(path) => self.leave_for(Next::Open(path)),
            ProjectAction::Save => self.save_or_ask_where(None),
            ProjectAction::SaveAs => {
                match self.questions.pop_if(|asked| matches!(asked, Question::ReplaceProject { .. })) {
                    Some(Question::ReplaceProject { next, .. }) => self.ask_where_to_save(next),
                    _ => self.ask_where_to_save(None),
                }
            }
            ProjectAction::SaveFirst => match self.questions.pop_if(Question::is_about_leaving) {
                Some(Question::Unsaved(next)) => self.save_or_ask_where(Some(next)),
                Some(_) => self.save_or_ask_where(Some(Next::Close)),
                None => Vec::new(),
            },
            ProjectAction::Leave => match self.questions.pop_if(|asked| matches!(asked, Question::Unsaved(_))) {
                Some(Question::Unsaved(next)) => self.go(next),
                _ => Vec::new(),
            },
            ProjectAction::Replace => {
                match self.questions.pop_if(|asked| matches!(asked, Question::ReplaceProject { .. })) {
                    Some(Question::ReplaceProject { path, next, .. }) => self.save_project(path, true, None, next),
                    _ => Vec::new(),
                }
            }
            ProjectAction::Find(index) => self.ask_where_it_is(index),
            ProjectAction::UseChanged(index) => {
                self.accept_changed(index);
                Vec::new()
            }
            ProjectAction::Proceed => self.proceed(),
            ProjectAction::Restore => self.restore_from_picture(),
            ProjectAction::UseAsPicture => self.use_as_picture(),
        }
    }

    /// The setup of the next run: the loaded photo and paintings, the masks, and the settings.
    pub(in crate::app) fn setup(&self) -> Setup {
        self.setup_of(&self.sources)
    }

    /// The same, with the photo and the paintings as they would be.
    pub(super) fn setup_of(&self, sources: &Sources) -> Setup {
        let mask = |purpose| self.mask_for(purpose).map(|mask| StoredPicture::of(Arc::new(mask.to_picture())));
        let style = |painting: &Painting| {
            let card = &painting.source;
            Some(painting.with(card.loaded.as_ref()?.source.clone(), mask(MaskFor::Painting(card.id))))
        };
        Setup {
            content: sources.loaded_photo().map(|photo| photo.source.clone()),
            styles: sources.paintings.iter().filter_map(style).collect(),
            protection: mask(MaskFor::Protection),
            start: None,
            settings: self.settings.clone(),
        }
    }

    /// The open work as a project. While a run is active, its setup is the project's, so that it can be continued.
    pub(super) fn project(&self) -> Project {
        let past = |entry: &HistoryEntry| PastResult {
            picture: entry.stored.clone(),
            setup: entry.inputs.setup.clone(),
            seconds: entry.elapsed.as_secs_f64(),
            reached: Some(entry.canvas.reached),
            stopped: entry.stopped,
            kept: entry.kept,
        };
        let history: Vec<PastResult> = self.history.entries().iter().map(past).collect();
        let running = self.run.active_inputs();
        let ready = self.setup();
        let unfinished = self.unfinished.as_ref().filter(|run| running.is_none() && run.fits(&ready));
        Project {
            setup: match (running, unfinished) {
                (Some(inputs), _) => self.setup_of_run(inputs),
                (None, Some(run)) => run.setup(ready),
                (None, None) => ready,
            },
            picture: history.last().map(|past| past.picture.clone()),
            history,
            unfinished: unfinished.map(|run| run.progress.clone()),
        }
    }

    pub(super) fn read_project(&mut self, path: PathBuf) -> Vec<Effect> {
        if self.is_project_busy() {
            return Vec::new();
        }
        self.document.reading = Some(crate::picture::path::file_name(&path));
        vec![Effect::OpenProject { path, known: self.known_files() }]
    }

    /// Saves the project to its file, or asks for one; `next` follows once it is saved.
    fn save_or_ask_where(&mut self, next: Option<Next>) -> Vec<Effect> {
        match self.document.file.clone() {
            Some(ProjectFile { path, stamp }) => self.save_project(path, true, stamp, next),
            None => self.ask_where_to_save(next),
        }
    }

    fn ask_where_to_save(&mut self, next: Option<Next>) -> Vec<Effect> {
        let name = self.document.name().unwrap_or_else(|| wording::picture_name(self.setup().source_names()));
        let folder = self.project_folder();
        self.open_dialog(Purpose::SaveProject(next), format!("{name}.{EXTENSION}"), folder)
    }

    fn project_folder(&self) -> Option<PathBuf> {
        let file = self.document.file.as_ref().map(|file| &file.path).or(self.recent.projects.first())?;
        file.parent().map(Path::to_path_buf)
    }

    /// Saves to the file that was chosen in a dialog. The dialog asked about replacing exactly that name.
    pub(super) fn save_project_to(&mut self, chosen: &Path, next: Option<Next>) -> Vec<Effect> {
        let is_named = is_project(chosen);
        let path = if is_named { chosen.to_path_buf() } else { with_ending(chosen, EXTENSION) };
        self.save_project(path, is_named, None, next)
    }

    /// Saves to a file. An existing file is replaced only if `replace` is set and, if its stamp is known, no other
    /// program has changed it since. `next` follows once it is saved.
    fn save_project(&mut self, path: PathBuf, replace: bool, known: Option<Stamp>, next: Option<Next>) -> Vec<Effect> {
        if self.is_project_busy() {
            return Vec::new();
        }
        self.document.saving = Some(Saving { path: path.clone(), content: self.fingerprint(), next });
        let (project, with_run, inputs) = (self.project(), self.run.is_active(), self.sources.paths());
        vec![Effect::SaveProject(Box::new(ProjectJob { path, project, with_run, known, replace, inputs }))]
    }

    pub(super) fn project_saved(&mut self, result: Result<ProjectFile, SaveError>) -> Vec<Effect> {
        let Some(Saving { content, next, .. }) = self.document.saving.take() else { return Vec::new() };
        match result {
            Ok(file) => {
                self.recent.project(&file.path);
                self.notices.clear_topic(Topic::Project);
                self.notices.notify(NoticeKind::Done, &format!("Saved as {}", file.path.display()));
                let (project, keep_run) = (Some(file.path.clone()), self.run.is_active());
                let mut effects = vec![Effect::ForgetWork { project, keep_run }];
                (self.document.saved, self.document.file) = (content, Some(file));
                effects.extend(next.map_or_else(Vec::new, |next| self.go(next)));
                effects.extend(self.after_writing());
                return effects;
            }
            Err(SaveError::Exists(path)) => {
                self.questions.push_behind(Question::ReplaceProject { path, changed_outside: false, next });
            }
            Err(SaveError::ChangedOutside(path)) => {
                self.questions.push_behind(Question::ReplaceProject { path, changed_outside: true, next });
            }
            Err(SaveError::Failed(reason)) => self.notices.report(Topic::Project, &reason),
        }
        // The work is not saved yet.
        self.stay_open()
    }
}
