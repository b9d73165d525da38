//! Motion between two pictures: where each pixel went (optical flow), which pixels were covered or uncovered, pictures
//! moved along, and painted clips that are steady.

mod bilinear;
mod field;
mod frame;
mod occlusion;
mod plane;
mod search;
mod steady;
mod warp;

pub use field::FlowField;
pub use frame::MotionFrame;
pub use occlusion::agreement;
pub use search::flow;
pub use steady::{Motion, Steadier};
pub use warp::warp;
