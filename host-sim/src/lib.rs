#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod attributes;
mod builder;
mod bypass;
#[cfg(feature = "command")]
pub mod cases;
mod clock;
#[cfg(feature = "command")]
pub mod command;
mod contexts;
mod cost;
mod error;
mod exchange;
mod exports;
mod headers;
mod host;
mod imports;
mod lifecycle;
mod log;
mod memory;
mod metrics;
mod module;
mod outcome;
mod pairs;
mod properties;
mod random;
mod request;
mod shared;
mod start;
mod state;
mod status;
mod stream;
mod trap;
mod vm;

pub use builder::{FailurePolicy, HostBuilder};
pub use cost::{Activity, Callback, Calls, Cost};
pub use error::{Refusal, StartError};
pub use headers::Headers;
pub use host::{Begun, Host, Pending};
pub use log::{Level, LogLine};
pub use metrics::Metric;
pub use module::{AbiVersion, Module, ModuleError};
pub use outcome::{LocalReply, Outcome, Upstream, Verdict};
pub use properties::{PropertyPath, PropertyValue};
pub use request::{Request, Response};
pub use trap::{Trap, TrapCause};
