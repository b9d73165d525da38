//! File dialogs: one at a time; each answer goes to the flow that opened it.

use std::path::PathBuf;

use crate::app::message::{Effect, MapAction, MapEffect};
use crate::app::model::card::Target;
use crate::app::model::dialog::{Answer, Dialog, Purpose};
use crate::app::model::document::Next;
use crate::app::model::notices::{NoticeKind, Topic};
use crate::app::model::question::Question;
use crate::app::state::State;
use crate::picture::path::{lower_ending, with_ending};
use crate::picture::style_file::StyleFile;
use crate::picture::style_map::StyleMap;

impl State {
    /// Opens a dialog. While another is open, the first call only says so; the second abandons it as hidden.
    pub(super) fn open_dialog(&mut self, purpose: Purpose, suggestion: String, folder: Option<PathBuf>) -> Vec<Effect> {
        match &mut self.dialog {
            Some(dialog) if !dialog.was_mentioned => {
                dialog.was_mentioned = true;
                let text = "A file dialog is already open. If you cannot see it, try again.";
                self.notices.notify(NoticeKind::Remark, text);
                Vec::new()
            }
            _ => {
                self.dialog = Some(Dialog { purpose: purpose.clone(), was_mentioned: false });
                vec![Effect::OpenDialog { purpose, suggestion, folder }]
            }
        }
    }

    pub(super) fn chosen(&mut self, answer: Answer) -> Vec<Effect> {
        let Answer { purpose, paths, at_once } = answer;
        // The answer of an abandoned dialog is stale.
        if self.dialog.take_if(|dialog| dialog.purpose == purpose).is_none() {
            return Vec::new();
        }
        let Some(path) = paths.first().cloned() else {
            if at_once {
                // The export sheet would hide the notice.
                self.questions.take(|question| matches!(question, Question::Export(_)));
                self.notices.report(Topic::Dialogs, purpose.no_dialog(self.takes_drops));
            }
            return Vec::new();
        };
        match purpose {
            Purpose::Open(target) => {
                self.notices.clear_topic(Topic::Dialogs);
                self.add_files(paths, target)
            }
            Purpose::OpenProject => self.leave_for(Next::Open(path)),
            Purpose::Export => self.export_to(&path),
            Purpose::PaintClip => self.paint_clip_to(path),
            Purpose::OpenFolder => self.add_files(paths, Target::Photo),
            Purpose::OpenMap => self.map_action(MapAction::Open(path)),
            Purpose::MapFolder => self.make_map_of(path),
            Purpose::MapPaintings => self.map_action(MapAction::AddPaintings(paths)),
            Purpose::ExportMap(from) => {
                let (to, may_replace) = with_own_ending(path, StyleMap::ENDING);
                vec![Effect::Map(MapEffect::Copy { from, to, may_replace })]
            }
            Purpose::FolderOutput => self.set_folder_output(path),
            Purpose::FfmpegFolder => self.set_ffmpeg_folder(Some(path)),
            Purpose::SaveProject(next) => self.save_project_to(&path, next),
            Purpose::ExportStyle(from) => {
                let (to, may_replace) = with_own_ending(path, StyleFile::ENDING);
                vec![Effect::CopyStyle { from, to, may_replace }]
            }
            Purpose::Find(index) => self.search(index, path),
        }
    }
}

/// The chosen file with this ending, and whether it may be replaced: the dialog has asked that, unless the ending is added now.
fn with_own_ending(chosen: PathBuf, ending: &str) -> (PathBuf, bool) {
    if lower_ending(&chosen) == ending { (chosen, true) } else { (with_ending(&chosen, ending), false) }
}
