//! A plane of styles: paintings that are alike lie near each other, and each place between them is a style.
//!
//! A variational autoencoder with two latent dimensions (Kingma and Welling 2014, "Auto-encoding variational Bayes", arXiv
//! 1312.6114) learns the plane from the [`StyleVector`]s of many parts of the paintings. Of few paintings it would learn
//! little; there the plane is spanned by their first two principal components.
//!
//! [`StyleVector`]: super::instant::StyleVector

mod autoencoder;
mod components;
mod latent;
mod perceptron;
mod quality;

pub use autoencoder::{LearnedPlane, PlaneTraining, learn};
pub use components::principal_plane;
pub use latent::{LatentPlane, LatentPoint, draw_place};
pub use perceptron::Perceptron;
pub use quality::trustworthiness;
