//! Work that comes in whole: a project, what a finished picture says, or what was left behind. All of it is read
//! before any of it is taken up, and what moved is asked for.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use super::project::{Next, name_of_picture};
use super::run::BeganWith;
use super::{Canvas, Card, Entry, Kind, Loaded, Painting, Question, Sheet, Shown, State, Topic, Used};
use crate::app::action::{Effect, ProjectFile, Purpose};
use crate::picture::{Checksum, Picture};
use crate::studio::duration::time_taken;
use crate::studio::project::{Held, Past, Setup, Source, Unfinished};
use crate::studio::{Settings, Start, Style, StyleBalance};

/// Work that was read, with all its pictures as far as they are there.
#[derive(Clone, Debug)]
pub struct Arrival {
    /// Where it comes from.
    pub from: From,
    /// The pictures that it names, each once.
    pub wanted: Vec<Wanted>,
    /// What lies ready to be painted.
    pub ready: Ready,
    /// What was painted, oldest first.
    pub results: Vec<PaintedBefore>,
    /// A run to go on with.
    pub unfinished: Option<Unfinished>,
    /// Other files are being looked for.
    pub searching: bool,
}

/// Where work comes from.
#[derive(Clone, Debug)]
pub enum From {
    /// A project.
    Project(ProjectFile),
    /// A finished picture of that name.
    Picture(String),
    /// A program that did not end well; the project that it belonged to.
    LeftBehind(Option<ProjectFile>),
}

/// A picture that work names.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// What is known of it.
    pub source: Source,
    /// What became of it.
    pub found: Found,
    /// It lies ready to be painted; the others are those of earlier results.
    pub is_ready: bool,
}

/// What became of a picture that is looked for.
#[derive(Clone, Debug)]
pub enum Found {
    /// It is there.
    Here(Box<Loaded>),
    /// Another picture is in its place.
    Changed(Box<Loaded>),
    /// It is not.
    Missing,
    /// It cannot be read, in one sentence.
    Unreadable(String),
}

/// A setup with its masks read; its sources are among the [`Arrival::wanted`].
#[derive(Clone, Debug, Default)]
pub struct Ready {
    /// The setup.
    pub setup: Setup,
    /// Where the photo stays as it is.
    pub protection: Option<Arc<Sheet>>,
    /// Where each painting's manner goes.
    pub masks: Vec<Option<Arc<Sheet>>>,
    /// The picture to go on from.
    pub start: Option<Arc<Picture>>,
}

/// A picture that was painted, read.
#[derive(Clone, Debug)]
pub struct PaintedBefore {
    /// What a project says of it.
    pub past: Past,
    /// What it was painted from.
    pub ready: Ready,
    /// The picture.
    pub picture: Arc<Picture>,
    /// A small copy.
    pub thumbnail: Arc<Picture>,
}

/// A run that waits to be gone on with.
#[derive(Clone, Debug)]
pub(super) struct Waiting {
    pub(super) run: Unfinished,
    settings: Settings,
    checksums: Vec<Option<Checksum>>,
    pub(super) start: Option<Arc<Picture>>,
}

impl Waiting {
    /// Whether a run with this setup, begun from the start, would be the one that waits.
    pub(super) fn fits(&self, setup: &Setup) -> bool {
        let start = self.settings.start;
        let settings = Settings { start, ..setup.settings.clone().with_live_of(&self.settings) };
        self.checksums == checksums(setup) && settings == self.settings
    }

    /// Where it began.
    pub(super) fn began_at(&self) -> Start {
        self.settings.start
    }

    /// The whole setup of it, where the rest of it is this.
    pub(super) fn setup(&self, rest: Setup) -> Setup {
        let settings = Settings { start: self.settings.start, ..rest.settings };
        Setup { start: self.start.clone().map(Held::of), settings, ..rest }
    }
}

impl Arrival {
    /// The pictures to be asked for, with their places among those wanted.
    pub fn missing(&self) -> impl Iterator<Item = (usize, &Wanted)> {
        let is_missing = |(_, wanted): &(usize, &Wanted)| wanted.is_ready && !matches!(wanted.found, Found::Here(_));
        self.wanted.iter().enumerate().filter(is_missing)
    }

    fn find(&self, source: &Source) -> Option<&Wanted> {
        self.wanted.iter().find(|wanted| wanted.source == *source)
    }

    fn loaded(&self, source: &Source) -> Option<Loaded> {
        match &self.find(source)?.found {
            Found::Here(loaded) => Some((**loaded).clone()),
            Found::Changed(_) | Found::Missing | Found::Unreadable(_) => None,
        }
    }

    /// The paintings that are there, each with its part and its mask.
    fn paintings(&self, ready: &Ready) -> Vec<(Loaded, StyleBalance, Option<Arc<Sheet>>)> {
        let painting = |(index, style): (usize, &Style<Source, Held>)| {
            let part = style.balance();
            Some((self.loaded(&style.source)?, part, ready.masks.get(index).cloned().flatten()))
        };
        ready.setup.styles.iter().enumerate().filter_map(painting).collect()
    }
}

impl State {
    /// Reads a project, as soon as nothing stands in its way.
    pub(super) fn read_project(&mut self, path: PathBuf) -> Vec<Effect> {
        if self.is_project_busy() {
            return Vec::new();
        }
        self.arriving = Some(path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned());
        vec![Effect::OpenProject { path, known: self.known_files() }]
    }

    /// Files that may be what is looked for: those on the cards and those opened before.
    pub(super) fn known_files(&self) -> Vec<PathBuf> {
        let recent = self.recent.photos.iter().chain(&self.recent.paintings);
        self.sources.paths().into_iter().chain(recent.cloned()).collect()
    }

    /// Work was read, or not.
    pub(super) fn arrived(&mut self, result: Result<Box<Arrival>, (PathBuf, String)>) -> Vec<Effect> {
        self.arriving = None;
        match result {
            Ok(arrival) => {
                self.works(Topic::Project);
                self.take_up_or_ask(arrival, Self::ask_later)
            }
            Err((path, reason)) => {
                self.recent.forget(&path);
                self.complain(Topic::Project, &reason);
                Vec::new()
            }
        }
    }

    fn take_up_or_ask(&mut self, arrival: Box<Arrival>, ask: fn(&mut Self, Question)) -> Vec<Effect> {
        if arrival.missing().next().is_some() {
            ask(self, Question::Missing(arrival));
            return Vec::new();
        }
        self.take_up_work(*arrival)
    }

    /// Goes on with the work that was found, or with what is there of a project.
    pub(super) fn go_ahead(&mut self) -> Vec<Effect> {
        match self.question() {
            // What is open would be lost, so that is asked about first.
            Some(Question::GoOn(_)) => return self.leave_for(Next::FoundWork),
            Some(Question::Missing(arrival)) if !arrival.searching => {}
            _ => return Vec::new(),
        }
        if self.is_project_busy() {
            return Vec::new();
        }
        match self.questions.pop() {
            Some(Question::Missing(arrival)) => self.take_up_work(*arrival),
            _ => Vec::new(),
        }
    }

    /// Takes up the work that was found, unless the person decided against it meanwhile.
    pub(super) fn take_up_found_work(&mut self) -> Vec<Effect> {
        match self.questions.take(|asked| matches!(asked, Question::GoOn(_))) {
            Some(Question::GoOn(arrival)) => self.take_up_or_ask(arrival, Self::ask),
            _ => Vec::new(),
        }
    }

    pub(super) fn ask_where_it_is(&mut self, index: usize) -> Vec<Effect> {
        let Some(Question::Missing(arrival)) = self.question() else { return Vec::new() };
        let Some(wanted) = arrival.wanted.get(index) else { return Vec::new() };
        let name = wanted.source.name.clone();
        self.open_dialog(Purpose::Find(index), name, None)
    }

    /// Looks at the file that was chosen, and beside it for the others.
    pub(super) fn look_there(&mut self, index: usize, chosen: &Path) -> Vec<Effect> {
        let Some(arrival) = self.questions.missing_mut() else { return Vec::new() };
        arrival.searching = true;
        let sources = arrival.missing().map(|(index, wanted)| (index, wanted.source.clone())).collect();
        vec![Effect::Find { chosen: (index, chosen.to_path_buf()), sources }]
    }

    /// A file was dropped while pictures are asked for: the one of its name, or the first.
    pub(super) fn look_in_dropped(&mut self, path: &Path) -> Vec<Effect> {
        let Some(Question::Missing(arrival)) = self.question() else { return Vec::new() };
        let has_its_name =
            |wanted: &Wanted| path.file_name().is_some_and(|name| name == Path::new(&wanted.source.name));
        let named = arrival.missing().find(|(_, wanted)| has_its_name(wanted));
        match named.or_else(|| arrival.missing().next()) {
            Some((index, _)) => self.look_there(index, path),
            None => Vec::new(),
        }
    }

    /// What was found there.
    pub(super) fn looked(&mut self, found: Vec<(usize, Found)>) {
        let Some(arrival) = self.questions.missing_mut() else { return };
        arrival.searching = false;
        for (index, found) in found {
            if let Some(wanted) = arrival.wanted.get_mut(index) {
                wanted.found = found;
            }
        }
    }

    /// Another picture is good enough.
    pub(super) fn take_as_it_is(&mut self, index: usize) {
        let Some(Question::Missing(arrival)) = self.questions.top_mut() else { return };
        if let Some(wanted) = arrival.wanted.get_mut(index)
            && let Found::Changed(loaded) = &wanted.found
        {
            wanted.found = Found::Here(loaded.clone());
        }
    }

    /// Takes up work: its pictures, its settings, and what was painted.
    fn take_up_work(&mut self, arrival: Arrival) -> Vec<Effect> {
        let left_out: Vec<&str> = arrival.missing().map(|(_, wanted)| wanted.source.name.as_str()).collect();
        let left_out = (!left_out.is_empty()).then(|| left_out.join(", "));
        let moved = arrival.wanted.iter().any(|wanted| match &wanted.found {
            Found::Here(loaded) => wanted.is_ready && loaded.source != wanted.source,
            _ => wanted.is_ready,
        });
        let mut effects = match &arrival.from {
            From::Project(_) => self.clear(),
            From::LeftBehind(_) => {
                let mut effects = self.clear();
                effects.push(Effect::Adopt);
                effects
            }
            From::Picture(_) => {
                self.mask(super::MaskAction::Done);
                self.keep_step();
                Vec::new()
            }
        };
        self.take_up_sources(&arrival);
        for result in &arrival.results {
            self.take_up_result(&arrival, result);
        }
        let said = match &arrival.from {
            From::Project(file) => {
                self.opened(Some(file.clone()), !moved);
                effects.push(Effect::ForgetWork { project: Some(file.path.clone()) });
                None
            }
            From::LeftBehind(file) => {
                self.opened(file.clone(), false);
                None
            }
            From::Picture(name) => Some(format!("Settings restored from {name}.")),
        };
        match (left_out, said) {
            (Some(names), _) => self.notify(Kind::Remark, &format!("Left out, because not found: {names}")),
            (None, Some(said)) => self.notify(Kind::Done, &said),
            (None, None) => {}
        }
        let is_left_behind = matches!(arrival.from, From::LeftBehind(_));
        effects.extend(self.take_up_run(arrival.ready, arrival.unfinished, is_left_behind));
        effects
    }

    fn take_up_sources(&mut self, arrival: &Arrival) {
        let ready = &arrival.ready;
        let photo = ready.setup.content.as_ref().and_then(|content| arrival.loaded(content));
        self.sources.photo = photo.map(|photo| Card { loaded: Some(photo), ..self.sources.new_card() });
        self.sources.paintings = arrival
            .paintings(ready)
            .into_iter()
            .map(|(loaded, part, mask)| {
                let card = Card { loaded: Some(loaded), ..self.sources.new_card() };
                Painting { card, part, mask }
            })
            .collect();
        self.sources.protection.clone_from(&ready.protection);
        // Masks over another photo than they were painted for.
        self.check_masks();
        let start = match ready.setup.settings.start {
            Start::Continue(_) | Start::Picture => Start::Content,
            start => start,
        };
        self.settings = Settings { start, ..ready.setup.settings.clone() };
        self.view = super::View::default();
    }

    fn take_up_result(&mut self, arrival: &Arrival, result: &PaintedBefore) {
        let PaintedBefore { past, ready, picture, thumbnail } = result;
        let setup = past.setup.clone();
        let photo = setup.content.as_ref().and_then(|content| arrival.loaded(content));
        let paintings = arrival.paintings(ready).into_iter().map(|(loaded, part, mask)| Used {
            card: self.sources.new_card().id,
            loaded,
            part,
            mask,
        });
        let paintings: Vec<Used> = paintings.collect();
        let size = (picture.width(), picture.height());
        let name = name_of_picture(&setup);
        let inputs = photo.iter().chain(paintings.iter().map(|used| &used.loaded));
        let inputs: Vec<PathBuf> = inputs.filter_map(|loaded| loaded.path.clone()).collect();
        let canvas = Canvas {
            shown: Shown::Picture(Arc::clone(picture)),
            size,
            reached: past.reached.unwrap_or(size.0.max(size.1)),
            // A photo that is gone has nothing to be compared with.
            photo: photo.as_ref().map_or_else(|| Arc::clone(picture), |photo| Arc::clone(&photo.picture)),
            name: name.clone(),
            inputs: inputs.clone(),
            setup: setup.clone(),
            exif: photo.as_ref().and_then(|photo| photo.exif.clone()),
        };
        let painted_with = BeganWith {
            settings: Settings { start: Start::Content, ..setup.settings.clone() },
            hardware: self.hardware,
            photo,
            paintings,
            protection: ready.protection.clone(),
            continues: matches!(setup.settings.start, Start::Continue(_)),
            name,
            inputs,
            setup,
        };
        let is_kept_in_a_file = matches!(arrival.from, From::Project(_));
        self.canvas = Some(canvas.clone());
        let id = self.history.number();
        self.history.take_in(Entry {
            id,
            canvas,
            thumbnail: Some(Arc::clone(thumbnail)),
            held: past.picture.clone(),
            painted_with,
            elapsed: Duration::from_secs_f64(past.seconds),
            stopped: past.stopped,
            kept: past.kept,
            exported: is_kept_in_a_file,
        });
    }

    /// A run to go on with waits for Start; one that was left behind begins by itself.
    fn take_up_run(&mut self, ready: Ready, run: Option<Unfinished>, at_once: bool) -> Vec<Effect> {
        let Some(run) = run else { return Vec::new() };
        let seconds = Duration::from_secs_f64(run.seconds);
        let waiting =
            Waiting { run, checksums: checksums(&ready.setup), settings: ready.setup.settings, start: ready.start };
        let fits = waiting.fits(&self.setup());
        self.unfinished = Some(waiting);
        if !fits {
            self.notify(
                Kind::Remark,
                "A picture of the unfinished work is missing or has changed. Add it again and press Start; painting \
                 then goes on.",
            );
            return Vec::new();
        }
        if at_once {
            return self.start();
        }
        let taken = time_taken(seconds);
        self.notify(
            Kind::Remark,
            &format!("A picture in this project is not finished; {taken} of painting are kept. Start goes on with it."),
        );
        Vec::new()
    }
}

fn checksums(setup: &Setup) -> Vec<Option<Checksum>> {
    let styles = setup.styles.iter().map(|style| &style.source);
    setup.content.iter().chain(styles).map(|source| source.checksum).collect()
}

/// The sheet that a project holds.
pub(in crate::app) fn sheet(picture: &Picture) -> Arc<Sheet> {
    Arc::new(Sheet::from_picture(picture))
}
