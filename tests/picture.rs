//! Picture files at their edges: what is read, what is refused and in which words, what is written.

#[path = "picture/beside.rs"]
mod beside;
#[path = "support/campaign.rs"]
mod campaign;
#[path = "picture/cases.rs"]
mod cases;
#[path = "picture/colours.rs"]
mod colours;
#[path = "picture/craft.rs"]
mod craft;
#[path = "picture/formats.rs"]
mod formats;
#[path = "picture/hostile.rs"]
mod hostile;
#[path = "picture/campaign.rs"]
mod hostile_campaign;
#[path = "picture/modern.rs"]
mod modern;
#[path = "picture/planes.rs"]
mod planes;
#[path = "picture/saving.rs"]
mod saving;
#[path = "picture/sizes.rs"]
mod sizes;
