//! Runs the trials of each request; `around` has the others.

use super::judge::{Known, reached, send};
use super::report::{Finding, FindingKind, Report};
use super::{Subject, Torment, Trial, Waiting, malformed, plan};
use crate::error::StartError;
use crate::host::Host;
use crate::outcome::Outcome;
use crate::request::Request;

/// Pages of guest memory are of so many bytes.
const PAGE: u64 = 64 << 10;

/// How a module calls out.
const CALLOUTS: [&str; 3] = ["proxy_http_call", "proxy_grpc_call", "proxy_grpc_stream"];

pub(super) fn run(torment: &Torment, progress: impl FnMut(usize)) -> Result<Report, StartError> {
    let mut host = torment.builder.clone().start()?;
    let start = host.start_activity().callbacks.clone();
    let mut run = Run { torment, known: Vec::new(), report: Report::default(), progress, done: 0 };
    for subject in &torment.subjects {
        let known = Known::of(torment, subject)?;
        run.report.tallies.push(known.tally(subject));
        run.known.push(known);
    }
    run.without_faults();
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

pub(super) struct Run<'a, Progress> {
    pub(super) torment: &'a Torment,
    pub(super) known: Vec<Known>,
    pub(super) report: Report,
    progress: Progress,
    /// Stretches of work that are done: one for each request, and three more.
    pub(super) done: usize,
}

impl<Progress: FnMut(usize)> Run<'_, Progress> {
    /// A module that traps by itself is told of, although nothing more can be tried then.
    fn without_faults(&mut self) {
        let trapped = |(index, known): (usize, &Known)| Some((index, known.own_trap.clone()?));
        let trapped: Vec<_> = self.known.iter().enumerate().filter_map(trapped).collect();
        for (index, trap) in trapped {
            self.find(index, &Trial::WithoutFaults, FindingKind::Trapped, trap);
        }
    }

    /// Everything that can go wrong in one request.
    fn request(&mut self, index: usize) -> Result<(), StartError> {
        let (Some(known), Some(subject)) =
            (self.known.get(index), self.torment.subjects.get(index))
        else {
            return Ok(());
        };
        if !known.is_steady() {
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
                let struck = self.try_one(index, subject, &trial, &request, &mut host);
                self.report.never_struck += u64::from(!struck);
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
        self.find(index, trial, kind, format!("{}{how}", outcome.ending()));
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
                host.advance_past_timeouts();
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

    pub(super) fn judge(&mut self, index: usize, trial: &Trial, outcome: &Outcome) {
        let (Some(known), Some(tally)) =
            (self.known.get(index), self.report.tallies.get_mut(index))
        else {
            return;
        };
        tally.count(outcome);
        for (kind, detail) in known.judge(trial, outcome) {
            self.find(index, trial, kind, detail);
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
    pub(super) fn tell(&mut self, number: usize, count: usize) {
        let stretches = self.known.len() + 3;
        (self.progress)((1000 * self.done + 1000 * number / count.max(1)) / stretches);
    }
}
