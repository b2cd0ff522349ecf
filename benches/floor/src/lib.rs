//! A bare proxy-wasm module: the floor under every filter that authorizes on this boundary.
//!
//! It has no SDK, allocates nothing and exports only what the host must find. For each request it
//! makes the host calls that an authorization needs, hashes one block with SHA-256, and does the
//! same with every request: it decides nothing, so it is for benches alone. Which calls it makes is said by
//! its plugin configuration:
//!
//! | configuration | host calls of a request |
//! |---|---|
//! | `entry` | none, and no hash |
//! | `key` | all header pairs |
//! | `address` | all header pairs, `source.address` |
//! | `changes` | all header pairs, one header removed, two replaced |
//! | `deny` | all header pairs, a bare 401 |
#![cfg_attr(target_arch = "wasm32", no_std)]

#[cfg(target_arch = "wasm32")]
mod module;
