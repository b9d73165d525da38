//! What a style map is made of.

use std::path::PathBuf;

use crate::picture::style_map::StyleMap;

/// What a style map is made of.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MapOrder {
    /// A map to begin with. Its paintings come first.
    pub before: Option<StyleMap>,
    /// Whether the plane is learned again from all paintings. If not, those of the map before stay where they are, and the
    /// others are laid out on the same plane.
    pub learns_again: bool,
    /// The files of paintings, in order.
    pub paintings: Vec<PathBuf>,
    /// Seed of the training.
    pub seed: u64,
    /// How many threads to use; all by default.
    pub threads: Option<usize>,
}

impl MapOrder {
    /// How many paintings have to be looked at.
    pub fn to_look_at(&self) -> usize {
        let again = self.before.as_ref().filter(|_| self.learns_again).map_or(0, |before| before.paintings.len());
        again + self.paintings.len()
    }
}
