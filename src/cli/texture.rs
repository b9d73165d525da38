//! `impasto texture`: the manner of paintings without a photo.

use std::process::ExitCode;

use super::arguments::Texture;
use super::paint::run;
use crate::studio::Subject;

/// Paints what the arguments ask for.
pub fn texture(arguments: &Texture) -> ExitCode {
    let Texture { size: (width, height), seamless, ref painting } = *arguments;
    run(painting, || painting.recipe(Subject::Texture { width, height, seamless }, arguments.settings(), None))
}
