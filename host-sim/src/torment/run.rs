//! Runs the trials, and judges what comes of each.

use std::collections::BTreeSet;
use std::time::Duration;

use super::report::{Finding, FindingKind, Report, Tally};
use super::{Subject, Torment, Trial, Waiting, malformed, plan};
use crate::cost::Callback;
use crate::error::StartError;
use crate::host::Host;
use crate::outcome::{Outcome, Upstream};
use crate::request::Request;
use crate::trap::TrapCause;

/// Pages of guest memory are of so many bytes.
const PAGE: u64 = 64 << 10;

/// How a module calls out.
const CALLOUTS: [&str; 3] = ["proxy_http_call", "proxy_grpc_call", "proxy_grpc_stream"];

/// Longer than any callout waits.
const LONG: Duration = Duration::from_secs(24 * 60 * 60);

/// Callbacks that decide about a request. Where a proxy is told not to call them, every request
/// passes by any module.
const DECIDING: [&str; 5] = [
    "proxy_on_request_headers",
    "proxy_on_request_body",
    "proxy_on_request_trailers",
    "proxy_on_new_connection",
    "proxy_on_downstream_data",
];

pub(super) fn run(torment: &Torment, progress: impl FnMut(usize)) -> Result<Report, StartError> {
    let mut host = torment.builder.clone().start()?;
    let start = host.start_activity().callbacks.clone();
    let mut run = Run { torment, known: Vec::new(), report: Report::default(), progress, done: 0 };
    for subject in &torment.subjects {
        let known = Known::of(torment, subject)?;
        run.report.tallies.push(known.tally(subject));
        run.known.push(known);
    }
    for index in 0..run.known.len() {
        run.request(index)?;
    }
    run.starts(&start);
    run.restrictions(&start);
    if host.tick_period() > 0 {
        run.ticks(&host.tick().callbacks)?;
    }
    (run.progress)(1000);
    run.report.findings.sort_by_key(|finding| finding.kind);
    Ok(run.report)
}

struct Run<'a, Progress> {
    torment: &'a Torment,
    known: Vec<Known>,
    report: Report,
    progress: Progress,
    /// Stretches of work that are done: one for each request, and three more.
    done: usize,
}

/// What is known of a request without faults.
struct Known {
    outcome: Outcome,
    steady: bool,
    /// It reaches the upstream in the same form every time.
    same_upstream: bool,
}

impl Known {
    fn of(torment: &Torment, subject: &Subject) -> Result<Self, StartError> {
        let mut host = torment.builder.clone().start()?;
        let first = send(&mut host, subject, subject.request.clone());
        let second = send(&mut host, subject, subject.request.clone());
        Ok(Self {
            steady: reached(&first) == reached(&second) && first.trap().is_none(),
            same_upstream: first.upstream == second.upstream,
            outcome: first,
        })
    }

    fn denied(&self) -> bool {
        !reached(&self.outcome)
    }

    fn tally(&self, subject: &Subject) -> Tally {
        Tally {
            name: subject.name.clone(),
            verdict: self.outcome.verdict.name(),
            status: self.outcome.status(),
            denied: self.denied(),
            steady: self.steady,
            trials: 0,
            refused: 0,
            passed: 0,
            trapped: 0,
        }
    }
}

impl<Progress: FnMut(usize)> Run<'_, Progress> {
    /// Everything that can go wrong in one request.
    fn request(&mut self, index: usize) -> Result<(), StartError> {
        let (Some(known), Some(subject)) =
            (self.known.get(index), self.torment.subjects.get(index))
        else {
            return Ok(());
        };
        if !known.steady {
            self.done += 1;
            return Ok(());
        }
        let faults = plan::faults(&known.outcome.callbacks);
        let mut trials: Vec<(Trial, Request)> = faults
            .into_iter()
            .map(|fault| (Trial::Fault(fault), subject.request.clone()))
            .collect();
        trials.extend(malformed::forms(&subject.request));
        let count = trials.len();
        let mut host = self.torment.builder.clone().start()?;
        for (number, (trial, request)) in trials.into_iter().enumerate() {
            if !self.try_one(index, subject, &trial, &request, &mut host) {
                host = self.torment.builder.clone().start()?;
                // What a module only does in its first request needs a host that is fresh.
                self.try_one(index, subject, &trial, &request, &mut host);
            }
            if host.is_dead() {
                host = self.torment.builder.clone().start()?;
            }
            self.tell(number, count);
        }
        self.done += 1;
        self.without_answers(index, subject)?;
        self.without_memory(index, subject)
    }

    /// False when the fault did not happen.
    fn try_one(
        &mut self,
        index: usize,
        subject: &Subject,
        trial: &Trial,
        request: &Request,
        host: &mut Host,
    ) -> bool {
        let struck = host.faults_struck();
        if let Trial::Fault(fault) = trial {
            host.inject(fault.clone());
        }
        let outcome = send(host, subject, request.clone());
        let happened = !matches!(trial, Trial::Fault(_)) || host.faults_struck() > struck;
        host.clear_faults();
        if happened {
            self.judge(index, trial, &outcome);
            self.afterwards(index, subject, trial, host);
        }
        happened
    }

    /// The same request once more, when all is well again.
    fn afterwards(&mut self, index: usize, subject: &Subject, trial: &Trial, host: &mut Host) {
        let Some(known) = self.known.get(index) else { return };
        let died = host.is_dead();
        let outcome = send(host, subject, subject.request.clone());
        let kind = match (known.denied(), reached(&outcome)) {
            (true, true) => FindingKind::ThroughAfterwards,
            (false, false) if !died => FindingKind::RefusedAfterwards,
            _ => return,
        };
        let how = if died { " since the VM is dead" } else { "" };
        self.find(index, trial, kind, format!("{}{how}", ending(&outcome)));
    }

    /// Nobody answers what the module calls out for.
    fn without_answers(&mut self, index: usize, subject: &Subject) -> Result<(), StartError> {
        let calls =
            |name| self.known.get(index).map_or(0, |known| known.outcome.cost.host_calls(name));
        if CALLOUTS.into_iter().all(|name| calls(name) == 0) {
            return Ok(());
        }
        for waiting in [Waiting::Forever, Waiting::UntilTimeout] {
            let mut host = self.torment.builder.clone().unanswered().start()?;
            let stream = host.open(subject.request.clone());
            if waiting == Waiting::UntilTimeout {
                host.advance(LONG);
            }
            let outcome = host.close(stream);
            self.judge(index, &Trial::Unanswered(waiting), &outcome);
        }
        Ok(())
    }

    fn without_memory(&mut self, index: usize, subject: &Subject) -> Result<(), StartError> {
        let pages = self.torment.builder.clone().start()?.memory_pages();
        let limit = usize::try_from(pages * PAGE).unwrap_or(usize::MAX);
        let builder = self.torment.builder.clone().memory_limit(limit);
        let plain = (Trial::Memory(pages), subject.request.clone());
        let forms = malformed::forms(&subject.request).into_iter().map(|(trial, request)| {
            let Trial::Malformed(kind, words) = trial else { return (trial, request) };
            (Trial::Malformed(kind, format!("{words}, and memory cannot grow")), request)
        });
        for (trial, request) in std::iter::once(plain).chain(forms) {
            // Starting may take more memory than is left when it is over.
            let Ok(mut host) = builder.clone().start() else {
                self.report.starts += 1;
                self.report.starts_refused += 1;
                return Ok(());
            };
            let outcome = send(&mut host, subject, request);
            self.judge(index, &trial, &outcome);
            self.afterwards(index, subject, &trial, &mut host);
        }
        Ok(())
    }

    /// Everything that can go wrong in the start.
    fn starts(&mut self, callbacks: &[Callback]) {
        let faults = plan::faults(callbacks);
        let count = faults.len();
        for (number, fault) in faults.into_iter().enumerate() {
            let started = self.torment.builder.clone().fault(fault.clone()).start();
            self.serve(started, &Trial::AtStart(fault));
            self.tell(number, count);
        }
        self.done += 1;
    }

    /// Every capability that the module uses, taken away.
    fn restrictions(&mut self, start: &[Callback]) {
        let requests = self.known.iter().flat_map(|known| &known.outcome.callbacks);
        let callbacks: Vec<Callback> = start.iter().chain(requests).cloned().collect();
        let mut names: BTreeSet<&str> = plan::functions(&callbacks).collect();
        names.extend(callbacks.iter().map(|callback| callback.name));
        let all = self.torment.builder.module().capabilities();
        let count = names.len();
        for (number, name) in names.into_iter().enumerate() {
            // What is no capability cannot be taken away.
            if DECIDING.contains(&name) || !all.contains(name) {
                continue;
            }
            let others = all.iter().filter(|known| *known != name).cloned();
            let started = self.torment.builder.clone().allowed_capabilities(others).start();
            self.serve(started, &Trial::Restricted(name.to_owned()));
            self.tell(number, count);
        }
        self.done += 1;
    }

    /// Everything that can go wrong in a tick.
    fn ticks(&mut self, callbacks: &[Callback]) -> Result<(), StartError> {
        for fault in plan::faults(callbacks) {
            let mut host = self.torment.builder.clone().start()?;
            host.inject(fault.clone());
            host.tick();
            self.serve(Ok(host), &Trial::InTick(fault));
        }
        self.done += 1;
        Ok(())
    }

    /// Serves every request once, by a host to which something happened before.
    fn serve(&mut self, started: Result<Host, StartError>, trial: &Trial) {
        self.report.starts += 1;
        let Ok(mut host) = started else {
            self.report.starts_refused += 1;
            return;
        };
        host.clear_faults();
        for (index, subject) in self.torment.subjects.iter().enumerate() {
            if self.known.get(index).is_some_and(|known| known.steady) {
                let outcome = send(&mut host, subject, subject.request.clone());
                self.judge(index, trial, &outcome);
            }
        }
    }

    fn judge(&mut self, index: usize, trial: &Trial, outcome: &Outcome) {
        let (Some(known), Some(tally)) =
            (self.known.get(index), self.report.tallies.get_mut(index))
        else {
            return;
        };
        let own_trap = outcome.trap().filter(|trap| trap.cause != TrapCause::Injected);
        tally.trials += 1;
        tally.trapped += u64::from(own_trap.is_some());
        if reached(outcome) {
            tally.passed += 1
        } else {
            tally.refused += 1
        }
        let through = reached(outcome) && known.denied();
        let altered = if reached(outcome) && trial.keeps_request() && known.same_upstream {
            difference(known.outcome.upstream.as_ref(), outcome.upstream.as_ref())
        } else {
            None
        };
        let trapped = own_trap.map(ToString::to_string);
        if through {
            let was = ending(&known.outcome);
            let detail = format!("{} instead of {was}", ending(outcome));
            self.find(index, trial, FindingKind::Through, detail);
        } else if let Some(detail) = altered {
            self.find(index, trial, FindingKind::Altered, detail);
        }
        if let Some(detail) = trapped {
            self.find(index, trial, FindingKind::Trapped, detail);
        }
    }

    fn find(&mut self, index: usize, trial: &Trial, kind: FindingKind, detail: String) {
        let request = self.torment.subjects.get(index).map(|subject| subject.name.clone());
        self.report.findings.push(Finding {
            request: request.unwrap_or_default(),
            trial: trial.clone(),
            kind,
            detail,
        });
    }

    /// So many of this stretch's trials are done.
    fn tell(&mut self, number: usize, count: usize) {
        let stretches = self.known.len() + 3;
        (self.progress)((1000 * self.done + 1000 * number / count.max(1)) / stretches);
    }
}

fn send(host: &mut Host, subject: &Subject, request: Request) -> Outcome {
    match subject.time {
        Some(time) => host.set_time(time),
        None => host.use_wall_clock(),
    }
    host.request(request)
}

/// Whether the upstream got the request, whatever became of the response.
fn reached(outcome: &Outcome) -> bool {
    outcome.upstream.is_some()
}

/// `continued (200)`, `local_reply (401)`.
fn ending(outcome: &Outcome) -> String {
    let name = outcome.verdict.name();
    outcome.status().map_or_else(|| name.to_owned(), |status| format!("{name} ({status})"))
}

/// What the upstream got otherwise than without faults; none where that is nothing.
fn difference(without: Option<&Upstream>, with: Option<&Upstream>) -> Option<String> {
    let (without, with) = (without?, with?);
    let text = |(name, value): (&[u8], &[u8])| format!("`{}: {}`", show(name), show(value));
    let missing =
        without.headers.iter().filter(|header| !with.headers.iter().any(|h| h == *header));
    let added = with.headers.iter().filter(|header| !without.headers.iter().any(|h| h == *header));
    let mut differences: Vec<String> =
        missing.map(|header| format!("without {}", text(header))).collect();
    differences.extend(added.map(|header| format!("with {}", text(header))));
    if differences.is_empty() && without.headers != with.headers {
        differences.push("with headers in another order or number".to_owned());
    }
    if without.body != with.body {
        differences.push("with another body".to_owned());
    }
    (!differences.is_empty()).then(|| differences.join(", "))
}

/// Giant values are not for people.
fn show(bytes: &[u8]) -> String {
    let shown = bytes.get(..60).unwrap_or(bytes).escape_ascii();
    format!("{shown}{}", if bytes.len() > 60 { "…" } else { "" })
}
