//! `impasto texture`: the manner of paintings without a photo.

use std::process::ExitCode;

use super::arguments::Texture;
use super::paint::{Failure, Plan, refuse_same_file, run};
use super::source::{Given, Sources, SubjectSource};
use crate::studio::{Continuity, Subject};

/// Paints what the arguments ask for.
pub fn texture(arguments: &Texture) -> ExitCode {
    run(&arguments.painting, || plan(arguments))
}

fn plan(arguments: &Texture) -> Result<Plan, Failure> {
    let Texture { size: (width, height), seamless, ref painting } = *arguments;
    let settings = arguments.settings();
    let styles = Given::all(painting, Vec::new())?;
    let subject = SubjectSource::Texture { width, height, seamless };
    let sources = Sources { subject, styles: Given::read_all(&styles)?, start: None };
    sources.files().try_for_each(|file| refuse_same_file(file, &painting.output))?;
    Ok(Plan {
        metadata: sources.metadata(painting.metadata, &settings),
        recipe: painting.recipe(
            Subject::Texture { width, height, seamless },
            sources.style_sources(),
            settings,
            None,
        )?,
        continuity: Continuity::default(),
    })
}
