//! The run: its progress, and the inputs that it was started with.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::canvas::{Canvas, CanvasImage};
use super::card::{Card, LoadedPicture};
use super::losses::LossCurve;
use super::mask::{Mask, MaskFor};
use super::sources::{Painting, Sources};
use crate::picture::Picture;
use crate::studio::project::{Setup, Unfinished};
use crate::studio::{EventKind, Hardware, Progress, Recipe, RunId, Settings, StyleBalance};

/// The phase of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Phase {
    /// No run yet.
    #[default]
    Ready,
    /// Started; the network is being loaded and the pictures prepared.
    Preparing,
    /// Painting.
    Painting,
    /// Pause was requested.
    Pausing,
    /// Paused.
    Paused,
    /// Stop was requested.
    Stopping,
    /// Finished, after this time.
    Finished(Duration),
    /// Stopped early, after this time.
    Stopped(Duration),
    /// Ended by an error.
    Failed,
}

/// The active run, or the last one.
#[derive(Clone, Debug, Default)]
pub struct Run {
    /// Its phase.
    pub phase: Phase,
    /// Width and height of each scale, coarse to fine; empty until painting begins.
    pub scales: Vec<(u32, u32)>,
    /// Name of the processor.
    pub device: String,
    /// The scale being painted, an index into `scales`.
    pub scale: usize,
    /// The latest progress at this scale.
    pub progress: Option<Progress>,
    /// Elapsed share of the expected time, from 0 to 1; never decreases.
    pub fraction: f32,
    /// Time per iteration at this scale, once it is known.
    pub pace: Option<Duration>,
    /// The losses so far.
    pub losses: LossCurve,
    /// The inputs that it was started with.
    pub inputs: Option<RunInputs>,
    /// Its number; events of other runs are stale.
    id: RunId,
    /// The first progress at this scale.
    scale_began: Option<Progress>,
}

/// The inputs of a run, as it was started.
#[derive(Clone, Debug)]
pub struct RunInputs {
    /// The settings, as on the panel.
    pub settings: Settings,
    /// The hardware.
    pub hardware: Hardware,
    /// The photo; absent if that of a restored result is missing.
    pub photo: Option<LoadedPicture>,
    /// The paintings that had been read.
    pub paintings: Vec<Painting>,
    /// The mask of where the photo stays unchanged.
    pub protection: Option<Arc<Mask>>,
    /// Whether it continues from an earlier result.
    pub continues: bool,
    /// The name of its picture, without an extension.
    pub(in crate::app) name: String,
    /// The same inputs, for a project's file.
    pub(in crate::app) setup: Setup,
}

/// A run to start.
#[derive(Clone, Debug)]
pub struct RunRequest {
    /// The recipe for the painter.
    pub recipe: Box<Recipe>,
    /// What the window remembers of it.
    pub inputs: RunInputs,
    /// The progress of an earlier run with this recipe, to continue from.
    pub unfinished: Option<Unfinished>,
}

impl Run {
    /// Whether it has started and not ended.
    pub fn is_active(&self) -> bool {
        matches!(self.phase, Phase::Preparing | Phase::Painting | Phase::Pausing | Phase::Paused | Phase::Stopping)
    }

    /// The inputs of the active run.
    pub fn active_inputs(&self) -> Option<&RunInputs> {
        self.inputs.as_ref().filter(|_| self.is_active())
    }

    pub(in crate::app) fn next(&self, inputs: RunInputs) -> Self {
        Self { phase: Phase::Preparing, inputs: Some(inputs), id: self.id.next(), ..Self::default() }
    }

    /// No run, but with the number of this one, so that its events stay stale.
    pub(in crate::app) fn none_after(&self) -> Self {
        Self { id: self.id, ..Self::default() }
    }

    pub(in crate::app) fn id(&self) -> RunId {
        self.id
    }

    /// Whether an event or a frame belongs to another run, or this one has ended.
    pub(in crate::app) fn is_stale(&self, run: RunId) -> bool {
        self.id != run || !self.is_active()
    }

    /// Applies an event that concerns only the run itself; returns any other.
    pub(in crate::app) fn update(&mut self, kind: EventKind) -> Option<EventKind> {
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
            // Resuming already changed the phase when it was requested.
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
    /// A picture that was painted from these inputs; `None` without a photo.
    pub(in crate::app) fn canvas(&self, image: CanvasImage, size: (u32, u32), reached: u32) -> Option<Canvas> {
        let photo = self.photo.as_ref()?;
        Some(Canvas {
            image,
            size,
            reached,
            photo: Arc::clone(&photo.picture),
            name: self.name.clone(),
            inputs: self.paths(),
            setup: self.setup.clone(),
            exif: photo.exif.clone(),
        })
    }

    pub(in crate::app) fn paths(&self) -> Vec<PathBuf> {
        let paintings = self.paintings.iter().filter_map(|painting| painting.source.loaded.as_ref());
        self.photo.iter().chain(paintings).filter_map(|loaded| loaded.path.clone()).collect()
    }

    /// The mask that it uses for a purpose; an error if it does not use that painting at all.
    fn mask_for(&self, purpose: MaskFor) -> Result<Option<&Arc<Mask>>, ()> {
        match purpose {
            MaskFor::Protection => Ok(self.protection.as_ref()),
            MaskFor::Painting(id) => {
                let painting = self.paintings.iter().find(|painting| painting.source.id == id).ok_or(())?;
                Ok(painting.mask.as_ref())
            }
        }
    }

    /// What to tell the user about a mask that is edited while this runs.
    pub(in crate::app) fn note_about_mask(&self, purpose: MaskFor, mask: &Arc<Mask>) -> &'static str {
        match self.mask_for(purpose) {
            Err(()) => "The active run does not use this painting",
            Ok(Some(used)) if used == mask => "The active run uses this mask",
            Ok(Some(_)) => "The active run uses the mask as it was before; this one applies to the next run",
            Ok(None) if mask.is_bare() => "The active run uses no mask here; a mask applies to the next run",
            Ok(None) => "The active run does not use this mask; it applies to the next run",
        }
    }

    /// The current balance of each painting that it uses; a painting that was removed since keeps its own. `None` if
    /// every weight is 0, which is invalid.
    pub(in crate::app) fn balances_now(&self, sources: &Sources) -> Option<Vec<StyleBalance>> {
        let now = |painting: &Painting| sources.painting(painting.source.id).unwrap_or(painting).balance();
        let balances: Vec<StyleBalance> = self.paintings.iter().map(now).collect();
        balances.iter().any(|balance| balance.weight > 0.0).then_some(balances)
    }

    pub(in crate::app) fn differ_from(&self, sources: &Sources) -> bool {
        fn picture(card: Option<&LoadedPicture>) -> Option<*const Picture> {
            card.map(|loaded| Arc::as_ptr(&loaded.picture))
        }
        // Masks are compared by value: those of a project's results are read once for each.
        fn used(painting: &Painting) -> Option<(Option<*const Picture>, Option<&Arc<Mask>>)> {
            let loaded = painting.source.loaded.as_ref()?;
            Some((picture(Some(loaded)), painting.mask.as_ref()))
        }
        let now = sources.paintings.iter().filter_map(used);
        let same = picture(sources.loaded_photo()) == picture(self.photo.as_ref())
            && sources.protection == self.protection
            && now.eq(self.paintings.iter().filter_map(used));
        !same
    }

    /// Puts its photo, paintings and masks back on cards.
    pub(in crate::app) fn put_back(self, sources: &mut Sources) {
        sources.photo = self.photo.map(|photo| sources.new_card(Some(photo)));
        let painting = |painting: Painting| Painting { source: sources.new_card(painting.source.loaded), ..painting };
        sources.paintings = self.paintings.into_iter().map(painting).collect();
        sources.protection = self.protection;
    }

    /// Whether all of its pictures were found.
    pub(in crate::app) fn is_whole(&self) -> bool {
        self.photo.is_some() && self.paintings.len() == self.setup.styles.len()
    }
}

/// The paintings that are read, without pictures that are still being read to replace them.
pub(in crate::app) fn used_paintings(sources: &Sources) -> Vec<Painting> {
    let used = |painting: &&Painting| painting.source.loaded.is_some();
    let without_pending = |painting: &Painting| painting.map(|card| Card { pending: None, ..card.clone() }, Arc::clone);
    sources.paintings.iter().filter(used).map(without_pending).collect()
}
