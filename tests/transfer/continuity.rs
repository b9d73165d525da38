//! Resuming from snapshots, recovering from non-finite losses, and saving work in progress to a file.

use std::path::Path;

use impasto::engine::balance::{Balance, Losses};
use impasto::engine::compute::{Device, Tensor};
use impasto::engine::control::Control;
use impasto::engine::error::EngineError;
use impasto::engine::loss::StyleLoss;
use impasto::engine::network::Network;
use impasto::engine::pyramid::Size;
use impasto::engine::schedule::Schedule;
use impasto::engine::snapshot::Snapshot;
use impasto::engine::transfer::{Iteration, Job, Observer, Outcome, resume, run};
use impasto::studio::project::Project;
use impasto::studio::workplace::WorkFile;
use impasto::studio::{Autosave, Continuity, EventKind};

use super::{balance, job, network, recipe, wait, worker};

/// Takes a snapshot after the iteration `at` (scale, iteration), if any, and calls `then` after each iteration.
struct SnapshotTaker<F> {
    at: Option<(usize, u32)>,
    last: Option<(usize, u32)>,
    first: Option<Iteration>,
    taken: Option<Snapshot>,
    losses: Option<Losses>,
    recoveries: u32,
    then: F,
}

impl<F: FnMut(Iteration, u32)> SnapshotTaker<F> {
    fn new(at: Option<(usize, u32)>, then: F) -> Self {
        Self { at, last: None, first: None, taken: None, losses: None, recoveries: 0, then }
    }
}

impl<F: FnMut(Iteration, u32)> Observer for SnapshotTaker<F> {
    fn started(&mut self, _: &[Size]) {}

    fn scale_began(&mut self, _: usize) {}

    fn iterated(&mut self, iteration: Iteration, _: &Tensor) {
        self.first.get_or_insert(iteration);
        self.last = Some((iteration.scale, iteration.done));
        self.losses = Some(iteration.losses);
        (self.then)(iteration, self.recoveries);
    }

    fn wants_snapshot(&mut self) -> bool {
        self.at.is_some() && self.last == self.at
    }

    fn store_snapshot(&mut self, snapshot: Snapshot) {
        self.taken = Some(snapshot);
    }

    fn rolled_back(&mut self) {
        self.recoveries += 1;
    }
}

fn finished(outcome: Outcome) -> Vec<f32> {
    let Outcome::Finished(image) = outcome else { panic!("the run was stopped") };
    image.to_vec().unwrap()
}

#[test]
fn a_resumed_run_starts_after_the_iteration_of_its_snapshot() {
    for (style_loss, at) in
        [(StyleLoss::Gram, (0, 5)), (StyleLoss::Wasserstein, (1, 7)), (StyleLoss::Neighbours, (0, 12))]
    {
        let job = Job { style_loss, ..job(170, 230) };
        let mut taker = SnapshotTaker::new(Some(at), |_, _| {});
        run(&network(), &job, &Control::new(balance()), &mut taker).unwrap();
        let snapshot = taker.taken.unwrap();
        assert_eq!((snapshot.scale, snapshot.iteration), at);
        assert!(snapshot.is_valid());

        let mut listener = SnapshotTaker::new(None, |_, _| {});
        finished(resume(&network(), &job, &snapshot, &Control::new(balance()), &mut listener).unwrap());
        let first = listener.first.unwrap();
        assert_eq!((first.scale, first.done), if at.1 == 12 { (1, 1) } else { (at.0, at.1 + 1) });
    }
}

/// Snapshots store half the bits of each value. The final pictures differ where the painting determines nothing, as
/// much as when a seventh of the values change by 1/65535 (0.9 % for this loss). So the test compares the losses.
#[test]
fn a_resumed_run_ends_with_the_loss_of_an_uninterrupted_run() {
    let network = Network::built_in(&Device::cpu()).unwrap();
    let job = job(144, 192);
    let mut taker = SnapshotTaker::new(Some((1, 5)), |_, _| {});
    run(&network, &job, &Control::new(balance()), &mut taker).unwrap();
    let mut listener = SnapshotTaker::new(None, |_, _| {});
    resume(&network, &job, &taker.taken.unwrap(), &Control::new(balance()), &mut listener).unwrap();
    let [whole, resumed] = [taker.losses.unwrap(), listener.losses.unwrap()].map(|losses| losses.total());
    assert!((resumed / whole - 1.0).abs() < 5e-3, "{resumed} for {whole}");
}

#[test]
fn a_snapshot_of_another_job_is_refused() {
    let mut taker = SnapshotTaker::new(Some((0, 3)), |_, _| {});
    run(&network(), &job(97, 131), &Control::new(balance()), &mut taker).unwrap();
    let snapshot = taker.taken.unwrap();
    let refused = |job: &Job, snapshot: &Snapshot| {
        let result =
            resume(&network(), job, snapshot, &Control::new(balance()), &mut SnapshotTaker::new(None, |_, _| {}));
        matches!(result, Err(EngineError::SnapshotMismatch))
    };
    assert!(!refused(&job(97, 131), &snapshot));
    assert!(refused(&job(64, 200), &snapshot), "another shape");
    assert!(
        refused(&Job { schedule: Schedule::even(2), ..job(97, 131) }, &snapshot),
        "fewer iterations than were done"
    );
    for spoil in [
        (|snapshot| snapshot.scale = 9) as fn(&mut Snapshot),
        |snapshot| snapshot.optimizer.arrays[0].1[0] = half::bf16::NAN,
        |snapshot| drop(snapshot.optimizer.arrays.pop()),
        |snapshot| snapshot.optimizer.arrays[0].1.truncate(5),
        |snapshot| snapshot.optimizer.steps = u32::MAX,
    ] {
        let mut spoilt = snapshot.clone();
        spoil(&mut spoilt);
        assert!(refused(&job(97, 131), &spoilt));
    }
}

/// Sets a weight to infinity after the fourth iteration, and restores it once the run has recovered.
struct WeightRestorer<'a>(&'a Control, Vec<Iteration>);
impl Observer for WeightRestorer<'_> {
    fn started(&mut self, _: &[Size]) {}
    fn scale_began(&mut self, _: usize) {}
    fn iterated(&mut self, iteration: Iteration, image: &Tensor) {
        let values: Vec<f32> = image.to_vec().unwrap();
        assert!(values.iter().all(|value| value.is_finite()));
        self.1.push(iteration);
        if self.1.len() == 4 {
            self.0.adjust(Balance { smoothness: f32::INFINITY, ..balance() });
        }
    }
    fn rolled_back(&mut self) {
        self.0.adjust(balance());
    }
}

#[test]
fn a_run_recovers_from_non_finite_losses_or_gives_up() {
    let control = Control::new(balance());
    let mut broken = false;
    let mut taker = SnapshotTaker::new(None, |iteration, recoveries| {
        if iteration.scale == 0 && iteration.done == 4 && !broken {
            // With this weight, the loss is not finite.
            control.adjust(Balance { smoothness: f32::INFINITY, ..balance() });
            broken = true;
        } else if recoveries > 0 {
            panic!("an iteration was done with non-finite losses");
        }
    });
    let result = run(&network(), &job(64, 90), &control, &mut taker);
    assert!(matches!(result, Err(EngineError::NotFinite { scale: 0, iteration: 5 })), "the run gives up");
    assert_eq!(taker.recoveries, 8);

    let control = Control::new(balance());
    let mut restorer = WeightRestorer(&control, Vec::new());
    finished(run(&network(), &job(64, 90), &control, &mut restorer).unwrap());
    let done: Vec<u32> = restorer.1.iter().map(|iteration| iteration.done).collect();
    assert_eq!(&done[..12], (1..=12).collect::<Vec<_>>(), "no iteration is skipped or repeated");
    assert!(restorer.1.iter().all(|iteration| iteration.losses.total().is_finite()));
}

/// A new run that saves its work in progress to `path`.
fn saving_to(path: &Path) -> Continuity {
    let autosave = Autosave { file: WorkFile::named(path.to_path_buf()), project: Project::default() };
    Continuity { autosave: Some(autosave), ..Continuity::default() }
}

#[test]
fn a_run_is_saved_while_it_paints_and_when_it_ends() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("work.impasto");
    let mut painter = worker();
    painter.start(recipe(10_000), saving_to(&path));
    // The first iteration is saved at once.
    while !path.exists() {
        wait(&painter, |kind| matches!(kind, EventKind::Progress(_)).then_some(()));
    }
    let unfinished = Project::open(&path).unwrap().unfinished.unwrap();
    assert_eq!((unfinished.snapshot.scale, unfinished.snapshot.iteration), (0, 1));
    painter.stop();
    let stopped = wait(&painter, |kind| if let EventKind::Stopped(painted) = kind { Some(painted) } else { None });
    drop(painter);
    let project = Project::open(&path).unwrap();
    assert_eq!(project.picture.unwrap().open().unwrap().pixels(), stopped.picture.pixels());
    let unfinished = project.unfinished.unwrap();

    // Another worker resumes it.
    let mut painter = worker();
    let continuity = Continuity { unfinished: Some(unfinished.clone()), ..saving_to(&path) };
    painter.start(recipe(10_000), continuity);
    let first = wait(&painter, |kind| if let EventKind::Progress(progress) = kind { Some(progress) } else { None });
    assert_eq!((first.scale, first.iteration), (unfinished.snapshot.scale, unfinished.snapshot.iteration + 1));
    assert!(first.elapsed.as_secs_f64() >= unfinished.seconds);
    drop(painter);

    let mut painter = worker();
    painter.start(recipe(2), saving_to(&path));
    let finished = wait(&painter, |kind| if let EventKind::Finished(painted) = kind { Some(painted) } else { None });
    drop(painter);
    let project = Project::open(&path).unwrap();
    assert!(project.unfinished.is_none());
    assert_eq!(project.picture.unwrap().open().unwrap().pixels(), finished.picture.pixels());
}

#[test]
fn a_resumed_run_can_be_saved_before_its_first_snapshot() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("work.impasto");
    let mut painter = worker();
    painter.start(recipe(10_000), saving_to(&path));
    while painter.unfinished().is_none() {
        wait(&painter, |kind| matches!(kind, EventKind::Progress(_)).then_some(()));
    }
    let unfinished = painter.unfinished();
    drop(painter);
    let mut painter = worker();
    painter.start(recipe(10_000), Continuity { unfinished: unfinished.clone(), ..saving_to(&path) });
    assert_eq!(painter.unfinished(), unfinished);
    // Most likely before the first iteration. In any case, the file must hold an unfinished run.
    painter.stop();
    wait(&painter, |kind| matches!(kind, EventKind::Stopped(_)).then_some(()));
    assert!(painter.unfinished().is_none(), "the end of the run was reported");
    drop(painter);
    assert!(Project::open(&path).unwrap().unfinished.is_some());
}

#[test]
fn a_failed_save_is_reported_once_and_the_work_stays_in_memory() {
    let folder = tempfile::tempdir().unwrap();
    let mut painter = worker();
    painter.start(recipe(3), saving_to(&folder.path().join("no such folder/work.impasto")));
    let (mut remarks, mut pictures) = (Vec::new(), 0);
    while let Some(event) = painter.wait_event(std::time::Duration::from_secs(30)) {
        match event.kind {
            EventKind::WorkSaved(kept) => remarks.push(kept.unwrap_err()),
            EventKind::Finished(_) => pictures += 1,
            _ => {}
        }
        if pictures == 1 && !remarks.is_empty() {
            break;
        }
    }
    assert_eq!(remarks.len(), 1, "{remarks:?}");
    assert!(remarks[0].starts_with("the work in progress could not be saved and is in memory only: the folder"));
}
