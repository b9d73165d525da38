//! Reading and writing picture files: edge cases, error messages and metadata.

#[path = "support/campaign.rs"]
mod campaign;
#[path = "picture/cases.rs"]
mod cases;
#[path = "picture/colours.rs"]
mod colours;
#[path = "picture/conversions.rs"]
mod conversions;
#[path = "picture/fixtures.rs"]
mod fixtures;
#[path = "picture/formats.rs"]
mod formats;
#[path = "picture/hostile.rs"]
mod hostile;
#[path = "picture/campaign.rs"]
mod hostile_campaign;
#[path = "picture/metadata.rs"]
mod metadata;
#[path = "picture/modern.rs"]
mod modern;
#[path = "picture/saving.rs"]
mod saving;
#[path = "picture/sizes.rs"]
mod sizes;
