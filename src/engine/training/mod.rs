//! Training of a generator for one style.
//!
//! The network that paints any painting's style in one pass is the start, steered by this painting; training moves all
//! of its parameters so that its pictures of random crops of photos have the painting's statistics (Johnson, Alahi and
//! Fei-Fei 2016, with this program's losses).

mod adam;
mod adversary;
mod crops;
mod discriminator;
mod layer;
mod objective;
mod pass;
mod stability;
mod trainer;

pub use adam::ParameterAdam;
pub use adversary::AdversaryState;
pub use crops::Photos;
pub use objective::{CropLosses, ObjectiveWeights};
pub use pass::GeneratorPass;
pub use trainer::{Trainer, TrainingSettings, TrainingState};
