//! The thread that paints. It does not block the owner of its [`Worker`].

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread::JoinHandle;
use std::time::Duration;

use super::active_run::{ActiveRun, Continuity};
use super::event::{Event, EventKind, Frame, RunId};
use super::outlet::Outlet;
use super::pace::Pace;
use super::paint::paint;
use super::project::Unfinished;
use super::recipe::Recipe;
use super::settings::{Method, Settings};
use super::workbench::{NetworkLoader, ProcessorSearch, Workbench};
use crate::engine::balance::StyleBalance;
use crate::engine::device::{DeviceChoice, Processors};
use crate::engine::error::EngineError;
use crate::reason::panic_text;

/// Owns the thread that paints. Dropping it stops the run and waits for the thread.
pub struct Worker {
    commands: Option<Sender<WorkerCommand>>,
    events: Receiver<Event>,
    current: Option<Arc<ActiveRun>>,
    outlet: Outlet,
    thread: Option<JoinHandle<()>>,
    /// Receives a message if the thread has finished its work but stays parked instead of exiting.
    parked: Receiver<()>,
}

impl Worker {
    /// Starts the thread, idle. It calls `wake` whenever an event or a frame is available.
    ///
    /// # Errors
    /// When the system cannot start a thread.
    pub fn spawn(loader: NetworkLoader, wake: impl Fn() + Send + Sync + 'static) -> std::io::Result<Self> {
        Self::spawn_among(Box::new(Processors::detect), loader, wake)
    }

    /// As [`Worker::spawn`], with `search` instead of the detection of this machine's processors.
    ///
    /// # Errors
    /// When the system cannot start a thread.
    pub fn spawn_among(
        search: ProcessorSearch,
        loader: NetworkLoader,
        wake: impl Fn() + Send + Sync + 'static,
    ) -> std::io::Result<Self> {
        let (commands, inbox) = mpsc::channel::<WorkerCommand>();
        let (outlet, events) = Outlet::new(wake);
        let thread_outlet = outlet.clone();
        let (park, parked) = mpsc::channel();
        let thread = std::thread::Builder::new().name("impasto painter".to_owned()).spawn(move || {
            let mut workbench = Workbench::new(search, loader);
            serve(&inbox, &mut workbench, &thread_outlet);
            let has_used_gpu = workbench.has_used_gpu();
            drop((workbench, inbox, thread_outlet));
            if has_used_gpu && cfg!(feature = "cudnn") {
                // On exit the thread would free cuDNN's resources, and cuDNN aborts the program if it can no longer do
                // that.
                let _ = park.send(());
                loop {
                    std::thread::park();
                }
            }
        })?;
        Ok(Self { commands: Some(commands), events, current: None, outlet, thread: Some(thread), parked })
    }

    /// The painting speed measured by [`Worker::prepare`] or by the latest run; `None` before either.
    pub fn pace(&self) -> Option<Pace> {
        self.outlet.pace.get()
    }

    /// Loads the networks for runs with this choice and method, so that the first run begins at once, and measures the
    /// speed of optimising.
    pub fn prepare(&self, choice: DeviceChoice, method: Method) {
        if let Some(commands) = &self.commands {
            // If the thread has ended, the next run reports it.
            let _ = commands.send(WorkerCommand::Prepare(choice, method));
        }
    }

    /// As [`Worker::start_run`], with the number after the last run's.
    pub fn start(&mut self, recipe: Recipe, continuity: Continuity) -> RunId {
        let id = self.current.as_ref().map_or_else(RunId::default, |run| run.id).next();
        self.start_run(id, recipe, continuity);
        id
    }

    /// Starts a run; stops the current one first. Its events and frames carry the number `id`. `continuity` may resume
    /// an unfinished run, and save the work in progress to a file.
    pub fn start_run(&mut self, id: RunId, recipe: Recipe, continuity: Continuity) {
        self.stop();
        // The new run makes no frame while one of the previous run is waiting to be taken.
        self.outlet.frames.take();
        let run = Arc::new(ActiveRun::new(id, recipe, continuity, self.outlet.clone()));
        self.current = Some(Arc::clone(&run));
        if let Some(commands) = &self.commands
            && commands.send(WorkerCommand::Paint(run)).is_err()
        {
            self.outlet.send(id, EventKind::Failed("the painting thread has ended; restart Impasto".to_owned()));
        }
    }

    /// Changes the current run from its next iteration on: strength, detail kept, smoothness, brush scale, stroke size,
    /// layer weights, colours kept, and each style's weight and brush scale. Other settings apply to the next run.
    pub fn adjust(&self, settings: &Settings, styles: Vec<StyleBalance>) {
        if let Some(run) = &self.current {
            run.adjust(settings, styles);
        }
    }

    /// Pauses the current run.
    pub fn pause(&self) {
        if let Some(run) = &self.current {
            run.control.pause();
        }
    }

    /// Resumes a paused run.
    pub fn resume(&self) {
        if let Some(run) = &self.current {
            run.control.resume();
        }
    }

    /// Stops the current run; its picture arrives in [`EventKind::Stopped`].
    pub fn stop(&self) {
        if let Some(run) = &self.current {
            run.control.stop();
        }
    }

    /// The latest snapshot of the current run, a few seconds old, for a project; `None` before its first iteration.
    pub fn unfinished(&self) -> Option<Unfinished> {
        self.current.as_ref()?.unfinished()
    }

    /// The next event, if one is available.
    pub fn try_event(&self) -> Option<Event> {
        self.events.try_recv().ok().inspect(|event| self.forget_ended_run(event))
    }

    /// The next event; waits up to `timeout` for it.
    pub fn wait_event(&self, timeout: Duration) -> Option<Event> {
        self.events.recv_timeout(timeout).ok().inspect(|event| self.forget_ended_run(event))
    }

    /// Drops the snapshot of a run once its owner has received the event that ends it. Until then the owner may call
    /// [`Worker::unfinished`].
    fn forget_ended_run(&self, event: &Event) {
        if let (EventKind::Finished(_) | EventKind::Stopped(_) | EventKind::Failed(_), Some(run)) =
            (&event.kind, &self.current)
            && event.run == run.id
        {
            run.forget();
        }
    }

    /// The latest frame, unless it was taken already.
    pub fn take_frame(&self) -> Option<Arc<Frame>> {
        self.outlet.frames.take()
    }

    /// Stops the run, waits until its work is saved, and returns the remaining events.
    pub fn end(mut self) -> Vec<Event> {
        self.shut_down();
        self.events.try_iter().collect()
    }

    fn shut_down(&mut self) {
        self.stop();
        self.commands = None;
        if let Some(thread) = self.thread.take()
            && self.parked.recv().is_err()
        {
            // A panic on the thread was reported as `Failed` when it happened.
            let _ = thread.join();
        }
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.shut_down();
    }
}

enum WorkerCommand {
    Prepare(DeviceChoice, Method),
    Paint(Arc<ActiveRun>),
}

fn serve(inbox: &Receiver<WorkerCommand>, workbench: &mut Workbench, outlet: &Outlet) {
    while let Ok(command) = inbox.recv() {
        let run = match command {
            WorkerCommand::Paint(run) => run,
            WorkerCommand::Prepare(choice, method) => {
                // An error here will happen again in the first run, which reports it.
                let prepare = || match method {
                    Method::Optimise => {
                        let pace = workbench.prepare(choice).and_then(|network| Pace::measured(&network))?;
                        outlet.set_pace(pace);
                        Ok(())
                    }
                    Method::Instant => workbench.prepare_instant(choice),
                };
                let _: Result<Result<(), EngineError>, _> = catch_unwind(AssertUnwindSafe(prepare));
                continue;
            }
        };
        let result = catch_unwind(AssertUnwindSafe(|| paint(&run, workbench)));
        let (kind, keeper) = match result {
            Ok(Ok(end)) => end,
            Ok(Err(error)) => (EventKind::Failed(error.to_string()), None),
            Err(panic) => {
                let sentence = format!(
                    "painting ended because of a bug in Impasto ({}); the last picture is kept, please report this",
                    panic_text(panic.as_ref())
                );
                (EventKind::Failed(sentence), None)
            }
        };
        run.outlet.send(run.id, kind);
        drop(keeper);
    }
}
