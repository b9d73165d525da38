//! A folder that the program did not finish painting, as the preferences hold it.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::folder::{FolderChoices, FolderJob};
use crate::picture::Format;
use crate::picture::path::file_name;
use crate::studio::Method;
use crate::studio::batch::Pairing;

/// A folder that the program did not finish painting. Settings and paintings are in a project of their own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct UnfinishedFolder {
    /// The folder of photos.
    pub source: PathBuf,
    /// The folder of painted pictures.
    pub output: PathBuf,
    pairing: Pairing,
    has_own_size: bool,
    format: Option<Format>,
}

impl UnfinishedFolder {
    /// The painting of this job, until it ends.
    pub(in crate::app) fn of(job: &FolderJob) -> Self {
        let FolderChoices { output, method: _, pairing, has_own_size, format } = job.choices.clone();
        Self { source: job.folder.path.clone(), output, pairing, has_own_size, format }
    }

    /// How its photos were painted; the method is with the settings.
    pub(in crate::app) fn choices(&self, method: Method) -> FolderChoices {
        let Self { output, pairing, has_own_size, format, .. } = self.clone();
        FolderChoices { output, method, pairing, has_own_size, format }
    }

    /// The name of the folder of photos.
    pub fn name(&self) -> String {
        file_name(&self.source)
    }
}
