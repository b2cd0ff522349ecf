//! A case that expects calls to other services: each is looked at and answered as it says.

use std::time::Duration;

use super::callouts::{self, ExpectedCallout};
use super::check::Findings;
use crate::callouts::{Callout, Event};
use crate::delivery::{deliver, is_for_live_call};
use crate::events;
use crate::host::Host;
use crate::outcome::Outcome;
use crate::request::Request;
use crate::vm::Vm;

/// Runs a request, answers every call that is expected, at its time, and says what does not hold
/// of the calls. Time passes as far as the answers need it.
pub(super) fn run(
    host: &mut Host,
    request: Request,
    expected: &[ExpectedCallout],
) -> (Outcome, Vec<String>) {
    let mut script = Script::new(expected);
    let stream = host.open(request);
    script.see(host.made(&stream), host);
    while let Some(step) = script.next() {
        host.during(&stream, |vm| step.take(vm));
        script.see(host.made(&stream), host);
    }
    let mut outcome = host.close(stream);
    // Calls that were made at the end of the stream.
    script.see(outcome.callouts.clone(), host);
    while let Some(step) = script.next() {
        let (activity, callouts) = host.meanwhile(|vm| step.take(vm));
        outcome.add(activity);
        outcome.callouts.extend(callouts);
        script.see(outcome.callouts.clone(), host);
    }
    (outcome, script.findings())
}

/// What happens next.
struct Step {
    /// When it falls due, in the time that has passed since the request.
    due: Duration,
    /// How long that is from now.
    wait: Duration,
    /// The call, and what comes for it; none where its time is up.
    event: Option<(u32, Event)>,
}

struct Script<'a> {
    /// What is expected, and the call that was for it.
    expected: Vec<(&'a ExpectedCallout, Option<Callout>)>,
    /// How many of the calls have been looked at.
    seen: usize,
    steps: Vec<Step>,
    now: Duration,
    findings: Findings,
}

impl Step {
    fn take(self, vm: &mut Vm) {
        if !self.wait.is_zero() {
            events::advance(vm, self.wait);
        }
        if let Some((call, event)) = self.event
            && is_for_live_call(vm, call, &event)
        {
            // A trap leaves a dead VM, which the outcome tells.
            let _ = deliver(vm, call, event);
        }
    }
}

impl<'a> Script<'a> {
    fn new(expected: &'a [ExpectedCallout]) -> Self {
        Self {
            expected: expected.iter().map(|expected| (expected, None)).collect(),
            seen: 0,
            steps: Vec::new(),
            now: Duration::ZERO,
            findings: Findings::default(),
        }
    }

    /// Looks at all calls that were made so far.
    fn see(&mut self, made: Vec<Callout>, host: &Host) {
        for callout in made.into_iter().skip(self.seen) {
            self.seen += 1;
            self.plan(callout);
        }
        // What was sent on streams meanwhile.
        for open in host.callouts() {
            let mut known = self.expected.iter_mut().filter_map(|(_, callout)| callout.as_mut());
            if let Some(known) = known.find(|known| known.id() == open.id()) {
                *known = open;
            }
        }
    }

    /// The first that is free is for it.
    fn plan(&mut self, callout: Callout) {
        let mut free = self.expected.iter_mut().filter(|(_, callout)| callout.is_none());
        let Some((expected, call)) = free.find(|(expected, _)| expected.is_for(&callout)) else {
            self.findings.add(format!("{}: not expected", callouts::name(&callout)));
            return;
        };
        let (id, now) = (callout.id(), self.now);
        let steps = match expected.answer() {
            Some(events) => {
                let due = now.saturating_add(expected.after().0);
                let step = |event| Step { due, wait: Duration::ZERO, event: Some((id, event)) };
                events.into_iter().map(step).collect()
            }
            None => {
                let step = |timeout| Step {
                    due: now.saturating_add(timeout),
                    wait: Duration::ZERO,
                    event: None,
                };
                callout.timeout().map(step).into_iter().collect::<Vec<_>>()
            }
        };
        self.steps.extend(steps);
        *call = Some(callout);
    }

    /// What falls due first; of several the one that was planned first.
    fn next(&mut self) -> Option<Step> {
        let first = self.steps.iter().enumerate().min_by_key(|(_, step)| step.due);
        let mut step = self.steps.remove(first.map(|(index, _)| index)?);
        step.wait = step.due.saturating_sub(self.now);
        self.now = step.due;
        Some(step)
    }

    fn findings(mut self) -> Vec<String> {
        for (expected, callout) in &self.expected {
            match callout {
                Some(callout) => expected.check(callout, &mut self.findings),
                None => self.findings.add(format!("{}: expected, and not made", expected.name())),
            }
        }
        self.findings.0
    }
}
