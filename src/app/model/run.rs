//! The run: where it is, and what it was started with.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::card::{Card, LoadedPicture};
use super::losses::LossCurve;
use super::mask::{MaskFor, Sheet};
use super::sources::{Painting, Sources};
use crate::studio::project::{Setup, Unfinished};
use crate::studio::{EventKind, Hardware, JobId, Progress, Recipe, Settings, StyleBalance};

/// What the run is doing.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Phase {
    /// No run yet.
    #[default]
    Ready,
    /// Started; the network is being loaded and the pictures prepared.
    Preparing,
    /// Painting.
    Painting,
    /// Asked to pause.
    Pausing,
    /// Paused.
    Paused,
    /// Asked to stop.
    Stopping,
    /// Finished, after so long.
    Finished(Duration),
    /// Stopped early, after so long.
    Stopped(Duration),
    /// Ended by an error.
    Failed,
}

/// The run that is active, or the last one.
#[derive(Clone, Debug, Default)]
pub struct Run {
    /// What it is doing.
    pub phase: Phase,
    /// Width and height of each scale, coarse to fine; empty until painting begins.
    pub scales: Vec<(u32, u32)>,
    /// Name of the processor.
    pub device: String,
    /// The scale being painted, an index into `scales`.
    pub scale: usize,
    /// Latest progress at this scale.
    pub progress: Option<Progress>,
    /// Share of the time that has passed, from 0 to 1; never falls.
    pub fraction: f32,
    /// How long an iteration takes at this scale, once that can be told.
    pub pace: Option<Duration>,
    /// Its losses so far.
    pub losses: LossCurve,
    /// What it was started with.
    pub inputs: Option<RunInputs>,
    /// Its number; events of other runs are stale.
    job: JobId,
    /// First progress at this scale.
    scale_began: Option<Progress>,
}

/// What a run was started with.
#[derive(Clone, Debug)]
pub struct RunInputs {
    /// The settings of the panel.
    pub settings: Settings,
    /// The hardware.
    pub hardware: Hardware,
    /// The photo; missing when a restored run's is gone.
    pub photo: Option<LoadedPicture>,
    /// The paintings that were read.
    pub paintings: Vec<Painting>,
    /// Where the photo is left as it is.
    pub protection: Option<Arc<Sheet>>,
    /// Whether it continues from a picture that was painted before.
    pub continues: bool,
    /// What to call the picture, without an ending.
    pub(in crate::app) name: String,
    /// The same for a project's file.
    pub(in crate::app) setup: Setup,
}

/// A run that is asked for: what the painter needs, and what the window remembers of it.
#[derive(Clone, Debug)]
pub struct RunRequest {
    /// For the painter.
    pub recipe: Box<Recipe>,
    /// For the window.
    pub inputs: RunInputs,
    /// The progress of an earlier run with this recipe, to continue from.
    pub unfinished: Option<Unfinished>,
}

impl Run {
    /// Whether it was started and has not ended.
    pub fn is_active(&self) -> bool {
        matches!(self.phase, Phase::Preparing | Phase::Painting | Phase::Pausing | Phase::Paused | Phase::Stopping)
    }

    /// What the active run was started with.
    pub fn active_inputs(&self) -> Option<&RunInputs> {
        self.inputs.as_ref().filter(|_| self.is_active())
    }

    /// The run after this one.
    pub(in crate::app) fn next(&self, inputs: RunInputs) -> Self {
        Self { phase: Phase::Preparing, inputs: Some(inputs), job: self.job.next(), ..Self::default() }
    }

    /// No run, with the numbers of those before known, so that their events stay stale.
    pub(in crate::app) fn none_after(&self) -> Self {
        Self { job: self.job, ..Self::default() }
    }

    /// Its number.
    pub(in crate::app) fn job(&self) -> JobId {
        self.job
    }

    /// Whether an event or a frame belongs to another run, or to one that has ended.
    pub(in crate::app) fn is_stale(&self, job: JobId) -> bool {
        self.job != job || !self.is_active()
    }

    /// Takes in news that changes nothing but the run itself; hands other news back.
    pub(in crate::app) fn hear(&mut self, kind: EventKind) -> Option<EventKind> {
        match kind {
            EventKind::Started { scales, device, .. } => {
                (self.scales, self.device) = (scales, device);
                if self.phase == Phase::Preparing {
                    self.phase = Phase::Painting;
                }
            }
            EventKind::MovedTo(device) => self.device = device,
            EventKind::ScaleBegan(scale) => (self.scale, self.progress) = (scale, None),
            EventKind::Progress(progress) => self.progressed(progress),
            EventKind::Paused if self.phase == Phase::Pausing => self.phase = Phase::Paused,
            // The phase changed when it was asked for.
            EventKind::Paused | EventKind::Resumed => {}
            other => return Some(other),
        }
        None
    }

    fn progressed(&mut self, progress: Progress) {
        let elapsed = progress.elapsed.as_secs_f32();
        let whole = elapsed + progress.remaining.as_secs_f32();
        if whole > 0.0 {
            self.fraction = self.fraction.max(elapsed / whole);
        }
        match self.scale_began.filter(|began| began.scale == progress.scale) {
            Some(began) if progress.done > began.done => {
                let time = progress.elapsed.saturating_sub(began.elapsed);
                self.pace = Some(time / (progress.done - began.done));
            }
            Some(_) => {}
            None => {
                self.scale_began = Some(progress);
                self.pace = None;
            }
        }
        self.losses.add(&progress);
        self.scale = progress.scale;
        self.progress = Some(progress);
    }
}

impl RunInputs {
    /// The files it is painted from.
    pub(in crate::app) fn paths(&self) -> Vec<PathBuf> {
        let paintings = self.paintings.iter().filter_map(|painting| painting.source.loaded.as_ref());
        self.photo.iter().chain(paintings).filter_map(|loaded| loaded.path.clone()).collect()
    }

    /// The mask that it uses for something; an error when it does not use that painting at all.
    fn mask_for(&self, purpose: MaskFor) -> Result<Option<&Arc<Sheet>>, ()> {
        match purpose {
            MaskFor::Protection => Ok(self.protection.as_ref()),
            MaskFor::Painting(id) => {
                let painting = self.paintings.iter().find(|painting| painting.source.id == id).ok_or(())?;
                Ok(painting.mask.as_ref())
            }
        }
    }

    /// What to tell the person about a mask that is painted while this runs.
    pub(in crate::app) fn note_about_mask(&self, purpose: MaskFor, sheet: &Arc<Sheet>) -> &'static str {
        match self.mask_for(purpose) {
            Err(()) => "The running picture does not use this painting",
            Ok(Some(used)) if used == sheet => "The running picture uses this mask",
            Ok(Some(_)) => "The running picture uses the mask as it was; this one applies to the next run",
            Ok(None) if sheet.is_bare() => "The running picture uses no mask here; one applies to the next run",
            Ok(None) => "The running picture does not use this mask; it applies to the next run",
        }
    }

    /// The balance of each painting that it uses, as it is set now; of one that was removed since, as it was. Nothing
    /// where every weight is 0, which is no balance.
    pub(in crate::app) fn balances_now(&self, sources: &Sources) -> Option<Vec<StyleBalance>> {
        let now = |painting: &Painting| sources.painting(painting.source.id).unwrap_or(painting).balance();
        let balances: Vec<StyleBalance> = self.paintings.iter().map(now).collect();
        balances.iter().any(|balance| balance.weight > 0.0).then_some(balances)
    }

    /// Whether the photo, the paintings or the masks have changed since it was started.
    pub(in crate::app) fn differ_from(&self, sources: &Sources) -> bool {
        let picture = |loaded: Option<&LoadedPicture>| loaded.map(|loaded| Arc::as_ptr(&loaded.picture));
        let mask = |mask: &Option<Arc<Sheet>>| mask.as_ref().map(Arc::as_ptr);
        let painting =
            |painting: &Painting| Some((picture(Some(painting.source.loaded.as_ref()?)), mask(&painting.mask)));
        let now = sources.paintings.iter().filter_map(painting);
        let same = picture(sources.loaded_photo()) == picture(self.photo.as_ref())
            && mask(&sources.protection) == mask(&self.protection)
            && now.eq(self.paintings.iter().filter_map(painting));
        !same
    }

    /// Puts its photo, paintings and masks back on cards.
    pub(in crate::app) fn put_back(self, sources: &mut Sources) {
        sources.photo = self.photo.map(|photo| sources.new_card(Some(photo)));
        let painting = |painting: Painting| Painting { source: sources.new_card(painting.source.loaded), ..painting };
        sources.paintings = self.paintings.into_iter().map(painting).collect();
        sources.protection = self.protection;
    }

    /// Whether all that it was painted from is still there.
    pub(in crate::app) fn is_whole(&self) -> bool {
        self.photo.is_some() && self.paintings.len() == self.setup.styles.len()
    }
}

/// The paintings that are read, as a run takes them.
pub(in crate::app) fn used_paintings(sources: &Sources) -> Vec<Painting> {
    let used = |painting: &&Painting| painting.source.loaded.is_some();
    let without_pending = |painting: &Painting| painting.map(|card| Card { pending: None, ..card.clone() }, Arc::clone);
    sources.paintings.iter().filter(used).map(without_pending).collect()
}
