//! Sentences that stay in the window until they are taken away.

use super::{Entry, OwnPreset, State};

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

/// What was taken away last.
#[derive(Clone, Debug)]
pub(super) enum Removed {
    /// A result, from its place in the history.
    Result(usize, Box<Entry>),
    /// A preset of the person's own, from its place in the list.
    Preset(usize, OwnPreset),
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
}

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

impl State {
    pub(super) fn notify(&mut self, kind: Kind, text: &str) {
        let text = as_sentence(text);
        // Said again, it moves to the end instead of standing there twice.
        self.notices.retain(|notice| notice.text != text);
        // Of these only the latest matters; what else there is to say stays until there is no room.
        if matches!(kind, Kind::Done | Kind::Removed) {
            self.notices.retain(|notice| notice.kind != kind);
        }
        let id = NoticeId(self.notices.iter().map(|notice| notice.id.0 + 1).max().unwrap_or(0));
        self.notices.push(Notice { id, kind, text });
        if self.notices.len() > MOST {
            let older = &self.notices[..MOST];
            let gives_way = (0..MOST).min_by_key(|&index| older[index].kind.importance());
            self.notices.remove(gives_way.unwrap_or(0));
            if !self.notices.iter().any(|notice| notice.kind == Kind::Removed) {
                self.removed = None;
            }
        }
    }
}

impl State {
    pub(super) fn take_away(&mut self, text: &str, removed: Removed) {
        self.removed = Some(removed);
        self.notify(Kind::Removed, text);
    }

    pub(super) fn put_back(&mut self) {
        self.notices.retain(|notice| notice.kind != Kind::Removed);
        match self.removed.take() {
            Some(Removed::Result(index, entry)) => self.put_back_result(index, *entry),
            Some(Removed::Preset(index, preset)) => {
                let index = index.min(self.presets.len());
                self.presets.insert(index, preset);
            }
            None => {}
        }
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
