//! Notices: sentences over the picture. Successes fade, problems disappear when a later attempt succeeds, and others
//! stay until they are dismissed.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use super::history::HistoryEntry;
use super::presets::OwnPreset;
use super::queue::QueuedRun;
use crate::picture::Checksum;
use crate::picture::style_map::{MapPainting, StyleMap};

/// Identifies a notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct NoticeId(u64);

/// The kind of a notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoticeKind {
    /// Something went wrong.
    Problem,
    /// Information.
    Remark,
    /// Something succeeded.
    Done,
    /// Something was removed, and can be put back.
    Removed,
}

/// The topic of a problem. A later success on the same topic removes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Topic {
    /// Reading pictures.
    Reading,
    /// Exporting a picture.
    Export,
    /// Saving and opening projects.
    Project,
    /// Painting.
    Painting,
    /// Painting the instant picture.
    Instant,
    /// The clipboard.
    Clipboard,
    /// File dialogs.
    Dialogs,
    /// Looking at a clip, and painting it.
    Clip,
    /// Looking at a folder of photos, and painting it.
    Folder,
    /// Training a style.
    Training,
    /// Renaming, deleting and exporting trained styles.
    Styles,
    /// Reading, making, changing and exporting style maps.
    Map,
    /// Writing the preferences.
    Preferences,
    /// Keeping the setup of the next run for recovery.
    SavingSetup,
    /// Keeping the active run for recovery.
    SavingRun,
}

/// Something that was removed and can be put back.
#[derive(Clone, Debug)]
pub(in crate::app) enum RemovedItem {
    /// A result, and its index in the history.
    Result(usize, Box<HistoryEntry>),
    /// A preset, and its index in the list.
    Preset(usize, OwnPreset),
    /// Waiting runs, the next one first.
    Queue(Vec<QueuedRun>),
    /// A trained style.
    Style {
        /// Its file among the deleted ones.
        deleted: PathBuf,
        /// Its name.
        name: String,
    },
    /// A painting of a style map.
    MapPainting {
        /// The map's file.
        path: PathBuf,
        /// The plane.
        plane: Checksum,
        /// The painting.
        painting: Box<MapPainting>,
    },
    /// The plane of the style map in this file, before it was learned again.
    MapLayout(PathBuf, Arc<StyleMap>),
}

impl RemovedItem {
    fn is_of_map(&self) -> bool {
        matches!(self, Self::MapPainting { .. } | Self::MapLayout(..))
    }
}

/// A sentence for the user.
#[derive(Clone, Debug)]
pub struct Notice {
    /// Its identity.
    pub id: NoticeId,
    /// Its kind.
    pub kind: NoticeKind,
    /// The sentence.
    pub text: String,
    /// Its topic, for problems that a later success removes.
    topic: Option<Topic>,
    /// When it was shown, in seconds since the window opened.
    time: f64,
}

/// Seconds that a success is fully visible, and seconds that it then takes to fade.
const SHOWN: f64 = 6.0;
const FADES: f64 = 0.5;

/// Most notices at once, because more would hide the picture; the oldest of the least important kind is dropped.
const MOST: usize = 4;

impl NoticeKind {
    /// The least important kind is dropped first.
    fn importance(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Remark => 1,
            Self::Removed => 2,
            Self::Problem => 3,
        }
    }
}

impl Notice {
    /// Opacity at `now`, in seconds since the window opened: from 1 to 0 (invisible).
    pub fn opacity(&self, now: f64) -> f32 {
        if self.kind != NoticeKind::Done {
            return 1.0;
        }
        (1.0 - (now - self.time - SHOWN) / FADES).clamp(0.0, 1.0) as f32
    }

    /// Seconds from `now` until the notice begins to fade; `None` if it stays.
    pub fn seconds_left(&self, now: f64) -> Option<f64> {
        (self.kind == NoticeKind::Done).then(|| (self.time + SHOWN - now).max(0.0))
    }
}

/// The notices that are shown.
#[derive(Debug, Default)]
pub struct Notices {
    shown: Vec<Notice>,
    /// Seconds since the window opened.
    pub now: f64,
    /// What was removed last; it can be put back as long as its notice is shown.
    removed: Option<RemovedItem>,
    /// Why work in progress cannot be kept: set when a failure is reported, removed by the next success.
    save_failures: HashMap<Topic, String>,
}

impl Notices {
    /// The notices, the newest last.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &Notice> {
        self.shown.iter()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.shown.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.shown.is_empty()
    }

    pub(in crate::app) fn notify(&mut self, kind: NoticeKind, text: &str) {
        self.show(kind, None, text);
    }

    /// Shows a problem until something on the same topic succeeds.
    pub(in crate::app) fn report(&mut self, topic: Topic, text: &str) {
        self.show(NoticeKind::Problem, Some(topic), text);
    }

    /// Removes the problems on a topic after a success.
    pub(in crate::app) fn clear_topic(&mut self, topic: Topic) {
        self.shown.retain(|notice| notice.topic != Some(topic));
    }

    /// Reports whether work in progress was kept; each failure is shown once until the next success.
    pub(in crate::app) fn work_saved(&mut self, what: Topic, result: Result<(), String>) {
        let before = self.save_failures.remove(&what);
        match result {
            Ok(()) => self.clear_topic(what),
            Err(reason) => {
                if before.as_ref() != Some(&reason) {
                    self.report(what, &reason);
                }
                self.save_failures.insert(what, reason);
            }
        }
    }

    /// Shows that something was removed, and holds it so that it can be put back.
    pub(in crate::app) fn removed(&mut self, text: &str, item: RemovedItem) {
        self.removed = Some(item);
        self.notify(NoticeKind::Removed, text);
    }

    pub(in crate::app) fn take_removed(&mut self) -> Option<RemovedItem> {
        self.shown.retain(|notice| notice.kind != NoticeKind::Removed);
        self.removed.take()
    }

    /// Whether what was removed last is of a style map.
    pub(in crate::app) fn can_put_back_map(&self) -> bool {
        self.removed.as_ref().is_some_and(RemovedItem::is_of_map)
    }

    /// Drops what was removed, because it does not belong to the work opened now.
    pub(in crate::app) fn forget_removed(&mut self) {
        // Styles and maps belong to no project.
        self.removed.take_if(|item| !matches!(item, RemovedItem::Style { .. }) && !item.is_of_map());
    }

    pub(in crate::app) fn dismiss(&mut self, id: NoticeId) {
        self.shown.retain(|notice| notice.id != id);
        self.drop_removed_without_notice();
    }

    /// Sets the time, in seconds since the window opened; faded successes are removed.
    pub(in crate::app) fn tick(&mut self, now: f64) {
        self.now = now;
        self.shown.retain(|notice| notice.opacity(now) > 0.0);
    }

    fn show(&mut self, kind: NoticeKind, topic: Option<Topic>, text: &str) {
        let text = as_sentence(text);
        // A repeated sentence moves to the end.
        self.shown.retain(|notice| notice.text != text);
        // Only the latest success and the latest removal are shown.
        if matches!(kind, NoticeKind::Done | NoticeKind::Removed) {
            self.shown.retain(|notice| notice.kind != kind);
        }
        let id = NoticeId(self.shown.iter().map(|notice| notice.id.0 + 1).max().unwrap_or(0));
        self.shown.push(Notice { id, kind, text, topic, time: self.now });
        if self.shown.len() > MOST {
            let older = &self.shown[..MOST];
            let least = (0..MOST).min_by_key(|&index| older[index].kind.importance());
            self.shown.remove(least.unwrap_or(0));
            self.drop_removed_without_notice();
        }
    }

    fn drop_removed_without_notice(&mut self) {
        if !self.shown.iter().any(|notice| notice.kind == NoticeKind::Removed) {
            self.removed = None;
        }
    }
}

/// The text with a capital first letter, which errors lack. No full stop is added, because many end with a path.
fn as_sentence(text: &str) -> String {
    let mut characters = text.trim().chars();
    let first: String = characters.next().map(|first| first.to_uppercase().collect()).unwrap_or_default();
    first + characters.as_str()
}

#[cfg(test)]
mod tests {
    use super::as_sentence;

    #[test]
    fn errors_become_sentences() {
        assert_eq!(as_sentence("there is no file"), "There is no file");
        assert_eq!(as_sentence("Done."), "Done.");
        assert_eq!(as_sentence("épreuve"), "Épreuve");
        assert_eq!(as_sentence(""), "");
    }
}
