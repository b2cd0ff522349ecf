//! What happens to a request when there is no living VM to ask.

use std::collections::BTreeMap;

use crate::changes::HeaderChanges;
use crate::cost::Activity;
use crate::outcome::{Outcome, Upstream, Verdict};
use crate::request::Response;

/// What Envoy writes as response-code details when a VM is dead.
pub(crate) const FAIL_STREAM: &str = "wasm_fail_stream";

/// The client gets a 503.
pub(crate) fn unavailable(activity: Activity) -> Outcome {
    let response = Some(Response::new(503));
    let details = Some(FAIL_STREAM.into());
    Outcome { response, details, ..outcome(Verdict::Unavailable, activity) }
}

/// The request passes unseen.
pub(crate) fn passed(upstream: Upstream, response: Response) -> Outcome {
    let (upstream, response) = (Some(upstream), Some(response));
    Outcome { upstream, response, ..outcome(Verdict::Continued, Activity::default()) }
}

/// The client has gone away.
pub(crate) fn closed(upstream: Upstream) -> Outcome {
    Outcome { upstream: Some(upstream), ..outcome(Verdict::Closed, Activity::default()) }
}

fn outcome(verdict: Verdict, activity: Activity) -> Outcome {
    Outcome {
        verdict,
        upstream: None,
        response: None,
        request_changes: HeaderChanges::default(),
        response_changes: HeaderChanges::default(),
        callouts: Vec::new(),
        details: None,
        filter_state: BTreeMap::new(),
        late_trap: None,
        cost: activity.cost(),
        logs: activity.logs,
        callbacks: activity.callbacks,
        memory_pages: 0,
    }
}
