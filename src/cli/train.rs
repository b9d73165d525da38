//! `impasto train`: trains a network for the style of paintings.

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use super::arguments::Train;
use super::exit::{FAILED, INTERRUPTED};
use super::failure::{Failure, check_ending, exit_code, refuse_same_file, time_limit};
use super::interrupt::Interrupts;
use super::training_report::TrainingReport;
use crate::engine::device::{DeviceChoice, Processors};
use crate::picture::decode;
use crate::picture::encode::{Existing, check_place};
use crate::picture::path::file_name;
use crate::picture::style_file::StyleFile;
use crate::reason::reason;
use crate::studio::training::{
    PaintingToLearn, TrainingChoices, TrainingEvent, TrainingLimit, TrainingOrder, TrainingPhotos, TrainingPlan,
    TrainingWorker,
};
use crate::studio::{Hardware, network_loader};

/// How often to check for Ctrl+C.
const POLL: Duration = Duration::from_millis(50);

/// Runs `impasto train`.
pub fn train(arguments: &Train) -> ExitCode {
    let mut report = TrainingReport::new(arguments.json, arguments.quiet);
    let result = attempt(arguments, &mut report);
    exit_code(result, |sentence| report.failed(sentence))
}

fn attempt(arguments: &Train, report: &mut TrainingReport) -> Result<u8, Failure> {
    let output = &arguments.output;
    check_ending(output, "a trained style", StyleFile::ENDING)?;
    let order = order(arguments)?;
    let (existing, before) = place(arguments, &order)?;
    if arguments.device != DeviceChoice::Auto {
        Processors::detect().of(arguments.device).map_err(Failure::wrong_input)?;
    }
    let interrupts = Interrupts::watch()?;
    let plan = TrainingPlan { order, output: output.clone(), existing, before, preview: None };
    let worker = TrainingWorker::start(|| Ok(plan), network_loader(None), || {});
    let worker = worker.map_err(|error| {
        let reason = reason(&error);
        Failure(FAILED, format!("the system cannot start the training thread ({reason}); close other programs"))
    })?;
    loop {
        if interrupts.any() {
            worker.stop();
        }
        match worker.wait_news(POLL) {
            None | Some(TrainingEvent::Saved(Ok(())) | TrainingEvent::Preview(_)) => {}
            Some(TrainingEvent::Started { device, before, .. }) => report.started(&device, before),
            Some(TrainingEvent::Progress(progress)) => report.progress(&progress),
            Some(TrainingEvent::Remark(sentence) | TrainingEvent::Saved(Err(sentence))) => report.remark(&sentence),
            Some(TrainingEvent::Finished(end)) => {
                report.finished(output, &end);
                return Ok(0);
            }
            Some(TrainingEvent::Stopped(end)) if end.steps == 0 => {
                let sentence = "training was interrupted before its first step; nothing was saved";
                return Err(Failure(INTERRUPTED, sentence.to_owned()));
            }
            Some(TrainingEvent::Stopped(end)) => {
                report.interrupted(output, &end);
                return Ok(INTERRUPTED);
            }
            Some(TrainingEvent::Failed(sentence)) => return Err(Failure(FAILED, sentence)),
        }
    }
}

fn order(arguments: &Train) -> Result<TrainingOrder, Failure> {
    let paintings = arguments.styles.iter().map(|style| {
        refuse_same_file(&style.path, &arguments.output)?;
        if style.mask.is_some() {
            return Err(Failure::wrong_input("a network learns whole paintings; leave out the mask"));
        }
        let picture = decode::open(&style.path).map_err(Failure::wrong_input)?;
        let path = style.path.display();
        if picture.trained_style().is_some() {
            return Err(Failure::wrong_input(format!("this is a trained style already; name a painting: {path}")));
        }
        if picture.map_place().is_some() {
            return Err(Failure::wrong_input(format!("this is a place on a style map; name a painting: {path}")));
        }
        Ok(PaintingToLearn { name: file_name(&style.path), picture: Arc::new(picture), weight: style.weight })
    });
    let paintings = paintings.collect::<Result<Vec<_>, _>>()?;
    let photos = match &arguments.photos {
        Some(folder) => TrainingPhotos::in_folder(folder).map_err(Failure::wrong_input)?,
        None => TrainingPhotos::samples(),
    };
    let limit = match (arguments.steps, arguments.time_limit) {
        (_, Some(seconds)) => TrainingLimit::Time(time_limit(seconds)?),
        (Some(steps), None) => TrainingLimit::Steps(steps),
        (None, None) => TrainingLimit::Steps(TrainingOrder::USUAL_STEPS),
    };
    let Train { adversary, stability, seed, size, device, threads, .. } = *arguments;
    let choices = TrainingChoices { limit, adversary, stability, seed, painting_side: size };
    let hardware = Hardware { device, threads, ..Hardware::default() };
    TrainingOrder::new(paintings, photos, choices, hardware).map_err(Failure::wrong_input)
}

/// How to treat a file at the output's place: whether to replace it, and the unfinished training in it that goes on.
fn place(arguments: &Train, order: &TrainingOrder) -> Result<(Existing, Option<StyleFile>), Failure> {
    let Train { output, overwrite, .. } = arguments;
    let unfinished = StyleFile::open(output).ok().filter(|file| file.unfinished.is_some());
    let (existing, before) = match unfinished {
        Some(file) if order.can_go_on(&file) => (Existing::Replace, Some(file)),
        Some(_) if !overwrite => {
            return Err(Failure::wrong_input(format!(
                "the file holds an unfinished training of other pictures or settings; name the same ones to go on, or \
                 allow overwriting: {}",
                output.display()
            )));
        }
        _ => (if *overwrite { Existing::Replace } else { Existing::Refuse }, None),
    };
    check_place(output, existing).map_err(Failure::wrong_input)?;
    Ok((existing, before))
}
