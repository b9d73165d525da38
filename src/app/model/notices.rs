//! Notices: sentences over the picture. Successes fade, problems go when a later attempt works, and others stay until the
//! person dismisses them.

use std::collections::HashMap;

use super::history::HistoryEntry;
use super::presets::OwnPreset;
use super::queue::QueuedRun;

/// Identifies a notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct NoticeId(u64);

/// The kind of a notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoticeKind {
    /// Something went wrong.
    Problem,
    /// Something to know.
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
    /// The clipboard.
    Clipboard,
    /// File dialogs.
    Dialogs,
    /// Writing the preferences.
    Preferences,
    /// Keeping the setup of the next run.
    KeepingReady,
    /// Keeping the active run.
    KeepingRun,
}

/// Something that was removed.
#[derive(Clone, Debug)]
pub(in crate::app) enum RemovedItem {
    /// A result, and its index in the history.
    Result(usize, Box<HistoryEntry>),
    /// A preset, and its index in the list.
    Preset(usize, OwnPreset),
    /// Waiting runs, the next one first.
    Queue(Vec<QueuedRun>),
}

/// A sentence for the person.
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
    said: f64,
}

/// Seconds that a success is shown in full, and seconds that it then takes to fade.
const SHOWN: f64 = 6.0;
const FADES: f64 = 0.5;

/// More than these would hide the picture; the oldest of the least important kind is dropped.
const MOST: usize = 4;

impl NoticeKind {
    /// The least important is dropped first.
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
    /// Opacity at `now`, in seconds since the window opened: from 1 to 0 (gone).
    pub fn opacity(&self, now: f64) -> f32 {
        if self.kind != NoticeKind::Done {
            return 1.0;
        }
        (1.0 - (now - self.said - SHOWN) / FADES).clamp(0.0, 1.0) as f32
    }

    /// Seconds from `now` until the notice begins to fade; nothing for one that stays.
    pub fn seconds_left(&self, now: f64) -> Option<f64> {
        (self.kind == NoticeKind::Done).then(|| (self.said + SHOWN - now).max(0.0))
    }
}

/// The notices that are shown.
#[derive(Debug, Default)]
pub struct Notices {
    shown: Vec<Notice>,
    /// Seconds since the window opened.
    pub now: f64,
    /// What was removed last and can be put back, as long as its notice is shown.
    removed: Option<RemovedItem>,
    /// Why work in progress cannot be kept, from when that was said until it can be again.
    unkept: HashMap<Topic, String>,
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

    /// Shows a sentence.
    pub(in crate::app) fn notify(&mut self, kind: NoticeKind, text: &str) {
        self.show(kind, None, text);
    }

    /// Says that something went wrong, until something on the same topic works.
    pub(in crate::app) fn complain(&mut self, topic: Topic, text: &str) {
        self.show(NoticeKind::Problem, Some(topic), text);
    }

    /// Something on this topic worked: earlier problems with it no longer matter.
    pub(in crate::app) fn works(&mut self, topic: Topic) {
        self.shown.retain(|notice| notice.topic != Some(topic));
    }

    /// Work in progress was kept, or could not be; each reason is said once until it works again.
    pub(in crate::app) fn kept(&mut self, what: Topic, kept: Result<(), String>) {
        let before = self.unkept.remove(&what);
        match kept {
            Ok(()) => self.works(what),
            Err(reason) => {
                if before.as_ref() != Some(&reason) {
                    self.complain(what, &reason);
                }
                self.unkept.insert(what, reason);
            }
        }
    }

    /// Says that something was removed, and holds it so that it can be put back.
    pub(in crate::app) fn removed(&mut self, text: &str, item: RemovedItem) {
        self.removed = Some(item);
        self.notify(NoticeKind::Removed, text);
    }

    /// What was removed last, to put it back.
    pub(in crate::app) fn take_removed(&mut self) -> Option<RemovedItem> {
        self.shown.retain(|notice| notice.kind != NoticeKind::Removed);
        self.removed.take()
    }

    /// Other work was opened, where what was removed has no place.
    pub(in crate::app) fn forget_removed(&mut self) {
        self.removed = None;
    }

    pub(in crate::app) fn dismiss(&mut self, id: NoticeId) {
        self.shown.retain(|notice| notice.id != id);
        self.drop_removed_without_notice();
    }

    /// Sets the time, in seconds since the window opened; successes that were shown long enough go.
    pub(in crate::app) fn tick(&mut self, now: f64) {
        self.now = now;
        self.shown.retain(|notice| notice.opacity(now) > 0.0);
    }

    fn show(&mut self, kind: NoticeKind, topic: Option<Topic>, text: &str) {
        let text = as_sentence(text);
        // A sentence that is shown again moves to the end.
        self.shown.retain(|notice| notice.text != text);
        // Only the latest success and the latest removal are shown.
        if matches!(kind, NoticeKind::Done | NoticeKind::Removed) {
            self.shown.retain(|notice| notice.kind != kind);
        }
        let id = NoticeId(self.shown.iter().map(|notice| notice.id.0 + 1).max().unwrap_or(0));
        self.shown.push(Notice { id, kind, text, topic, said: self.now });
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

/// The text with a capital first letter, which errors do not have. No full stop is added: many end with a path.
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
