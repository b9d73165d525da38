//! Runs one training, from order to file, on the trainer's thread.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use half::f16;
use rayon::ThreadPool;

use super::event::{TrainingEnd, TrainingEvent, TrainingProgress};
use super::montage::montage;
use super::order::{PaintingToLearn, TrainingChoices, TrainingLimit, TrainingOrder};
use super::plan::TrainingPlan;
use crate::engine::compute::{Device, Tensor};
use crate::engine::control::Control;
use crate::engine::device::Processor;
use crate::engine::error::EngineError;
use crate::engine::instant::{
    Generator, GeneratorParameters, GeneratorWidths, InstantNetworks, StylePredictor, StyleVector, built_in_checksum,
};
use crate::engine::network::Network;
use crate::engine::training::{AdversaryState, CropLosses, ParameterAdam, Photos as _, Trainer, TrainingState};
use crate::picture::encode::Existing;
use crate::picture::resize::thumbnail;
use crate::picture::style_file::{ParametersInTraining, StyleFile, UnfinishedAdversary, UnfinishedTraining};
use crate::picture::{Picture, TrainedStyle, TrainingRecord};
use crate::studio::clock::Clock;
use crate::studio::news_thread::NewsSender;
use crate::studio::pool::pool;
use crate::studio::sizes::Part;
use crate::studio::trained::TRAINED_WIDTHS;
use crate::studio::workbench::Workbench;
use crate::studio::written::program;

/// How often what was learned is saved. A crash loses no more than this, a step, and the time that saving takes.
const SAVE_INTERVAL: Duration = Duration::from_secs(8);

/// Minimum time between two progress events.
const PROGRESS_INTERVAL: Duration = Duration::from_millis(50);

/// Long side of previews in pixels, and how often they are painted.
const PREVIEW_SIDE: u32 = 320;
const PREVIEW_INTERVAL: Duration = Duration::from_secs(2);

/// Why an unfinished training cannot go on.
const OTHER_PROGRAM: &str =
    "this training was begun by another version of Impasto and cannot go on; train the painting again";

/// Steps over which reported losses are averaged: those of single crops differ widely.
const AVERAGED: usize = 32;

/// A training, and where it reports and saves.
pub(super) struct TrainingSession<'a> {
    plan: TrainingPlan,
    /// Time that earlier sessions took.
    before: Duration,
    clock: &'a Clock,
    control: &'a Control,
    outlet: &'a NewsSender<TrainingEvent>,
}

impl<'a> TrainingSession<'a> {
    pub(super) fn new(
        plan: TrainingPlan,
        clock: &'a Clock,
        control: &'a Control,
        outlet: &'a NewsSender<TrainingEvent>,
    ) -> Self {
        let state = plan.before.as_ref().and_then(|file| file.unfinished.as_ref());
        let before = state.and_then(|state| Duration::try_from_secs_f64(state.seconds).ok()).unwrap_or_default();
        Self { plan, before, clock, control, outlet }
    }

    /// Time trained so far, without pauses.
    fn elapsed(&self) -> Duration {
        self.before + self.clock.elapsed()
    }

    /// Trains to the end or until stopped, and saves. Returns the event that ends the training, or a sentence.
    pub(super) fn run(&self, workbench: &mut Workbench) -> Result<TrainingEvent, String> {
        let hardware = self.plan.order.hardware;
        let pool = pool(hardware).map_err(|error| error.to_string())?;
        let file = pool.install(|| self.file()).map_err(|error| error.to_string())?;
        let begun = pool.install(|| self.begin());
        let (mut state, paintings) = match begun {
            Err(EngineError::Stopped) => {
                let before = self.plan.before.as_ref().map_or(0, |file| file.style.record.steps);
                return Ok(self.end(before, false));
            }
            begun => begun.map_err(|error| error.to_string())?,
        };
        let mut keeper = StyleKeeper::claim(self, file, &state)?;
        let outcome = workbench.paint_on_best(
            Workbench::vgg,
            hardware.device,
            &pool,
            |sentence| self.outlet.send(TrainingEvent::Remark(sentence.to_owned())),
            |processor, network| {
                let resources = (processor, network, &pool);
                self.train(resources, &paintings, &mut state, &mut keeper)
            },
        );
        self.clock.pause();
        let is_finished = matches!(outcome, Ok(true));
        if state.steps == 0 {
            keeper.withdraw();
        } else {
            keeper.save(&state, is_finished)?;
        }
        match outcome {
            Ok(_) | Err(EngineError::Stopped) => Ok(self.end(state.steps, is_finished)),
            Err(error) => Err(error.to_string()),
        }
    }

    fn end(&self, steps: u64, is_finished: bool) -> TrainingEvent {
        let end = TrainingEnd { steps, elapsed: self.elapsed() };
        if is_finished { TrainingEvent::Finished(end) } else { TrainingEvent::Stopped(end) }
    }

    /// The style's file before the first step of this session.
    fn file(&self) -> Result<StyleFile, EngineError> {
        if let Some(before) = &self.plan.before {
            return Ok(before.clone());
        }
        let TrainingOrder { paintings, photos, choices, .. } = &self.plan.order;
        let TrainingChoices { adversary, stability, seed, painting_side, .. } = *choices;
        let picture = montage(paintings).map_err(|error| EngineError::Device(error.to_string()))?;
        let GeneratorWidths { full, half, quarter } = TRAINED_WIDTHS;
        let record = TrainingRecord {
            paintings: paintings.iter().map(|painting| (painting.name.clone(), painting.weight)).collect(),
            photos: photos.count() as u32,
            sample_photos: photos.has_samples(),
            painting_side,
            adversary,
            stability,
            seed,
            steps: 0,
            program: program(),
            start: built_in_checksum(),
        };
        let style =
            TrainedStyle { widths: [full, half, quarter].map(|width| width as u32), parameters: Vec::new(), record };
        Ok(StyleFile { style, picture, unfinished: None })
    }

    /// The state to train from, and the paintings with their weights.
    fn begin(&self) -> Result<(TrainingState, Vec<(Tensor, f32)>), EngineError> {
        let paintings = self.plan.order.paintings.iter().map(|PaintingToLearn { picture, weight, .. }| {
            let part = Part::painting(picture);
            let side = f64::from(self.plan.order.choices.painting_side).max(StylePredictor::SIDE as f64);
            let size = part.size.scaled((side / part.size.long_side() as f64).min(1.0));
            Ok((part.at(size, Picture::to_planes, self.control)?, *weight))
        });
        let paintings = paintings.collect::<Result<Vec<_>, EngineError>>()?;
        let state = match &self.plan.before {
            Some(before) => state_in(before).ok_or_else(|| EngineError::Device(OTHER_PROGRAM.to_owned()))?,
            None => TrainingState::new(first_parameters(&paintings)?),
        };
        Ok((state, paintings))
    }

    /// Trains on one processor. Returns whether the training is over; otherwise it was stopped.
    fn train(
        &self,
        (processor, network, pool): (&Processor, &Network, &ThreadPool),
        paintings: &[(Tensor, f32)],
        state: &mut TrainingState,
        keeper: &mut StyleKeeper,
    ) -> Result<bool, EngineError> {
        let Self { plan: TrainingPlan { order, .. }, control, clock, outlet, .. } = self;
        outlet.send(TrainingEvent::Started {
            device: processor.to_string(),
            output: self.plan.output.clone(),
            before: state.steps,
            of: self.of(state.steps),
        });
        let preview = self.preview()?;
        let mut trainer = match Trainer::new(network, paintings, &order.photos, state, order.settings(), control) {
            Err(EngineError::Stopped) => return Ok(false),
            trainer => trainer?,
        };
        clock.start();
        let mut last_save: Option<Result<(), String>> = None;
        let mut recent = VecDeque::with_capacity(AVERAGED);
        let (mut reported, mut previewed): (Option<Instant>, Option<Instant>) = (None, None);
        loop {
            let steps = trainer.state().steps;
            let progress = match order.choices.limit {
                TrainingLimit::Steps(of) => steps as f64 / of as f64,
                TrainingLimit::Time(limit) => self.elapsed().as_secs_f64() / limit.as_secs_f64(),
            };
            if progress >= 1.0 {
                return Ok(true);
            }
            match trainer.step(progress, control) {
                Err(EngineError::Stopped) => return Ok(false),
                losses => {
                    recent.truncate(AVERAGED - 1);
                    recent.push_front(losses?);
                }
            }
            if reported.is_none_or(|last| last.elapsed() >= PROGRESS_INTERVAL) {
                reported = Some(Instant::now());
                outlet.send(TrainingEvent::Progress(self.progress(trainer.state().steps, &recent)));
            }
            if let Some(photo) =
                preview.as_ref().filter(|_| previewed.is_none_or(|last| last.elapsed() >= PREVIEW_INTERVAL))
            {
                previewed = Some(Instant::now());
                pool.install(|| self.show_preview(photo, trainer.state()));
            }
            if keeper.saved.elapsed() >= SAVE_INTERVAL {
                let saved = keeper.save(trainer.state(), false);
                if last_save.replace(saved.clone()) != Some(saved.clone()) {
                    outlet.send(TrainingEvent::Saved(saved));
                }
            }
        }
    }

    /// The photo of the preview, small.
    fn preview(&self) -> Result<Option<Tensor>, EngineError> {
        let Some(photo) = &self.plan.preview else { return Ok(None) };
        let small = thumbnail(photo, PREVIEW_SIDE);
        let size = (3, small.height() as usize, small.width() as usize);
        Ok(Some(Tensor::from_vec(small.to_planes(), size, &Device::cpu())?))
    }

    /// Shows the photo as the network paints it so far; on the CPU, which is fast enough for a small picture.
    fn show_preview(&self, photo: &Tensor, state: &TrainingState) {
        let paint = || -> Result<Picture, EngineError> {
            let generator = Generator::new(&state.parameters, &Device::cpu())?;
            let painted = generator.paint(photo, &state.parameters.conditioning(), self.control)?;
            let (_, height, width) = painted.dims3()?;
            Ok(Picture::from_planes(width as u32, height as u32, &painted.to_vec()?))
        };
        // Where this fails, training goes on without a preview.
        if let Ok(picture) = paint() {
            self.outlet.send(TrainingEvent::Preview(Arc::new(picture)));
        }
    }

    /// Seconds that a step takes.
    fn pace(&self, step: u64) -> f64 {
        self.elapsed().as_secs_f64() / step.max(1) as f64
    }

    /// Steps in all; with a time limit, as many as are likely.
    fn of(&self, step: u64) -> u64 {
        match self.plan.order.choices.limit {
            TrainingLimit::Steps(of) => of,
            TrainingLimit::Time(limit) => {
                let left = limit.saturating_sub(self.elapsed()).as_secs_f64() / self.pace(step);
                // Before the first step there is no pace.
                step.saturating_add(left as u64).min(TrainingOrder::MOST_STEPS).max(step)
            }
        }
    }

    fn progress(&self, step: u64, recent: &VecDeque<CropLosses>) -> TrainingProgress {
        let elapsed = self.elapsed();
        let mean = |loss: fn(&CropLosses) -> f64| recent.iter().map(loss).sum::<f64>() / recent.len() as f64;
        let of = self.of(step);
        let left = self.pace(step) * of.saturating_sub(step) as f64;
        let remaining = Duration::try_from_secs_f64(left).unwrap_or_default();
        let (style, content) = (mean(|losses| losses.style), mean(|losses| losses.content));
        TrainingProgress { step, of, style, content, elapsed, remaining }
    }
}

/// The state in the file of an unfinished training.
fn state_in(file: &StyleFile) -> Option<TrainingState> {
    let UnfinishedTraining { network, adversary, .. } = file.unfinished.as_ref()?;
    let adam = |steps, ParametersInTraining { mean, square, .. }: &ParametersInTraining| {
        ParameterAdam::after(steps, mean.clone(), square.clone())
    };
    let adversary = match adversary {
        Some(UnfinishedAdversary { discriminator, steps }) => {
            Some(AdversaryState::new(discriminator.parameters.clone(), adam(*steps, discriminator)?)?)
        }
        None => None,
    };
    let steps = file.style.record.steps;
    Some(TrainingState {
        parameters: GeneratorParameters::new(TRAINED_WIDTHS, network.parameters.clone())?,
        adam: adam(u32::try_from(steps).ok()?, network)?,
        steps,
        adversary,
    })
}

/// Parameters as they are saved.
fn in_training(parameters: &[f32], adam: &ParameterAdam) -> ParametersInTraining {
    let (mean, square) = adam.means();
    ParametersInTraining { parameters: parameters.to_vec(), mean: mean.to_vec(), square: square.to_vec() }
}

/// The network that paints any style, steered by the paintings.
fn first_parameters(paintings: &[(Tensor, f32)]) -> Result<GeneratorParameters, EngineError> {
    let networks = InstantNetworks::built_in(&Device::cpu())?;
    let vectors = paintings.iter().map(|(painting, weight)| Ok((networks.style(painting)?, *weight)));
    let vectors = vectors.collect::<Result<Vec<_>, EngineError>>()?;
    let style = StyleVector::blend(vectors.iter().map(|(vector, weight)| (vector, *weight)));
    let parameters = style.map(|style| networks.parameters(&style));
    let widened = parameters.and_then(|parameters| parameters.widened(TRAINED_WIDTHS));
    widened.ok_or_else(|| EngineError::Device("the paintings have no style to begin with".to_owned()))
}

/// Writes what was learned to the style's file.
struct StyleKeeper<'a> {
    session: &'a TrainingSession<'a>,
    file: StyleFile,
    request: String,
    /// Whether the file on the disk is this training's.
    is_own: bool,
    saved: Instant,
}

impl<'a> StyleKeeper<'a> {
    /// Writes the state at once where no other file may be replaced, so that none takes the name meanwhile.
    fn claim(session: &'a TrainingSession<'a>, file: StyleFile, state: &TrainingState) -> Result<Self, String> {
        let TrainingPlan { order, existing, before, .. } = &session.plan;
        let before_request =
            before.as_ref().and_then(|file| file.unfinished.as_ref()).map(|state| state.request.clone());
        let (request, saved) = (before_request.unwrap_or_else(|| order.request()), Instant::now());
        let mut keeper = Self { session, file, request, is_own: before.is_some(), saved };
        if *existing == Existing::Refuse {
            keeper.save(state, false)?;
        }
        Ok(keeper)
    }

    /// Removes the file of a training that has learned nothing.
    fn withdraw(&self) {
        let TrainingPlan { output, before, .. } = &self.session.plan;
        if self.is_own && before.is_none() {
            // If it cannot be removed, it stays as a style that can be trained further.
            let _ = std::fs::remove_file(output);
        }
    }

    /// Saves a state; on an error, which is a sentence, the file is unchanged.
    fn save(&mut self, state: &TrainingState, is_finished: bool) -> Result<(), String> {
        let TrainingPlan { output, existing, .. } = &self.session.plan;
        self.saved = Instant::now();
        let parameters = state.parameters.numbers();
        self.file.style.record.steps = state.steps;
        self.file.style.parameters = parameters.iter().map(|&number| f16::from_f32(number).to_f32()).collect();
        self.file.unfinished = (!is_finished).then(|| UnfinishedTraining {
            network: in_training(parameters, &state.adam),
            adversary: state.adversary.as_ref().map(|AdversaryState { parameters, adam }| UnfinishedAdversary {
                discriminator: in_training(parameters, adam),
                steps: adam.steps(),
            }),
            seconds: self.session.elapsed().as_secs_f64(),
            of: self.session.of(state.steps),
            request: self.request.clone(),
        });
        let existing = if self.is_own { Existing::Replace } else { *existing };
        self.file.save(output, existing).map_err(|error| error.to_string())?;
        self.is_own = true;
        Ok(())
    }
}
