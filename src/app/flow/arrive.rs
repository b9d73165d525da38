//! Loading work: a project, the settings in a finished picture, or recovered work. Missing pictures are asked about.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::app::message::Effect;
use crate::app::model::arrival::{Arrival, ArrivalOrigin, LoadedResult, LoadedSetup, SearchResult, UnfinishedRun};
use crate::app::model::canvas::{Canvas, CanvasImage};
use crate::app::model::dialog::Purpose;
use crate::app::model::document::{Document, Next, ProjectFile};
use crate::app::model::fingerprint::Fingerprint;
use crate::app::model::history::HistoryEntry;
use crate::app::model::mask::MaskAction;
use crate::app::model::notices::{NoticeKind, Topic};
use crate::app::model::question::Question;
use crate::app::model::run::RunInputs;
use crate::app::model::sources::Painting;
use crate::app::model::view::Side;
use crate::app::state::State;
use crate::app::wording;
use crate::duration::time_taken;
use crate::studio::project::Unfinished;
use crate::studio::{Method, Settings, Start};

impl State {
    /// Files in which missing pictures are searched for: those of the cards and the recent ones.
    pub(super) fn known_files(&self) -> Vec<PathBuf> {
        let recent = self.recent.photos.iter().chain(&self.recent.paintings);
        self.sources.paths().into_iter().chain(recent.cloned()).collect()
    }

    /// Receives work that was read, or why it could not be.
    pub(super) fn arrived(&mut self, result: Result<Box<Arrival>, (PathBuf, String)>) -> Vec<Effect> {
        self.document.reading = None;
        match result {
            Ok(arrival) => {
                self.notices.clear_topic(Topic::Project);
                if arrival.missing().next().is_none() {
                    return self.use_work(*arrival);
                }
                self.questions.push_behind(Question::Missing(arrival));
            }
            Err((path, reason)) => {
                self.recent.forget(&path);
                self.notices.report(Topic::Project, &reason);
            }
        }
        Vec::new()
    }

    /// The user wants to restore the recovered work, or to proceed without the missing pictures.
    pub(super) fn proceed(&mut self) -> Vec<Effect> {
        match self.question() {
            // The open work would be lost, so that is asked about first.
            Some(Question::Recovered(_)) => return self.leave_for(Next::RecoveredWork),
            Some(Question::Missing(arrival)) if !arrival.searching => {}
            _ => return Vec::new(),
        }
        if self.is_project_busy() {
            return Vec::new();
        }
        match self.questions.pop() {
            Some(Question::Missing(arrival)) => self.use_work(*arrival),
            _ => Vec::new(),
        }
    }

    /// Uses the recovered work, unless the user decided against it meanwhile.
    pub(super) fn use_recovered_work(&mut self) -> Vec<Effect> {
        match self.questions.take(|asked| matches!(asked, Question::Recovered(_))) {
            Some(Question::Recovered(arrival)) if arrival.missing().next().is_some() => {
                self.questions.push(Question::Missing(arrival));
                Vec::new()
            }
            Some(Question::Recovered(arrival)) => self.use_work(*arrival),
            _ => Vec::new(),
        }
    }

    pub(super) fn ask_where_it_is(&mut self, index: usize) -> Vec<Effect> {
        let Some(Question::Missing(arrival)) = self.question() else { return Vec::new() };
        let Some(picture) = arrival.pictures.get(index) else { return Vec::new() };
        let name = picture.source.name.clone();
        self.open_dialog(Purpose::Find(index), name, None)
    }

    /// Searches the file that was chosen for a missing picture, and its folder for the others.
    pub(super) fn search(&mut self, index: usize, chosen: PathBuf) -> Vec<Effect> {
        let Some(arrival) = self.questions.missing_mut() else { return Vec::new() };
        arrival.searching = true;
        let sources = arrival.missing().map(|(index, picture)| (index, picture.source.clone())).collect();
        vec![Effect::Search { chosen: (index, chosen), sources }]
    }

    pub(super) fn searched(&mut self, found: Vec<(usize, SearchResult)>) {
        let Some(arrival) = self.questions.missing_mut() else { return };
        arrival.searching = false;
        for (index, found) in found {
            if let Some(picture) = arrival.pictures.get_mut(index) {
                picture.found = found;
            }
        }
    }

    /// Accepts the different picture that was found in place of the missing one.
    pub(super) fn accept_changed(&mut self, index: usize) {
        let Some(Question::Missing(arrival)) = self.questions.top_mut() else { return };
        if let Some(picture) = arrival.pictures.get_mut(index)
            && let SearchResult::Changed(loaded) = &picture.found
        {
            picture.found = SearchResult::Found(loaded.clone());
        }
    }

    /// Uses work: its pictures, settings and results.
    fn use_work(&mut self, arrival: Arrival) -> Vec<Effect> {
        let left_out: Vec<&str> = arrival.missing().map(|(_, picture)| picture.source.name.as_str()).collect();
        let left_out = left_out.join(", ");
        let has_moved = arrival.has_moved();
        let mut effects = match &arrival.origin {
            ArrivalOrigin::Project(_) | ArrivalOrigin::Recovery(_) => self.clear(),
            ArrivalOrigin::Picture(_) => {
                self.mask(MaskAction::Done);
                self.keep_step();
                Vec::new()
            }
        };
        self.use_setup(&arrival);
        for result in &arrival.results {
            self.add_result(&arrival, result);
        }
        match &arrival.origin {
            ArrivalOrigin::Project(file) => {
                self.opened(Some(file.clone()), !has_moved);
                effects.push(Effect::ForgetWork { project: Some(file.path.clone()), keep_run: false });
            }
            ArrivalOrigin::Recovery(file) => {
                self.opened(file.clone(), false);
                effects.push(Effect::AdoptWork);
            }
            ArrivalOrigin::Picture(name) if left_out.is_empty() => {
                self.notices.notify(NoticeKind::Done, &format!("Settings restored from {name}."));
            }
            ArrivalOrigin::Picture(_) => {}
        }
        if !left_out.is_empty() {
            self.notices.notify(NoticeKind::Remark, &format!("Left out, because not found: {left_out}"));
        }
        let is_recovery = matches!(arrival.origin, ArrivalOrigin::Recovery(_));
        if let Some(progress) = arrival.unfinished {
            effects.extend(self.resume(arrival.ready, progress, is_recovery));
        }
        effects
    }

    /// Sets up the next run from the work.
    pub(super) fn use_setup(&mut self, arrival: &Arrival) {
        let ready = &arrival.ready;
        let photo = arrival.photo(&ready.setup);
        self.sources.photo = photo.map(|photo| self.sources.new_card(Some(photo)));
        self.sources.paintings = self.paintings_of(arrival, ready);
        self.sources.protection.clone_from(&ready.protection);
        self.remove_unfit_masks();
        let start = match ready.setup.settings.start {
            Start::Continue(_) | Start::Picture => Start::Content,
            start => start,
        };
        self.settings = Settings { start, method: Method::Optimise, ..ready.setup.settings.clone() };
        self.view.side = Side::default();
    }

    fn paintings_of(&mut self, arrival: &Arrival, ready: &LoadedSetup) -> Vec<Painting> {
        let paintings = arrival.paintings(ready).into_iter();
        paintings
            .map(|style| style.with(self.sources.new_card(Some(style.source.clone())), style.mask.clone()))
            .collect()
    }

    /// Adds a result of the work to the history.
    fn add_result(&mut self, arrival: &Arrival, result: &LoadedResult) {
        let LoadedResult { past, ready, picture, thumbnail } = result;
        let setup = past.setup.clone();
        let photo = arrival.photo(&setup);
        let size = (picture.width(), picture.height());
        let inputs = RunInputs {
            settings: Settings { start: Start::Content, ..setup.settings.clone() },
            hardware: self.hardware,
            paintings: self.paintings_of(arrival, ready),
            protection: ready.protection.clone(),
            continues: matches!(setup.settings.start, Start::Continue(_)),
            name: wording::picture_name(setup.source_names()),
            photo: photo.clone(),
            setup,
        };
        let canvas = Canvas {
            image: CanvasImage::Picture(Arc::clone(picture)),
            size,
            reached: past.reached.unwrap_or(size.0.max(size.1)),
            // Without its photo, the picture is compared with itself.
            photo: photo.as_ref().map_or_else(|| Arc::clone(picture), |photo| Arc::clone(&photo.picture)),
            name: inputs.name.clone(),
            inputs: inputs.paths(),
            setup: inputs.setup.clone(),
            exif: photo.and_then(|photo| photo.exif),
        };
        self.canvas = Some(canvas.clone());
        let id = self.history.new_id();
        self.history.add(HistoryEntry {
            id,
            canvas,
            thumbnail: Some(Arc::clone(thumbnail)),
            stored: past.picture.clone(),
            inputs,
            elapsed: Duration::from_secs_f64(past.seconds),
            stopped: past.stopped,
            kept: past.kept,
            // A result of a project is already in a file.
            exported: matches!(arrival.origin, ArrivalOrigin::Project(_)),
        });
    }

    /// Makes this the file of the open work; `as_saved` if the work equals what the file holds.
    fn opened(&mut self, file: Option<ProjectFile>, as_saved: bool) {
        if let Some(file) = &file {
            self.recent.project(&file.path);
        }
        let saved = if as_saved { self.fingerprint() } else { Fingerprint::default() };
        self.document = Document { file, saved, ..Document::default() };
    }

    /// Lets an unfinished run wait for Start, or starts it `at_once`.
    fn resume(&mut self, ready: LoadedSetup, progress: Unfinished, at_once: bool) -> Vec<Effect> {
        let seconds = Duration::from_secs_f64(progress.seconds);
        let run = UnfinishedRun::new(progress, ready);
        let fits = run.fits(&self.setup());
        self.unfinished = Some(run);
        if fits && at_once {
            return self.start();
        }
        let text = if fits {
            let taken = time_taken(seconds);
            format!("A picture in this project is not finished: {taken} of painting are kept. Press Start to continue.")
        } else {
            "A picture of the unfinished work is missing or has changed. Add it again and press Start to continue."
                .to_owned()
        };
        self.notices.notify(NoticeKind::Remark, &text);
        Vec::new()
    }
}
