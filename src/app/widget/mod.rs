//! What panels are made of: colours and texts, icons, hints, and fields to set values with.

pub(in crate::app) mod field;
pub(in crate::app) mod hint;
pub(in crate::app) mod icon;
pub(in crate::app) mod theme;
