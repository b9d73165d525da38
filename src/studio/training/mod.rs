//! Training of a style: what to learn from ([`TrainingOrder`]) and where to keep it ([`TrainingPlan`]), the thread that
//! trains ([`TrainingWorker`]), and its reports ([`TrainingEvent`]).

mod event;
mod montage;
mod order;
mod photos;
mod plan;
mod session;
mod worker;

pub use event::{TrainingEnd, TrainingEvent, TrainingProgress};
pub use order::{PaintingToLearn, TrainingChoices, TrainingError, TrainingLimit, TrainingOrder};
pub use photos::{PhotosError, TrainingPhotos};
pub use plan::{GoingOnError, TrainingPlan};
pub use worker::TrainingWorker;
