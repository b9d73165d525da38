//! Sentences that stay in the window until they are taken away.

use super::State;

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

/// More than these would hide the picture; the oldest gives way.
const MOST: usize = 4;

impl State {
    pub(super) fn notify(&mut self, kind: Kind, text: &str) {
        let text = as_sentence(text);
        // Said again, it moves to the end instead of standing there twice.
        self.notices.retain(|notice| notice.text != text);
        if kind != Kind::Problem {
            self.notices.retain(|notice| notice.kind != kind);
        }
        let id = NoticeId(self.notices.iter().map(|notice| notice.id.0 + 1).max().unwrap_or(0));
        self.notices.push(Notice { id, kind, text });
        if self.notices.len() > MOST {
            self.notices.remove(0);
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
