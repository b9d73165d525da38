//! Clips: frames painted one after the other, steady from frame to frame, and written as they are painted.

mod error;
mod event;
mod method;
mod order;
mod outlet;
mod pace;
mod painter;
mod part;
mod place;
mod raw_frame;
mod session;
mod work_folder;
mod worker;

pub use error::VideoError;
pub use event::{PaintedFrame, VideoEnd, VideoEvent, VideoNews, VideoProgress};
pub use order::{VideoChoices, VideoOrder};
pub use pace::FramePace;
pub use part::ClipPart;
pub use place::{VideoOutput, VideoPlace};
pub use session::paint_clip;
pub use worker::{VideoPlan, VideoWorker};
