//! Notices: sentences over the picture. Successes fade, problems go when the next try works, the others stay until the
//! person dismisses them.

use super::{Entry, OwnPreset, Queued, State};
use crate::app::action::Effect;

/// Tells one notice from another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct NoticeId(u64);

/// How a notice is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Something went wrong.
    Problem,
    /// Something to know.
    Remark,
    /// Something is done.
    Done,
    /// Something was taken away, and can be put back.
    Removed,
}

/// What a notice is about. A later success on the same topic takes away what went wrong before.
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
    /// Keeping what lies ready to be painted.
    KeepingReady,
    /// Keeping the run.
    KeepingRun,
}

/// What was taken away last.
#[derive(Clone, Debug)]
pub(super) enum Removed {
    /// A result, from its place in the history.
    Result(usize, Box<Entry>),
    /// A preset of the person's own, from its place in the list.
    Preset(usize, OwnPreset),
    /// Waiting runs, the next one first.
    Queue(Vec<Queued>),
}

/// A sentence for the person.
#[derive(Clone, Debug)]
pub struct Notice {
    /// Which one.
    pub id: NoticeId,
    /// How it is meant.
    pub kind: Kind,
    /// The sentence.
    pub text: String,
    /// What it is about, where a later success takes it away.
    topic: Option<Topic>,
    /// When it was said, in seconds since the window opened.
    said: f64,
}

/// Seconds that a success is shown in full, and seconds that it then takes to fade.
const SHOWN: f64 = 6.0;
const FADES: f64 = 0.5;

/// More than these would hide the picture; the oldest of the least important kind gives way.
const MOST: usize = 4;

impl Kind {
    /// What gives way first is lowest.
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
    /// How much of the notice is still seen at `now`, in seconds since the window opened: from 1 (all of it) to 0 (gone).
    pub fn opacity(&self, now: f64) -> f32 {
        if self.kind != Kind::Done {
            return 1.0;
        }
        (1.0 - (now - self.said - SHOWN) / FADES).clamp(0.0, 1.0) as f32
    }

    /// Seconds from `now` until the notice begins to fade; nothing for one that stays.
    pub fn seconds_left(&self, now: f64) -> Option<f64> {
        (self.kind == Kind::Done).then(|| (self.said + SHOWN - now).max(0.0))
    }
}

impl State {
    pub(super) fn notify(&mut self, kind: Kind, text: &str) {
        self.say(kind, None, text);
    }

    /// Says that something went wrong, until something on the same topic works.
    pub(super) fn complain(&mut self, topic: Topic, text: &str) {
        self.say(Kind::Problem, Some(topic), text);
    }

    /// Work in progress was kept, or could not be, which is said once until it works again.
    pub(super) fn kept(&mut self, what: Topic, kept: Result<(), String>) {
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

    /// Something on this topic worked: what went wrong before no longer matters.
    pub(super) fn works(&mut self, topic: Topic) {
        self.notices.retain(|notice| notice.topic != Some(topic));
    }

    fn say(&mut self, kind: Kind, topic: Option<Topic>, text: &str) {
        let text = as_sentence(text);
        // Said again, it moves to the end instead of standing there twice.
        self.notices.retain(|notice| notice.text != text);
        // There is one success to tell of, and one removal to undo: the last.
        if matches!(kind, Kind::Done | Kind::Removed) {
            self.notices.retain(|notice| notice.kind != kind);
        }
        let id = NoticeId(self.notices.iter().map(|notice| notice.id.0 + 1).max().unwrap_or(0));
        self.notices.push(Notice { id, kind, text, topic, said: self.now });
        if self.notices.len() > MOST {
            let older = &self.notices[..MOST];
            let gives_way = (0..MOST).min_by_key(|&index| older[index].kind.importance());
            self.notices.remove(gives_way.unwrap_or(0));
            if !self.notices.iter().any(|notice| notice.kind == Kind::Removed) {
                self.removed = None;
            }
        }
    }

    /// So many seconds have passed since the window opened: successes that were seen long enough go.
    pub(super) fn let_notices_fade(&mut self, now: f64) {
        self.now = now;
        self.notices.retain(|notice| notice.opacity(now) > 0.0);
    }
}

impl State {
    pub(super) fn take_away(&mut self, text: &str, removed: Removed) {
        self.removed = Some(removed);
        self.notify(Kind::Removed, text);
    }

    pub(super) fn put_back(&mut self) -> Vec<Effect> {
        self.notices.retain(|notice| notice.kind != Kind::Removed);
        match self.removed.take() {
            Some(Removed::Result(index, entry)) => self.put_back_result(index, *entry),
            Some(Removed::Preset(index, preset)) => {
                let index = index.min(self.presets.len());
                self.presets.insert(index, preset);
            }
            Some(Removed::Queue(runs)) => {
                self.queue.put_back(runs);
                // The run that they waited for may have ended.
                if !self.run.is_active() {
                    return self.begin_next().into_iter().collect();
                }
            }
            None => {}
        }
        Vec::new()
    }

    pub(super) fn dismiss(&mut self, id: NoticeId) {
        self.notices.retain(|notice| notice.id != id);
        if !self.notices.iter().any(|notice| notice.kind == Kind::Removed) {
            self.removed = None;
        }
    }
}

/// Errors come without a capital. A full stop is not added: many end with a path.
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
