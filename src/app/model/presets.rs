//! The user's presets.

use serde::{Deserialize, Serialize};

use crate::studio::Settings;

/// Settings saved under a name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OwnPreset {
    /// The name.
    pub name: String,
    /// The settings.
    pub settings: Settings,
}

impl OwnPreset {
    /// Length limit of the name, in characters.
    pub const LONGEST: usize = 40;
}
