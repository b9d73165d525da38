//! Exit codes.

/// A wrong argument, or an input that cannot be used.
pub const WRONG_INPUT: u8 = 2;
/// Anything else that went wrong.
pub const FAILED: u8 = 1;
/// Interrupted; what was painted is saved.
pub(super) const INTERRUPTED: u8 = 130;
