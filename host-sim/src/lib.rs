#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod abi;
mod attributes;
mod budget;
mod builder;
mod bypass;
mod callbacks;
mod callouts;
mod capabilities;
#[cfg(feature = "command")]
pub mod cases;
mod changes;
mod clock;
#[cfg(feature = "command")]
pub mod command;
mod context;
mod contexts;
mod cost;
mod delivery;
mod error;
mod events;
mod exchange;
mod exports;
mod expressions;
mod farewell;
mod faults;
mod foreign;
mod frames;
#[cfg(feature = "command")]
mod given;
mod guest_memory;
mod headers;
mod holdings;
mod host;
mod ids;
mod imports;
mod instance;
mod joined;
mod lifecycle;
mod limits;
mod log;
mod lookups;
mod memory;
mod metrics;
mod module;
mod number;
mod outcome;
mod pairs;
mod plugin;
mod profile;
mod properties;
mod random;
mod request;
mod settings;
mod shared;
#[cfg(feature = "command")]
mod shown;
mod start;
mod state;
mod status;
mod stream;
mod tcp;
pub mod torment;
mod trap;
mod vm;

pub use abi::AbiVersion;
pub use budget::{Budget, Excess};
pub use builder::HostBuilder;
pub use callouts::{
    Callout, GrpcAnswer, GrpcCall, GrpcStream, GrpcStreamAnswer, HttpAnswer, HttpCall,
};
pub use changes::{HeaderChanges, Replaced};
pub use cost::{Activity, Callback, Calls, Cost};
pub use error::{Refusal, StartError};
pub use faults::Fault;
pub use headers::Headers;
pub use host::{Begun, Host, OpenConnection, OpenStream, Pending};
pub use log::{Level, LogLine};
pub use metrics::Metric;
pub use module::{Module, ModuleError};
pub use outcome::{LocalReply, Outcome, Upstream, Verdict};
pub use plugin::Plugin;
pub use profile::Profile;
pub use properties::{PropertyPath, PropertyValue};
pub use request::{Request, Response};
pub use settings::FailurePolicy;
pub use shared::Proxy;
pub use status::Status;
pub use tcp::{Connect, ConnectionOutcome, Peer};
pub use trap::{Trap, TrapCause};
