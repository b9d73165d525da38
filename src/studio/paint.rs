//! Paints one run, from recipe to picture, on the worker's thread.

use std::sync::Arc;

use rayon::ThreadPool;

use super::active_run::ActiveRun;
use super::event::{EventKind, PaintedPicture};
use super::ingredients::Ingredients;
use super::instant::paint_in_one_pass;
use super::job::{finish, job, unpainted};
use super::keeper::{Keeper, Work};
use super::pool::pool;
use super::reporter::Reporter;
use super::settings::Method;
use super::sizes::held_bytes;
use super::time_limit::TimeLimit;
use super::workbench::Workbench;
use crate::engine::compute::Device;
use crate::engine::error::EngineError;
use crate::engine::transfer::{self, Outcome};
use crate::lock::lock;
use crate::picture::Picture;

/// Paints the run's recipe. Returns the event that ends the run, and the keeper, which may still be writing: the event
/// need not wait for the disk.
pub(super) fn paint(run: &ActiveRun, workbench: &mut Workbench) -> Result<(EventKind, Option<Keeper>), EngineError> {
    let pool = pool(run.recipe.ingredients().hardware)?;
    match run.recipe.ingredients().settings.method {
        Method::Optimise => optimise(&pool, run, workbench),
        Method::Instant => {
            let (picture, finished) = paint_in_one_pass(&pool, run, workbench)?;
            Ok(end_run(run, run.keeper(), picture, finished))
        }
    }
}

fn optimise(
    pool: &ThreadPool,
    run: &ActiveRun,
    workbench: &mut Workbench,
) -> Result<(EventKind, Option<Keeper>), EngineError> {
    let Ingredients { hardware, time_limit, .. } = run.recipe.ingredients();
    let before = run.clock.elapsed();
    run.clock.start();
    let is_steered = run.continuity.is_steered;
    let mut job = match pool.install(|| job(&run.recipe, is_steered, &run.control)) {
        Err(EngineError::Stopped) => {
            let picture = pool.install(|| unpainted(&run.recipe));
            return Ok(end_run(run, run.keeper(), picture, false));
        }
        job => job?,
    };
    let photo = job.photo().cloned();
    let photo = photo.as_ref();
    let time_limit = time_limit.map(|limit| TimeLimit::after(before, limit));
    let mut reporter = Reporter::new(pool, run, photo, job.schedule, time_limit);
    let remark = |sentence: &str| run.remark(sentence);
    let (image, finished) =
        workbench.paint_on_best(Workbench::vgg, hardware.device, pool, remark, |processor, network| {
            let extent = run.recipe.ingredients().extent();
            let budget = hardware.budget_on(processor, network, extent)?;
            // The paintings stay in system memory.
            let held = if processor.is_cpu() { held_bytes(run.recipe.ingredients(), is_steered) } else { 0 };
            let budget = budget.beside(held);
            let has_masks = run.recipe.ingredients().has_masks();
            job.memory = if has_masks { budget.beside_masks(extent.size) } else { budget };
            reporter.set_processor(processor);
            let outcome = match run.unfinished() {
                Some(unfinished) => transfer::resume(network, &job, &unfinished.snapshot, &run.control, &mut reporter)?,
                None => transfer::run(network, &job, &run.control, &mut reporter)?,
            };
            let (image, finished) = match outcome {
                Outcome::Finished(image) => (image, true),
                Outcome::Stopped(image) => (image, false),
            };
            Ok((image.to_device(&Device::cpu())?, finished))
        })?;
    let keeper = reporter.into_keeper();
    let picture = pool.install(|| finish(&image, photo, &run.recipe, run.keep_colors()))?;
    Ok(end_run(run, keeper, picture, finished))
}

/// Passes a run's picture to the keeper and makes the event that ends the run.
fn end_run(run: &ActiveRun, keeper: Option<Keeper>, picture: Picture, finished: bool) -> (EventKind, Option<Keeper>) {
    let painted = PaintedPicture { picture: Arc::new(picture), elapsed: run.clock.elapsed() };
    if let Some(keeper) = &keeper {
        let (settings, picture) = (lock(&run.settings).clone(), Arc::clone(&painted.picture));
        keeper.end(if finished {
            Work::Finished { settings, picture }
        } else {
            Work::Stopped { settings, run: run.unfinished(), picture }
        });
    }
    (if finished { EventKind::Finished(painted) } else { EventKind::Stopped(painted) }, keeper)
}
