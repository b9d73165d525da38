//! Paints a recipe in one pass of a network, on the worker's thread.

use rayon::ThreadPool;

use super::active_run::ActiveRun;
use super::event::EventKind;
use super::ingredients::Ingredients;
use super::job::{finish, job, matched, unpainted};
use super::prepared::Prepared;
use super::settings::Palette;
use super::sizes::least_for_instant;
use super::style::Style;
use super::trained::carried_style;
use super::workbench::Workbench;
use crate::engine::compute::Tensor;
use crate::engine::error::EngineError;
use crate::engine::instant::InstantStyle;
use crate::picture::Picture;

/// Paints the run's recipe. Returns the picture and whether it is finished; a run that was stopped returns
/// what it would have started from.
pub(super) fn paint_in_one_pass(
    pool: &ThreadPool,
    run: &ActiveRun,
    workbench: &mut Workbench,
) -> Result<(Picture, bool), EngineError> {
    run.clock.start();
    match paint(pool, run, workbench) {
        Err(EngineError::Stopped) => Ok((pool.install(|| unpainted(&run.recipe)), false)),
        painted => painted.map(|picture| (picture, true)),
    }
}

fn paint(pool: &ThreadPool, run: &ActiveRun, workbench: &mut Workbench) -> Result<Picture, EngineError> {
    let ingredients = run.recipe.ingredients();
    let Ingredients { settings, hardware, .. } = ingredients;
    let drawn_style = run.recipe.drawn_style();
    let fits = |prepared: &Prepared| drawn_style.is_none() && prepared.fits(ingredients);
    let mut prepared = match workbench.prepared.take().filter(fits) {
        Some(prepared) => prepared,
        None => Prepared::new(ingredients, pool.install(|| job(&run.recipe, false, &run.control))?),
    };
    let balances = settings.balance(ingredients.styles.iter().map(Style::balance)).styles;
    let remark = |sentence: &str| run.remark(sentence);
    // Recoloured paintings have other styles with each photo.
    let has_own_style = settings.palette == Palette::Painting && drawn_style.is_none();
    let known = ingredients.styles.iter().map(|style| {
        let known = || workbench.known_styles.get(&style.source).filter(|_| has_own_style);
        let drawn = drawn_style.map(|style| InstantStyle::Predicted(Box::new(style.clone())));
        drawn.or_else(|| carried_style(&style.source)).or_else(known)
    });
    let known: Vec<_> = known.collect();
    let mut has_started = false;
    let image = workbench.paint_on_best(Workbench::instant, hardware.device, pool, remark, |processor, networks| {
        let device = processor.to_string();
        let event = if std::mem::replace(&mut has_started, true) {
            EventKind::MovedTo(device)
        } else {
            EventKind::Started { scales: vec![run.recipe.result_size()], iterations: 1, device }
        };
        run.outlet.send(run.id, event);
        let needed = least_for_instant(ingredients, ingredients.extent().size);
        hardware.check_free(processor, networks.device(), needed)?;
        let Prepared { job, styles, .. } = &mut prepared;
        let styles = match styles {
            Some(styles) if styles.suffice(settings.instant()) => {
                styles.replace(&known);
                styles
            }
            missing => {
                let Some(photo) = job.photo() else { unreachable!("the recipe of an instant picture has a photo") };
                missing.insert(networks.styles(job, photo, settings.instant(), known.clone())?)
            }
        };
        let recolor = |image: Tensor| match (settings.palette, job.photo()) {
            (Palette::Photo, Some(photo)) => matched(&image, photo),
            _ => Ok(image),
        };
        networks.paint(job, settings.instant(), &balances, styles, recolor, &run.control)
    });
    if let (true, Some(styles)) = (has_own_style, &prepared.styles) {
        for (style, own) in ingredients.styles.iter().zip(styles.paintings()) {
            workbench.known_styles.remember(&style.source, own);
        }
    }
    let picture = image
        .and_then(|image| Ok(pool.install(|| finish(&image, prepared.job.photo(), &run.recipe, run.keep_colors()))?));
    if drawn_style.is_none() && prepared.is_small() {
        workbench.prepared = Some(prepared);
    }
    picture
}
