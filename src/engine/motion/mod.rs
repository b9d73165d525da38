//! Motion between two pictures: where each pixel went (optical flow), which pixels were covered or uncovered, pictures
//! moved along, and painted clips that are steady.

mod bilinear;
mod contrast;
mod field;
mod frame;
mod occlusion;
mod plane;
mod search;
mod spline;
mod steady;
mod surroundings;
mod trail;
mod warp;

pub use field::FlowField;
pub use frame::MotionFrame;
pub use occlusion::agreement;
pub use search::flow;
pub use steady::Prediction;
pub use trail::{Motion, MotionTracker, Trail};
pub use warp::warp;
