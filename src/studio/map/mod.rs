//! Style maps: a folder of paintings as a plane, and the styles at its places.

mod check;
mod describe;
mod error;
mod event;
mod make;
mod order;
mod plane;
mod worker;

pub use check::check_whole_map;
pub use error::MapError;
pub use event::{MapEvent, MapNews};
pub use make::make_map;
pub use order::MapOrder;
pub(super) use plane::style_at;
pub use worker::{MapPlan, MapWorker};
