//! `impasto stylize`: paints a photo in the style of paintings, without a window.

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use super::arguments::Stylize;
use super::failure::{Failure, refuse_same_file};
use super::paint::{PreparedRun, run};
use super::source::{Basis, LoadedSources, SourcePicture, SubjectSource, in_file, read_styles, styles_of_recipe};
use crate::picture::encode::{Existing, check_place};
use crate::picture::path::is_same_file;
use crate::studio::workplace::WorkFile;
use crate::studio::{Autosave, Continuity, Settings, Start, Subject};

/// Runs `impasto stylize`.
pub fn stylize(arguments: &Stylize) -> ExitCode {
    run(&arguments.painting, || plan(arguments))
}

fn plan(arguments: &Stylize) -> Result<PreparedRun, Failure> {
    let painting = &arguments.painting;
    let basis = Basis::of(arguments)?;
    check_project(arguments)?;
    let (settings, sources) = read(arguments, &basis)?;
    let SubjectSource::Photo { photo, protect } = &sources.subject else {
        return Err(Failure::wrong_input("there is no photo; name one with --content"));
    };
    let subject = Subject::Photo {
        picture: Arc::clone(&photo.picture),
        protect: protect.as_ref().map(|mask| Arc::clone(&mask.picture)),
    };
    let start_picture = sources.start.as_ref().map(|start| Arc::clone(&start.picture));
    let takes_snapshots = arguments.save_project.is_some();
    let recipe = painting.recipe(
        subject,
        styles_of_recipe(&sources.styles),
        settings.clone(),
        start_picture,
        takes_snapshots,
    )?;
    let autosave = arguments.save_project.as_ref().map(|path| {
        let project = sources.project(&basis.project, &settings);
        Autosave { file: WorkFile::named(path.clone()), project }
    });
    let unfinished = basis.project.unfinished.clone().filter(|_| basis.can_resume(&settings));
    Ok(PreparedRun {
        recipe,
        continuity: Continuity { unfinished, autosave, is_steered: false },
        metadata: sources.metadata(painting.metadata, &settings),
    })
}

/// Checks that the project can be saved. An existing file may be overwritten if it is the opened project, or with
/// `--overwrite`.
fn check_project(arguments: &Stylize) -> Result<(), Failure> {
    let Some(path) = &arguments.save_project else { return Ok(()) };
    if is_same_file(path, &arguments.painting.output) {
        return Err(Failure::wrong_input(format!(
            "the picture and the project would be the same file; choose another name for one of them: {}",
            path.display()
        )));
    }
    let is_opened = arguments.project.as_ref().is_some_and(|opened| is_same_file(opened, path));
    let replaces = is_opened || arguments.painting.overwrite;
    let existing = if replaces { Existing::Replace } else { Existing::Refuse };
    check_place(path, existing).map_err(Failure::wrong_input)
}

/// Reads the pictures, so that an unusable one is reported before anything is computed.
fn read(arguments: &Stylize, basis: &Basis) -> Result<(Settings, LoadedSources), Failure> {
    let mut settings = arguments.over(basis.settings.clone());
    let mut start = None;
    if let Some(init) = &arguments.init {
        settings.start = match init.to_str() {
            Some("content") => Start::Content,
            Some("noise") => Start::Noise,
            Some("style") => Start::Style,
            _ => {
                start = Some(SourcePicture::from(&in_file(init), "--init")?);
                Start::Picture
            }
        };
    } else if let Some(picture) = &basis.start {
        start = Some(SourcePicture::from(picture, "--init")?);
    } else if matches!(settings.start, Start::Picture | Start::Continue(_)) {
        return Err(Failure::wrong_input(
            "painting started from a picture of your own; name it with --init, or use --init content",
        ));
    }
    settings.validate().map_err(Failure::wrong_input)?;
    let photo = basis.content.as_ref();
    let photo = photo.ok_or_else(|| Failure::wrong_input("there is no photo; name one with --content"))?;
    let subject = SubjectSource::Photo {
        photo: Box::new(SourcePicture::from(photo, "--content")?),
        protect: basis.protect.as_ref().map(|mask| SourcePicture::from(mask, "--protect")).transpose()?,
    };
    let sources = LoadedSources { subject, styles: read_styles(&basis.styles)?, start };
    let project = arguments.save_project.as_deref();
    let written: Vec<&Path> = [arguments.painting.output.as_path()].into_iter().chain(project).collect();
    for file in sources.files() {
        written.iter().try_for_each(|written| refuse_same_file(file, written))?;
    }
    Ok((settings, sources))
}
