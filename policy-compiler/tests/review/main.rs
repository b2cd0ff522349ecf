//! What `diff` and the questions say is what requests get, one by one.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests may fail as tests do"
)]

mod brute;
mod chance;
mod equality;
mod policies;
mod questions;
