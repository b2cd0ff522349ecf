//! What goes wrong around the requests: in the start, in the tick, and in what the operator allows.

use std::collections::BTreeSet;

use super::judge::{Known, send};
use super::run::Run;
use super::{Trial, plan};
use crate::cost::Callback;
use crate::error::StartError;
use crate::host::Host;

/// Callbacks that decide about a request. Where a proxy is told not to call them, every request
/// passes by any module.
const DECIDING: [&str; 3] =
    ["proxy_on_request_headers", "proxy_on_request_body", "proxy_on_request_trailers"];

impl<Progress: FnMut(usize)> Run<'_, Progress> {
    /// Everything that can go wrong in the start.
    pub(super) fn starts(&mut self, callbacks: &[Callback]) {
        let faults = plan::faults(callbacks);
        let count = faults.len();
        for (number, fault) in faults.into_iter().enumerate() {
            let started = self.torment.builder.clone().fault(fault.clone()).start();
            self.serve_if_struck(started, &Trial::AtStart(fault));
            self.tell(number, count);
        }
        self.done += 1;
    }

    /// Every capability that the module uses, taken away.
    pub(super) fn restrictions(&mut self, start: &[Callback]) {
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
    pub(super) fn ticks(&mut self, callbacks: &[Callback]) -> Result<(), StartError> {
        let faults = plan::faults(callbacks);
        let count = faults.len();
        for (number, fault) in faults.into_iter().enumerate() {
            let mut host = self.torment.builder.clone().start()?;
            host.inject(fault.clone());
            host.tick();
            self.serve_if_struck(Ok(host), &Trial::InTick(fault));
            self.tell(number, count);
        }
        self.done += 1;
        Ok(())
    }

    /// A start that failed can only have failed by its fault.
    fn serve_if_struck(&mut self, started: Result<Host, StartError>, trial: &Trial) {
        match started.map(|mut host| (host.faults_struck(), host)) {
            Ok((0, _)) => self.report.never_struck += 1,
            started => self.serve(started.map(|(_, host)| host), trial),
        }
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
            if self.known.get(index).is_some_and(Known::is_steady) {
                let outcome = send(&mut host, subject, subject.request.clone());
                self.judge(index, trial, &outcome);
            }
        }
    }
}
