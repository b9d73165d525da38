//! Random sequences of user steps and answers from the services, in any order. After each step, whatever the state
//! waits for must be pending; in the end, every request must be answered.

use std::collections::BTreeSet;
use std::path::Path;

use proptest::prelude::*;

use super::map::read_map;
use super::project::{arrival, file_of, recipe_text, unfinished};
use super::*;
use crate::app::message::{MapAction, MapEffect, ProjectAction, StyleAction, TrainingAction};
use crate::app::model::map_making::MapJob;
use crate::app::model::styles::{OwnStyle, OwnStyles};
use crate::app::model::training::TrainingSubject;
use crate::picture::MapPlace;
use crate::studio::map::MapNews;
use crate::studio::training::{TrainingEnd, TrainingEvent};

#[derive(Clone, Debug)]
enum Step {
    DropPhoto {
        tall: bool,
    },
    DropPaintings(usize),
    /// Drops a finished picture that contains its recipe.
    DropFinished,
    DropProject,
    Close,
    /// Lets this many seconds pass.
    Wait(u8),
    /// Gives one of the answers to the question that is open.
    Answer(usize),
    /// Presses a button or a key.
    Press(usize),
    /// Answers a pending request in one of four ways.
    Respond {
        which: usize,
        how: u8,
    },
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        2 => any::<bool>().prop_map(|tall| Step::DropPhoto { tall }),
        2 => (1usize..3).prop_map(Step::DropPaintings),
        2 => Just(Step::DropFinished),
        1 => Just(Step::DropProject),
        3 => Just(Step::Close),
        2 => (0u8..4).prop_map(Step::Wait),
        5 => (0usize..3).prop_map(Step::Answer),
        10 => (0usize..56).prop_map(Step::Press),
        15 => (0usize..6, 0u8..4).prop_map(|(which, how)| Step::Respond { which, how }),
    ]
}

/// A request that is not answered yet.
#[derive(Debug)]
enum Pending {
    Load {
        request: Request,
        name: String,
        tall: bool,
    },
    Dialog {
        purpose: Purpose,
        then_leave: bool,
    },
    /// A dialog that the state no longer waits for, but may still be answered.
    AbandonedDialog(Purpose),
    Clipboard,
    Save(PathBuf),
    SaveProject {
        path: PathBuf,
        then_leave: bool,
    },
    OpenProject(PathBuf),
    OpenRecipe,
    Find(usize),
    LookForWork,
    Run(RunId),
    Instant(RunId),
    /// A training, and the style's file.
    Training(PathBuf),
    ListStyles,
    RenameStyle(PathBuf, String),
    DeleteStyle(PathBuf),
    RestoreStyle(PathBuf, String),
    CopyStyle(PathBuf),
    ReadMap(PathBuf),
    /// A map that is made or changed, and its file.
    MakeMap(PathBuf),
}

/// The state and the services that it makes requests of.
struct World {
    state: State,
    pending: Vec<Pending>,
    /// The files of trained styles on the disk, deleted ones too.
    styles: BTreeSet<PathBuf>,
    time: f64,
    closed: bool,
    /// The user agreed to lose unsaved work.
    agreed: bool,
    /// The current step may close the window.
    may_close: bool,
}

fn picture_named(name: &str, tall: bool) -> LoadedPicture {
    let (width, height) = if tall { (30, 40) } else { (40, 30) };
    let loaded = *loaded(name, width, height);
    let picture = place_named(name).map_or(loaded.picture, Arc::new);
    LoadedPicture { recipe: name.starts_with("finished").then(recipe_text), picture, ..loaded }
}

/// The file that the user chooses in a dialog.
fn file_for(purpose: &Purpose) -> &'static str {
    match purpose {
        Purpose::Open(_) | Purpose::MapPaintings => "/pictures/waves.png",
        Purpose::Export => "/out.png",
        Purpose::OpenProject => "/art/morning.impasto",
        Purpose::SaveProject(_) => "/art/evening.impasto",
        Purpose::ExportStyle(_) => "/out.style",
        Purpose::ExportMap(_) => "/out.map",
        Purpose::OpenMap => "/maps/art.map",
        Purpose::MapFolder => "/paintings",
        Purpose::Find(_) => "/moved/cat.png",
        Purpose::PaintClip | Purpose::FfmpegFolder | Purpose::OpenFolder | Purpose::FolderOutput => {
            unreachable!("no clip and no folder is added")
        }
    }
}

/// Work that a crash left behind: whole, with a missing picture, or with an unfinished run.
fn recovered(how: u8) -> Box<Arrival> {
    let mut work = arrival(ArrivalOrigin::Recovery(None));
    if how == 1 {
        work.pictures[0].found = SearchResult::Missing;
    }
    work.unfinished = (how == 2).then(unfinished);
    Box::new(work)
}

/// The picture of a place on a map, if the name is of one.
fn place_named(name: &str) -> Option<Picture> {
    let (_, place) = MapPlace::in_path(Path::new(name))?;
    let map = read_map(PathBuf::from("/maps/art.map")).map;
    MapPlace::new(map, "art.map".to_owned(), place).map(Picture::placeholder)
}

/// What the services answer to a request about maps.
fn map_answer(pending: Pending, how: u8) -> MapAction {
    match (pending, how) {
        (Pending::ReadMap(path), 3) => MapAction::Read(Err((path, "the map is damaged".to_owned()))),
        (Pending::ReadMap(path), _) => MapAction::Read(Ok(Box::new(read_map(path)))),
        (Pending::MakeMap(path), 0 | 1) => MapAction::News(MapNews::Made { path, paintings: 3 }),
        (Pending::MakeMap(_), 2) => MapAction::News(MapNews::Stopped),
        _ => MapAction::News(MapNews::Failed("the disk is full".to_owned())),
    }
}

/// What the buttons of the map do.
fn map_action(button: usize) -> MapAction {
    match button {
        47 => MapAction::Open(PathBuf::from("/maps/art.map")),
        48 => MapAction::Try { place: [0.5, 0.25], is_added: false },
        49 => MapAction::Try { place: [0.75, 0.25], is_added: true },
        50 => MapAction::Take,
        51 => MapAction::GoTo { place: [1.0, 0.0], is_added: false },
        52 => MapAction::Remove(0),
        53 => MapAction::ChooseFolder,
        _ => MapAction::Close,
    }
}

impl World {
    fn new() -> Self {
        let mut state = State::default();
        state.styles.folder = Some(PathBuf::from("/styles"));
        state.maps_folder = Some(PathBuf::from("/maps"));
        Self {
            state,
            pending: vec![Pending::LookForWork, Pending::ListStyles],
            styles: ["wave", "stars"].map(|name| PathBuf::from(format!("/styles/{name}.style"))).into(),
            time: 0.0,
            closed: false,
            agreed: false,
            may_close: false,
        }
    }

    /// Whether a question or a message covers everything else.
    fn is_modal(&self) -> bool {
        self.state.question().is_some() || self.state.document.reading.is_some() || self.state.closes_after_writing()
    }

    fn take(&mut self, step: &Step) {
        let files = |names: &[&str]| Action::Add {
            origins: names.iter().map(|name| file(name)).collect(),
            target: Target::Anywhere,
        };
        match step {
            Step::DropPhoto { tall } => self.apply(Action::Add {
                origins: vec![file(if *tall { "tall.png" } else { "wide.png" })],
                target: Target::Photo,
            }),
            Step::DropPaintings(count) => self.apply(files(&["waves.png", "stars.png", "hills.png"][..*count])),
            Step::DropFinished => self.apply(files(&["finished.png"])),
            Step::DropProject => self
                .apply(Action::Add { origins: vec![Origin::File(file_of("evening").path)], target: Target::Anywhere }),
            Step::Close => {
                let effects = self.state.apply(Action::CloseRequested);
                // The window system closes the window unless it is told not to.
                let closes = !effects.iter().any(|effect| matches!(effect, Effect::StayOpen));
                self.carry_out(effects, false);
                if closes {
                    self.close(false);
                }
            }
            Step::Wait(seconds) => {
                self.time += f64::from(*seconds);
                self.apply(Action::Tick(self.time));
            }
            Step::Answer(index) => self.answer(*index),
            Step::Press(button) => self.press(*button),
            Step::Respond { which, how } => {
                if !self.pending.is_empty() {
                    let pending = self.pending.remove(which % self.pending.len());
                    self.respond(pending, *how);
                }
            }
        }
    }

    /// Gives one of the answers that the window offers for the open question.
    fn answer(&mut self, index: usize) {
        let project = Action::Project;
        if self.state.closes_after_writing() {
            return;
        }
        let actions = match self.state.question() {
            Some(Question::Close) => vec![Action::Cancel, Action::ConfirmClose, project(ProjectAction::SaveFirst)],
            Some(Question::Unsaved(_)) => {
                vec![project(ProjectAction::SaveFirst), project(ProjectAction::Leave), Action::Cancel]
            }
            Some(Question::Overwrite(_)) => vec![Action::Cancel, Action::Overwrite],
            Some(Question::ReplaceProject { .. }) => {
                vec![project(ProjectAction::SaveAs), project(ProjectAction::Replace), Action::Cancel]
            }
            Some(Question::Recovered(_)) => vec![project(ProjectAction::Proceed), Action::Cancel],
            Some(Question::Restore(_)) => {
                vec![project(ProjectAction::Restore), project(ProjectAction::UseAsPicture), Action::Cancel]
            }
            Some(Question::PresetName(_)) => {
                vec![
                    Action::Preset(PresetAction::Name("mine".into())),
                    Action::Preset(PresetAction::Save),
                    Action::Cancel,
                ]
            }
            Some(Question::Train(_)) => vec![Action::Training(TrainingAction::Begin), Action::Cancel],
            Some(Question::StyleName { .. }) => vec![
                Action::Style(StyleAction::Name("mine".into())),
                Action::Style(StyleAction::Rename),
                Action::Cancel,
            ],
            Some(Question::Missing(arrival)) if arrival.searching || self.state.dialog.is_some() => Vec::new(),
            Some(Question::Missing(_)) => {
                vec![project(ProjectAction::Proceed), project(ProjectAction::Find(0)), Action::Cancel]
            }
            Some(
                Question::Export(_)
                | Question::Help
                | Question::UnfinishedClip { .. }
                | Question::UnfinishedFolder(_)
                | Question::PaintFolder,
            )
            | None => Vec::new(),
        };
        if actions.is_empty() {
            return;
        }
        let action = actions[index % actions.len()].clone();
        let leaves = match self.state.question() {
            Some(Question::ReplaceProject { next, .. }) => *next == Some(Next::Close),
            Some(Question::Unsaved(next)) => *next == Next::Close,
            Some(Question::Close) => true,
            _ => false,
        };
        if matches!(action, Action::ConfirmClose) || matches!(action, Action::Project(ProjectAction::Leave)) && leaves {
            self.agreed = true;
        }
        let effects = self.state.apply(action);
        self.may_close = leaves;
        self.carry_out(effects, leaves);
        self.may_close = false;
        self.tick();
    }

    /// Presses a button or a key, unless something covers it.
    fn press(&mut self, button: usize) {
        if self.is_modal() {
            return;
        }
        let state = &self.state;
        let painting = state.sources.paintings.first().map(|painting| painting.source.id);
        let result = state.history.entries().first().map(|entry| entry.id);
        let style = state.styles.list.first().map(|style| style.path.clone());
        let mask = |action| Some(Action::Mask(action));
        let history = |action: fn(ResultId) -> HistoryAction| result.map(|id| Action::History(action(id)));
        let action = match button {
            0..6 => Some(Action::Start),
            6 => Some(Action::Stop),
            7 => Some(Action::TogglePause),
            8 => Some(Action::Continue),
            9 | 10 => Some(Action::Export),
            11 => Some(Action::Choose(Target::NewPainting)),
            12 => Some(Action::Paste),
            13 => Some(Action::Project(ProjectAction::Save)),
            14 => Some(Action::Project(ProjectAction::SaveAs)),
            15 => Some(Action::Project(ProjectAction::New)),
            16 => Some(Action::Project(ProjectAction::Choose)),
            17 => Some(Action::RemovePhoto),
            18 => painting.map(Action::RemovePainting),
            19 | 20 => Some(Action::SetSettings(Settings { seed: state.settings.seed + 1, ..state.settings.clone() })),
            21 | 22 => Some(Action::Undo),
            23 => Some(Action::Redo),
            24 | 25 => mask(MaskAction::Open(MaskFor::Protection)),
            26 => painting.and_then(|id| mask(MaskAction::Open(MaskFor::Painting(id)))),
            27 => mask(MaskAction::Press(egui::pos2(0.5, 0.5))),
            28 => mask(MaskAction::Draw(egui::pos2(0.7, 0.5))),
            29 => mask(MaskAction::Lift),
            30 => mask(MaskAction::Done),
            31 => history(HistoryAction::Restore),
            32 => history(HistoryAction::Delete),
            33 => history(HistoryAction::Compare),
            34 => history(HistoryAction::Show),
            35 => Some(Action::SetSide(Side::Compare)),
            36 => Some(Action::PutBack),
            37 => Some(Action::Preset(PresetAction::Ask)),
            38 => painting.map(|id| set_weight(id, 10.0)),
            39 => Some(Action::RemovePaintings),
            40 => painting.map(|id| Action::Training(TrainingAction::Ask(id))),
            41 => Some(Action::Training(TrainingAction::TogglePause)),
            42 => style.map(|path| Action::Style(StyleAction::GoOn(path))),
            43 => style.map(|path| Action::Style(StyleAction::AskName(path))),
            44 => style.map(|path| Action::Style(StyleAction::Delete(path))),
            45 => style.map(|path| Action::Style(StyleAction::AskWhere(path))),
            46 => Some(Action::Training(TrainingAction::Stop)),
            47..55 => Some(Action::Map(map_action(button))),
            _ => Some(Action::ResetAll),
        };
        if state.questions.to_export().is_some() {
            // The export options cover everything else.
            let action = if button.is_multiple_of(3) { Action::Cancel } else { Action::ChooseFile };
            return self.apply(action);
        }
        if let Some(action) = action {
            self.apply(action);
        }
    }

    /// Answers a request: `how` chooses one of its answers, 3 a failure.
    fn respond(&mut self, pending: Pending, how: u8) {
        let fails = how == 3;
        let then_leaves = matches!(pending, Pending::SaveProject { then_leave: true, .. });
        self.may_close = self.state.closes_after_writing() || then_leaves;
        if matches!(pending, Pending::Save(_) | Pending::SaveProject { .. }) && how > 1 {
            // A save that fails keeps the window open.
            self.agreed = false;
        }
        match pending {
            Pending::Load { request, name, tall } => {
                let result =
                    if fails { Err(format!("{name} is damaged")) } else { Ok(Box::new(picture_named(&name, tall))) };
                self.apply(Action::Loaded { request, result });
            }
            Pending::AbandonedDialog(purpose) => {
                let effects = self.state.apply(chosen(purpose.clone(), &[file_for(&purpose)], false));
                assert!(effects.is_empty(), "an abandoned dialog has an effect: {effects:?}");
            }
            Pending::Dialog { purpose, then_leave } => {
                let paths = if how > 1 { &[][..] } else { &[file_for(&purpose)] };
                let effects = self.state.apply(chosen(purpose, paths, fails));
                self.carry_out(effects, then_leave);
            }
            Pending::Clipboard => {
                let clip = match how {
                    0 => Ok(Clip::Pixels { width: 4, height: 3, rgba: vec![0; 48] }),
                    1 => Ok(Clip::Files(vec!["/pictures/waves.png".into()])),
                    2 => Ok(Clip::Nothing),
                    _ => Err("the clipboard cannot be read".to_owned()),
                };
                self.apply(Action::Pasted(clip));
            }
            Pending::Save(path) => self.apply(Action::Exported(match how {
                0 | 1 => Ok(ExportedFile { path, width: 40, height: 30 }),
                2 => Err(SaveError::Exists(path)),
                _ => Err(SaveError::Failed("the disk is full".to_owned())),
            })),
            Pending::SaveProject { path, then_leave } => {
                let result = match how {
                    0 => Ok(file_of("evening")),
                    1 => Err(SaveError::ChangedOutside(path)),
                    2 => Err(SaveError::Exists(path)),
                    _ => Err(SaveError::Failed("the disk is full".to_owned())),
                };
                if result.is_ok() && then_leave {
                    // The file holds all open work, with the active run.
                    self.agreed = true;
                }
                self.apply(Action::ProjectSaved(result));
            }
            Pending::OpenProject(path) => self.open_project(path, how),
            Pending::OpenRecipe => {
                let read = || Box::new(arrival(ArrivalOrigin::Picture("finished.png".to_owned())));
                let result = if fails { Err(("/f.png".into(), "damaged".to_owned())) } else { Ok(read()) };
                self.apply(Action::ArrivalRead(result));
            }
            Pending::Find(index) => {
                let found = || (index, SearchResult::Found(loaded("cat.png", 40, 30)));
                self.apply(Action::Searched((!fails).then(found).into_iter().collect()));
            }
            Pending::LookForWork => self.apply(Action::WorkFound((!fails).then(|| recovered(how)))),
            Pending::Run(id) => {
                let kind = match how {
                    0 => {
                        self.pending.push(Pending::Run(id));
                        EventKind::Started { scales: vec![(20, 15), (40, 30)], iterations: 8, device: "CPU".into() }
                    }
                    1 => EventKind::Finished(done(1)),
                    2 => EventKind::Stopped(done(1)),
                    _ => EventKind::Failed("there is too little memory".to_owned()),
                };
                self.apply(Action::Painter(Event { run: id, kind }));
            }
            Pending::Instant(id) => self.end_instant(id, fails),
            Pending::Training(output) => self.train(output, how),
            Pending::ReadMap(_) | Pending::MakeMap(_) => {
                let answer = map_answer(pending, how);
                self.apply(Action::Map(answer));
            }
            Pending::ListStyles
            | Pending::RenameStyle(..)
            | Pending::DeleteStyle(_)
            | Pending::RestoreStyle(..)
            | Pending::CopyStyle(_) => {
                let answer = self.style_answer(pending, fails);
                self.apply(Action::Style(answer));
            }
        }
        self.may_close = false;
    }

    fn open_project(&mut self, path: PathBuf, how: u8) {
        let read = || {
            let mut read = arrival(ArrivalOrigin::Project(file_of("evening")));
            if how == 1 {
                read.pictures[0].found = SearchResult::Missing;
            }
            if how == 2 {
                read.unfinished = Some(unfinished());
            }
            Box::new(read)
        };
        let result = if how == 3 { Err((path, "the project is damaged".to_owned())) } else { Ok(read()) };
        let is_whole = matches!(&result, Ok(arrival) if arrival.missing().next().is_none());
        self.apply(Action::ArrivalRead(result));
        if is_whole {
            assert!(!self.state.can_undo() && !self.state.can_redo(), "undo reaches into the previous project");
        }
    }

    /// What the services answer to a request about trained styles.
    fn style_answer(&mut self, pending: Pending, fails: bool) -> StyleAction {
        let mut moved = |from: &PathBuf, folder: &str, name: &str| {
            let file = OwnStyles::files(&PathBuf::from(folder), name).find(|file| !self.styles.contains(file)).unwrap();
            if fails || !self.styles.remove(from) {
                return Err("the disk is full".to_owned());
            }
            self.styles.insert(file.clone());
            Ok(file)
        };
        match pending {
            Pending::RenameStyle(from, name) => {
                let result = moved(&from, "/styles", &name);
                StyleAction::Renamed(from, result)
            }
            Pending::DeleteStyle(from) => {
                let result = moved(&from, "/styles/.deleted", &OwnStyle::name_of(&from));
                StyleAction::Deleted(from, result)
            }
            Pending::RestoreStyle(from, name) => StyleAction::Restored(moved(&from, "/styles", &name)),
            Pending::CopyStyle(path) if fails => StyleAction::Copied(Err(format!("{} exists", path.display()))),
            Pending::CopyStyle(path) => StyleAction::Copied(Ok(path)),
            _ => {
                let in_folder = |path: &&PathBuf| path.parent() == Some(Path::new("/styles"));
                let style = |path: &PathBuf| OwnStyle {
                    path: path.clone(),
                    thumbnail: picture(4, 3),
                    is_unfinished: path.ends_with("wave.style"),
                };
                StyleAction::Listed(self.styles.iter().filter(in_folder).map(style).collect())
            }
        }
    }

    fn train(&mut self, output: PathBuf, how: u8) {
        let end = TrainingEnd { steps: 10, elapsed: Duration::from_secs(1) };
        let event = match how {
            0 => {
                self.styles.insert(output.clone());
                self.pending.push(Pending::Training(output.clone()));
                TrainingEvent::Started { device: "CPU".into(), output, before: 0, of: 10 }
            }
            1 => TrainingEvent::Finished(end),
            2 => TrainingEvent::Stopped(end),
            _ => TrainingEvent::Failed("there is too little memory".to_owned()),
        };
        self.apply(Action::Trainer(event));
    }

    fn end_instant(&mut self, run: RunId, fails: bool) {
        let failed = || EventKind::Failed("there is too little memory".to_owned());
        let kind = if fails { failed() } else { EventKind::Finished(done(1)) };
        self.apply(Action::InstantPainter(Event { run, kind }));
    }

    fn apply(&mut self, action: Action) {
        let effects = self.state.apply(action);
        self.carry_out(effects, false);
        self.tick();
    }

    /// As in the window, where each frame tells the time.
    fn tick(&mut self) {
        let effects = self.state.apply(Action::Tick(self.time));
        self.carry_out(effects, false);
    }

    /// Marks a dialog that the state no longer waits for.
    fn abandon_dialogs(&mut self) {
        if self.state.dialog.is_none() {
            for pending in &mut self.pending {
                if let Pending::Dialog { purpose, .. } = pending {
                    *pending = Pending::AbandonedDialog(purpose.clone());
                }
            }
        }
    }

    /// Records the requests of the state; `then_leave` when the window is to close once its project is saved.
    fn carry_out(&mut self, effects: Vec<Effect>, then_leave: bool) {
        self.abandon_dialogs();
        for effect in effects {
            match effect {
                Effect::Load(request, origin) => {
                    let name = origin.name();
                    let tall = name.starts_with("tall");
                    self.pending.push(Pending::Load { request, name, tall });
                }
                Effect::OpenDialog { purpose, .. } => {
                    // Opening a dialog abandons one that hangs.
                    self.pending
                        .retain(|pending| !matches!(pending, Pending::Dialog { .. } | Pending::AbandonedDialog(_)));
                    self.pending.push(Pending::Dialog { purpose, then_leave });
                }
                Effect::ReadClipboard => self.pending.push(Pending::Clipboard),
                Effect::Start(run) => self.pending.push(Pending::Run(run.id)),
                Effect::PaintInstant(request) => self.pending.push(Pending::Instant(request.id)),
                Effect::Export(job) => self.pending.push(Pending::Save(job.path)),
                Effect::SaveProject(job) => self.pending.push(Pending::SaveProject { path: job.path, then_leave }),
                Effect::OpenProject { path, .. } => self.pending.push(Pending::OpenProject(path)),
                Effect::OpenRecipe { .. } => self.pending.push(Pending::OpenRecipe),
                Effect::Search { chosen: (index, _), .. } => self.pending.push(Pending::Find(index)),
                Effect::Train(request) => self.pending.push(Pending::Training(match request.subject {
                    TrainingSubject::Painting { name, folder, .. } => {
                        OwnStyles::files(&folder, &name).find(|file| !self.styles.contains(file)).unwrap()
                    }
                    TrainingSubject::GoingOn(path) => path,
                })),
                Effect::ListStyles => self.pending.push(Pending::ListStyles),
                Effect::RenameStyle { path, name } => self.pending.push(Pending::RenameStyle(path, name)),
                Effect::DeleteStyle(path) => self.pending.push(Pending::DeleteStyle(path)),
                Effect::RestoreStyle { deleted, name } => self.pending.push(Pending::RestoreStyle(deleted, name)),
                Effect::CopyStyle { to, .. } => self.pending.push(Pending::CopyStyle(to)),
                Effect::Map(MapEffect::Read(path)) => self.pending.push(Pending::ReadMap(path)),
                Effect::Map(MapEffect::Make(job)) => self.pending.push(Pending::MakeMap(match *job {
                    MapJob::Make { folder, .. } => folder.join("paintings.map"),
                    MapJob::Change { path, .. } => path,
                })),
                Effect::Clip(_) | Effect::Folder(_) => unreachable!("no clip and no folder is added"),
                Effect::Map(_)
                | Effect::MakeThumbnail(..)
                | Effect::PauseTraining
                | Effect::ResumeTraining
                | Effect::StopTraining
                | Effect::Adjust(..)
                | Effect::Pause
                | Effect::Resume
                | Effect::Stop
                | Effect::StopInstant
                | Effect::AdoptWork
                | Effect::ForgetWork { .. }
                | Effect::StayOpen => {}
                Effect::Close => self.close(true),
            }
        }
    }

    /// Closes the window, which must not lose anything without asking. `by_itself` when the state asked for it.
    fn close(&mut self, by_itself: bool) {
        let state = &self.state;
        assert!(self.may_close || !by_itself, "it closes although nothing asks for that now");
        assert!(state.exporting.is_none() && state.document.saving.is_none(), "it closes while a file is written");
        let loses = state.run.is_active() || state.is_unsaved();
        assert!(self.agreed || !loses, "it closes without asking");
        self.closed = true;
    }

    fn count(&self, matches: impl Fn(&Pending) -> bool) -> usize {
        self.pending.iter().filter(|pending| matches(pending)).count()
    }

    /// Checks what holds after every step.
    fn check(&self) {
        let state = &self.state;
        assert!(self.styles.len() >= 2, "a trained style was overwritten");
        let one = |waits: bool, matches: fn(&Pending) -> bool| assert_eq!(usize::from(waits), self.count(matches));
        one(state.dialog.is_some(), |pending| matches!(pending, Pending::Dialog { .. }));
        one(state.training.is_some(), |pending| matches!(pending, Pending::Training(_)));
        let map_waits = self.count(|pending| matches!(pending, Pending::MakeMap(_) | Pending::ReadMap(_)));
        assert!(state.map_making.is_none() || map_waits > 0, "a map that nobody makes");
        let tried = state.map.as_ref().and_then(|open| open.tried.as_ref()).and_then(|tried| tried.taken);
        assert!(tried.is_none_or(|request| state.sources.waits_for(request)), "a place is tried that has arrived");
        one(state.pasting, |pending| matches!(pending, Pending::Clipboard));
        one(state.exporting.is_some(), |pending| matches!(pending, Pending::Save(_)));
        one(state.document.saving.is_some(), |pending| matches!(pending, Pending::SaveProject { .. }));
        one(state.document.reading.is_some(), |pending| {
            matches!(pending, Pending::OpenProject(_) | Pending::OpenRecipe)
        });
        for question in state.questions.iter() {
            if let Question::Missing(arrival) = question
                && arrival.searching
            {
                assert!(self.count(|pending| matches!(pending, Pending::Find(_))) > 0, "no search is pending");
            }
        }
        let is_asked_about = |request: Request| {
            let asks = |question: &Question| matches!(question, Question::Restore(asked) if asked.request == request);
            state.questions.iter().any(asks)
        };
        let is_read = |request: Request| {
            self.count(|pending| matches!(pending, Pending::Load { request: read, .. } if *read == request)) > 0
        };
        let cards = state.sources.photo.iter().chain(state.sources.paintings.iter().map(|painting| &painting.source));
        for card in cards {
            assert!(card.loaded.is_some() || card.pending.is_some(), "an empty card");
            if let Some(pending) = &card.pending {
                let comes = is_read(pending.request) || is_asked_about(pending.request);
                assert!(comes, "{} is waited for, but not being read", pending.name);
            }
        }
        let runs = self.count(|pending| matches!(pending, Pending::Run(_)));
        assert!(!state.run.is_active() || runs > 0, "a run that is not being painted");
        let is_closing = state.closes_after_writing();
        let queue_is_empty = state.queue.waiting().is_empty();
        assert!(queue_is_empty || state.is_painting() || is_closing, "a run waits although nothing is painted");
        assert!(state.easel.is_none() || state.sources.photo_picture().is_some(), "a mask without a photo");
        let is_loading = state.sources.is_loading();
        let is_tried = state.map.as_ref().is_some_and(|open| open.tried.is_some()) && state.sources.photo.is_some();
        let has_sources = is_loading || is_tried || state.start_obstacle().is_none();
        assert!(state.shown_instant().is_none() || has_sources, "an instant picture of nothing");
        assert!(state.settings.validate().is_ok() && state.notices.len() <= 4);
        if let Some(size) = state.sources.photo_picture().map(|photo| (photo.width(), photo.height())) {
            let masks = state.sources.paintings.iter().filter_map(|painting| painting.mask.as_ref());
            let all_fit = masks.chain(&state.sources.protection).all(|mask| mask.fits(size));
            assert!(all_fit, "a mask of another shape than the photo");
        }
        if let (Side::Compare, Some(canvas)) = (state.shown_side(), state.shown_canvas()) {
            let (width, height) = state.shown_other().unwrap().size();
            let shape = |width: u32, height: u32| f64::from(width) / f64::from(height);
            let same = (shape(width, height) / shape(canvas.size.0, canvas.size.1) - 1.0).abs() < 0.05;
            assert!(same, "pictures of different shapes are compared");
        }
    }

    /// Answers every request and cancels every question.
    fn settle(&mut self) {
        for _ in 0..400 {
            if self.closed {
                return;
            }
            match self.pending.pop() {
                Some(run @ (Pending::Run(_) | Pending::Training(_))) => self.respond(run, 1),
                Some(dialog @ Pending::Dialog { .. }) => self.respond(dialog, 2),
                Some(other) => self.respond(other, 0),
                None if self.state.question().is_some() || self.state.questions.to_export().is_some() => {
                    self.apply(Action::Cancel);
                }
                None => break,
            }
            self.check();
        }
        let state = &self.state;
        assert!(self.pending.is_empty(), "requests never end: {:?}", self.pending);
        assert!(!state.sources.is_loading() && state.start_obstacle() != Some("Loading…"), "loading never ends");
        assert!(!state.run.is_active() && state.queue.waiting().is_empty(), "a run never ends");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_request_is_answered_and_nothing_is_lost(steps in prop::collection::vec(step(), 0..60)) {
        let mut world = World::new();
        for step in &steps {
            world.take(step);
            if world.closed {
                return Ok(());
            }
            world.check();
        }
        world.settle();
    }
}
