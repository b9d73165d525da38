//! Paints a batch, from files to files. One thread reads photos, one paints, and some write what was painted.

use std::fs;
use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use serde_json::json;
use walkdir::WalkDir;

use super::dataset::PaintedNames;
use super::error::BatchError;
use super::event::{BatchEnd, BatchEvent, ItemOutcome, ItemReport};
use super::item::BatchItem;
use super::manifest::{Manifest, ManifestLine};
use super::order::BatchOrder;
use super::shard::Shard;
use crate::engine::control::Control;
use crate::engine::error::EngineError;
use crate::lock::lock;
use crate::picture::decode::{self, PictureFile};
use crate::picture::encode::{Existing, Export, Format, encoded, is_unfinished, save};
use crate::picture::metadata::{Exif, Metadata};
use crate::picture::path::file_name;
use crate::picture::{Checksum, Picture, PictureError, Problem};
use crate::studio::active_run::Continuity;
use crate::studio::event::{EventKind, PaintedPicture};
use crate::studio::ingredients::Subject;
use crate::studio::recipe::Recipe;
use crate::studio::style::Style;
use crate::studio::workbench::NetworkLoader;
use crate::studio::worker::Worker;
use crate::studio::written::{WrittenRecipe, WrittenSource, WrittenSubject, program};

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
    /// What is to be painted of it.
    items: Vec<ToPaint>,
}

/// A result to be painted.
struct ToPaint {
    item: BatchItem,
    /// Whether it was there, but of something else.
    was_changed: bool,
}

/// A result that was painted, or why it could not be.
struct Done {
    index: usize,
    to_paint: ToPaint,
    checksum: Option<Checksum>,
    exif: Option<Exif>,
    painted: Result<PaintedPicture, String>,
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
    let folder = &order.output.folder;
    let remark = |sentence: &str| on_event(BatchEvent::Remark(sentence.to_owned()));
    fs::create_dir_all(folder).map_err(|cause| BatchError::Folder { path: folder.clone(), cause })?;
    let manifest = Manifest::open(folder, order.shard(), control, remark)?;
    remove_leftovers(folder, order.shard());
    on_event(BatchEvent::Started { items: order.count() });
    let session = Session { order, manifest, control, on_event, end: Mutex::default(), failure: Mutex::new(None) };
    let worker = Worker::spawn(loader, || {}).map_err(BatchError::Thread)?;
    session.run(worker)
}

/// Deletes files that earlier sessions had begun to write when they were killed. Other shards may be writing theirs at this
/// moment, so those that are not old stay.
fn remove_leftovers(folder: &Path, shard: Shard) {
    const OLD: Duration = Duration::from_hours(1);
    for entry in WalkDir::new(folder).into_iter().filter_map(Result::ok) {
        let is_old = || entry.metadata().ok()?.modified().ok()?.elapsed().ok().map(|age| age > OLD);
        if is_unfinished(entry.path()) && (!shard.is_part() || is_old() == Some(true)) {
            // What cannot be deleted does no harm.
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// What the threads of a batch share.
struct Session<'a> {
    order: &'a BatchOrder,
    manifest: Manifest,
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
        let tidied = self.manifest.tidy();
        if painted.is_ok() && !self.has_failed() {
            self.finish_data_set().unwrap_or_else(|error| self.fail(error));
        }
        let Self { end, failure, .. } = self;
        if let Some(failure) = failure.into_inner().unwrap_or_else(PoisonError::into_inner) {
            return Err(failure);
        }
        tidied?;
        let end = end.into_inner().unwrap_or_else(PoisonError::into_inner);
        match painted {
            Ok(()) => Ok(end),
            Err(EngineError::Stopped) => Ok(BatchEnd { is_stopped: true, ..end }),
            Err(error) => Err(error.into()),
        }
    }

    /// Once all shards are painted, copies what is not painted and writes the lists of photos.
    fn finish_data_set(&self) -> Result<(), BatchError> {
        let (order, folder) = (self.order, &self.order.output.folder);
        let Some(data_set) = &order.data_set else { return Ok(()) };
        let outcomes = self.manifest.outcomes()?;
        let mut painted = PaintedNames::new();
        for index in 0..order.photos() {
            for item in order.items(index)? {
                match outcomes.get(&item.output_text) {
                    Some(ItemOutcome::Failed) => {}
                    Some(_) => {
                        painted.entry(order.content(index).name.clone()).or_default().push(item.output);
                    }
                    None => {
                        let sentence = "the rest of the data set and its lists are written with the last shard";
                        (self.on_event)(BatchEvent::Remark(sentence.to_owned()));
                        return Ok(());
                    }
                }
            }
        }
        data_set.copy_rest(&painted, folder, order.output.existing())?;
        data_set.write_lists(&painted, folder)
    }

    fn fail(&self, error: BatchError) {
        lock(&self.failure).get_or_insert(error);
    }

    fn has_failed(&self) -> bool {
        lock(&self.failure).is_some()
    }

    /// Reads the photos of which something is missing.
    fn read_all(&self, send: &SyncSender<ReadContent>, send_unread: &SyncSender<Done>) -> Result<(), BatchError> {
        for &index in self.order.own() {
            let content = self.order.content(index);
            if self.has_failed() || self.control.checkpoint().is_err() {
                return Ok(());
            }
            let mut items = self.order.items(index)?;
            if items.iter().any(|item| self.manifest.known(&item.output_text).is_some()) {
                // Without a look at the pixels, which takes longer.
                let checksum = decode::checksum(&content.path).ok();
                items.retain(|item| !checksum.is_some_and(|checksum| self.skips(index, item, checksum)));
            }
            if items.is_empty() {
                continue;
            }
            let to_paint = |item: BatchItem| {
                let known = self.manifest.known(&item.output_text);
                let was_changed = known.is_some_and(|line| line.outcome == ItemOutcome::Painted);
                ToPaint { item, was_changed }
            };
            let items = items.into_iter().map(to_paint);
            let is_received = match decode::read(&content.path) {
                Ok(PictureFile { picture, checksum, exif, .. }) => {
                    let items = items.collect();
                    send.send(ReadContent { index, picture: Arc::new(picture), checksum, exif, items }).is_ok()
                }
                Err(error) => {
                    let (checksum, sentence) = (decode::checksum(&content.path).ok(), error.to_string());
                    let mut unread = items.map(|to_paint| Done {
                        index,
                        to_paint,
                        checksum,
                        exif: None,
                        painted: Err(sentence.clone()),
                    });
                    unread.all(|unread| send_unread.send(unread).is_ok())
                }
            };
            if !is_received {
                return Ok(());
            }
        }
        Ok(())
    }

    /// Whether a result of a photo with this checksum is there already. Tells so.
    fn skips(&self, index: usize, item: &BatchItem, checksum: Checksum) -> bool {
        let Some(line) = self.manifest.known(&item.output_text) else { return false };
        let length = fs::metadata(self.order.output.folder.join(&item.output)).ok().map(|metadata| metadata.len());
        let is_done = line.outcome == ItemOutcome::Painted
            && line.fingerprint == self.fingerprint(item, Some(checksum))
            && line.bytes.is_some()
            && line.bytes == length;
        if is_done {
            if let Some(data_set) = &self.order.data_set {
                let photo = &self.order.content(index).name;
                data_set
                    .write_labels(photo, &item.output, &self.order.output.folder)
                    .unwrap_or_else(|error| self.fail(error));
            }
            self.tell(index, item, (ItemOutcome::Skipped, false), None, Duration::ZERO, None);
        }
        is_done
    }

    /// A checksum of all that a result depends on.
    fn fingerprint(&self, item: &BatchItem, content: Option<Checksum>) -> Checksum {
        let text = json!({
            "content": content, "style": self.order.shelf.styles[item.style].checksum, "settings": item.settings,
            "own_size": item.has_own_size,
            "metadata": format!("{:?}", self.order.output.disclosure),
        });
        Checksum::of(text.to_string().as_bytes())
    }

    /// Paints what is read, until it ends.
    fn paint_all(
        &self,
        worker: &mut Worker,
        read: Receiver<ReadContent>,
        send: &SyncSender<Done>,
    ) -> Result<(), EngineError> {
        let mut has_begun = false;
        for ReadContent { index, picture, checksum, exif, items } in read {
            for to_paint in items {
                if self.has_failed() {
                    return Ok(());
                }
                self.control.checkpoint()?;
                let (item, size) = (&to_paint.item, (picture.width(), picture.height()));
                let recipe = self.order.recipe(Subject::photo(Arc::clone(&picture)), item, size);
                let content = self.order.content(index);
                let stated = self.order.data_set.as_ref().and_then(|data_set| data_set.stated_size(&content.name));
                let painted = match recipe {
                    _ if stated.is_some_and(|stated| stated != size) => Err(wrong_size(&content.path, size, stated)),
                    Ok(recipe) => self.paint_one(worker, recipe, &mut has_begun)?,
                    Err(error) => Err(format!("{error}: {}", content.path.display())),
                };
                let done = Done { index, to_paint, checksum: Some(checksum), exif: exif.clone(), painted };
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
    fn write_all(&self, done: &Mutex<Receiver<Done>>) {
        loop {
            let next = lock(done).recv();
            let Ok(next) = next else { return };
            // After a failure, what is painted is dropped, so that the painter does not wait for ever.
            if !self.has_failed()
                && let Err(error) = self.keep(next)
            {
                self.fail(error);
            }
        }
    }

    /// Writes a result and its line.
    fn keep(&self, Done { index, to_paint, checksum, exif, painted }: Done) -> Result<(), BatchError> {
        let ToPaint { item, was_changed } = to_paint;
        let (elapsed, picture) = match &painted {
            Ok(painted) => (painted.elapsed, Some(Arc::clone(&painted.picture))),
            Err(_) => (Duration::ZERO, None),
        };
        let written = match painted {
            Ok(painted) => {
                let written = self.write(index, &item, (checksum, exif), &painted.picture)?;
                if let (Ok(_), Some(data_set)) = (&written, &self.order.data_set) {
                    let photo = &self.order.content(index).name;
                    data_set.write_labels(photo, &item.output, &self.order.output.folder)?;
                }
                written
            }
            Err(sentence) => Err(sentence),
        };
        let outcome = if written.is_ok() { ItemOutcome::Painted } else { ItemOutcome::Failed };
        let style = &self.order.shelf.styles[item.style];
        let line = ManifestLine {
            output: item.output_text.clone(),
            content: self.order.content(index).text(),
            content_sha256: checksum,
            style: style.name(),
            style_sha256: style.checksum,
            variant: item.variant,
            settings: picture.as_ref().map_or_else(
                || item.settings.clone(),
                |picture| item.settings_for((picture.width(), picture.height())),
            ),
            outcome,
            bytes: written.as_ref().ok().copied(),
            error: written.as_ref().err().cloned(),
            seconds: (elapsed.as_secs_f64() * 1000.0).round() / 1000.0,
            program: program(),
            fingerprint: self.fingerprint(&item, checksum),
        };
        // A failure that is known already is not told to the manifest again.
        let is_known = self.manifest.known(&line.output).is_some_and(|known| {
            (known.outcome, &known.error, known.fingerprint) == (outcome, &line.error, line.fingerprint)
        });
        if !is_known || outcome == ItemOutcome::Painted {
            self.manifest.append(&line)?;
        }
        let picture = picture.filter(|_| outcome == ItemOutcome::Painted);
        self.tell(index, &item, (outcome, was_changed), line.error, elapsed, picture);
        Ok(())
    }

    /// Writes a result. Returns the length of its file, or why it cannot be written, if others can.
    fn write(
        &self,
        index: usize,
        item: &BatchItem,
        (checksum, exif): (Option<Checksum>, Option<Exif>),
        picture: &Picture,
    ) -> Result<Result<u64, String>, BatchError> {
        let path = self.order.output.folder.join(&item.output);
        let format = Format::from_path(&path)?;
        let style = &self.order.shelf.styles[item.style];
        let own = self.order.content(index);
        let settings = item.settings_for((picture.width(), picture.height()));
        let photo = WrittenSource::new(file_name(&own.path), checksum);
        let painting = Style::new(WrittenSource::new(style.name(), Some(style.checksum)));
        let subject = WrittenSubject::Photo { source: photo, protect: None };
        let provenance = WrittenRecipe::new(subject, vec![painting], None, settings).provenance();
        let metadata = Metadata { provenance: Some(provenance), exif }.limited_to(self.order.output.disclosure);
        let export = Export { metadata, sixteen_bit: false, ..Export::new(format) };
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(|cause| BatchError::Folder { path: parent.to_path_buf(), cause })?;
        }
        let is_own = self.manifest.known(&item.output_text).is_some();
        let existing = if is_own { Existing::Replace } else { self.order.output.existing() };
        let saved = match save(&path, picture, &export, existing) {
            // It may have been written just before the end of an earlier session, which did not get to its line.
            Err(error) if matches!(error.problem(), Problem::TargetExists) && is_same(&path, picture, &export) => {
                Ok(())
            }
            saved => saved,
        };
        match saved {
            Ok(()) => {
                let length = fs::metadata(&path).map_err(|cause| BatchError::Folder { path, cause })?.len();
                Ok(Ok(length))
            }
            Err(error) if concerns_one(&error) => Ok(Err(error.to_string())),
            Err(error) => Err(BatchError::Writing(error)),
        }
    }

    fn tell(
        &self,
        index: usize,
        item: &BatchItem,
        (outcome, was_changed): (ItemOutcome, bool),
        error: Option<String>,
        elapsed: Duration,
        picture: Option<Arc<Picture>>,
    ) {
        lock(&self.end).count(outcome);
        (self.on_event)(BatchEvent::Item(Box::new(ItemReport {
            content: self.order.content(index).text(),
            style: self.order.shelf.styles[item.style].name(),
            output: item.output_text.clone(),
            outcome,
            was_changed,
            error,
            elapsed,
            picture,
        })));
    }
}

/// Why a photo whose labels are of another size is not painted.
fn wrong_size(path: &Path, (width, height): (u32, u32), stated: Option<(u32, u32)>) -> String {
    let (stated_width, stated_height) = stated.unwrap_or_default();
    format!(
        "the photo is {width}x{height} pixels, but its labels are of {stated_width}x{stated_height}, perhaps because a camera \
         says how to turn it; save it as it is to be seen, or correct the labels: {}",
        path.display()
    )
}

/// Whether a file is what would be written.
fn is_same(path: &Path, picture: &Picture, export: &Export) -> bool {
    encoded(picture, export).is_ok_and(|bytes| fs::read(path).is_ok_and(|found| found == bytes))
}

/// Whether a picture cannot be written where others can.
fn concerns_one(error: &PictureError) -> bool {
    !matches!(
        error.problem(),
        Problem::DiskFull(_) | Problem::FolderNotWritable(_) | Problem::FolderMissing | Problem::WriteFailed(_)
    )
}
