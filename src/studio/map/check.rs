//! Whether a map can be used.

use super::plane::latent_plane;
use crate::picture::style_map::StyleMap;
use crate::studio::recipe::{RecipeError, check_map};

/// Checks that the numbers of a map are those of this program's networks, and that its own networks fit together.
///
/// # Errors
/// If they are or do not.
pub fn check_whole_map(map: &StyleMap) -> Result<(), RecipeError> {
    check_map(map)?;
    latent_plane(map).map(drop).ok_or(RecipeError::DamagedMap)
}
