//! The thread that paints. Whoever owns a [`Worker`] is never held up by it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread::JoinHandle;
use std::time::Duration;

use super::active_run::{ActiveRun, Continuity};
use super::event::{Event, EventKind, Frame, JobId};
use super::outlet::Outlet;
use super::pace::Pace;
use super::paint::paint;
use super::project::Unfinished;
use super::recipe::Recipe;
use super::settings::Settings;
use super::workbench::{NetworkLoader, ProcessorSearch, Workbench, panic_text};
use crate::engine::balance::StyleBalance;
use crate::engine::device::{DeviceChoice, Processors};

/// Owns the thread that paints. Dropping it stops the run and waits for the thread.
pub struct Worker {
    jobs: Option<Sender<Order>>,
    events: Receiver<Event>,
    current: Option<Arc<ActiveRun>>,
    outlet: Outlet,
    thread: Option<JoinHandle<()>>,
    /// Hears of it when the thread has done all that it will do, but does not end.
    resting: Receiver<()>,
}

impl Worker {
    /// Starts the thread, idle. `wake` is called, on that thread, whenever there is an event or a
    /// frame to take.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn spawn(loader: NetworkLoader, wake: impl Fn() + Send + Sync + 'static) -> std::io::Result<Self> {
        Self::spawn_among(Box::new(Processors::detect), loader, wake)
    }

    /// The same with other processors than this machine's.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn spawn_among(
        search: ProcessorSearch,
        loader: NetworkLoader,
        wake: impl Fn() + Send + Sync + 'static,
    ) -> std::io::Result<Self> {
        let (jobs, inbox) = mpsc::channel::<Order>();
        let (outlet, events) = Outlet::new(wake);
        let news = outlet.clone();
        let (rests, resting) = mpsc::channel();
        let thread = std::thread::Builder::new().name("impasto painter".to_owned()).spawn(move || {
            let mut workbench = Workbench::new(search, loader);
            serve(&inbox, &mut workbench, &news);
            let has_used_a_card = workbench.has_used_a_card();
            drop((workbench, inbox, news));
            if has_used_a_card && cfg!(feature = "cudnn") {
                // At its end the thread would give back what cuDNN holds for it, and where cuDNN does not want that any
                // more, the program would end with it.
                let _ = rests.send(());
                loop {
                    std::thread::park();
                }
            }
        })?;
        Ok(Self { jobs: Some(jobs), events, current: None, outlet, thread: Some(thread), resting })
    }

    /// How fast it paints, as far as is known: from [`Worker::prepare`] or the last run.
    pub fn pace(&self) -> Option<Pace> {
        self.outlet.pace.get()
    }

    /// Loads the network that a run with this choice takes, so that the first run begins at once, and tries how fast it is.
    pub fn prepare(&self, choice: DeviceChoice) {
        if let Some(jobs) = &self.jobs {
            // A painter that has ended is told about when there is something to paint.
            let _ = jobs.send(Order::Prepare(choice));
        }
    }

    /// Begins to paint as [`Worker::start_run`] does, with the number after the last run's.
    pub fn start(&mut self, recipe: Recipe, continuity: Continuity) -> JobId {
        let job = self.current.as_ref().map_or_else(JobId::default, |run| run.job).next();
        self.start_run(job, recipe, continuity);
        job
    }

    /// Begins to paint; a run that is active is stopped first. Events and frames carry the number `job`.
    pub fn start_run(&mut self, job: JobId, recipe: Recipe, continuity: Continuity) {
        self.stop();
        // A frame of the run before would keep this one from making its own.
        self.outlet.frames.take();
        let run = Arc::new(ActiveRun::new(job, recipe, continuity, self.outlet.clone()));
        self.current = Some(Arc::clone(&run));
        if let Some(jobs) = &self.jobs
            && jobs.send(Order::Paint(run)).is_err()
        {
            self.outlet.send(job, EventKind::Failed("the painter has ended; start Impasto again".to_owned()));
        }
    }

    /// Gives the current run other weights from its next iteration on: strength, smoothness, brush
    /// scale, stroke size, colours kept, and each style's part. Other settings wait for the next start.
    pub fn adjust(&self, settings: &Settings, styles: Vec<StyleBalance>) {
        if let Some(run) = &self.current {
            run.adjust(settings, styles);
        }
    }

    /// Holds the current run.
    pub fn pause(&self) {
        if let Some(run) = &self.current {
            run.control.pause();
        }
    }

    /// Lets a paused run go on.
    pub fn resume(&self) {
        if let Some(run) = &self.current {
            run.control.resume();
        }
    }

    /// Ends the current run; what is painted arrives as [`EventKind::Stopped`].
    pub fn stop(&self) {
        if let Some(run) = &self.current {
            run.control.stop();
        }
    }

    /// Where the current run stood a few seconds ago, for a project; nothing before its first iteration.
    pub fn unfinished(&self) -> Option<Unfinished> {
        self.current.as_ref()?.unfinished()
    }

    /// The next event, if one is there.
    pub fn try_event(&self) -> Option<Event> {
        self.events.try_recv().ok().inspect(|event| self.notice(event))
    }

    /// The next event, waiting for it so long.
    pub fn wait_event(&self, timeout: Duration) -> Option<Event> {
        self.events.recv_timeout(timeout).ok().inspect(|event| self.notice(event))
    }

    /// Until its owner knows that a run has ended, the owner may ask where it stands.
    fn notice(&self, event: &Event) {
        if let (EventKind::Finished(_) | EventKind::Stopped(_) | EventKind::Failed(_), Some(run)) =
            (&event.kind, &self.current)
            && event.job == run.job
        {
            run.forget();
        }
    }

    /// The latest frame that was not taken yet.
    pub fn take_frame(&self) -> Option<Arc<Frame>> {
        self.outlet.frames.take()
    }

    /// Stops the run, waits until what is kept of it is written, and gives the events that nobody took.
    pub fn end(mut self) -> Vec<Event> {
        self.shut_down();
        self.events.try_iter().collect()
    }

    fn shut_down(&mut self) {
        self.stop();
        self.jobs = None;
        if let Some(thread) = self.thread.take()
            && self.resting.recv().is_err()
        {
            // A panic there was reported as `Failed` when it happened.
            let _ = thread.join();
        }
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.shut_down();
    }
}

/// What the thread is asked for.
enum Order {
    Prepare(DeviceChoice),
    Paint(Arc<ActiveRun>),
}

fn serve(inbox: &Receiver<Order>, workbench: &mut Workbench, outlet: &Outlet) {
    while let Ok(order) = inbox.recv() {
        let run = match order {
            Order::Paint(run) => run,
            Order::Prepare(choice) => {
                // What goes wrong here goes wrong again, and is said, at the first run.
                let prepare = || workbench.prepare(choice).and_then(|network| Pace::measured(&network));
                if let Ok(Ok(pace)) = catch_unwind(AssertUnwindSafe(prepare)) {
                    outlet.set_pace(pace);
                }
                continue;
            }
        };
        let ending = catch_unwind(AssertUnwindSafe(|| paint(&run, workbench)));
        let (kind, keeper) = match ending {
            Ok(Ok(ended)) => ended,
            Ok(Err(error)) => (EventKind::Failed(error.to_string()), None),
            Err(panic) => {
                let sentence = format!(
                    "painting ended by a fault of the program ({}); the last picture is kept, please report this",
                    panic_text(panic.as_ref())
                );
                (EventKind::Failed(sentence), None)
            }
        };
        run.outlet.send(run.job, kind);
        drop(keeper);
    }
}
