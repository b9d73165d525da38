//! A folder that is being painted, or was: how far it is, and its list of pictures.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::canvas::{Canvas, CanvasImage};
use super::card::{LoadedPicture, Request};
use super::folder::FolderJob;
use super::run::RunInputs;
use crate::picture::Picture;
use crate::picture::path::file_name;
use crate::studio::Settings;
use crate::studio::batch::{BatchCount, BatchEnd, BatchEvent, ItemOutcome, ItemReport};
use crate::studio::project::Setup;

/// How much is painted, in time, before the next picture is read to be shown: reading one takes time as well.
const SHOWN_EVERY: Duration = Duration::from_millis(500);

/// How many thumbnails are read at once. The others wait until their rows are drawn again, so that those that were scrolled past
/// are not read.
const READ_AT_ONCE: usize = 4;

/// How many thumbnails of the list are kept: more than are visible at once.
const THUMBNAILS: usize = 256;

/// A folder that is being painted, or was painted last.
#[derive(Clone, Debug)]
pub struct FolderPainting {
    /// What is painted.
    pub job: Box<FolderJob>,
    /// The processor's name, once painting has begun.
    pub device: Option<String>,
    /// How many pictures are there.
    pub count: BatchCount,
    /// Estimated time left, once it is known.
    pub remaining: Option<Duration>,
    /// The pictures that are there or have failed, in the order in which that happened.
    pub rows: Vec<FolderRow>,
    /// What of it is shown.
    pub view: FolderView,
    /// Whether the user paused it.
    pub is_paused: bool,
    /// Whether it is being stopped.
    pub is_stopping: bool,
    /// How it ended, if it did.
    pub end: Option<FolderEnd>,
    /// Its number, so that answers about an earlier folder can be dropped.
    pub(in crate::app) number: Request,
    /// The rows of pictures that have failed, and those of the others.
    failed: Vec<usize>,
    others: Vec<usize>,
    thumbnails_being_read: usize,
    /// The rows that have thumbnails, the latest last.
    with_thumbnail: VecDeque<usize>,
}

/// What is shown of a folder that is being painted, or was.
#[derive(Clone, Debug)]
pub struct FolderView {
    /// Whether the list of pictures is shown in the middle of the window.
    pub is_list_open: bool,
    /// The row whose picture is shown, or is read to be shown.
    pub shown: Option<usize>,
    /// That picture.
    pub canvas: Option<Canvas>,
    /// Whether the latest picture is shown; otherwise the one that the user chose.
    pub(in crate::app) follows: bool,
    /// The row whose picture is being read to be shown.
    reading: Option<usize>,
    /// The row whose picture was read last.
    read: Option<usize>,
    /// How long painting took since then.
    painted_since: Duration,
}

impl FolderView {
    /// The latest picture, as soon as there is one.
    fn of_latest() -> Self {
        Self {
            is_list_open: false,
            shown: None,
            canvas: None,
            follows: true,
            reading: None,
            read: None,
            painted_since: Duration::ZERO,
        }
    }

    /// Shows no picture any more.
    pub(in crate::app) fn hide(&mut self) {
        (self.shown, self.read, self.canvas, self.follows) = (None, None, None, false);
    }

    /// Shows the picture of a row, once it is read, and hides the list.
    pub(in crate::app) fn choose(&mut self, row: usize) {
        (self.shown, self.follows, self.is_list_open) = (Some(row), false, false);
    }
}

/// How the painting of a folder ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FolderEnd {
    /// With these counts.
    Ended(BatchEnd),
    /// By an error, which was told.
    Failed,
}

/// A picture of a folder.
#[derive(Clone, Debug)]
pub struct FolderRow {
    /// What is told of it.
    pub report: ItemReport,
    /// Its thumbnail, or that of the photo if it has failed.
    pub thumbnail: RowThumbnail,
}

/// The thumbnail of a row, which is read when the row is visible.
#[derive(Clone, Debug, Default)]
pub enum RowThumbnail {
    /// Not read.
    #[default]
    Unread,
    /// Being read, or unreadable.
    Asked,
    /// Read.
    Ready(Arc<Picture>),
}

/// A painted picture with its photo, as read to be shown.
#[derive(Clone, Debug)]
pub struct ReadResult {
    /// The photo.
    pub photo: Box<LoadedPicture>,
    /// The picture.
    pub picture: Arc<Picture>,
}

impl FolderPainting {
    /// Before its first picture.
    pub(in crate::app) fn new(job: Box<FolderJob>, number: Request) -> Self {
        Self {
            job,
            device: None,
            count: BatchCount::default(),
            remaining: None,
            rows: Vec::new(),
            view: FolderView::of_latest(),
            is_paused: false,
            is_stopping: false,
            end: None,
            number,
            failed: Vec::new(),
            others: Vec::new(),
            thumbnails_being_read: 0,
            with_thumbnail: VecDeque::new(),
        }
    }

    /// Whether it is still being painted.
    pub fn is_active(&self) -> bool {
        self.end.is_none()
    }

    /// Whether something is missing that painting again could add.
    pub fn can_go_on(&self) -> bool {
        match self.end {
            None => false,
            Some(FolderEnd::Failed) => true,
            Some(FolderEnd::Ended(end)) => end.is_stopped || end.failed > 0,
        }
    }

    /// How many pictures have failed.
    pub fn failed(&self) -> usize {
        self.failed.len()
    }

    /// The row at a place in the list: first those that have failed, then the others, the newest first.
    pub fn row_at(&self, place: usize) -> Option<usize> {
        let mut order = self.failed.iter().rev().chain(self.others.iter().rev());
        order.nth(place).copied()
    }

    /// The name of the folder that is painted.
    pub fn name(&self) -> String {
        self.job.folder.name()
    }

    /// The share that is done, from 0 to 1.
    pub fn fraction(&self) -> f32 {
        (self.count.done as f32 / self.count.items.max(1) as f32).min(1.0)
    }

    /// Takes what is told of it; returns a remark to show.
    pub(in crate::app) fn take(&mut self, event: BatchEvent, remaining: Option<Duration>) -> Option<String> {
        self.count.count(&event);
        self.remaining = remaining;
        match event {
            BatchEvent::Started { .. } => {}
            BatchEvent::On(device) => self.device = Some(device),
            BatchEvent::Remark(sentence) => return Some(sentence),
            BatchEvent::Item(report) => {
                let has_failed = report.outcome == ItemOutcome::Failed;
                if has_failed { &mut self.failed } else { &mut self.others }.push(self.rows.len());
                self.view.painted_since += report.elapsed;
                self.rows.push(FolderRow { report: *report, thumbnail: RowThumbnail::default() });
            }
        }
        None
    }

    /// The row whose picture is to be read to be shown: the one that the user chose, or else the latest one that was painted now.
    /// `None` if it is shown already, or another one is being read.
    pub(in crate::app) fn next_to_show(&mut self) -> Option<usize> {
        let view = &mut self.view;
        if view.reading.is_some() {
            return None;
        }
        if view.follows {
            if view.read.is_some() && view.painted_since < SHOWN_EVERY {
                return None;
            }
            view.shown = self.rows.iter().rposition(|row| row.report.outcome == ItemOutcome::Painted);
        }
        let next = view.shown.filter(|_| view.shown != view.read)?;
        (view.reading, view.read, view.painted_since) = (Some(next), Some(next), Duration::ZERO);
        Some(next)
    }

    /// The picture of a row was read, or could not be. Returns whether it is still to be shown.
    pub(in crate::app) fn was_read(&mut self, row: usize) -> bool {
        self.view.reading = None;
        self.view.shown == Some(row)
    }

    /// Shows the picture of a row that was read.
    pub(in crate::app) fn show(&mut self, row: usize, read: ReadResult) {
        let Some(report) = self.rows.get(row).map(|row| &row.report) else { return };
        let ReadResult { photo, picture } = read;
        let size = (picture.width(), picture.height());
        let before = &self.job.inputs;
        let is_used = |index: usize| report.painting.is_none_or(|painting| painting == index);
        let styles = before.setup.styles.iter().enumerate().filter(|(index, _)| is_used(*index));
        let setup = Setup {
            content: Some(photo.source.clone()),
            styles: styles.map(|(_, style)| style.clone()).collect(),
            settings: Settings { size: size.0.max(size.1), ..before.setup.settings.clone() },
            ..before.setup.clone()
        };
        let name = report.picture.with_extension("");
        let inputs = RunInputs { photo: Some(*photo), name: file_name(&name), setup, ..before.clone() };
        self.view.canvas = inputs.canvas(CanvasImage::Picture(picture), size, 0);
    }

    /// The file to read the thumbnail of a row from; `None` if it is known or asked for, or if enough are being read: rows that
    /// are still visible then ask again.
    pub(in crate::app) fn ask_for_thumbnail(&mut self, row: usize) -> Option<PathBuf> {
        let row = self.rows.get_mut(row).filter(|row| matches!(row.thumbnail, RowThumbnail::Unread))?;
        if self.thumbnails_being_read >= READ_AT_ONCE {
            return None;
        }
        self.thumbnails_being_read += 1;
        row.thumbnail = RowThumbnail::Asked;
        let report = &row.report;
        Some(if report.outcome == ItemOutcome::Failed { &report.photo } else { &report.picture }.clone())
    }

    /// Keeps the thumbnail of a row if it could be read, and forgets the oldest if there are many.
    pub(in crate::app) fn keep_thumbnail(&mut self, row: usize, thumbnail: Option<Arc<Picture>>) {
        self.thumbnails_being_read = self.thumbnails_being_read.saturating_sub(1);
        let (Some(kept), Some(thumbnail)) = (self.rows.get_mut(row), thumbnail) else { return };
        kept.thumbnail = RowThumbnail::Ready(thumbnail);
        self.with_thumbnail.push_back(row);
        if self.with_thumbnail.len() > THUMBNAILS
            && let Some(oldest) = self.with_thumbnail.pop_front()
        {
            self.rows[oldest].thumbnail = RowThumbnail::Unread;
        }
    }
}
