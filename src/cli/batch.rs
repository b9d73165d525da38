//! `impasto batch`: paints all photos of folders or lists.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Mutex;

use super::arguments::{Batch, LabelsArgument, SplitArgument};
use super::batch_report::BatchReport;
use super::exit::{FAILED, INTERRUPTED, WRONG_INPUT};
use super::failure::{Failure, exit_code};
use super::interrupt::{Interrupts, StopCause};
use super::source::set_brush_scales;
use crate::engine::balance::Balance;
use crate::engine::control::Control;
use crate::lock::lock;
use crate::studio::batch::{
    BatchChoices, BatchError, BatchOrder, BatchOutput, BatchPainting, DataSet, DataSetChoices, SettingRange, Shard,
    find_contents, paint_batch,
};
use crate::studio::{Style, network_loader};

/// Runs `impasto batch`.
pub fn batch(arguments: &Batch) -> ExitCode {
    let painting = &arguments.painting;
    let mut report = BatchReport::new(painting.json, painting.quiet);
    let result = run(arguments, &mut report);
    exit_code(result, |sentence| report.failed(sentence))
}

fn run(arguments: &Batch, report: &mut BatchReport) -> Result<u8, Failure> {
    let painting = &arguments.painting;
    painting.check_means()?;
    let limit = painting.time_limit()?;
    let order = order(arguments)?;
    let interrupts = Interrupts::watch()?;
    let control = Control::new(Balance::default());
    let (loader, shared) = (network_loader(painting.weights.clone()), Mutex::new(&mut *report));
    let (end, cause) = interrupts
        .stopping(&control, limit, || paint_batch(&order, loader, &control, &|event| lock(&shared).event(event)));
    let end = end?;
    report.finished(&painting.output, end);
    Ok(match cause {
        Some(StopCause::Interrupt) if end.is_stopped => INTERRUPTED,
        _ if end.is_stopped || end.failed > 0 => FAILED,
        _ => 0,
    })
}

/// Finds the photos and reads the paintings, so that an unusable argument is reported before anything is painted.
fn order(arguments: &Batch) -> Result<BatchOrder, Failure> {
    let painting = &arguments.painting;
    let output = &painting.output;
    let shard = match &arguments.shard {
        Some(text) => text.parse()?,
        None => Shard::of_scheduler(|name| std::env::var_os(name))?.unwrap_or_default(),
    };
    let mut settings = arguments.settings();
    let mut ranges = Vec::new();
    if let Some(text) = &arguments.strength {
        match text.parse() {
            Ok(strength) => settings.strength = strength,
            Err(_) => ranges.push(range("strength", text)?),
        }
    }
    for vary in &arguments.vary {
        let Some((name, text)) = vary.split_once('=') else {
            return Err(Failure::wrong_input(format!(
                "{vary} names no range; write a setting and a range, such as keep-colors=0..50"
            )));
        };
        ranges.push(range(name, text)?);
    }
    let contents = find_contents(&arguments.contents, Some(output))?;
    let data_set = match arguments.contents.as_slice() {
        [folder] if folder.is_dir() && arguments.labels == LabelsArgument::Auto => {
            let choices = DataSetChoices {
                all_splits: arguments.split == SplitArgument::All,
                leaves_out_originals: arguments.without_originals,
            };
            DataSet::find(folder, &contents, Some(output), choices)?
        }
        _ => None,
    };
    let styles = styles(arguments)?;
    let choices = BatchChoices {
        pairing: arguments.pairing.into(),
        variants: arguments.variants,
        ranges,
        size: arguments.size,
        fraction: arguments.fraction,
        shard,
    };
    let output = BatchOutput {
        folder: output.clone(),
        format: arguments.format.map(Into::into),
        disclosure: painting.metadata.into(),
        may_replace: painting.overwrite,
    };
    Ok(BatchOrder::new((contents, data_set), styles, (choices, settings), painting.hardware(), output)?)
}

fn range(name: &str, text: &str) -> Result<SettingRange, Failure> {
    SettingRange::parse(name, text).map_err(Failure::wrong_input)
}

/// The paintings with their weights and brush scales: those of a folder have that of the folder.
fn styles(Batch { painting, .. }: &Batch) -> Result<Vec<Style<BatchPainting>>, Failure> {
    if painting.styles.is_empty() {
        return Err(Failure::wrong_input("there is no painting to learn from; name one with --style"));
    }
    if painting.styles.iter().any(|style| style.mask.is_some()) {
        return Err(Failure::wrong_input("the styles of a batch have no masks; leave them out"));
    }
    let mut named: Vec<Style<&PathBuf>> = Vec::new();
    for style in &painting.styles {
        named.push(Style { weight: style.weight, ..Style::new(&style.path) });
    }
    set_brush_scales(&mut named, &painting.style_brush_scales)?;
    let mut styles = Vec::new();
    for style in named {
        let found = find_contents(std::slice::from_ref(style.source), None::<&Path>)?;
        styles.extend(found.into_iter().map(|found| style.with(BatchPainting::File(found.path), None)));
    }
    Ok(styles)
}

impl From<BatchError> for Failure {
    fn from(error: BatchError) -> Self {
        let code = match &error {
            BatchError::Folder { .. }
            | BatchError::Writing(_)
            | BatchError::InUse(_)
            | BatchError::Thread(_)
            | BatchError::Engine(_) => FAILED,
            _ => WRONG_INPUT,
        };
        Self(code, error.to_string())
    }
}
