//! Paints a batch, from files to files. One thread reads photos, one paints, and some write what was painted.

use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use super::error::BatchError;
use super::event::{BatchEnd, BatchEvent, ItemReport};
use super::item::BatchItem;
use super::order::BatchOrder;
use super::results::{BatchResults, PaintedItem};
use crate::engine::control::Control;
use crate::engine::error::EngineError;
use crate::lock::lock;
use crate::picture::decode::{self, PictureFile};
use crate::picture::metadata::Exif;
use crate::picture::{Checksum, Picture};
use crate::studio::active_run::Continuity;
use crate::studio::event::{EventKind, PaintedPicture};
use crate::studio::ingredients::Subject;
use crate::studio::recipe::Recipe;
use crate::studio::workbench::NetworkLoader;
use crate::studio::worker::Worker;

/// Photos that were read and wait to be painted.
const WAITING_TO_BE_PAINTED: usize = 2;

/// Pictures that were painted and wait to be written.
const WAITING_TO_BE_WRITTEN: usize = 2;

/// Threads that write: one may wait for the disk while another encodes.
const WRITERS: usize = 2;

/// How often to look for a pause or a stop while a picture is painted.
const POLL: Duration = Duration::from_millis(20);

/// A photo that was read.
struct ReadContent {
    /// Its index.
    index: usize,
    picture: Arc<Picture>,
    checksum: Checksum,
    exif: Option<Exif>,
    /// Whether it is turned or mirrored compared with the pixels in its file.
    is_turned: bool,
    /// What is to be painted of it.
    items: Vec<BatchItem>,
}

/// Paints a batch. What is there already stays, what is there of another photo, painting or setting is painted again, and a
/// photo that cannot be read or painted is passed over. After a stop or a failure, the same order goes on.
///
/// # Errors
/// When the output folder cannot be used or written to, or no processor can paint. What was painted is kept.
pub fn paint_batch(
    order: &BatchOrder,
    loader: NetworkLoader,
    control: &Control,
    on_event: &(dyn Fn(BatchEvent) + Sync),
) -> Result<BatchEnd, BatchError> {
    let remark = |sentence: &str| on_event(BatchEvent::Remark(sentence.to_owned()));
    let results = BatchResults::open(order, control, remark)?;
    if let Some(sentence) = order.note() {
        remark(&sentence);
    }
    on_event(BatchEvent::Started { items: order.count() });
    let session = Session { order, results, control, on_event, end: Mutex::default(), failure: Mutex::new(None) };
    let worker = Worker::spawn(loader, || {}).map_err(BatchError::Thread)?;
    session.run(worker)
}

/// What the threads of a batch share.
struct Session<'a> {
    order: &'a BatchOrder,
    results: BatchResults<'a>,
    control: &'a Control,
    on_event: &'a (dyn Fn(BatchEvent) + Sync),
    end: Mutex<BatchEnd>,
    /// Why the whole batch cannot go on.
    failure: Mutex<Option<BatchError>>,
}

impl Session<'_> {
    fn run(self, mut worker: Worker) -> Result<BatchEnd, BatchError> {
        let (send_read, read) = sync_channel(WAITING_TO_BE_PAINTED);
        let (send_done, done) = sync_channel(WAITING_TO_BE_WRITTEN);
        let done = Mutex::new(done);
        let painted = thread::scope(|scope| {
            let (session, send_unread) = (&self, send_done.clone());
            scope.spawn(move || {
                if let Err(error) = session.read_all(&send_read, &send_unread) {
                    session.fail(error);
                }
            });
            for _ in 0..WRITERS {
                scope.spawn(|| self.write_all(&done));
            }
            let painted = self.paint_all(&mut worker, read, &send_done);
            // Without senders, the writers end.
            drop(send_done);
            painted
        });
        let Self { results, on_event, end, failure, .. } = self;
        let failure = failure.into_inner().unwrap_or_else(PoisonError::into_inner);
        let finished = results.finish(painted.is_err() || failure.is_some());
        if let Some(failure) = failure {
            return Err(failure);
        }
        if let Some(sentence) = finished? {
            on_event(BatchEvent::Remark(sentence));
        }
        let end = end.into_inner().unwrap_or_else(PoisonError::into_inner);
        match painted {
            Ok(()) => Ok(end),
            Err(EngineError::Stopped) => Ok(BatchEnd { is_stopped: true, ..end }),
            Err(error) => Err(error.into()),
        }
    }

    fn fail(&self, error: BatchError) {
        lock(&self.failure).get_or_insert(error);
    }

    fn has_failed(&self) -> bool {
        lock(&self.failure).is_some()
    }

    fn tell(&self, report: ItemReport) {
        lock(&self.end).count(report.outcome);
        (self.on_event)(BatchEvent::Item(Box::new(report)));
    }

    /// Reads the photos of which something is missing.
    fn read_all(
        &self,
        send: &SyncSender<ReadContent>,
        send_unread: &SyncSender<PaintedItem>,
    ) -> Result<(), BatchError> {
        for &index in self.order.own() {
            if self.has_failed() || self.control.checkpoint().is_err() {
                return Ok(());
            }
            let path = &self.order.content(index).path;
            let items = self.missing(index, path)?;
            if items.is_empty() {
                continue;
            }
            let is_received = match decode::read(path) {
                Ok(PictureFile { picture, checksum, exif, is_turned, .. }) => {
                    let picture = Arc::new(picture);
                    send.send(ReadContent { index, picture, checksum, exif, is_turned, items }).is_ok()
                }
                Err(error) => {
                    let (checksum, sentence) = (decode::checksum(path).ok(), error.to_string());
                    let unread = |item| {
                        let painted = Err(sentence.clone());
                        PaintedItem { index, item, checksum, exif: None, painted }
                    };
                    items.into_iter().all(|item| send_unread.send(unread(item)).is_ok())
                }
            };
            if !is_received {
                return Ok(());
            }
        }
        Ok(())
    }

    /// The results of a photo that are not there. Tells of the others.
    fn missing(&self, index: usize, path: &Path) -> Result<Vec<BatchItem>, BatchError> {
        let items = self.order.items(index)?;
        if !items.iter().any(|item| self.results.is_known(item)) {
            return Ok(items);
        }
        // Without a look at the pixels, which takes longer.
        let Ok(checksum) = decode::checksum(path) else { return Ok(items) };
        let mut missing = Vec::new();
        for item in items {
            match self.results.found(index, &item, checksum)? {
                Some(report) => self.tell(report),
                None => missing.push(item),
            }
        }
        Ok(missing)
    }

    /// Paints what is read, until it ends.
    fn paint_all(
        &self,
        worker: &mut Worker,
        read: Receiver<ReadContent>,
        send: &SyncSender<PaintedItem>,
    ) -> Result<(), EngineError> {
        let mut has_begun = false;
        for ReadContent { index, picture, checksum, exif, is_turned, items } in read {
            let (path, size) = (&self.order.content(index).path, (picture.width(), picture.height()));
            let misfit = self.order.misfit(index, size, is_turned);
            for item in items {
                if self.has_failed() {
                    return Ok(());
                }
                self.control.checkpoint()?;
                let recipe = self.order.recipe((index, Subject::photo(Arc::clone(&picture))), &item, size);
                let painted = match (&misfit, recipe) {
                    (Some(misfit), _) => Err(format!("{misfit}: {}", path.display())),
                    (None, Ok(recipe)) => self.paint_one(worker, recipe, &mut has_begun)?,
                    (None, Err(error)) => Err(format!("{error}: {}", path.display())),
                };
                let done = PaintedItem { index, item, checksum: Some(checksum), exif: exif.clone(), painted };
                if send.send(done).is_err() {
                    return Ok(());
                }
            }
        }
        self.control.checkpoint()
    }

    /// Paints one result; an `Err` within is a sentence about this one only.
    fn paint_one(
        &self,
        worker: &mut Worker,
        recipe: Recipe,
        has_begun: &mut bool,
    ) -> Result<Result<PaintedPicture, String>, EngineError> {
        worker.start(recipe, Continuity::default());
        let mut is_paused = false;
        loop {
            if self.control.is_stopping() {
                worker.stop();
            } else if self.control.is_paused() != is_paused {
                is_paused = !is_paused;
                if is_paused { worker.pause() } else { worker.resume() }
            }
            let Some(event) = worker.wait_event(POLL) else { continue };
            match event.kind {
                EventKind::Started { device, .. } if !*has_begun => {
                    *has_begun = true;
                    (self.on_event)(BatchEvent::On(device));
                }
                EventKind::MovedTo(device) => (self.on_event)(BatchEvent::On(device)),
                EventKind::Remark(sentence) => (self.on_event)(BatchEvent::Remark(sentence)),
                EventKind::Finished(painted) => return Ok(Ok(painted)),
                // Half a picture is of no use.
                EventKind::Stopped(_) => return Err(EngineError::Stopped),
                EventKind::Failed(sentence) => return Ok(Err(sentence)),
                _ => {}
            }
        }
    }

    /// Writes what is painted, until it ends.
    fn write_all(&self, done: &Mutex<Receiver<PaintedItem>>) {
        loop {
            let next = lock(done).recv();
            let Ok(next) = next else { return };
            // After a failure, what is painted is dropped, so that the painter does not wait for ever.
            if self.has_failed() {
                continue;
            }
            match self.results.keep(next) {
                Ok(report) => self.tell(report),
                Err(error) => self.fail(error),
            }
        }
    }
}
