//! Painting in one pass of a network, without optimisation.
//!
//! The two networks of Ghiasi, Lee, Kudlur, Dumoulin and Shlens 2017, "Exploring the structure of a real-time, arbitrary
//! neural artistic stylization network" (arXiv 1705.06830), in the small form that Magenta published. The
//! [`StylePredictor`] turns a painting into a [`StyleVector`] of 100 numbers; these steer the normalisations of the
//! [`Generator`], which paints a photo of any size.

mod calm;
mod conditioner;
mod conditioning;
mod generator;
mod held;
mod layers;
mod paint;
mod parameters;
mod predictor;
mod style_distribution;
mod style_vector;
mod weights;
mod widening;

pub(super) use conditioning::ChannelScales;
pub use conditioning::Conditioning;
pub use generator::Generator;
pub use held::HeldStatistics;
pub(super) use layers::GeneratorLayer;
pub use layers::GeneratorWidths;
pub use paint::{FrameInShot, InstantNetworks, InstantSettings, InstantStyle, InstantStyles, least_memory};
pub use parameters::GeneratorParameters;
pub use predictor::StylePredictor;
pub use style_distribution::StyleDistribution;
pub use style_vector::StyleVector;
pub use weights::built_in_checksum;
