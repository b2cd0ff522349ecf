//! A real Envoy on loopback: configured, started, asked and measured.
//!
//! ```text
//! Setup (filters, clusters) ──► configuration ──► Envoy ──► start, memory, processor time
//!                                                   ▲
//!             Requests ──► Client (closed loop) ────┤
//!                     └──► open_loop (fixed rate) ──┘
//! ```

mod answers;
mod closed_loop;
mod configuration;
mod cores;
mod open_loop;
mod places;
mod process;
mod requests;

pub use answers::{Answer, Answers};
pub use closed_loop::{CONNECTIONS, Client};
pub use configuration::{
    Delivery, Setup, api_key_auth, bytes_value, discovered, listener, resource, string_value, wasm,
};
pub use cores::Cores;
pub use open_loop::{Latency, open_loop};
pub use places::Places;
pub use process::{Envoy, Launch, Memory, ProcessorTime};
pub use requests::{HOST, Requests, message};
