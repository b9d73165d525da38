//! What the program is made of and what it promises: notices, promises with their tests, no network, files that
//! are on the disk.

#[cfg(target_os = "linux")]
#[path = "supply/durable.rs"]
mod durable;
#[path = "supply/imports.rs"]
mod imports;
#[path = "supply/network.rs"]
mod network;
#[path = "supply/promises.rs"]
mod promises;
#[path = "supply/third_party.rs"]
mod third_party;
#[cfg(target_os = "linux")]
#[path = "supply/watched.rs"]
mod watched;
