//! What is known of a request without faults, and what that says of one with them.

use std::collections::BTreeSet;

use super::report::{FindingKind, Tally};
use super::{Subject, Torment, Trial};
use crate::error::StartError;
use crate::headers::Headers;
use crate::host::Host;
use crate::outcome::{Outcome, Upstream};
use crate::request::Request;
use crate::trap::{Trap, TrapCause};

/// What is known of a request without faults.
pub(super) struct Known {
    pub(super) outcome: Outcome,
    /// What the module trapped by, when it did so by itself.
    pub(super) own_trap: Option<String>,
    /// Every time it reaches the upstream, or never.
    same_end: bool,
    /// It reaches the upstream in the same form every time.
    same_upstream: bool,
}

impl Known {
    /// Sends the request twice.
    ///
    /// # Errors
    /// When the module does not start.
    pub(super) fn of(torment: &Torment, subject: &Subject) -> Result<Self, StartError> {
        let mut host = torment.builder.clone().start()?;
        let first = send(&mut host, subject, subject.request.clone());
        let second = send(&mut host, subject, subject.request.clone());
        Ok(Self {
            own_trap: own_trap(&first).or_else(|| own_trap(&second)).map(ToString::to_string),
            same_end: reached(&first) == reached(&second) && first.trap().is_none(),
            same_upstream: first.upstream == second.upstream,
            outcome: first,
        })
    }

    /// Whether anything can be said of it under a fault.
    pub(super) fn is_steady(&self) -> bool {
        self.same_end && self.own_trap.is_none()
    }

    pub(super) fn denied(&self) -> bool {
        !reached(&self.outcome)
    }

    pub(super) fn tally(&self, subject: &Subject) -> Tally {
        Tally {
            name: subject.name.clone(),
            verdict: self.outcome.verdict.name(),
            status: self.outcome.status(),
            denied: self.denied(),
            steady: self.is_steady(),
            traps: self.own_trap.is_some(),
            trials: 0,
            refused: 0,
            passed: 0,
            trapped: 0,
        }
    }

    /// What is worth a word of what came under a fault.
    pub(super) fn judge(&self, trial: &Trial, outcome: &Outcome) -> Vec<(FindingKind, String)> {
        let mut found = Vec::new();
        if reached(outcome) && self.denied() {
            let detail = format!("{} instead of {}", outcome.ending(), self.outcome.ending());
            found.push((FindingKind::Through, detail));
        } else if reached(outcome)
            && trial.keeps_request()
            && self.same_upstream
            && let Some(detail) =
                difference(self.outcome.upstream.as_ref(), outcome.upstream.as_ref())
        {
            found.push((FindingKind::Altered, detail));
        }
        found.extend(own_trap(outcome).map(|trap| (FindingKind::Trapped, trap.to_string())));
        found
    }
}

impl Tally {
    /// One trial more.
    pub(super) fn count(&mut self, outcome: &Outcome) {
        self.trials += 1;
        self.trapped += u64::from(own_trap(outcome).is_some());
        if reached(outcome) { self.passed += 1 } else { self.refused += 1 }
    }
}

pub(super) fn send(host: &mut Host, subject: &Subject, request: Request) -> Outcome {
    match subject.time {
        Some(time) => host.set_time(time),
        None => host.use_wall_clock(),
    }
    host.request(request)
}

/// Whether the upstream got the request, whatever became of the response.
pub(super) fn reached(outcome: &Outcome) -> bool {
    outcome.upstream.is_some()
}

/// A trap that no fault made.
fn own_trap(outcome: &Outcome) -> Option<&Trap> {
    outcome.trap().filter(|trap| trap.cause != TrapCause::Injected)
}

/// What the upstream got otherwise than without faults; none where that is nothing.
fn difference(without: Option<&Upstream>, with: Option<&Upstream>) -> Option<String> {
    let (without, with) = (without?, with?);
    let mut differences = Vec::new();
    compare("header", &without.headers, &with.headers, &mut differences);
    if without.body != with.body {
        differences.push("with another body".to_owned());
    }
    compare("trailer", &without.trailers, &with.trailers, &mut differences);
    (!differences.is_empty()).then(|| differences.join(", "))
}

/// What headers or trailers are missing or added.
fn compare(what: &str, without: &Headers, with: &Headers, differences: &mut Vec<String>) {
    let (before, after): (BTreeSet<_>, BTreeSet<_>) =
        (without.iter().collect(), with.iter().collect());
    let text = |word: &str, (name, value): (&[u8], &[u8])| {
        format!("{word} {what} `{}: {}`", show(name), show(value))
    };
    let known = differences.len();
    let missing = without.iter().filter(|entry| !after.contains(entry));
    differences.extend(missing.map(|entry| text("without", entry)));
    let added = with.iter().filter(|entry| !before.contains(entry));
    differences.extend(added.map(|entry| text("with", entry)));
    if differences.len() == known && without != with {
        differences.push(format!("with {what}s in another order or number"));
    }
}

/// Giant values are not for people.
fn show(bytes: &[u8]) -> String {
    let shown = bytes.get(..60).unwrap_or(bytes).escape_ascii();
    format!("{shown}{}", if bytes.len() > 60 { "…" } else { "" })
}
