//! Everything that can go wrong, one thing at a time: does a module still deny what it denies?
//!
//! ```
//! # use host_sim::{Host, HostBuilder, Module, Request};
//! # use host_sim::torment::Torment;
//! # fn f(module: &Module) -> Result<(), Box<dyn std::error::Error>> {
//! let report = Torment::new(Host::builder(module).configuration("{}"))
//!     .request("without a key", Request::get("/orders"))
//!     .request("with a key", Request::get("/orders").header("x-api-key", "secret"))
//!     .run(|_| {})?;
//! assert!(report.holds(), "{report:?}");
//! # Ok(())
//! # }
//! ```
//!
//! Every request is run without faults first, which says whether the module denies it and what
//! the module calls for it. Then, one at a time:
//!
//! - each call of a host function answers each status from 1 to 12, and traps (100 of its calls,
//!   where it is called more often);
//! - each callback traps;
//! - each allocation in the guest fails, and traps (100 of them, where there are more);
//! - each header map comes cut at every length (at 512 lengths, where it is longer);
//! - the request comes malformed: see [`Trial::Malformed`];
//! - guest memory cannot grow;
//! - what the module calls out for is never answered, or times out;
//! - each host function that is called is restricted, and each callback that is not of a request;
//! - the same in the start of the module and in its tick, before the requests.
//!
//! After each, the request comes once more without the fault: a module must not remember it. When
//! the VM has died, that shows what the failure policy makes of it.
//!
//! A request in which the module traps by itself, or that ends now so, now so, is not tormented.
//! A trap by itself is a finding all the same.

mod around;
mod judge;
mod malformed;
mod plan;
mod report;
mod run;

use std::time::{Duration, SystemTime};

pub use report::{Finding, FindingKind, Report, Tally};

use crate::builder::HostBuilder;
use crate::error::StartError;
use crate::faults::Fault;
use crate::request::Request;

/// The longest that one callback may run. A module that tries again and again is found by it.
const DEADLINE: Duration = Duration::from_secs(1);

/// A module, and the requests that it is tormented with.
#[derive(Clone, Debug)]
pub struct Torment {
    builder: HostBuilder,
    subjects: Vec<Subject>,
}

/// One request.
#[derive(Clone, Debug)]
pub(crate) struct Subject {
    pub(crate) name: String,
    pub(crate) request: Request,
    /// What the module's clock shows; the wall clock when there is none.
    pub(crate) time: Option<SystemTime>,
}

/// One thing that goes wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trial {
    /// Nothing. A module that traps by itself then is not tormented.
    WithoutFaults,
    /// A fault in the request.
    Fault(Fault),
    /// A fault while the module starts.
    AtStart(Fault),
    /// A fault in the tick before the request.
    InTick(Fault),
    /// The request comes with something added that is not as it should be: a header whose value
    /// is not UTF-8, a header that is empty, twice there, or giant, very many headers, a query
    /// that is not UTF-8.
    Malformed(&'static str, String),
    /// The operator does not let the module call this, or be called in this.
    Restricted(String),
    /// What the module calls out for is not answered: it fails after its time, or never.
    Unanswered(Waiting),
    /// Guest memory cannot grow beyond what it has after the start, in pages of 64 KiB.
    Memory(u64),
}

/// How long nobody answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Waiting {
    /// The request is given up before the callout's time is over.
    Forever,
    /// The callout's time is over, and the module is told.
    UntilTimeout,
}

impl Torment {
    /// Takes a host as it is set up. The failure policy says what a trap is followed by.
    #[must_use]
    pub fn new(builder: HostBuilder) -> Self {
        Self { builder: builder.deadline(DEADLINE).map_sizes(), subjects: Vec::new() }
    }

    /// Adds a request: one that the module denies, to see that it stays denied, or one that it
    /// lets pass, to see what becomes of it.
    #[must_use]
    pub fn request(self, name: impl Into<String>, request: Request) -> Self {
        self.request_at(name, request, None)
    }

    /// Adds a request that comes at a time.
    #[must_use]
    pub fn request_at(
        mut self,
        name: impl Into<String>,
        request: Request,
        time: Option<SystemTime>,
    ) -> Self {
        self.subjects.push(Subject { name: name.into(), request, time });
        self
    }

    /// The longest that one callback may run; a second unless set.
    #[must_use]
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.builder = self.builder.deadline(deadline);
        self
    }

    /// Runs everything. `progress` is told how many thousandths are done.
    ///
    /// # Errors
    /// When the module does not even start without a fault.
    pub fn run(&self, progress: impl FnMut(usize)) -> Result<Report, StartError> {
        run::run(self, progress)
    }
}

impl std::fmt::Display for Trial {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::WithoutFaults => formatter.write_str("without faults"),
            Self::Fault(fault) => write!(formatter, "{fault}"),
            Self::AtStart(fault) => write!(formatter, "at the start {fault}"),
            Self::InTick(fault) => write!(formatter, "in the tick {fault}"),
            Self::Malformed(_, what) => write!(formatter, "the request has {what}"),
            Self::Unanswered(Waiting::Forever) => formatter.write_str("no callout is answered"),
            Self::Unanswered(Waiting::UntilTimeout) => formatter.write_str("callouts time out"),
            Self::Restricted(name) => write!(formatter, "`{name}` is not allowed"),
            Self::Memory(pages) => write!(formatter, "memory cannot grow beyond {pages} pages"),
        }
    }
}

impl Trial {
    /// One word for the kind of it, as in JSON: `status`, `trap`, `allocation`, `cut`,
    /// `malformed`, `restricted`, `unanswered`, `memory` or `without_faults`.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::WithoutFaults => "without_faults",
            Self::Fault(fault) | Self::AtStart(fault) | Self::InTick(fault) => match fault {
                Fault::Status { .. } => "status",
                Fault::Cut { .. } => "cut",
                Fault::TrapInCall { .. } | Fault::TrapInCallback { .. } => "trap",
                Fault::AllocationFails { .. } | Fault::AllocationTraps { .. } => "allocation",
            },
            Self::Malformed(..) => "malformed",
            Self::Restricted(_) => "restricted",
            Self::Unanswered(_) => "unanswered",
            Self::Memory(_) => "memory",
        }
    }

    /// Whether it only makes a fault happen, so that what passes should pass unchanged.
    pub(crate) fn keeps_request(&self) -> bool {
        !matches!(self, Self::Malformed(..))
    }
}
