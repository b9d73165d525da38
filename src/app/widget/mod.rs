//! Parts of panels: theme, icons, tooltips and setting fields.

pub(in crate::app) mod field;
pub(in crate::app) mod hint;
pub(in crate::app) mod icon;
pub(in crate::app) mod theme;
