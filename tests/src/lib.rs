//! Cases as data, run through every engine of Portcullis.
//!
//! ```text
//! policy + requests + what is expected   (case)
//!    ├─► engine::Oracle     a second, naive reading of the rules
//!    ├─► engine::Native     the decision function
//!    ├─► engine::Explain    what `portcullis explain` says of it
//!    ├─► engine::Simulator  the filter in host-sim
//!    └─► engine::Envoy      the filter in a real Envoy, a real upstream behind it
//! ```
//!
//! [`random`] makes policies and requests without end, and compares the decision function and
//! the filter in both hosts with the oracle.
#![forbid(unsafe_code)]

pub mod case;
pub mod engine;
pub mod http;
pub mod judgement;
pub mod latin1;
pub mod observed;
pub mod oracle;
pub mod places;
pub mod policy;
pub mod random;
pub mod request;
pub mod samples;
pub mod upstream;
pub mod waiting;
pub mod watched;
