//! The ways to paint one frame.

use rayon::ThreadPool;

use super::order::VideoOrder;
use crate::engine::balance::Balance;
use crate::engine::compute::{Device, Tensor};
use crate::engine::control::Control;
use crate::engine::error::EngineError;
use crate::engine::instant::{FrameInShot, HeldStatistics, InstantStyles};
use crate::engine::motion::Prediction;
use crate::engine::optimizer::Optimizer;
use crate::engine::pyramid::Size;
use crate::engine::schedule::Schedule;
use crate::engine::transfer::{self, Carried, Continuation, Initial, Iteration, Job, Observer, Outcome};
use crate::studio::ingredients::Ingredients;
use crate::studio::job::matched;
use crate::studio::settings::{Palette, Settings};
use crate::studio::sizes::{held_bytes, least_for_instant};
use crate::studio::trained::carried_style;
use crate::studio::workbench::Workbench;

/// How much of the frames before the network is shown at full steadiness, so that its strokes stay where they are.
const GUIDE: f32 = 0.4;

/// How much of them is in a painted frame.
const MIXED: f32 = 0.82;

/// How much of the contrast that this takes is given back.
const RESTORED: f32 = 0.95;

/// How much of them is kept where the clip is still, from half of the full steadiness on.
const KEPT: f32 = 0.98;

/// How often the first frame of a shot is painted after itself, so that the next ones, which are painted after it, look the
/// same.
const SETTLING: usize = 12;

/// Weight of the temporal loss at full steadiness.
const TEMPORAL: f64 = 92.0;

/// Iterations of a frame that follows others, as a share of those of the first frame of a shot. They move pixels only:
/// what coarse levels would change in a whole area would flicker.
const FOLLOWING: f32 = 0.125;

/// How large the steps of such a frame are, as a share of the usual ones: its strokes are there already.
const FOLLOWING_REACH: f32 = 0.2;

/// Weights of content and self-similarity of such a frame, as a share of the usual ones. The network's deep features change whenever a
/// picture moves by less than the stride of their layer, even if the photo moves with it; with much weight, strokes
/// would be repainted in every frame to follow that, and what they have of the painting lost. The moved strokes already
/// show what the frame shows.
const FOLLOWING_CONTENT: f32 = 0.1;

/// What a frame is painted with.
pub(super) struct FrameMeans<'a> {
    pub(super) order: &'a VideoOrder,
    pub(super) pool: &'a ThreadPool,
    pub(super) control: &'a Control,
    pub(super) workbench: &'a mut Workbench,
    pub(super) balance: Balance,
    /// Is given a sentence where another processor had to take over.
    pub(super) remark: &'a dyn Fn(&str),
    /// Is given the name of the processor that paints.
    pub(super) on: &'a (dyn Fn(&str) + Send + Sync),
}

/// In one pass of a network. `first` is the first frame of the shot; `held` are the statistics that are held over the shot,
/// unless every frame is painted by itself.
pub(super) fn instant(
    means: &mut FrameMeans,
    job: &Job,
    mut shot: (&Tensor, &mut Option<InstantStyles>),
    held: Option<&mut HeldStatistics>,
    prediction: Option<Prediction>,
    steadiness: f32,
) -> Result<Tensor, EngineError> {
    let Some(held) = held else { return pass(means, job, &mut shot, None, None) };
    held.begin(prediction.is_none());
    let (mut follows, repetitions) = match prediction {
        Some(prediction) => (prediction, 1),
        None => (Prediction::certain(pass(means, job, &mut shot, Some(&mut *held), None)?)?, SETTLING),
    };
    let mut shown = follows.image.clone();
    let kept = KEPT * (2.0 * steadiness).min(1.0);
    for _ in 0..repetitions {
        let Some(photo) = job.photo() else { unreachable!("a frame is a photo") };
        let guide = means.pool.install(|| follows.mixed_into(photo, GUIDE * steadiness))?;
        held.begin(false);
        let painted = pass(means, job, &mut shot, Some(&mut *held), Some(&guide))?;
        let mixed = || follows.crisply_mixed_into(&painted, MIXED * steadiness, RESTORED, kept);
        shown = means.pool.install(mixed)?;
        follows.image = shown.clone();
    }
    Ok(shown)
}

/// One pass of the network.
fn pass(
    means: &mut FrameMeans,
    job: &Job,
    (first, styles): &mut (&Tensor, &mut Option<InstantStyles>),
    held: Option<&mut HeldStatistics>,
    guide: Option<&Tensor>,
) -> Result<Tensor, EngineError> {
    let FrameMeans { order, pool, control, workbench, balance, remark, on } = means;
    let ingredients = order.recipe.ingredients();
    let Ingredients { settings, hardware, .. } = ingredients;
    let trained = || ingredients.styles.iter().map(|style| carried_style(&style.source)).collect::<Vec<_>>();
    let recolor = |image: Tensor| match settings.palette {
        Palette::Photo => matched(&image, first),
        Palette::Painting => Ok(image),
    };
    let before = held.as_ref().map(|held| (**held).clone());
    let (image, after) =
        workbench.paint_on_best(Workbench::instant, hardware.device, pool, *remark, |processor, networks| {
            on(&processor.to_string());
            let needed = least_for_instant(ingredients, ingredients.extent().size);
            hardware.check_free(processor, networks.device(), needed)?;
            let styles = match &mut **styles {
                Some(styles) => styles,
                none => none.insert(networks.styles(job, first, settings.instant(), trained())?),
            };
            // Another processor that takes over begins with the same numbers.
            let mut own = before.clone();
            let shot = own.as_mut().map(|held| FrameInShot { held, guide });
            let image =
                networks.paint_in_shot(job, settings.instant(), &balance.styles, (styles, shot), recolor, control)?;
            Ok((image, own))
        })?;
    if let (Some(held), Some(after)) = (held, after) {
        *held = after;
    }
    Ok(image)
}

/// By optimisation: the first frame of a shot through all scales, the others from what the frames before say, with few
/// iterations and a temporal loss (Ruder, Dosovitskiy and Brox 2016).
pub(super) fn optimised(
    means: &mut FrameMeans,
    job: &mut Job,
    carried: &mut Option<Carried>,
    prediction: Option<Prediction>,
    steadiness: f32,
) -> Result<Tensor, EngineError> {
    let settings: &Settings = &means.order.recipe.ingredients().settings;
    let (recolored, balance) = (settings.recolored(), means.balance.clone());
    let Some(prediction) = prediction else {
        (job.continuation, job.initial) = (None, Initial::Photo { recolored });
        job.schedule = settings.schedule();
        return optimise(means, job, carried, balance);
    };
    let weight = TEMPORAL * f64::from(steadiness);
    job.continuation = Some(Continuation { prediction, weight, reach: FOLLOWING_REACH });
    job.initial = Initial::Continued { recolored };
    let iterations = ((settings.iterations as f32 * FOLLOWING).round() as u32).max(1);
    job.schedule = Schedule { iterations, optimizer: Optimizer::Pixels, ..settings.schedule() };
    let [content, similarity] = [balance.content, balance.similarity].map(|weight| weight * FOLLOWING_CONTENT);
    let balance = Balance { content, similarity, ..balance };
    optimise(means, job, carried, balance)
}

fn optimise(
    means: &mut FrameMeans,
    job: &mut Job,
    carried: &mut Option<Carried>,
    balance: Balance,
) -> Result<Tensor, EngineError> {
    let FrameMeans { order, pool, control, workbench, remark, on, .. } = means;
    let ingredients = order.recipe.ingredients();
    control.adjust(balance);
    workbench.paint_on_best(Workbench::vgg, ingredients.hardware.device, pool, *remark, |processor, network| {
        on(&processor.to_string());
        let extent = ingredients.extent();
        let budget = ingredients.hardware.budget_on(processor, network, extent)?;
        let held = if processor.is_cpu() { held_bytes(ingredients, false) } else { 0 };
        let budget = budget.beside(held);
        job.memory = if ingredients.has_masks() { budget.beside_masks(extent.size) } else { budget };
        match transfer::run_after(carried, network, job, control, &mut Unobserved)? {
            Outcome::Finished(image) => Ok(image.to_device(&Device::cpu())?),
            // Half a frame is of no use.
            Outcome::Stopped(_) => Err(EngineError::Stopped),
        }
    })
}

/// Nobody watches the iterations of a frame.
struct Unobserved;

impl Observer for Unobserved {
    fn started(&mut self, _: &[Size]) {}
    fn scale_began(&mut self, _: usize) {}
    fn iterated(&mut self, _: Iteration, _: &Tensor) {}
}
