//! Settings that a person keeps under a name.

use serde::{Deserialize, Serialize};

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
