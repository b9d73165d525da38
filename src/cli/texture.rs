//! `impasto texture`: paints a texture in the style of paintings, without a photo.

use std::process::ExitCode;

use super::arguments::Texture;
use super::failure::{Failure, refuse_same_file};
use super::paint::{PreparedRun, run};
use super::source::{Basis, LoadedSources, SubjectSource, named_styles, read_styles, styles_of_recipe};
use crate::studio::{Continuity, Settings, Style, Subject};

/// Runs `impasto texture`.
pub fn texture(arguments: &Texture) -> ExitCode {
    run(&arguments.painting, || plan(arguments))
}

fn plan(arguments: &Texture) -> Result<PreparedRun, Failure> {
    let Texture { size, seamless, recipe, painting } = arguments;
    let basis = recipe.as_deref().map(Basis::of_picture).transpose()?;
    let (settings, default_styles, texture) = match basis {
        Some(Basis { settings, styles, texture, .. }) => (settings, styles, texture),
        None => (Settings::default(), Vec::new(), None),
    };
    let settings = arguments.over(&settings);
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
    Ok(PreparedRun {
        metadata: sources.metadata(painting.metadata, &settings),
        recipe: painting.recipe(
            Subject::Texture { width, height, seamless },
            styles_of_recipe(&sources.styles),
            settings,
            None,
            false,
        )?,
        continuity: Continuity::default(),
    })
}
