//! Batches: many photos, each painted in one or more styles, from files to files. A batch that was interrupted goes on, and
//! several machines can share one.

mod content;
mod dataset;
mod draw;
mod error;
mod event;
mod item;
mod list;
mod manifest;
mod needs;
mod order;
mod path_text;
mod results;
mod session;
mod shard;
mod shelf;
mod worker;

pub use content::{Content, find_contents};
pub use dataset::{DataSet, DataSetChoices};
pub use draw::SettingRange;
pub use error::BatchError;
pub use event::{BatchCount, BatchEnd, BatchEvent, BatchNews, ItemOutcome, ItemReport};
pub use needs::BatchNeeds;
pub use order::{BatchChoices, BatchOrder, BatchOutput, Pairing};
pub use session::paint_batch;
pub use shard::Shard;
pub use shelf::BatchPainting;
pub use worker::BatchWorker;
