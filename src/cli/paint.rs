//! What every command that paints does: check, paint, save.

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use super::arguments::Painting;
use super::report::Report;
use super::{FAILED, INTERRUPTED, WRONG_INPUT};
use crate::engine::network::Network;
use crate::picture::encode::{Existing, Export, check_target, save};
use crate::picture::{Picture, decode};
use crate::studio::{
    EventKind, Hardware, Ingredients, Painted, Recipe, Settings, StyleSource, Subject, Worker, network_loader,
};

/// How often Ctrl+C is looked for.
const POLL: Duration = Duration::from_millis(50);

/// Why no picture was made: an exit code and a sentence.
pub(super) struct Failure(u8, String);

impl Failure {
    #[allow(clippy::needless_pass_by_value)] // it is what `map_err` gives
    pub(super) fn wrong_input(error: impl ToString) -> Self {
        Self(WRONG_INPUT, error.to_string())
    }
}

/// Paints what the arguments ask for; `recipe` reads the pictures, so that a wrong one is told before anything is
/// computed.
pub(super) fn run(painting: &Painting, recipe: impl FnOnce() -> Result<Recipe, Failure>) -> ExitCode {
    let mut report = Report::new(painting.json, painting.quiet);
    match attempt(painting, recipe, &mut report) {
        Ok(code) => ExitCode::from(code),
        Err(Failure(code, sentence)) => {
            report.failed(&sentence);
            ExitCode::from(code)
        }
    }
}

fn attempt(
    arguments: &Painting,
    recipe: impl FnOnce() -> Result<Recipe, Failure>,
    report: &mut Report,
) -> Result<u8, Failure> {
    let existing = if arguments.overwrite { Existing::Replace } else { Existing::Refuse };
    let format = check_target(&arguments.output, existing).map_err(Failure::wrong_input)?;
    let recipe = recipe()?;
    if let Some(weights) = &arguments.weights {
        Network::check(weights).map_err(Failure::wrong_input)?;
    }
    arguments.device.open().map_err(Failure::wrong_input)?;

    let (painted, interrupted) = paint(arguments, recipe, report)?;
    let export = Export::new(format);
    save(&arguments.output, &painted.picture, &export, existing).map_err(|error| Failure(FAILED, error.to_string()))?;
    report.finished(&arguments.output, &painted);
    Ok(if interrupted { INTERRUPTED } else { 0 })
}

impl Painting {
    /// Reads a picture that goes into what is painted.
    pub(super) fn open(&self, path: &Path) -> Result<Arc<Picture>, Failure> {
        refuse_same_file(path, &self.output)?;
        decode::open(path).map(Arc::new).map_err(Failure::wrong_input)
    }

    /// The recipe for a subject, with the paintings read.
    pub(super) fn recipe(
        &self,
        subject: Subject,
        settings: Settings,
        start_picture: Option<Arc<Picture>>,
    ) -> Result<Recipe, Failure> {
        let (styles, scales) = (self.styles.len(), self.style_brush_scales.len());
        if scales > 0 && scales != styles {
            return Err(Failure::wrong_input(format!(
                "there are {scales} times --style-brush-scale, but {styles} styles; give one for each, or none"
            )));
        }
        let scales = self.style_brush_scales.iter().copied().chain(std::iter::repeat(1.0));
        let styles = self.styles.iter().zip(scales).map(|(style, brush_scale)| {
            let mask = style.mask.as_deref().map(|mask| self.open(mask)).transpose()?;
            Ok(StyleSource { picture: self.open(&style.path)?, weight: style.weight, brush_scale, mask })
        });
        Recipe::new(Ingredients {
            subject,
            styles: styles.collect::<Result<_, _>>()?,
            start_picture,
            settings,
            hardware: Hardware { device: self.device, threads: self.threads, memory: self.memory },
            time_limit: self.time_limit.map(time_limit).transpose()?,
        })
        .map_err(Failure::wrong_input)
    }
}

fn time_limit(seconds: f64) -> Result<Duration, Failure> {
    match Duration::try_from_secs_f64(seconds) {
        Ok(limit) if !limit.is_zero() => Ok(limit),
        _ => Err(Failure::wrong_input(format!("the time limit is {seconds} seconds, but must be more than 0"))),
    }
}

fn refuse_same_file(input: &Path, output: &Path) -> Result<(), Failure> {
    match (input.canonicalize(), output.canonicalize()) {
        (Ok(from), Ok(to)) if from == to => Err(Failure::wrong_input(format!(
            "the output is one of the pictures to read, and would be lost; choose another name: {}",
            output.display()
        ))),
        // Whatever cannot be found is somebody else's complaint.
        _ => Ok(()),
    }
}

/// Paints to the end, or until Ctrl+C; tells which of the two.
fn paint(arguments: &Painting, recipe: Recipe, report: &mut Report) -> Result<(Painted, bool), Failure> {
    let failed = |sentence: String| Failure(FAILED, sentence);
    let interrupts = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&interrupts);
    ctrlc::set_handler(move || {
        if counter.fetch_add(1, Ordering::Relaxed) > 0 {
            // Asked twice: at once, whatever is lost.
            std::process::exit(i32::from(INTERRUPTED));
        }
    })
    .map_err(|error| failed(format!("Ctrl+C cannot be listened for ({error})")))?;

    let mut worker = Worker::spawn(network_loader(arguments.weights.clone()), || {})
        .map_err(|error| failed(format!("the system gives no thread to paint on ({error})")))?;
    worker.start(recipe);
    loop {
        let interrupted = interrupts.load(Ordering::Relaxed) > 0;
        if interrupted {
            worker.stop();
        }
        let Some(event) = worker.wait_event(POLL) else { continue };
        match event.kind {
            EventKind::Started { scales, iterations, device } => report.started(&scales, iterations, &device),
            EventKind::Progress(progress) => report.progress(&progress),
            EventKind::Finished(painted) | EventKind::Stopped(painted) => return Ok((painted, interrupted)),
            EventKind::Failed(sentence) => return Err(failed(sentence)),
            EventKind::ScaleBegan(_) | EventKind::Paused | EventKind::Resumed => {}
        }
    }
}
