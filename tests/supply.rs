//! Licence notices, the tests behind each promise in `SECURITY.md`, the structure of the imports, no network access,
//! and durable files.

#[cfg(target_os = "linux")]
#[path = "supply/durability.rs"]
mod durability;
#[path = "supply/imports.rs"]
mod imports;
#[path = "supply/network.rs"]
mod network;
#[path = "supply/security.rs"]
mod security;
#[cfg(target_os = "linux")]
#[path = "supply/strace.rs"]
mod strace;
#[path = "supply/third_party.rs"]
mod third_party;
