//! Settings that a person keeps under a name.

use serde::{Deserialize, Serialize};

use super::{Kind, Question, State};
use crate::app::action::{Effect, PresetAction};
use crate::studio::Settings;

/// Settings under a name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OwnPreset {
    /// The name.
    pub name: String,
    /// The settings.
    pub settings: Settings,
}

impl OwnPreset {
    /// The longest name, in letters.
    pub const LONGEST: usize = 40;
}

impl State {
    /// The preset that the settings stand at.
    pub fn own_preset(&self) -> Option<&OwnPreset> {
        self.presets.iter().find(|preset| preset.settings == self.settings)
    }

    pub(super) fn preset(&mut self, action: PresetAction) -> Vec<Effect> {
        match action {
            PresetAction::Ask => self.ask(Question::PresetName(String::new())),
            PresetAction::Name(typed) => {
                if let Some(Question::PresetName(name)) = self.questions.top_mut() {
                    *name = typed.chars().take(OwnPreset::LONGEST).collect();
                }
            }
            PresetAction::Save => self.save_preset(),
            PresetAction::Apply(index) => {
                if let Some(preset) = self.presets.get(index) {
                    let settings = preset.settings.clone();
                    return self.set_settings(settings);
                }
            }
            PresetAction::Delete(index) => {
                if index < self.presets.len() {
                    let preset = self.presets.remove(index);
                    let text = format!("The preset {} was deleted.", preset.name);
                    self.take_away(&text, super::Removed::Preset(index, preset));
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
        self.notify(Kind::Done, &format!("The settings are kept as {name}."));
    }
}
