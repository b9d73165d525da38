//! `impasto texture`: paints a texture in the style of paintings, without a photo.

use std::process::ExitCode;
use std::sync::Mutex;
use std::time::Instant;

use super::arguments::Texture;
use super::failure::{Failure, refuse_same_file};
use super::interrupt::Interrupts;
use super::paint::{OutputTarget, report_on};
use super::report::Report;
use super::source::{Basis, LoadedSources, SubjectSource, named_styles, read_styles, styles_of_recipe};
use crate::engine::balance::Balance;
use crate::engine::control::Control;
use crate::lock::lock;
use crate::picture::encode::save_rows;
use crate::picture::metadata::Metadata;
use crate::studio::{BrushworkOrder, Continuity, Method, Recipe, Settings, Style, Subject};

/// What is painted.
enum TexturePlan {
    Optimised(Box<Recipe>),
    Brushwork(BrushworkOrder),
}

/// Runs `impasto texture`.
pub fn texture(arguments: &Texture) -> ExitCode {
    report_on(&arguments.painting, |target, report| {
        let (plan, metadata) = plan(arguments, target)?;
        match plan {
            TexturePlan::Optimised(recipe) => target.paint_and_save(metadata, report, |painter, report| {
                painter.paint(*recipe, Continuity::default(), report)
            }),
            TexturePlan::Brushwork(order) => paint_brushwork(arguments, target, &order, metadata, report),
        }
    })
}

/// Reads the source pictures, so that an unusable one is reported before anything is computed.
fn plan(arguments: &Texture, target: &OutputTarget) -> Result<(TexturePlan, Metadata), Failure> {
    let Texture { size, seamless, instant: _, recipe, painting } = arguments;
    let basis = recipe.as_deref().map(Basis::of_picture).transpose()?;
    let (settings, default_styles, texture) = match basis {
        Some(Basis { settings, styles, texture, .. }) => (settings, styles, texture),
        None => (Settings::default(), Vec::new(), None),
    };
    // Only the style is taken from the recipe of a painted photo.
    let usual = if texture.is_some() { settings.method } else { Method::Optimise };
    let settings = arguments.over(&settings, usual);
    painting.time_limit()?;
    // Masks do not apply to a texture.
    let default_styles = default_styles.into_iter().map(|style| Style { mask: None, ..style }).collect();
    let styles = named_styles(painting, default_styles)?;
    let seamless = *seamless || texture.is_some_and(|(.., seamless)| seamless);
    let size = size.or(texture.map(|(width, height, _)| (width, height)));
    let (width, height) = size
        .ok_or_else(|| Failure::wrong_input("the picture is not a texture, so it has no size; give one with --size"))?;
    let subject = SubjectSource::Texture { width, height, seamless };
    let sources = LoadedSources { subject, styles: read_styles(&styles)?, start: None };
    sources.files().try_for_each(|file| refuse_same_file(file, &painting.output))?;
    let metadata = sources.metadata(painting.metadata, &settings);
    let styles = styles_of_recipe(&sources.styles);
    let plan = match settings.method {
        Method::Optimise => {
            let subject = Subject::Texture { width, height, seamless };
            TexturePlan::Optimised(Box::new(painting.recipe(subject, styles, settings, None, false)?))
        }
        Method::Instant => {
            let held = target.export(Metadata::default()).held_bytes((width, height));
            let order = BrushworkOrder::new(styles, (width, height), seamless, settings, painting.hardware(), held);
            TexturePlan::Brushwork(order.map_err(Failure::wrong_input)?)
        }
    };
    Ok((plan, metadata))
}

/// Paints and saves meanwhile. Half a texture is of no use, so an interrupt saves nothing.
fn paint_brushwork(
    Texture { painting, .. }: &Texture,
    target: &OutputTarget,
    order: &BrushworkOrder,
    metadata: Metadata,
    report: &mut Report,
) -> Result<u8, Failure> {
    painting.check_means()?;
    let interrupts = Interrupts::watch()?;
    let control = Control::new(Balance::default());
    let (begin, size @ (width, height)) = (Instant::now(), order.size());
    let shared = Mutex::new(report);
    let (saved, _) = interrupts.stopping(&control, None, || {
        save_rows(&painting.output, size, &target.export(metadata), target.existing, |write| {
            let mut done = 0;
            order.paint(
                &control,
                |sentence| lock(&shared).remark(sentence),
                |device| lock(&shared).started_rows(size, device),
                |numbers| {
                    write(numbers)?;
                    done += numbers.len() / (3 * width as usize);
                    lock(&shared).rows(done as u64, height, begin.elapsed());
                    Ok::<(), Failure>(())
                },
            )
        })
    });
    saved?;
    lock(&shared).finished(&painting.output, size, begin.elapsed());
    Ok(0)
}
