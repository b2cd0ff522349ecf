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
//!           answer: { status: 200, headers: [[x-user, ann]], body: ok }  # or unreachable, fails, never
//!           after: 20ms                      # how long that takes
//!       - grpc:
//!           to: limits
//!           method: pkg.Limits/Get
//!           metadata: [[x-key, abc]]
//!           message: "question"
//!           answer: { message: "answer" }    # or { status: 7, text: no entry }, unreachable, fails, never
//!       - grpc_stream:
//!           to: log
//!           messages: [one, two]             # those that the module sends
//!           answer:                          # comes in this order; or unreachable, fails, never
//!             initial_metadata: [[x-version, "2"]]
//!             messages: [first, second]
//!             trailing_metadata: [[x-took, 3 ms]]
//!             status: 0                      # without it the stream stays open
//!             text: ""
//!     expect:                                # each optional; without `expect` a case only prints, and fails at a trap
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
mod error;
mod file;
mod schema;
mod script;
mod values;

use std::time::SystemTime;

pub use bytes::Bytes;
pub use callouts::ExpectedCallout;
pub use check::{Actions, Expectation};
pub use error::CaseFileError;
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

/// Reads the cases of a case file.
///
/// # Errors
/// When the text is not YAML, has fields that a case file does not have, or values that cannot be.
pub fn parse(text: &str) -> Result<Vec<Case>, CaseFileError> {
    let file: file::CaseFile = serde_saphyr::from_str_with_options(text, options())
        .map_err(|error| CaseFileError::new(text, &error))?;
    Ok(file.into_cases())
}

/// Room for some hundred thousand cases; what aliases may stand for stays what the parser allows.
fn options() -> serde_saphyr::Options {
    let budget: Option<serde_saphyr::Budget> =
        serde_saphyr::budget! { max_events: 2 * MOST_NODES, max_nodes: MOST_NODES };
    serde_saphyr::options! { budget: budget }
}

/// The most values that a case file may have.
const MOST_NODES: usize = 10_000_000;

impl Case {
    /// Whether it can only be checked on a host that counts fuel.
    pub fn needs_fuel(&self) -> bool {
        self.expectation.as_ref().is_some_and(|expectation| expectation.at_most.needs_fuel())
    }

    /// Whether anything is expected; otherwise the case only prints, and fails at a trap.
    pub fn expects_anything(&self) -> bool {
        self.expectation.is_some() || self.callouts.is_some()
    }

    /// Whether it passed, by what does not hold; of a case that only prints there is nothing to say
    /// unless it failed.
    pub fn held(&self, failures: &[String]) -> Option<bool> {
        let failed = !failures.is_empty();
        (failed || self.expects_anything()).then_some(!failed)
    }

    /// Runs the case, and gives what does not hold: one sentence each. A trap is among them where
    /// the case does not say how the exchange ends.
    pub fn run(&self, host: &mut Host) -> (Outcome, Vec<String>) {
        let (outcome, mut failures) = self.send(host);
        let expected = self.expectation.as_ref();
        failures.extend(expected.into_iter().flat_map(|expected| expected.check(&outcome)));
        if outcome.trap().is_some() && !expected.is_some_and(Expectation::tells_the_end) {
            failures.push(
                "the module trapped, which no `status` or `verdict` of the case expects".to_owned(),
            );
        }
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
