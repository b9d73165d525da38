//! Exit codes.

/// A wrong argument or an unusable input.
pub const WRONG_INPUT: u8 = 2;
/// Any other failure.
pub const FAILED: u8 = 1;
/// Interrupted; the picture so far is saved.
pub(super) const INTERRUPTED: u8 = 130;
