//! Why a batch cannot be painted, each one sentence.

use std::io;
use std::path::PathBuf;

use super::draw::RangeError;
use crate::engine::error::EngineError;
use crate::picture::PictureError;
use crate::reason::reason;
use crate::studio::recipe::RecipeError;
use crate::studio::settings::SettingError;

/// Why a batch cannot be painted.
#[derive(Debug, thiserror::Error)]
pub enum BatchError {
    /// A folder, a list or a pattern without pictures.
    #[error("there are no pictures that Impasto can read; choose others: {}", .0.display())]
    NoPictures(PathBuf),
    /// A folder or a list cannot be read.
    #[error("the folder, the picture or the list cannot be read ({}); choose another: {}", crate::reason::reason(.reason), path.display())]
    Unreadable {
        /// Its path.
        path: PathBuf,
        /// The operating system's error.
        reason: io::Error,
    },
    /// A pattern that is none.
    #[error("{0} is not a pattern for file names ({1}); write one such as photos/*.jpg")]
    Pattern(String, String),
    /// A list with a line that names no picture.
    #[error("line {line} of the list {what}; correct it: {}", path.display())]
    List {
        /// The list.
        path: PathBuf,
        /// Which line, from 1.
        line: u64,
        /// What is wrong with it.
        what: String,
    },
    /// Two pictures that have the same name below their folders.
    #[error("two pictures have the same name, so their results would too; name them in two batches: {} and {}", one.display(), other.display())]
    SameName {
        /// One of them.
        one: PathBuf,
        /// The other.
        other: PathBuf,
    },
    /// Two results that would have the same name.
    #[error("two files of the result would have the same name; rename a photo or a painting: {0}")]
    SameOutput(String),
    /// Variants that nothing tells apart.
    #[error(
        "all {0} variants would be the same; give a range such as --strength 30..70, or draw the styles with --pairing random"
    )]
    SameVariants(u32),
    /// No variants, or too many.
    #[error("the number of variants is {0}, but must be between 1 and 10000")]
    Variants(u32),
    /// A range that cannot be drawn from.
    #[error(transparent)]
    Range(#[from] RangeError),
    /// A distribution of fewer than two paintings.
    #[error("styles can be drawn from the distribution of two or more paintings; name more with --style")]
    TooFewForDistribution,
    /// A distribution with what only paintings have.
    #[error(
        "{0} cannot be used with styles that are drawn from a distribution; leave it out, or choose another --pairing"
    )]
    NotInDistribution(&'static str),
    /// A setting outside its range.
    #[error(transparent)]
    Setting(#[from] SettingError),
    /// Pictures and settings do not fit together.
    #[error(transparent)]
    Recipe(#[from] RecipeError),
    /// A painting cannot be read.
    #[error(transparent)]
    Painting(#[from] PictureError),
    /// Results cannot be written.
    #[error(transparent)]
    Writing(PictureError),
    /// The output is the folder with the photos.
    #[error("the output is the folder of the pictures to read; choose another: {}", .0.display())]
    SameFolder(PathBuf),
    /// The output folder cannot be written to.
    #[error("the output folder cannot be written to ({}); choose another: {}", reason(.cause), path.display())]
    Folder {
        /// The folder or the file in it.
        path: PathBuf,
        /// The operating system's error.
        cause: io::Error,
    },
    /// A file that would be copied is there with other content.
    #[error("another file is there already; move it away, or choose another output folder: {}", .0.display())]
    OtherFile(PathBuf),
    /// A data set of which nothing is for training.
    #[error("no photos of the data set are for training; paint the others too with --split all: {}", .0.display())]
    NothingToTrain(PathBuf),
    /// Labels in pixels, and results of another size.
    #[error("labels are in the pixels of the photos; leave out --size, or leave the labels out with --labels none")]
    SizeOfLabelled,
    /// A share that is none.
    #[error("the fraction is {0}, but must be between 0 and 1")]
    Fraction(f64),
    /// Another process paints into the folder.
    #[error("another batch is painting into this folder; wait for it, or choose another folder: {}", .0.display())]
    InUse(PathBuf),
    /// A manifest that was not written by a batch.
    #[error("line {line} of the manifest was not written by Impasto; move the file away, or choose another folder: {}", path.display())]
    Manifest {
        /// The manifest.
        path: PathBuf,
        /// Which line, from 1.
        line: usize,
    },
    /// A shard that does not exist.
    #[error("{0} is not a shard; write its number and how many there are, such as 1/4")]
    Shard(String),
    /// An array of tasks whose numbers have gaps.
    #[error(
        "the array of tasks has gaps, so nobody would paint some shards; submit one without, such as --array=0-3, or give --shard"
    )]
    ArrayWithGaps,
    /// A shard of which the system told only a part.
    #[error("{variable} is set, but {missing} is not, so the shard is unknown; give it with --shard")]
    ShardUnknown {
        /// The variable that is set.
        variable: &'static str,
        /// What is missing.
        missing: &'static str,
    },
    /// No processor can paint, or painting was stopped.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The threads that read, paint and write cannot be started.
    #[error("the system cannot start the painting thread ({}); close other programs", reason(.0))]
    Thread(io::Error),
}
