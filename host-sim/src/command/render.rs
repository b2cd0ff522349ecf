//! Outcomes as a table and as JSON.

use std::fmt::Write as _;

use serde_json::{Map, Value, json};

use super::table::{self, microseconds};
use crate::callouts::Callout;
use crate::cases::{Bytes, Case};
use crate::cost::Cost;
use crate::headers::Headers;
use crate::log::LogLine;
use crate::outcome::{LocalReply, Outcome};
use crate::request::Response;
use crate::shown;

/// Lines of a module's log that are shown below a case.
const LINES: usize = 100;

/// A case that was run.
pub(super) struct Row {
    pub(super) case: Case,
    pub(super) outcome: Outcome,
    pub(super) failures: Vec<String>,
}

/// One line a case, with what does not hold below it.
pub(super) fn rows(rows: &[Row], fuel: bool) -> String {
    let mut cells = vec![
        ["case", "outcome", "status", "details", "calls", "data", "in", "out", "time", "fuel", ""]
            .map(str::to_owned)
            .to_vec(),
    ];
    cells.extend(rows.iter().map(cells_of));
    if !fuel {
        cells.iter_mut().for_each(|row| drop(row.remove(9)));
    }
    let mut text = String::new();
    for (index, line) in table::lines(&cells).into_iter().enumerate() {
        text.push_str(&line);
        text.push('\n');
        if let Some(row) = index.checked_sub(1).and_then(|index| rows.get(index)) {
            explain(row, &mut text);
        }
    }
    text
}

/// One JSON object a line.
pub(super) fn json(rows: &[Row]) -> String {
    rows.iter().map(|row| format!("{}\n", object_of(row))).collect()
}

fn cells_of(row: &Row) -> Vec<String> {
    let Row { case, outcome, failures } = row;
    let cost = &outcome.cost;
    let result = match case.held(failures) {
        None => "-",
        Some(true) => "pass",
        Some(false) => "FAIL",
    };
    vec![
        case.name.clone(),
        outcome.verdict.name().to_owned(),
        outcome.status().map_or_else(|| "-".to_owned(), |status| status.to_string()),
        Some(outcome.details()).filter(|text| !text.is_empty()).unwrap_or_else(|| "-".to_owned()),
        cost.all_calls().to_string(),
        cost.data_calls().to_string(),
        format!("{} B", cost.bytes_in),
        format!("{} B", cost.bytes_out),
        microseconds(cost.nanoseconds),
        cost.fuel.to_string(),
        result.to_owned(),
    ]
}

/// What does not hold and, to find out why, what the module said.
fn explain(row: &Row, text: &mut String) {
    for failure in &row.failures {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "    {}", shown::text(failure));
    }
    if let Some(trap) = row.outcome.trap() {
        let _ = writeln!(text, "    {trap}");
        for function in &trap.backtrace {
            let _ = writeln!(text, "      in {function}");
        }
    }
    if !row.failures.is_empty() || row.outcome.trap().is_some() {
        text.push_str(&log_lines(&row.outcome.logs));
    }
}

/// What the module said, as far as people read it.
fn log_lines(logs: &[LogLine]) -> String {
    let mut text = String::new();
    for line in logs.iter().take(LINES) {
        let line = shown::text(&line.to_string()).replace('\n', "\n      ");
        let _ = writeln!(text, "    log {line}");
    }
    if let Some(more) = logs.len().checked_sub(LINES).filter(|more| *more > 0) {
        let more = table::count(more, "line");
        let _ = writeln!(text, "    and {more} more: --json has them all");
    }
    text
}

fn object_of(row: &Row) -> Value {
    let Row { case, outcome, failures } = row;
    json!({
        "name": case.name,
        "verdict": outcome.verdict.name(),
        "status": outcome.status(),
        "details": outcome.details.as_deref().map(Bytes::from),
        "local_reply": outcome.local_reply().map(local_reply),
        "upstream": outcome.upstream.as_ref().map(|upstream| json!({
            "headers": headers(&upstream.headers),
            "body": Bytes::from(upstream.body.as_slice()),
            "trailers": headers(&upstream.trailers),
        })),
        "response": outcome.response.as_ref().map(response),
        "callouts": outcome.callouts.iter().map(callout).collect::<Vec<_>>(),
        "filter_state": filter_state(outcome),
        "logs": logs(&outcome.logs),
        "trap": outcome.trap().map(|trap| json!({
            "callback": trap.callback,
            "message": trap.message,
            "backtrace": trap.backtrace,
        })),
        "cost": cost(&outcome.cost),
        "callbacks": callbacks(outcome),
        "memory_pages": outcome.memory_pages,
        "pass": case.held(failures),
        "failures": failures,
    })
}

/// What `serve` tells of a request.
pub(super) fn served(outcome: &Outcome) -> Value {
    json!({
        "verdict": outcome.verdict.name(),
        "status": outcome.status(),
        "details": outcome.details.as_deref().map(Bytes::from),
        "filter_state": filter_state(outcome),
        "trap": outcome.trap().map(ToString::to_string),
        "cost": cost(&outcome.cost),
        "memory_pages": outcome.memory_pages,
    })
}

fn headers(headers: &Headers) -> Vec<(Bytes, Bytes)> {
    headers.iter().map(|(name, value)| (name.into(), value.into())).collect()
}

fn local_reply(reply: &LocalReply) -> Value {
    json!({
        "status": reply.status,
        "details": Bytes::from(reply.details.as_slice()),
        "headers": headers(&reply.headers),
        "body": Bytes::from(reply.body.as_slice()),
        "grpc_status": reply.grpc_status,
    })
}

fn response(response: &Response) -> Value {
    json!({
        "headers": headers(&response.headers),
        "body": Bytes::from(response.body.as_slice()),
        "trailers": headers(&response.trailers),
    })
}

/// As it was made.
fn callout(callout: &Callout) -> Value {
    match callout {
        Callout::Http(call) => json!({
            "kind": "http",
            "to": call.upstream,
            "headers": headers(&call.headers),
            "body": Bytes::from(call.body.as_slice()),
            "trailers": headers(&call.trailers),
        }),
        Callout::Grpc(call) => json!({
            "kind": "grpc",
            "to": call.upstream,
            "method": format!("{}/{}", call.service, call.method),
            "metadata": headers(&call.metadata),
            "message": Bytes::from(call.message.as_slice()),
        }),
        Callout::GrpcStream(stream) => json!({
            "kind": "grpc_stream",
            "to": stream.upstream,
            "method": format!("{}/{}", stream.service, stream.method),
            "metadata": headers(&stream.metadata),
        }),
    }
}

/// By path; a path need not be text, and then stands there lossily.
fn filter_state(outcome: &Outcome) -> Map<String, Value> {
    let entries = outcome.filter_state.iter();
    entries
        .map(|(path, value)| {
            (String::from_utf8_lossy(path).into_owned(), json!(Bytes::from(value.as_slice())))
        })
        .collect()
}

fn logs(logs: &[LogLine]) -> Vec<Value> {
    let lines = logs.iter();
    lines
        .map(|line| {
            json!({
                "level": line.level.to_string(),
                "message": Bytes::from(line.message.as_slice()),
            })
        })
        .collect()
}

fn callbacks(outcome: &Outcome) -> Vec<Value> {
    let callbacks = outcome.callbacks.iter();
    callbacks
        .map(|callback| {
            json!({
                "name": callback.name,
                "context": callback.context,
                "returned": callback.returned,
                "cost": cost(&callback.cost),
                "memory_pages": callback.memory_pages,
            })
        })
        .collect()
}

pub(super) fn cost(cost: &Cost) -> Value {
    let calls = cost.calls().iter();
    let host_calls: Map<String, Value> =
        calls.map(|calls| (calls.name.to_owned(), json!(calls.count))).collect();
    json!({
        "entries": cost.entries,
        "host_calls": host_calls,
        "data_calls": cost.data_calls(),
        "plain_calls": cost.plain_calls(),
        "bytes_in": cost.bytes_in,
        "bytes_out": cost.bytes_out,
        "allocations": cost.allocations,
        "allocated_bytes": cost.allocated_bytes,
        "nanoseconds": cost.nanoseconds,
        "fuel": cost.fuel,
    })
}
