//! What came out of it.

use super::Trial;

/// What a module did under every fault.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// One for each request, in order.
    pub tallies: Vec<Tally>,
    /// What is worth a word, in the order in which it was found.
    pub findings: Vec<Finding>,
    /// Hosts that were started with a fault in the start or in a tick, with a restriction or with little memory.
    pub starts: u64,
    /// How many of them the module refused, so that no request was served.
    pub starts_refused: u64,
    /// Faults whose turn did not come: what they were for did not happen again as it did without
    /// faults.
    pub never_struck: u64,
}

/// One request, under all faults.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tally {
    /// What the request is called.
    pub name: String,
    /// How it ends without faults: the name of the verdict.
    pub verdict: &'static str,
    /// The status that the client gets without faults.
    pub status: Option<u16>,
    /// Without faults it does not reach the upstream.
    pub denied: bool,
    /// Without faults it reaches the upstream twice, or not at all, and does not trap. Of a request that does not,
    /// nothing can be said, and it is not tormented.
    pub steady: bool,
    /// Without faults the module traps by itself.
    pub traps: bool,
    /// Faults that happened.
    pub trials: u64,
    /// Under how many it did not reach the upstream.
    pub refused: u64,
    /// Under how many it reached the upstream.
    pub passed: u64,
    /// Under how many the module trapped by itself.
    pub trapped: u64,
}

/// Something worth a word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The request.
    pub request: String,
    /// What went wrong.
    pub trial: Trial,
    /// What the module made of it.
    pub kind: FindingKind,
    /// The same more closely.
    pub detail: String,
}

/// What a module made of a fault, the worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FindingKind {
    /// A request that is denied without faults reached the upstream.
    Through,
    /// A request that is denied without faults reached the upstream after the fault was over.
    ThroughAfterwards,
    /// A request reached the upstream as it does without faults, but not with the headers, the
    /// body or the trailers that the module gives it then.
    Altered,
    /// A request that passes without faults did not reach the upstream after the fault was over,
    /// although the VM was alive.
    RefusedAfterwards,
    /// The module trapped by itself.
    Trapped,
}

impl Report {
    /// Whether every request that is denied without faults stayed denied. Where requests were
    /// skipped and none was left to be judged, nobody knows that.
    pub fn holds(&self) -> bool {
        let judged = self.trials() > 0 || self.skipped() == 0;
        judged && !self.findings.iter().any(|finding| finding.kind.lets_through())
    }

    /// Requests that were not tormented, since they do not end the same way without faults either.
    pub fn skipped(&self) -> usize {
        self.tallies.iter().filter(|tally| !tally.steady).count()
    }

    /// Requests that are denied without faults. Where there is none, nothing could get through.
    pub fn denied(&self) -> usize {
        self.tallies.iter().filter(|tally| tally.steady && tally.denied).count()
    }

    /// Findings of one kind.
    pub fn of_kind(&self, kind: FindingKind) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(move |finding| finding.kind == kind)
    }

    /// All requests that were sent under a fault.
    pub fn trials(&self) -> u64 {
        self.tallies.iter().map(|tally| tally.trials).sum()
    }
}

impl FindingKind {
    /// All kinds, the worst first.
    pub const ALL: [Self; 5] = [
        Self::Through,
        Self::ThroughAfterwards,
        Self::Altered,
        Self::RefusedAfterwards,
        Self::Trapped,
    ];

    /// Whether a denied request reached the upstream.
    pub fn lets_through(self) -> bool {
        matches!(self, Self::Through | Self::ThroughAfterwards)
    }

    /// One word for it, as in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Through => "through",
            Self::ThroughAfterwards => "through_afterwards",
            Self::Altered => "altered",
            Self::RefusedAfterwards => "refused_afterwards",
            Self::Trapped => "trapped",
        }
    }
}
