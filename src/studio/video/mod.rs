//! Clips: frames painted one after the other, steady from frame to frame, and written as they are painted.

mod error;
mod event;
mod method;
mod order;
mod painter;
mod part;
mod raw_frame;
mod session;
mod work_folder;

pub use error::VideoError;
pub use event::{PaintedFrame, VideoEnd, VideoEvent};
pub use order::{VideoChoices, VideoOrder};
pub use part::ClipPart;
pub use session::{VideoPlace, paint_clip};
