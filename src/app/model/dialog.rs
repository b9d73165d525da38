//! The file dialog that is open.

use std::path::PathBuf;

use super::card::Target;
use super::document::Next;

/// The purpose of a dialog.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Choose pictures to open.
    Open(Target),
    /// Choose the file to export to.
    Export,
    /// Choose the file to paint the clip to.
    PaintClip,
    /// Choose a folder of photos or frames to open.
    OpenFolder,
    /// Choose the folder for the painted pictures of a folder.
    FolderOutput,
    /// Choose the folder in which ffmpeg is looked for first.
    FfmpegFolder,
    /// Choose a project to open.
    OpenProject,
    /// Choose a style map to open.
    OpenMap,
    /// Choose a folder of paintings to make a style map of.
    MapFolder,
    /// Choose paintings to add to the open map.
    MapPaintings,
    /// Choose the file to export a copy of this style map to.
    ExportMap(PathBuf),
    /// Choose the file to save the project to; with what follows once it is saved.
    SaveProject(Option<Next>),
    /// Choose the file to export a copy of this trained style to.
    ExportStyle(PathBuf),
    /// Choose a file for a missing picture, an index into [`super::arrival::Arrival::pictures`].
    Find(usize),
}

impl Purpose {
    /// Whether it belongs to the open work, and becomes meaningless when that is closed.
    pub(in crate::app) fn belongs_to_open_work(&self) -> bool {
        matches!(self, Self::Export | Self::SaveProject(_) | Self::PaintClip | Self::FolderOutput)
    }

    /// What to tell the user, including what to do instead, if no file dialog can be shown.
    pub(in crate::app) fn no_dialog(&self, takes_drops: bool) -> &'static str {
        match self {
            Self::Export => {
                "No file dialog can be shown, so there is no way to ask where to save; the picture is kept. For a dialog, \
                 install zenity or xdg-desktop-portal."
            }
            Self::SaveProject(_) | Self::ExportStyle(_) | Self::ExportMap(_) | Self::PaintClip => {
                "No file dialog can be shown, so there is no way to ask where to save; nothing is lost. For a dialog, \
                 install zenity or xdg-desktop-portal."
            }
            Self::FolderOutput => {
                "No file dialog can be shown, so the pictures are painted into the folder that is named. For a dialog, \
                 install zenity or xdg-desktop-portal."
            }
            Self::MapFolder => {
                "No file dialog can be shown; make the map with the command impasto map, or install zenity or \
                 xdg-desktop-portal."
            }
            Self::OpenFolder if takes_drops => {
                "No file dialog can be shown, but the folder can be dropped on this window. For a dialog, install zenity \
                 or xdg-desktop-portal."
            }
            Self::OpenFolder => {
                "No file dialog can be shown, but the folder can be named on the command line (impasto photos). For a \
                 dialog, install zenity or xdg-desktop-portal."
            }
            Self::FfmpegFolder => {
                "No file dialog can be shown; put ffmpeg on the search path instead, or install zenity or \
                 xdg-desktop-portal."
            }
            Self::Open(_) if takes_drops => {
                "No file dialog can be shown, but the picture can be dropped on this window or pasted. For a dialog, \
                 install zenity or xdg-desktop-portal."
            }
            Self::Open(_) => {
                "No file dialog can be shown, but the picture can be pasted, or named on the command line (impasto \
                 photo.jpg). For a dialog, install zenity or xdg-desktop-portal."
            }
            Self::OpenProject | Self::OpenMap | Self::MapPaintings | Self::Find(_) if takes_drops => {
                "No file dialog can be shown, but the file can be dropped on this window. For a dialog, install zenity or \
                 xdg-desktop-portal."
            }
            Self::OpenProject | Self::OpenMap | Self::MapPaintings | Self::Find(_) => {
                "No file dialog can be shown, but the file can be copied in a file manager and pasted here. For a dialog, \
                 install zenity or xdg-desktop-portal."
            }
        }
    }
}

/// How a dialog was closed.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Its purpose.
    pub purpose: Purpose,
    /// The chosen files; empty if it was cancelled.
    pub paths: Vec<PathBuf>,
    /// Whether it closed too quickly for a user to have seen it.
    pub at_once: bool,
}

/// A file dialog that is open.
#[derive(Clone, Debug)]
pub struct Dialog {
    /// Its purpose.
    pub purpose: Purpose,
    /// Whether the user asked for another dialog since, and was told that this one is open.
    pub(in crate::app) was_mentioned: bool,
}
