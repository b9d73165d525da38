//! What the program is made of and what it promises: notices, promises with their tests, no network.

#[path = "supply/network.rs"]
mod network;
#[path = "supply/promises.rs"]
mod promises;
#[path = "supply/third_party.rs"]
mod third_party;
