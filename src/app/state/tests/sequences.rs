//! Random sequences of what a person does and what the world answers, in any order. After each step everything that the
//! window waits for must be on its way, and in the end everything must have been answered.

use std::sync::LazyLock;

use proptest::prelude::*;

use super::project::{arrival, file_of, read_as, recipe_text, unfinished};
use super::*;
use crate::app::action::{ProjectAction, ProjectSaveError};

/// What a person does.
#[derive(Clone, Debug)]
enum Step {
    /// Drops a photo, of either shape.
    DropPhoto { tall: bool },
    /// Drops paintings.
    DropPaintings(usize),
    /// Drops a picture that was painted before and tells how.
    DropFinished,
    /// Drops a project.
    DropProject,
    /// Asks the window to close.
    Close,
    /// So many seconds pass.
    Wait(u8),
    /// Gives one of the answers to the question that is open.
    Answer(usize),
    /// Presses a button or a key.
    Press(usize),
    /// One of the things that the window waits for happens, in one of the ways in which it can.
    World { which: usize, how: u8 },
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
        10 => (0usize..41).prop_map(Step::Press),
        15 => (0usize..6, 0u8..4).prop_map(|(which, how)| Step::World { which, how }),
    ]
}

/// Something that was asked of the world and is not answered yet.
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
    /// A dialog that was given up, and may be answered all the same.
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
    Run(JobId),
}

/// The world around the window.
struct World {
    state: State,
    pending: Vec<Pending>,
    time: f64,
    jobs: usize,
    closed: bool,
    /// The person agreed to lose what is in no file.
    agreed: bool,
    /// What happens now may close the window.
    may_close: bool,
}

static JOBS: LazyLock<Vec<JobId>> = LazyLock::new(|| {
    let loader = Box::new(|_: &Device| Err(EngineError::Stopped));
    let mut worker = Worker::spawn(loader, || {}).unwrap();
    let recipe = recipe();
    (0..400).map(|_| worker.start(recipe.clone())).collect()
});

fn finished(name: &str, tall: bool) -> Loaded {
    let shape = if tall { (30, 40) } else { (40, 30) };
    let recipe = name.starts_with("finished").then(recipe_text);
    Loaded { recipe, picture: picture(shape.0, shape.1), ..*read_as(name) }
}

/// The file that the person chooses in a dialog.
fn file_for(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::Open(_) => "/pictures/waves.png",
        Purpose::Export => "/out.png",
        Purpose::OpenProject => "/art/morning.impasto",
        Purpose::SaveProject => "/art/evening.impasto",
        Purpose::Find(_) => "/moved/cat.png",
    }
}

impl World {
    fn new() -> Self {
        Self {
            state: State::default(),
            pending: vec![Pending::LookForWork],
            time: 0.0,
            jobs: 0,
            closed: false,
            agreed: false,
            may_close: false,
        }
    }

    /// A question or a message is in front of everything else.
    fn is_modal(&self) -> bool {
        self.state.question().is_some() || self.state.arriving.is_some() || self.state.closes_after_saving()
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
                // The system closes the window unless it is told not to.
                let closes = !effects.iter().any(|effect| matches!(effect, Effect::StayOpen));
                self.carry_out(effects, false);
                if closes {
                    self.closes(false);
                }
            }
            Step::Wait(seconds) => {
                self.time += f64::from(*seconds);
                self.apply(Action::Tick(self.time));
            }
            Step::Answer(index) => self.answer(*index),
            Step::Press(button) => self.press(*button),
            Step::World { which, how } => {
                if !self.pending.is_empty() {
                    let pending = self.pending.remove(which % self.pending.len());
                    self.happen(pending, *how);
                }
            }
        }
    }

    /// One of the answers that the window offers for the question in front.
    fn answer(&mut self, index: usize) {
        let project = |action| Action::Project(action);
        if self.state.closes_after_saving() {
            return;
        }
        let busy_finding = self.state.dialog.is_some();
        let actions = match self.state.question() {
            Some(Question::Close) => vec![Action::Cancel, Action::ConfirmClose, project(ProjectAction::SaveFirst)],
            Some(Question::Unsaved(_)) => {
                vec![project(ProjectAction::SaveFirst), project(ProjectAction::Leave), Action::Cancel]
            }
            Some(Question::Overwrite(_)) => vec![Action::Cancel, Action::Overwrite],
            Some(Question::ReplaceProject { .. }) => {
                vec![project(ProjectAction::SaveAs), project(ProjectAction::Replace), Action::Cancel]
            }
            Some(Question::GoOn(_)) => vec![project(ProjectAction::GoAhead), Action::Cancel],
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
            Some(Question::Missing(arrival)) if arrival.searching || busy_finding => Vec::new(),
            Some(Question::Missing(_)) => {
                vec![project(ProjectAction::GoAhead), project(ProjectAction::Find(0)), Action::Cancel]
            }
            None => Vec::new(),
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
    }

    /// A button or a key, when nothing is in front of it.
    fn press(&mut self, button: usize) {
        if self.is_modal() {
            return;
        }
        let state = &self.state;
        let painting = state.sources.paintings.first().map(|painting| painting.card.id);
        let result = state.history.entries().first().map(|entry| entry.id);
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
            34 => history(HistoryAction::Look),
            35 => Some(Action::SetView(View::Compare)),
            36 => Some(Action::PutBack),
            37 => Some(Action::Preset(PresetAction::Ask)),
            38 => painting.map(|id| set_weight(id, 10.0)),
            39 => Some(Action::RemovePaintings),
            _ => Some(Action::ResetAll),
        };
        if state.exporting.is_some() {
            // The question about how to export is in front.
            let action = if button.is_multiple_of(3) { Action::Cancel } else { Action::ChooseFile };
            return self.apply(action);
        }
        if let Some(action) = action {
            self.apply(action);
        }
    }

    /// Something that the window waited for happens.
    fn happen(&mut self, pending: Pending, how: u8) {
        let fails = how == 3;
        let then_leaves = matches!(pending, Pending::SaveProject { then_leave: true, .. });
        self.may_close = self.state.closes_after_saving() || then_leaves;
        if matches!(pending, Pending::Save(_) | Pending::SaveProject { .. }) && how > 1 {
            // The window stays.
            self.agreed = false;
        }
        match pending {
            Pending::Load { request, name, tall } => {
                let result =
                    if fails { Err(format!("{name} is damaged")) } else { Ok(Box::new(finished(&name, tall))) };
                self.apply(Action::Loaded { request, result });
            }
            Pending::AbandonedDialog(purpose) => {
                let effects = self.state.apply(chosen(purpose, &[file_for(purpose)], false));
                assert!(effects.is_empty(), "a dialog that was given up acts: {effects:?}");
            }
            Pending::Dialog { purpose, then_leave } => {
                let paths = if how > 1 { &[][..] } else { &[file_for(purpose)] };
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
            Pending::Save(path) => self.apply(Action::Saved(match how {
                0 | 1 => Ok(SavedFile { path, width: 40, height: 30 }),
                2 => Err(SaveError::Exists(path)),
                _ => Err(SaveError::Refused("the disk is full".to_owned())),
            })),
            Pending::SaveProject { path, then_leave } => {
                let result = match how {
                    0 => Ok(file_of("evening")),
                    1 => Err(ProjectSaveError::ChangedOutside(path)),
                    2 => Err(ProjectSaveError::Exists(path)),
                    _ => Err(ProjectSaveError::Refused("the disk is full".to_owned())),
                };
                if result.is_ok() && then_leave {
                    // All that was open is in the file, with the run that goes on.
                    self.agreed = true;
                }
                self.apply(Action::ProjectSaved(result));
            }
            Pending::OpenProject(path) => {
                let read = || {
                    let mut read = arrival(From::Project(file_of("evening")));
                    if how == 1 {
                        read.wanted[0].found = Found::Missing;
                    }
                    if how == 2 {
                        read.unfinished = Some(unfinished());
                    }
                    Box::new(read)
                };
                let result = if fails { Err((path, "the project is damaged".to_owned())) } else { Ok(read()) };
                let is_whole = matches!(&result, Ok(arrival) if arrival.missing().next().is_none());
                self.apply(Action::Arrived(result));
                if is_whole {
                    assert!(!self.state.can_undo() && !self.state.can_redo(), "undo reaches into the project before");
                }
            }
            Pending::OpenRecipe => {
                let read = || Box::new(arrival(From::Picture("finished.png".to_owned())));
                let result = if fails { Err(("/f.png".into(), "damaged".to_owned())) } else { Ok(read()) };
                self.apply(Action::Arrived(result));
            }
            Pending::Find(index) => {
                let found = if fails { Vec::new() } else { vec![(index, Found::Here(read_as("cat.png")))] };
                self.apply(Action::Looked(found));
            }
            Pending::LookForWork => {
                let work = || {
                    let mut work = arrival(From::LeftBehind(None));
                    if how == 1 {
                        work.wanted[0].found = Found::Missing;
                    }
                    work.unfinished = (how == 2).then(unfinished);
                    Box::new(work)
                };
                self.apply(Action::WorkFound((!fails).then(work)));
            }
            Pending::Run(job) => {
                let kind = match how {
                    0 => {
                        self.pending.push(Pending::Run(job));
                        EventKind::Started { scales: vec![(20, 15), (40, 30)], iterations: 8, device: "CPU".into() }
                    }
                    1 => EventKind::Finished(done(1)),
                    2 => EventKind::Stopped(done(1)),
                    _ => EventKind::Failed("there is too little memory".to_owned()),
                };
                self.apply(Action::Painter(Event { job, kind }));
            }
        }
        self.may_close = false;
    }

    fn apply(&mut self, action: Action) {
        let effects = self.state.apply(action);
        self.carry_out(effects, false);
    }

    /// Takes note of a dialog that the window waits for no more.
    fn abandon_dialogs(&mut self) {
        if self.state.dialog.is_none() {
            for pending in &mut self.pending {
                if let Pending::Dialog { purpose, .. } = pending {
                    *pending = Pending::AbandonedDialog(*purpose);
                }
            }
        }
    }

    /// Takes note of what the window asks for; `then_leave` when it is to close once its project is saved.
    fn carry_out(&mut self, effects: Vec<Effect>, then_leave: bool) {
        self.abandon_dialogs();
        for effect in effects {
            match effect {
                Effect::Load(request, origin) => {
                    let name = name_of(&origin);
                    let tall = name.starts_with("tall");
                    self.pending.push(Pending::Load { request, name, tall });
                }
                Effect::OpenDialog { purpose, .. } => {
                    // One that hangs is given up when another is opened.
                    self.pending
                        .retain(|pending| !matches!(pending, Pending::Dialog { .. } | Pending::AbandonedDialog(_)));
                    self.pending.push(Pending::Dialog { purpose, then_leave });
                }
                Effect::ReadClipboard => self.pending.push(Pending::Clipboard),
                Effect::Start(_) => {
                    let job = JOBS[self.jobs % JOBS.len()];
                    self.jobs += 1;
                    self.pending.push(Pending::Run(job));
                    self.apply(Action::Began(job));
                }
                Effect::Save(job) => self.pending.push(Pending::Save(job.path)),
                Effect::SaveProject(job) => self.pending.push(Pending::SaveProject { path: job.path, then_leave }),
                Effect::OpenProject { path, .. } => self.pending.push(Pending::OpenProject(path)),
                Effect::OpenRecipe { .. } => self.pending.push(Pending::OpenRecipe),
                Effect::Find { chosen: (index, _), .. } => self.pending.push(Pending::Find(index)),
                Effect::Shrink(..)
                | Effect::Adjust(..)
                | Effect::Pause
                | Effect::Resume
                | Effect::Stop
                | Effect::Adopt
                | Effect::ForgetWork { .. }
                | Effect::StayOpen => {}
                Effect::Close => self.closes(true),
            }
        }
    }

    /// The window closes. Whoever agreed to lose what is open knows.
    fn closes(&mut self, by_itself: bool) {
        let state = &self.state;
        assert!(self.may_close || !by_itself, "it closes although nobody asked for that any more");
        assert!(state.saving.is_none() && state.document.saving.is_none(), "it closes while a file is written");
        let loses = state.run.is_active() || state.is_unsaved();
        assert!(self.agreed || !loses, "it closes without a question");
        self.closed = true;
    }

    fn count(&self, is_it: impl Fn(&Pending) -> bool) -> usize {
        self.pending.iter().filter(|pending| is_it(pending)).count()
    }

    /// What is so after every step.
    fn check(&self) {
        let state = &self.state;
        let one = |what: bool, is_it: fn(&Pending) -> bool| assert_eq!(usize::from(what), self.count(is_it));
        one(state.dialog.is_some(), |pending| matches!(pending, Pending::Dialog { .. }));
        one(state.pasting, |pending| matches!(pending, Pending::Clipboard));
        one(state.saving.is_some(), |pending| matches!(pending, Pending::Save(_)));
        one(state.document.saving.is_some(), |pending| matches!(pending, Pending::SaveProject { .. }));
        one(state.arriving.is_some(), |pending| matches!(pending, Pending::OpenProject(_) | Pending::OpenRecipe));
        for question in state.questions.iter() {
            if let Question::Missing(arrival) = question
                && arrival.searching
            {
                assert!(self.count(|pending| matches!(pending, Pending::Find(_))) > 0, "nobody looks for the pictures");
            }
        }
        let is_asked_about = |request: Request| {
            let of_it = |question: &Question| matches!(question, Question::Restore(it) if it.request == request);
            state.questions.iter().any(of_it)
        };
        let is_read = |request: Request| {
            self.pending
                .iter()
                .any(|pending| matches!(pending, Pending::Load { request: read, .. } if *read == request))
        };
        let cards = state.sources.photo.iter().chain(state.sources.paintings.iter().map(|painting| &painting.card));
        for card in cards {
            assert!(card.loaded.is_some() || card.pending.is_some(), "an empty card");
            if let Some(pending) = &card.pending {
                let comes = is_read(pending.request) || is_asked_about(pending.request);
                assert!(comes, "{} is waited for, and nobody reads it", pending.name);
            }
        }
        let runs = self.count(|pending| matches!(pending, Pending::Run(_)));
        assert!(!state.run.is_active() || runs > 0, "a run that nobody paints");
        let is_closing = state.closes_after_saving();
        let waits = !state.queue.waiting().is_empty();
        assert!(!waits || state.run.is_active() || is_closing, "a run waits although nothing is painted");
        assert!(state.exporting.is_none() || state.shown_canvas().is_some());
        assert!(state.easel.is_none() || state.sources.photo_picture().is_some(), "a mask over no photo");
        assert!(state.settings.validate().is_ok() && state.notices.len() <= 4);
        if let Some(size) = state.sources.photo_picture().map(|photo| (photo.width(), photo.height())) {
            let masks = state.sources.paintings.iter().filter_map(|painting| painting.mask.as_ref());
            let all_fit = masks.chain(&state.sources.protection).all(|mask| mask.fits(size));
            assert!(all_fit, "a mask of another shape than the photo");
        }
        if let (View::Compare, Some(canvas)) = (state.shown_view(), state.shown_canvas()) {
            let (width, height) = state.shown_other().unwrap().size();
            let shape = |width: u32, height: u32| f64::from(width) / f64::from(height);
            let same = (shape(width, height) / shape(canvas.size.0, canvas.size.1) - 1.0).abs() < 0.05;
            assert!(same, "two shapes are compared");
        }
    }

    /// Everything that is pending is answered, and every question is left.
    fn settle(&mut self) {
        for _ in 0..400 {
            if self.closed {
                return;
            }
            match self.pending.pop() {
                Some(run @ Pending::Run(_)) => self.happen(run, 1),
                Some(dialog @ Pending::Dialog { .. }) => self.happen(dialog, 2),
                Some(other) => self.happen(other, 0),
                None if self.state.question().is_some() || self.state.exporting.is_some() => self.apply(Action::Cancel),
                None => break,
            }
            self.check();
        }
        let state = &self.state;
        assert!(self.pending.is_empty(), "it never comes to rest: {:?}", self.pending);
        assert!(!state.sources.is_loading() && state.start_obstacle() != Some("Loading…"), "it loads for ever");
        assert!(!state.run.is_active() && state.queue.waiting().is_empty(), "a run never ends");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_pending_is_answered(steps in prop::collection::vec(step(), 0..60)) {
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
