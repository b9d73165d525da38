//! Shared by all painting commands: check, paint, save.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use super::arguments::PaintingArguments;
use super::exit::{FAILED, INTERRUPTED};
use super::failure::{Failure, exit_code, refuse_same_file, time_limit};
use super::interrupt::Interrupts;
use super::report::Report;
use crate::engine::device::{DeviceChoice, Processors};
use crate::engine::network::Network;
use crate::picture::encode::{Existing, Export, Format, check_target, save};
use crate::picture::metadata::Metadata;
use crate::picture::{Picture, decode};
use crate::reason::reason;
use crate::studio::{
    Continuity, EventKind, Hardware, Ingredients, PaintedPicture, Recipe, Settings, Style, Subject, Worker,
    network_loader,
};

/// How often to check for Ctrl+C.
const POLL: Duration = Duration::from_millis(50);

/// What to paint, how to save the work in progress, and the metadata of the finished picture.
pub(super) struct PreparedRun {
    pub(super) recipe: Recipe,
    pub(super) continuity: Continuity,
    pub(super) metadata: Metadata,
}

/// Runs a command that paints one picture. `plan` reads the source pictures, so that an unusable one is reported before
/// anything is computed.
pub(super) fn run(painting: &PaintingArguments, plan: impl FnOnce() -> Result<PreparedRun, Failure>) -> ExitCode {
    let prepare = || plan().map(|PreparedRun { recipe, continuity, metadata }| ((recipe, continuity), metadata));
    run_and_save(painting, prepare, |(recipe, continuity), painter, report| painter.paint(recipe, continuity, report))
}

/// Runs a painting command: checks the arguments, prepares, paints and saves. `prepare` also returns the picture's
/// metadata; `make` paints the picture and also returns whether it was interrupted.
pub(super) fn run_and_save<T>(
    painting: &PaintingArguments,
    prepare: impl FnOnce() -> Result<(T, Metadata), Failure>,
    make: impl FnOnce(T, &mut Painter, &mut Report) -> Result<(PaintedPicture, bool), Failure>,
) -> ExitCode {
    report_on(painting, |target, report| {
        let (prepared, metadata) = prepare()?;
        target.paint_and_save(metadata, report, |painter, report| make(prepared, painter, report))
    })
}

/// Runs a painting command: checks that its output can be written, calls `work`, and reports a failure.
pub(super) fn report_on(
    painting: &PaintingArguments,
    work: impl FnOnce(&OutputTarget, &mut Report) -> Result<u8, Failure>,
) -> ExitCode {
    let mut report = Report::new(painting.json, painting.quiet);
    let result = OutputTarget::new(painting).and_then(|target| work(&target, &mut report));
    exit_code(result, |sentence| report.failed(sentence))
}

/// A picture to write, which passed the checks that need no picture.
pub(super) struct OutputTarget<'a> {
    painting: &'a PaintingArguments,
    pub(super) existing: Existing,
    format: Format,
}

impl<'a> OutputTarget<'a> {
    fn new(painting: &'a PaintingArguments) -> Result<Self, Failure> {
        let existing = if painting.overwrite { Existing::Replace } else { Existing::Refuse };
        let format = check_target(&painting.output, existing).map_err(Failure::wrong_input)?;
        Ok(Self { painting, existing, format })
    }

    /// How to write the picture.
    pub(super) fn export(&self, metadata: Metadata) -> Export {
        Export { metadata, ..Export::new(self.format) }
    }

    /// Paints with `make`, which also returns whether it was interrupted, and saves the picture.
    pub(super) fn paint_and_save(
        &self,
        metadata: Metadata,
        report: &mut Report,
        make: impl FnOnce(&mut Painter, &mut Report) -> Result<(PaintedPicture, bool), Failure>,
    ) -> Result<u8, Failure> {
        let Self { painting, existing, .. } = *self;
        painting.check_means()?;
        let mut painter = Painter::new(painting.weights.clone())?;
        let (PaintedPicture { picture, elapsed }, interrupted) = make(&mut painter, report)?;
        save(&painting.output, &picture, &self.export(metadata), existing)?;
        report.finished(&painting.output, (picture.width(), picture.height()), elapsed);
        painter.end()?;
        Ok(if interrupted { INTERRUPTED } else { 0 })
    }
}

impl PaintingArguments {
    /// Checks the weights file, and that the processor exists.
    pub(super) fn check_means(&self) -> Result<(), Failure> {
        if let Some(weights) = &self.weights {
            Network::check(weights).map_err(Failure::wrong_input)?;
        }
        match self.device {
            DeviceChoice::Auto => Ok(()),
            device => Processors::detect().of(device).map(drop).map_err(Failure::wrong_input),
        }
    }

    /// Reads a source picture.
    pub(super) fn open(&self, path: &Path) -> Result<Arc<Picture>, Failure> {
        refuse_same_file(path, &self.output)?;
        decode::open(path).map(Arc::new).map_err(Failure::wrong_input)
    }

    /// A recipe with these pictures and settings; `takes_snapshots` says whether the run is saved to a project.
    pub(super) fn recipe(
        &self,
        subject: Subject,
        styles: Vec<Style<Arc<Picture>>>,
        settings: Settings,
        start_picture: Option<Arc<Picture>>,
        takes_snapshots: bool,
    ) -> Result<Recipe, Failure> {
        Recipe::new(Ingredients {
            subject,
            styles,
            start_picture,
            settings,
            hardware: Hardware { takes_snapshots, ..self.hardware() },
            time_limit: self.time_limit()?,
        })
        .map_err(Failure::wrong_input)
    }

    /// The processor, threads and memory to paint with.
    pub(super) fn hardware(&self) -> Hardware {
        let Self { device, threads, memory, .. } = *self;
        Hardware { device, threads, memory, ..Hardware::default() }
    }

    /// The time limit of the whole command.
    pub(super) fn time_limit(&self) -> Result<Option<Duration>, Failure> {
        self.time_limit.map(time_limit).transpose()
    }
}

/// The thread that paints, and the count of interrupts.
pub(super) struct Painter {
    worker: Worker,
    interrupts: Interrupts,
    /// Why the last save of the project failed, if it did.
    save_error: Option<String>,
}

impl Painter {
    /// A painter with the built-in network, or with the one in a weights file.
    pub(super) fn new(weights: Option<PathBuf>) -> Result<Self, Failure> {
        let interrupts = Interrupts::watch()?;
        let worker = Worker::spawn(network_loader(weights), || {}).map_err(|error| {
            Failure(
                FAILED,
                format!("the system cannot start the painting thread ({}); close other programs", reason(&error)),
            )
        })?;
        Ok(Self { worker, interrupts, save_error: None })
    }

    /// Paints to the end or until Ctrl+C. Returns the picture and whether it was interrupted.
    pub(super) fn paint(
        &mut self,
        recipe: Recipe,
        continuity: Continuity,
        report: &mut Report,
    ) -> Result<(PaintedPicture, bool), Failure> {
        self.worker.start(recipe, continuity);
        loop {
            let interrupted = self.interrupts.any();
            if interrupted {
                self.worker.stop();
            }
            let Some(event) = self.worker.wait_event(POLL) else { continue };
            match event.kind {
                EventKind::Started { scales, iterations, device } => report.started(&scales, iterations, &device),
                EventKind::Progress(progress) => report.progress(&progress),
                EventKind::Finished(painted) | EventKind::Stopped(painted) => return Ok((painted, interrupted)),
                EventKind::Failed(sentence) => return Err(Failure(FAILED, sentence)),
                EventKind::Remark(sentence) => report.remark(&sentence),
                EventKind::WorkSaved(result) => {
                    self.save_error = result.err();
                    if let Some(sentence) = &self.save_error {
                        report.remark(sentence);
                    }
                }
                EventKind::MovedTo(_) | EventKind::ScaleBegan(_) | EventKind::Paused | EventKind::Resumed => {}
            }
        }
    }

    /// Waits until the project of the last run is written.
    fn end(self) -> Result<(), Failure> {
        let Self { worker, mut save_error, .. } = self;
        for event in worker.end() {
            if let EventKind::WorkSaved(result) = event.kind {
                save_error = result.err();
            }
        }
        let Some(sentence) = save_error else { return Ok(()) };
        // The sentence is about work in progress up to the colon; the reason follows.
        let why = sentence.split_once(": ").map_or(sentence.as_str(), |(_, why)| why);
        Err(Failure(FAILED, format!("the picture was saved, but its project was not: {why}")))
    }
}
