//! The output folder of a batch: which results are there, and new ones with their lines in the manifest and their labels.

use std::fs;
use std::path::Path;
use std::time::Duration;

use serde_json::json;
use walkdir::WalkDir;

use super::dataset::{Copies, PaintedNames};
use super::error::BatchError;
use super::event::{ItemOutcome, ItemReport};
use super::item::{BatchItem, ItemStyle};
use super::manifest::{Manifest, ManifestLine};
use super::order::BatchOrder;
use super::shard::Shard;
use crate::engine::balance::StyleBalance;
use crate::engine::control::Control;
use crate::engine::optimizer::Optimizer;
use crate::picture::encode::{Existing, Export, Format, encoded, is_unfinished, save};
use crate::picture::metadata::{Exif, Metadata, Provenance};
use crate::picture::path::file_name;
use crate::picture::{Checksum, Picture, PictureError, Problem};
use crate::studio::event::PaintedPicture;
use crate::studio::settings::{Method, Settings};
use crate::studio::written::{WrittenRecipe, WrittenSource, WrittenSubject, program};

/// A result that was painted, or why it could not be.
pub(super) struct PaintedItem {
    /// The photo's index.
    pub(super) index: usize,
    pub(super) item: BatchItem,
    /// Of the photo's file; `None` if it could not be read.
    pub(super) checksum: Option<Checksum>,
    pub(super) exif: Option<Exif>,
    pub(super) painted: Result<PaintedPicture, String>,
}

/// The output folder of a batch.
pub(super) struct BatchResults<'a> {
    order: &'a BatchOrder,
    manifest: Manifest,
    copies: Copies,
}

impl<'a> BatchResults<'a> {
    /// Opens or creates the folder. A shard waits while another process paints it, after it has told so by `remark`.
    ///
    /// # Errors
    /// When the folder cannot be used.
    pub(super) fn open(order: &'a BatchOrder, control: &Control, remark: impl Fn(&str)) -> Result<Self, BatchError> {
        let folder = &order.output.folder;
        fs::create_dir_all(folder).map_err(|cause| BatchError::Folder { path: folder.clone(), cause })?;
        let manifest = Manifest::open(folder, order.shard(), control, remark)?;
        remove_leftovers(folder, order.shard());
        let copies = Copies::new(folder, order.output.existing());
        Ok(Self { order, manifest, copies })
    }

    /// Whether something is known of a result, so that a look at its photo may save painting it.
    pub(super) fn is_known(&self, item: &BatchItem) -> bool {
        self.manifest.known(&item.output_text).is_some()
    }

    /// Whether a result of a photo with this checksum is there already. If so, sees to its labels, and returns what to tell.
    ///
    /// # Errors
    /// When labels cannot be read or written.
    pub(super) fn found(
        &self,
        index: usize,
        item: &BatchItem,
        checksum: Checksum,
    ) -> Result<Option<ItemReport>, BatchError> {
        let Some(line) = self.manifest.known(&item.output_text) else { return Ok(None) };
        let length = fs::metadata(self.order.output.folder.join(&item.output)).ok().map(|metadata| metadata.len());
        let is_there = line.outcome == ItemOutcome::Painted
            && line.fingerprint == self.fingerprint(item, Some(checksum))
            && line.bytes.is_some()
            && line.bytes == length;
        if !is_there {
            return Ok(None);
        }
        self.write_labels(index, item)?;
        Ok(Some(self.report(index, item, ItemOutcome::Skipped)))
    }

    /// Writes a result, its labels and its line. Returns what to tell.
    ///
    /// # Errors
    /// When no results can be written.
    pub(super) fn keep(&self, result: PaintedItem) -> Result<ItemReport, BatchError> {
        let PaintedItem { index, item, checksum, exif, painted } = result;
        let elapsed = painted.as_ref().map_or(Duration::ZERO, |painted| painted.elapsed);
        let size = painted.as_ref().ok().map(|painted| (painted.picture.width(), painted.picture.height()));
        let written = match painted {
            Ok(painted) => self.write(index, &item, (checksum, exif), &painted.picture)?,
            Err(sentence) => Err(sentence),
        };
        if written.is_ok() {
            self.write_labels(index, &item)?;
        }
        let outcome = if written.is_ok() { ItemOutcome::Painted } else { ItemOutcome::Failed };
        let (style, style_sha256) = self.order.style_of(&item);
        let line = ManifestLine {
            output: item.output_text.clone(),
            content: self.order.content(index).text(),
            content_sha256: checksum,
            style,
            style_sha256,
            variant: item.variant,
            settings: size.map_or_else(|| item.settings.clone(), |size| item.settings_for(size)),
            outcome,
            bytes: written.as_ref().ok().copied(),
            error: written.err(),
            seconds: (elapsed.as_secs_f64() * 1000.0).round() / 1000.0,
            program: program(),
            fingerprint: self.fingerprint(&item, checksum),
        };
        let known = self.manifest.known(&line.output);
        // A failure that is known already is not told to the manifest again.
        let is_news = outcome == ItemOutcome::Painted
            || known.is_none_or(|known| {
                (known.outcome, &known.error, known.fingerprint) != (outcome, &line.error, line.fingerprint)
            });
        if is_news {
            self.manifest.append(&line)?;
        }
        let was_changed =
            known.is_some_and(|known| known.outcome == ItemOutcome::Painted && known.fingerprint != line.fingerprint);
        Ok(ItemReport { was_changed, error: line.error, elapsed, ..self.report(index, &item, outcome) })
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
        let format = Format::from_path(&path).map_err(BatchError::Writing)?;
        let provenance = self.provenance(index, item, checksum, (picture.width(), picture.height()));
        let metadata = Metadata { provenance: Some(provenance), exif }.limited_to(self.order.output.disclosure);
        let export = Export { metadata, sixteen_bit: false, ..Export::new(format) };
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(|cause| BatchError::Folder { path: parent.to_path_buf(), cause })?;
        }
        // A failed result may have failed because somebody else's file is there.
        let is_own = self.manifest.known(&item.output_text).is_some_and(|line| line.outcome == ItemOutcome::Painted);
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

    /// What a result of this size was painted from. A drawn style has no recipe that could paint it again.
    fn provenance(&self, index: usize, item: &BatchItem, checksum: Option<Checksum>, size: (u32, u32)) -> Provenance {
        let photo = file_name(&self.order.content(index).path);
        let styles = self.order.written_styles(item);
        if item.style == ItemStyle::Drawn {
            let sources = [photo].into_iter().chain(styles.into_iter().map(|style| style.source.name)).collect();
            return Provenance { program: program(), sources, recipe: None, brief: None };
        }
        let subject = WrittenSubject::Photo { source: WrittenSource::new(photo, checksum), protect: None };
        WrittenRecipe::new(subject, styles, None, item.settings_for(size)).provenance()
    }

    fn write_labels(&self, index: usize, item: &BatchItem) -> Result<(), BatchError> {
        let Some(data_set) = &self.order.data_set else { return Ok(()) };
        data_set.write_labels(&self.order.content(index).name, &item.output, &self.copies)
    }

    /// A checksum of all that a result depends on.
    fn fingerprint(&self, item: &BatchItem, content: Option<Checksum>) -> Checksum {
        let settings = match item.settings.method {
            Method::Optimise => item.settings.clone(),
            // Instant pictures have no iterations. These are the numbers that the first ones were recorded with.
            Method::Instant => {
                Settings { iterations: 100, coarse_share: 0.5, optimizer: Optimizer::Pixels, ..item.settings.clone() }
            }
        };
        let mut text = json!({
            "content": content, "style": self.order.style_of(item).1, "settings": settings,
            "own_size": item.has_own_size, "metadata": format!("{:?}", self.order.output.disclosure),
        });
        let balances = self.order.balances_of(item);
        // Not where they are the usual ones, so that results of earlier versions are found again.
        if balances.iter().any(|balance| *balance != StyleBalance::default()) {
            let balances = balances.iter().map(|balance| [balance.weight, balance.brush_scale]);
            text["balances"] = balances.collect();
        }
        Checksum::of(text.to_string().as_bytes())
    }

    fn report(&self, index: usize, item: &BatchItem, outcome: ItemOutcome) -> ItemReport {
        ItemReport {
            content: self.order.content(index).text(),
            style: self.order.style_of(item).0,
            painting: match item.style {
                ItemStyle::Of(index) => Some(index),
                ItemStyle::Mixed | ItemStyle::Drawn => None,
            },
            output: item.output_text.clone(),
            outcome,
            was_changed: false,
            error: None,
            elapsed: Duration::ZERO,
            photo: self.order.content(index).path.clone(),
            picture: self.order.output.folder.join(&item.output),
        }
    }

    /// Puts the manifest in order, and once all shards are painted, copies what of a data set is not painted and writes its lists
    /// of photos. Returns what is to be said about that.
    ///
    /// # Errors
    /// When something cannot be read or written.
    pub(super) fn finish(&self, is_stopped: bool) -> Result<Option<String>, BatchError> {
        self.manifest.tidy()?;
        let (order, folder) = (self.order, &self.order.output.folder);
        let Some(data_set) = order.data_set.as_ref().filter(|_| !is_stopped) else { return Ok(None) };
        let mut outcomes = self.manifest.outcomes()?;
        outcomes.retain(|output, outcome| *outcome == ItemOutcome::Failed || folder.join(output).exists());
        let mut painted = PaintedNames::new();
        for index in 0..order.photos() {
            for item in order.items(index)? {
                match outcomes.remove(&item.output_text) {
                    Some(ItemOutcome::Failed) => {}
                    Some(_) => painted.entry(order.content(index).name.clone()).or_default().push(item.output),
                    None => {
                        let sentence = "the rest of the data set and its lists are written with the last shard";
                        return Ok(Some(sentence.to_owned()));
                    }
                }
            }
        }
        data_set.copy_rest(&painted, &self.copies)?;
        data_set.write_lists(&painted, &self.copies)?;
        let others = outcomes.values().filter(|outcome| **outcome == ItemOutcome::Painted).count();
        let pictures = if others == 1 { "picture" } else { "pictures" };
        let sentence = format!(
            "the folder has {others} more {pictures} of earlier batches, which belong to no list of this one; if they are not wanted, \
             paint into an empty folder"
        );
        Ok((others > 0).then_some(sentence))
    }
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
