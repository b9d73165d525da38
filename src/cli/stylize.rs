//! `impasto stylize`: a photo in the manner of paintings, without a window.

use std::process::ExitCode;

use super::arguments::Stylize;
use super::paint::{Failure, run};
use crate::studio::{Recipe, Start, Subject};

/// Paints what the arguments ask for.
pub fn stylize(arguments: &Stylize) -> ExitCode {
    run(&arguments.painting, || recipe(arguments))
}

fn recipe(arguments: &Stylize) -> Result<Recipe, Failure> {
    let painting = &arguments.painting;
    let mut settings = arguments.settings();
    let mut start_picture = None;
    settings.start = match arguments.init.to_str() {
        Some("content") => Start::Content,
        Some("noise") => Start::Noise,
        Some("style") => Start::Style,
        _ => {
            start_picture = Some(painting.open(&arguments.init)?);
            Start::Picture
        }
    };
    settings.validate().map_err(Failure::wrong_input)?;
    let picture = painting.open(&arguments.content)?;
    let protect = arguments.protect.as_deref().map(|mask| painting.open(mask)).transpose()?;
    painting.recipe(Subject::Photo { picture, protect }, settings, start_picture)
}
