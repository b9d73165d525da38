//! The file dialog that is open.

use std::path::PathBuf;

use super::card::Target;
use super::document::Next;

/// What a dialog is open for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// To choose pictures to open.
    Open(Target),
    /// To choose the file to export to.
    Export,
    /// To choose a project to open.
    OpenProject,
    /// To choose the file to save the project to, and what follows once it is saved.
    SaveProject(Option<Next>),
    /// To choose a picture that is missing, an index into [`super::arrival::Arrival::pictures`].
    Find(usize),
}

impl Purpose {
    /// Whether it belongs to the work that is open, and so means nothing once that is closed.
    pub(in crate::app) fn belongs_to_open_work(&self) -> bool {
        matches!(self, Self::Export | Self::SaveProject(_))
    }

    /// What to tell the person, and what to do instead, where no file dialog can be shown.
    pub(in crate::app) fn no_dialog(&self, takes_drops: bool) -> &'static str {
        match self {
            Self::Export => {
                "No file dialog can be shown, so there is no way to ask where to save; the picture is kept. For a dialog, \
                 install zenity or xdg-desktop-portal."
            }
            Self::SaveProject(_) => {
                "No file dialog can be shown, so there is no way to ask where to save; nothing is lost. For a dialog, \
                 install zenity or xdg-desktop-portal."
            }
            Self::Open(_) if takes_drops => {
                "No file dialog can be shown, but the picture can be dropped on this window or pasted. For a dialog, \
                 install zenity or xdg-desktop-portal."
            }
            Self::Open(_) => {
                "No file dialog can be shown, but the picture can be pasted, or named on the command line (impasto \
                 photo.jpg). For a dialog, install zenity or xdg-desktop-portal."
            }
            Self::OpenProject | Self::Find(_) if takes_drops => {
                "No file dialog can be shown, but the file can be dropped on this window. For a dialog, install zenity or \
                 xdg-desktop-portal."
            }
            Self::OpenProject | Self::Find(_) => {
                "No file dialog can be shown, but the file can be copied in a file manager and pasted here. For a dialog, \
                 install zenity or xdg-desktop-portal."
            }
        }
    }
}

/// How a dialog was closed.
#[derive(Clone, Debug)]
pub struct Answer {
    /// What it was open for.
    pub purpose: Purpose,
    /// What was chosen; empty when it was cancelled.
    pub paths: Vec<PathBuf>,
    /// Whether it was gone before a person could have seen it.
    pub at_once: bool,
}

/// A file dialog that is open.
#[derive(Clone, Debug)]
pub struct Dialog {
    /// What it is open for.
    pub purpose: Purpose,
    /// Whether the person asked for another dialog since, and was told that this one is open.
    pub(in crate::app) was_mentioned: bool,
}
