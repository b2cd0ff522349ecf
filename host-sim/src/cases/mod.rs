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
//!       body: "text"                         # or a list of pieces, which come one by one
//!       trailers: [[x-sum, "7"]]
//!       ends: true                           # false: more would come
//!       source_address: "192.0.2.1:1234"     # 127.0.0.1:40000 unless given
//!       time: 2026-01-01T00:00:00Z           # what the module's clock shows; else the wall clock
//!       properties:
//!         xds.route_name: orders             # text, number, true or false
//!         source.address: null               # null: not found
//!     response:                              # what the upstream answers; an empty 200 unless given
//!       status: 200
//!       headers: [[content-type, text/plain]]
//!       body: "hello"                        # pieces, trailers and `ends` as in the request
//!     callouts:                              # calls to other services, and what they answer
//!       - http:
//!           to: auth                         # the service: in Envoy the name of a cluster
//!           headers: [[":path", /check]]     # what the call must have; each optional
//!           no_headers: [cookie]
//!           body: ""
//!           trailers: [[x-end, "1"]]
//!           answer: { status: 200, headers: [[x-user, ann]], body: ok }  # or fails, or never
//!           after: 20ms                      # how long that takes
//!       - grpc:
//!           to: limits
//!           method: pkg.Limits/Get
//!           metadata: [[x-key, abc]]
//!           message: "question"
//!           answer: { message: "answer" }    # or { status: 7, text: no entry }, fails, never
//!       - grpc_stream:
//!           to: log
//!           messages: [one, two]             # those that the module sends
//!           answer:                          # comes in this order; or fails, or never
//!             initial_metadata: [[x-version, "2"]]
//!             messages: [first, second]
//!             trailing_metadata: [[x-took, 3 ms]]
//!             status: 0                      # without it the stream stays open
//!             text: ""
//!     expect:                                # each optional; without `expect` a case only prints
//!       status: 200
//!       continued: true
//!       verdict: continued                   # local_reply, paused, closed, trapped, unavailable
//!       details: "why"
//!       body: "hello"                        # what the client gets
//!       request_body: "text"                 # what the upstream gets
//!       actions:                             # what callbacks return, one for each time
//!         request_headers: [pause]           # continue, pause, or a number
//!         request_body: [pause, continue]    # request_trailers, response_… likewise
//!       request_headers: [[x-client-id, acme]]   # what the upstream gets
//!       no_request_headers: [x-api-key]
//!       request_trailers: [[x-sum, "7"]]
//!       response_headers: [[x-seen, "1"]]
//!       no_response_headers: [server]
//!       response_trailers: [[x-sum, "8"]]
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
//! All cases run in one VM, in order. Calls to one service are answered in the order of `callouts`;
//! time passes as far as the answers need it. A call that is not among them, and one that is not
//! made, do not hold. A case without `callouts` leaves calls alone: nobody answers them. A path of `filter_state` or `properties` whose names have
//! dots of their own is written with `\0` between the names, in double quotes.

mod bytes;
mod callouts;
mod check;
mod file;
mod schema;
mod script;
mod values;

use std::fmt;
use std::time::SystemTime;

use serde_saphyr::{DefaultMessageFormatter, MessageFormatter as _};
use thiserror::Error;

pub use bytes::Bytes;
pub use callouts::ExpectedCallout;
pub use check::{Actions, Expectation};
pub use schema::schema;
pub use values::Action;

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
    /// The calls to other services that are expected, and what is answered; without it they are
    /// neither answered nor looked at.
    pub callouts: Option<Vec<ExpectedCallout>>,
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
        // In the words of a case file, where the library's are those of a parser.
        let message = match error {
            serde_saphyr::Error::Eof { .. } => {
                "the file ends here: expected `cases:` and a list".to_owned()
            }
            serde_saphyr::Error::Unexpected { expected: "mapping start", .. } => {
                "expected fields, each a name with a colon and a value".to_owned()
            }
            serde_saphyr::Error::DuplicateMappingKey { key: Some(key), .. } => {
                format!("`{key}` stands twice")
            }
            _ => DefaultMessageFormatter.format_message(error).into_owned(),
        };
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

/// The line, with a mark under the column; of a line that is longer than people read, what is
/// around the column.
struct Excerpt<'a>(u64, &'a str);

impl fmt::Display for Excerpt<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        /// Characters before the column, and from it on.
        const AROUND: usize = 100;
        let Self(column, line) = self;
        if line.is_empty() {
            return Ok(());
        }
        let before = usize::try_from(*column).unwrap_or(0).saturating_sub(1);
        let skipped = before.saturating_sub(AROUND);
        let part: String = line.chars().skip(skipped).take(2 * AROUND).collect();
        let mark = if skipped > 0 { "…" } else { "" };
        let blanks = " ".repeat(before - skipped + mark.chars().count());
        write!(formatter, "\n    {mark}{part}\n    {blanks}^")
    }
}

impl Case {
    /// Whether it can only be checked on a host that counts fuel.
    pub fn needs_fuel(&self) -> bool {
        self.expectation.as_ref().is_some_and(|expectation| expectation.at_most.needs_fuel())
    }

    /// Whether anything is expected; otherwise the case only prints.
    pub fn expects_anything(&self) -> bool {
        self.expectation.is_some() || self.callouts.is_some()
    }

    /// Runs the case, and gives what does not hold: one sentence each.
    pub fn run(&self, host: &mut Host) -> (Outcome, Vec<String>) {
        let (outcome, mut failures) = self.send(host);
        let expected = self.expectation.as_ref();
        failures.extend(expected.into_iter().flat_map(|expected| expected.check(&outcome)));
        (outcome, failures)
    }

    /// Runs the case, and gives what does not hold of its callouts.
    pub(crate) fn send(&self, host: &mut Host) -> (Outcome, Vec<String>) {
        match self.time {
            Some(time) => host.set_time(time),
            None => host.use_wall_clock(),
        }
        match &self.callouts {
            Some(callouts) => script::run(host, self.request.clone(), callouts),
            None => (host.request(self.request.clone()), Vec::new()),
        }
    }
}
