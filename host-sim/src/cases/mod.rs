//! Case files: requests to run through a module, and what is expected of each.
//!
//! ```yaml
//! cases:
//!   - name: granted key
//!     request:
//!       method: GET                          # GET unless given
//!       path: /acme/orders                   # / unless given
//!       authority: api.example.com           # localhost unless given
//!       scheme: https                        # http unless given
//!       headers:
//!         - [x-api-key, abc]
//!         - [x-not-text, { hex: "fffe" }]    # or { base64: "//4=" }
//!       body: "text"
//!       source_address: "192.0.2.1:1234"     # 127.0.0.1:40000 unless given
//!       time: 2026-01-01T00:00:00Z           # what the module's clock shows; else the wall clock
//!       properties:
//!         xds.route_name: orders             # text, number, true or false
//!         source.address: null               # null: not found
//!     response:                              # what the upstream answers; an empty 200 unless given
//!       status: 200
//!       headers: [[content-type, text/plain]]
//!       body: "hello"
//!     expect:                                # each optional; without `expect` a case only prints
//!       status: 200
//!       continued: true
//!       verdict: continued                   # local_reply, paused, closed, trapped, unavailable
//!       details: "why"
//!       body: "hello"                        # what the client gets
//!       request_headers: [[x-client-id, acme]]   # what the upstream gets
//!       no_request_headers: [x-api-key]
//!       response_headers: [[x-seen, "1"]]
//!       no_response_headers: [server]
//!       log: "some text of a line"
//!       filter_state: { client: acme }
//!       host_calls: { proxy_get_header_map_pairs: 1 }
//!       at_most:                             # the budget; each optional
//!         calls: 3                           # of host functions
//!         data_calls: 1                      # calls that return data
//!         host_calls: { proxy_log: 1 }
//!         allocations: 1                     # of the host in the guest
//!         allocated_bytes: 4096
//!         bytes_in: 4096                     # values copied into guest memory
//!         bytes_out: 2000                    # keys, values and messages read from it
//!         entries: 5                         # callbacks entered
//!         fuel: 50000                        # about one an instruction
//! ```
//!
//! All cases run in one VM, in order. A path of `filter_state` or `properties` whose names have
//! dots of their own is written with `\0` between the names, in double quotes.

mod bytes;
mod check;
mod file;
mod schema;

use std::fmt;
use std::time::SystemTime;

use serde_saphyr::{DefaultMessageFormatter, MessageFormatter as _};
use thiserror::Error;

pub use bytes::Bytes;
pub use check::Expectation;
pub use schema::schema;

use crate::host::Host;
use crate::outcome::Outcome;
use crate::request::Request;

/// One case of a case file.
#[derive(Clone, Debug)]
pub struct Case {
    /// What it is called.
    pub name: String,
    /// The request, and what the upstream answers it.
    pub request: Request,
    /// What the module's clock shows; the wall clock when there is none.
    pub time: Option<SystemTime>,
    /// What is expected; none for a case that only prints.
    pub expectation: Option<Expectation>,
}

/// Why a text is no case file.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{}{message}{}", Place(*.line, *.column), Excerpt(*.column, .source_line))]
pub struct CaseFileError {
    /// The line, counted from 1; 0 where it is not known.
    pub line: u64,
    /// The column, counted from 1; 0 where it is not known.
    pub column: u64,
    /// What is wrong there.
    pub message: String,
    /// That line, as it is in the file.
    pub source_line: String,
}

/// Reads the cases of a case file.
///
/// # Errors
/// When the text is not YAML, has fields that a case file does not have, or values that cannot be.
pub fn parse(text: &str) -> Result<Vec<Case>, CaseFileError> {
    let file: file::CaseFile =
        serde_saphyr::from_str(text).map_err(|error| CaseFileError::new(text, &error))?;
    Ok(file.into_cases())
}

impl CaseFileError {
    fn new(text: &str, error: &serde_saphyr::Error) -> Self {
        let error = error.without_snippet();
        let (line, column) =
            error.location().map_or((0, 0), |location| (location.line(), location.column()));
        let index = usize::try_from(line).ok().and_then(|line| line.checked_sub(1));
        let source_line = index.and_then(|index| text.lines().nth(index)).unwrap_or_default();
        let message = DefaultMessageFormatter.format_message(error).into_owned();
        Self { line, column, message, source_line: source_line.to_owned() }
    }
}

/// `3:16: `, in front of a message.
struct Place(u64, u64);

impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self(0, _) => Ok(()),
            Self(line, column) => write!(formatter, "{line}:{column}: "),
        }
    }
}

/// The line, with a mark under the column.
struct Excerpt<'a>(u64, &'a str);

impl fmt::Display for Excerpt<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(column, line) = self;
        if line.is_empty() {
            return Ok(());
        }
        let column = usize::try_from(*column).unwrap_or(0);
        write!(formatter, "\n    {line}\n    {:>column$}", "^")
    }
}

impl Case {
    /// Whether it can only be checked on a host that counts fuel.
    pub fn needs_fuel(&self) -> bool {
        self.expectation.as_ref().is_some_and(|expectation| expectation.at_most.needs_fuel())
    }

    /// Runs the case, and gives what does not hold: one sentence each.
    pub fn run(&self, host: &mut Host) -> (Outcome, Vec<String>) {
        match self.time {
            Some(time) => host.set_time(time),
            None => host.use_wall_clock(),
        }
        let outcome = host.request(self.request.clone());
        let failures = self.expectation.as_ref().map(|expectation| expectation.check(&outcome));
        (outcome, failures.unwrap_or_default())
    }
}
