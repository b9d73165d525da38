//! The project that is open: its file, what is saved in it, and what would be lost.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use super::mark::Mark;
use super::run::BeganWith;
use super::{Kind, MaskFor, Painting, Question, Sheet, State, Topic};
use crate::app::action::{Effect, ProjectAction, ProjectFile, ProjectJob, ProjectSaveError, Purpose};
use crate::app::wording;
use crate::picture::path::with_ending;
use crate::studio::Style;
use crate::studio::project::{EXTENSION, Held, Past, Project, Setup};

/// The project that is open.
#[derive(Clone, Debug, Default)]
pub struct Document {
    /// Its file, once it has one.
    pub file: Option<ProjectFile>,
    /// It is being written, to this file.
    pub saving: Option<PathBuf>,
    /// What is in the file.
    saved: Mark,
    /// What will be, when it is written.
    written: Mark,
    /// What to do when the save that is going on has succeeded.
    next: Option<Next>,
    /// What to do when it is saved to the file that a dialog is open for.
    next_of_dialog: Option<Next>,
}

impl Document {
    /// The dialog for its file was cancelled, and with it what was to follow.
    pub(super) fn forget_dialog(&mut self) {
        self.next_of_dialog = None;
    }
}

/// What would leave the work that is open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next {
    /// Close the window.
    Close,
    /// Begin anew.
    New,
    /// Open another project.
    Open(PathBuf),
    /// Go on with the work that was found, which [`Question::GoOn`] holds.
    FoundWork,
}

impl State {
    /// There is work that is in no file: of a project whatever has changed; without one, pictures that were not
    /// exported, and masks.
    pub fn is_unsaved(&self) -> bool {
        if self.document.file.is_some() {
            return self.mark() != self.document.saved;
        }
        let has_mask = |painting: &Painting| self.mask_for(MaskFor::Painting(painting.card.id)).is_some();
        self.history.entries().iter().any(|entry| !entry.exported)
            || self.mask_for(MaskFor::Protection).is_some()
            || self.sources.paintings.iter().any(has_mask)
    }

    /// What a person calls the project: its file's name without the ending.
    pub fn project_name(&self) -> Option<String> {
        let file = self.document.file.as_ref()?;
        Some(file.path.file_stem().unwrap_or(file.path.as_os_str()).to_string_lossy().into_owned())
    }

    /// What stands on the window's frame.
    pub fn title(&self) -> String {
        match (self.project_name(), self.is_unsaved()) {
            (Some(name), true) => format!("• {name} – Impasto"),
            (Some(name), false) => format!("{name} – Impasto"),
            (None, true) => "• Untitled – Impasto".to_owned(),
            (None, false) => "Impasto".to_owned(),
        }
    }

    /// What lies ready to be painted: the photo and the paintings that are there, and the settings.
    pub(in crate::app) fn setup(&self) -> Setup {
        let photo = self.sources.photo.as_ref().and_then(|card| card.loaded.as_ref());
        let style = |painting: &Painting| {
            Some(Style {
                source: painting.card.loaded.as_ref()?.source.clone(),
                weight: painting.part.weight,
                brush_scale: painting.part.brush_scale,
                mask: self.mask_for(MaskFor::Painting(painting.card.id)).map(held),
            })
        };
        Setup {
            content: photo.map(|loaded| loaded.source.clone()),
            styles: self.sources.paintings.iter().filter_map(style).collect(),
            protection: self.mask_for(MaskFor::Protection).map(held),
            start: None,
            settings: self.settings.clone(),
        }
    }

    /// Everything, as a project. While a picture is being painted, what it is painted with counts, so that it can be
    /// painted on.
    pub(in crate::app) fn project(&self) -> Project {
        let running = self.run.began_with.as_ref().filter(|_| self.run.is_active());
        let past = |entry: &super::Entry| Past {
            picture: entry.held.clone(),
            setup: entry.painted_with.setup.clone(),
            seconds: entry.elapsed.as_secs_f64(),
            reached: Some(entry.canvas.reached),
            stopped: entry.stopped,
            kept: entry.kept,
        };
        let history: Vec<Past> = self.history.entries().iter().map(past).collect();
        let ready = self.setup();
        let waiting = self.unfinished.as_ref().filter(|waiting| running.is_none() && waiting.fits(&ready));
        let setup = match (running, waiting) {
            (Some(began), _) => self.setup_of(began),
            (None, Some(waiting)) => waiting.setup(ready),
            (None, None) => ready,
        };
        Project {
            setup,
            picture: history.last().map(|past| past.picture.clone()),
            history,
            unfinished: waiting.map(|waiting| waiting.run.clone()),
        }
    }

    /// What the run paints with by now.
    pub(super) fn setup_of(&self, began: &BeganWith) -> Setup {
        let settings = began.setup.settings.clone().with_live_of(&self.settings);
        Setup { settings, ..began.setup.clone() }
    }

    /// What is kept of the run that was begun.
    pub(in crate::app) fn kept_project(&self) -> Option<Project> {
        let began = self.run.began_with.as_ref()?;
        Some(Project { setup: began.setup.clone(), ..Project::default() })
    }

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
            ProjectAction::SaveFirst => {
                match self.questions.pop_if(|asked| matches!(asked, Question::Unsaved(_) | Question::Close)) {
                    Some(Question::Unsaved(next)) => self.save_or_ask_where(Some(next)),
                    Some(_) => self.save_or_ask_where(Some(Next::Close)),
                    None => Vec::new(),
                }
            }
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
            ProjectAction::Take(index) => {
                self.take_as_it_is(index);
                Vec::new()
            }
            ProjectAction::GoAhead => self.go_ahead(),
            ProjectAction::Restore => self.restore_from_picture(),
            ProjectAction::UseAsPicture => self.use_as_picture(),
        }
    }

    /// Leaves the work that is open for something else; asks first when it would be lost.
    pub(super) fn leave_for(&mut self, next: Next) -> Vec<Effect> {
        if self.is_project_busy() {
            return Vec::new();
        }
        if self.run.is_active() || self.is_unsaved() {
            self.ask(Question::Unsaved(next));
            return Vec::new();
        }
        self.go(next)
    }

    /// A project is being read or written, which must end first; says so.
    pub(super) fn is_project_busy(&mut self) -> bool {
        let busy = if self.document.saving.is_some() {
            "The project is being saved; try again when that is done."
        } else if self.arriving.is_some() {
            "Another file is being opened; try again when that is done."
        } else {
            return false;
        };
        self.notify(Kind::Remark, busy);
        true
    }

    fn go(&mut self, next: Next) -> Vec<Effect> {
        match next {
            Next::Close => self.close(),
            Next::New => {
                let mut effects = self.clear();
                self.document = Document::default();
                effects.push(Effect::ForgetWork { project: None });
                effects
            }
            Next::Open(path) => self.read_project(path),
            Next::FoundWork => self.take_up_found_work(),
        }
    }

    /// Puts the pictures away, and ends the run. What is remembered of the window stays.
    pub(super) fn clear(&mut self) -> Vec<Effect> {
        let effects = if self.run.is_active() { vec![Effect::Stop] } else { Vec::new() };
        self.run = super::Run::default();
        self.queue.clear();
        self.sources.clear();
        self.history.clear();
        self.questions.forget_the_open_work();
        if self.dialog.is_some_and(Purpose::is_about_the_open_work) {
            self.give_up_dialog();
        }
        self.forget_steps();
        (self.easel, self.canvas, self.exporting) = (None, None, None);
        (self.looking_at, self.beside, self.removed, self.unfinished) = (None, None, None, None);
        self.view = super::View::default();
        effects
    }

    /// Saves the project to its file, or asks for one; `next` follows when it is saved.
    fn save_or_ask_where(&mut self, next: Option<Next>) -> Vec<Effect> {
        match &self.document.file {
            Some(ProjectFile { path, stamp }) => {
                let (path, known) = (path.clone(), *stamp);
                self.save_project(path, true, known, next)
            }
            None => self.ask_where_to_save(next),
        }
    }

    fn ask_where_to_save(&mut self, next: Option<Next>) -> Vec<Effect> {
        let name = self.project_name().unwrap_or_else(|| self.picture_name());
        let folder = self.project_folder();
        let effects = self.open_dialog(Purpose::SaveProject, format!("{name}.{EXTENSION}"), folder);
        if !effects.is_empty() {
            self.document.next_of_dialog = next;
        }
        effects
    }

    /// The folder of this project, or of the last one.
    fn project_folder(&self) -> Option<PathBuf> {
        let file = self.document.file.as_ref().map(|file| &file.path).or(self.recent.projects.first())?;
        file.parent().map(Path::to_path_buf)
    }

    /// Saves to a file that a dialog gave, which asked about the very name that was typed.
    pub(super) fn save_project_to(&mut self, chosen: &Path) -> Vec<Effect> {
        let path = if is_project(chosen) { chosen.to_path_buf() } else { with_ending(chosen, EXTENSION) };
        let replace = path == chosen;
        let next = self.document.next_of_dialog.take();
        self.save_project(path, replace, None, next)
    }

    /// Saves to a file, over one that is there if `replace` says so and, where it is known how that was, nobody
    /// changed it. `next` follows when it is saved.
    fn save_project(
        &mut self,
        path: PathBuf,
        replace: bool,
        known: Option<(SystemTime, u64)>,
        next: Option<Next>,
    ) -> Vec<Effect> {
        if self.is_project_busy() {
            return Vec::new();
        }
        self.document.saving = Some(path.clone());
        self.document.next = next;
        self.document.written = self.mark();
        let inputs = self.sources.paths();
        let with_run = self.run.is_active();
        vec![Effect::SaveProject(Box::new(ProjectJob {
            path,
            project: self.project(),
            with_run,
            known,
            replace,
            inputs,
        }))]
    }

    pub(super) fn project_saved(&mut self, result: Result<ProjectFile, ProjectSaveError>) -> Vec<Effect> {
        self.document.saving = None;
        let next = self.document.next.take();
        let refusal = match result {
            Ok(file) => {
                self.recent.project(&file.path);
                self.works(Topic::Project);
                self.notify(Kind::Done, &format!("Saved as {}", file.path.display()));
                let mut effects = vec![Effect::ForgetWork { project: Some(file.path.clone()) }];
                self.document.saved = std::mem::take(&mut self.document.written);
                self.document.file = Some(file);
                effects.extend(next.map_or_else(Vec::new, |next| self.go(next)));
                effects.extend(self.after_writing());
                return effects;
            }
            Err(refusal) => refusal,
        };
        match refusal {
            ProjectSaveError::Exists(path) => {
                self.ask_later(Question::ReplaceProject { path, changed_outside: false, next });
            }
            ProjectSaveError::ChangedOutside(path) => {
                self.ask_later(Question::ReplaceProject { path, changed_outside: true, next });
            }
            ProjectSaveError::Refused(reason) => self.complain(Topic::Project, &reason),
        }
        // The work is not safe yet.
        self.stay_open()
    }

    /// A project was taken up whole from this file; what is there now is what is in it.
    pub(super) fn opened(&mut self, file: Option<ProjectFile>, as_saved: bool) {
        let saved = if as_saved { self.mark() } else { Mark::default() };
        if let Some(file) = &file {
            self.recent.project(&file.path);
        }
        self.document = Document { file, saved, ..Document::default() };
    }

    /// The mask for something, as far as it is painted.
    pub(super) fn mask_for(&self, purpose: MaskFor) -> Option<&Arc<Sheet>> {
        if let Some(easel) = self.easel.as_ref().filter(|easel| easel.purpose == purpose) {
            return Some(easel.sheet()).filter(|sheet| !sheet.is_bare());
        }
        match purpose {
            MaskFor::Protection => self.sources.protection.as_ref(),
            MaskFor::Painting(id) => {
                self.sources.paintings.iter().find(|painting| painting.card.id == id)?.mask.as_ref()
            }
        }
    }
}

fn held(sheet: &Arc<Sheet>) -> Held {
    Held::of(Arc::new(sheet.to_picture()))
}

/// The file is called a project.
pub(in crate::app) fn is_project(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case(EXTENSION))
}

/// The name of a picture that was painted with these.
pub(super) fn name_of_picture(setup: &Setup) -> String {
    let sources = setup.content.iter().chain(setup.styles.iter().map(|style| &style.source));
    wording::picture_name(sources.map(|source| source.name.as_str()))
}
