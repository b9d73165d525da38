//! The user's presets.

use crate::app::message::{Effect, PresetAction};
use crate::app::model::notices::{NoticeKind, RemovedItem};
use crate::app::model::presets::OwnPreset;
use crate::app::model::question::Question;
use crate::app::state::State;

impl State {
    pub(super) fn preset(&mut self, action: PresetAction) -> Vec<Effect> {
        match action {
            PresetAction::Ask => self.questions.push(Question::PresetName(String::new())),
            PresetAction::Name(typed) => {
                if let Some(Question::PresetName(name)) = self.questions.top_mut() {
                    *name = typed.chars().take(OwnPreset::LONGEST).collect();
                }
            }
            PresetAction::Save => self.save_preset(),
            PresetAction::Apply(index) => {
                if let Some(preset) = self.presets.get(index) {
                    return self.set_settings(preset.settings.clone());
                }
            }
            PresetAction::Delete(index) => {
                if index < self.presets.len() {
                    let preset = self.presets.remove(index);
                    let text = format!("The preset {} was deleted.", preset.name);
                    self.notices.removed(&text, RemovedItem::Preset(index, preset));
                }
            }
        }
        Vec::new()
    }

    fn save_preset(&mut self) {
        let Some(Question::PresetName(name)) = self.question() else { return };
        let name = name.trim().to_owned();
        if name.is_empty() {
            return;
        }
        self.questions.pop();
        let settings = self.settings.clone();
        match self.presets.iter_mut().find(|preset| preset.name.to_lowercase() == name.to_lowercase()) {
            Some(preset) => preset.settings = settings,
            None => self.presets.push(OwnPreset { name: name.clone(), settings }),
        }
        self.notices.notify(NoticeKind::Done, &format!("The settings were saved as {name}."));
    }
}
