//! Rows for a person, rows for a machine.

use std::time::Duration;

use anyhow::Result;
use portcullis_tests::case::Case;
use portcullis_tests::observed::Verdict;
use serde_json::json;

use crate::rows::{Row, Rows};

/// What most requests have in common, and a row need not say.
const USUAL_HOST: &str = "api.example.com";
const USUAL_ADDRESS: &str = "127.0.0.1";

/// One row a request, and what the upstream got of the first that was granted.
pub(crate) fn table(rows: &Rows) {
    let name_width =
        rows.rows.iter().map(|row| row.case.name.chars().count()).max().unwrap_or_default();
    let sent_width =
        rows.rows.iter().map(|row| sent(&row.case).chars().count()).max().unwrap_or_default();
    println!("\n{}", title(rows));
    println!(
        "\n    {:name_width$}  {:sent_width$}  verdict  status  {:22}  host calls       time",
        "request", "sent", "reason"
    );
    for row in &rows.rows {
        println!(
            "  {} {:name_width$}  {:sent_width$}  {:7}  {:6}  {:22}  {:>10}  {:>9}",
            if row.differences.is_empty() { "✓" } else { "✗" },
            row.case.name,
            sent(&row.case),
            verdict(row),
            row.observed.status.map_or_else(|| "-".to_owned(), |status| status.to_string()),
            row.observed.reason,
            row.observed.host_calls.map_or_else(|| "n/a".to_owned(), |calls| calls.to_string()),
            readable(row.observed.time),
        );
    }
    let granted = rows.rows.iter().find(|row| row.observed.reason == "granted");
    if let Some(row) = granted {
        upstream(row);
    }
}

/// One JSON line a request.
pub(crate) fn json(rows: &Rows) -> Result<()> {
    for row in &rows.rows {
        let line = json!({
            "engine": rows.engine,
            "name": row.case.name,
            "method": row.case.method,
            "host": row.case.host,
            "path": masked_path(&row.case),
            "verdict": verdict(row),
            "status": row.observed.status,
            "reason": row.observed.reason,
            "client": row.observed.client,
            "host_calls": row.observed.host_calls,
            "microseconds": row.observed.time.as_secs_f64() * 1e6,
            "as_expected": row.differences.is_empty(),
        });
        println!("{}", serde_json::to_string(&line)?);
    }
    Ok(())
}

/// The closing line.
pub(crate) fn agreement(all: &[Rows]) {
    let count = all.first().map_or(0, |rows| rows.rows.len());
    println!("\nAll {count} requests were decided as expected.");
    if let [first, second] = all {
        let pairs = first.pairs(second).count();
        println!(
            "host-sim and Envoy agree on verdict, status and reason of the {pairs} that both were given."
        );
    }
}

/// `GET /path`, with credentials masked, and what is not the same for most requests: host and address.
fn sent(case: &Case) -> String {
    let mut sent = format!("{} {}", case.method, masked_path(case));
    if case.host != USUAL_HOST {
        sent = format!("{sent}  at {}", case.host);
    }
    if case.address != USUAL_ADDRESS {
        sent = format!("{sent}  from {}", case.address);
    }
    sent
}

fn masked_path(case: &Case) -> String {
    let credentials = case.credentials();
    credentials.iter().fold(case.path.clone(), |path, credential| path.replace(credential, "…"))
}

fn title(rows: &Rows) -> &'static str {
    match rows.engine {
        "envoy" => {
            "The filter in a real Envoy, a real upstream behind it (time: the whole exchange on loopback)"
        }
        _ => "The filter in host-sim (time: the filter alone)",
    }
}

fn upstream(row: &Row) {
    let Some(received) = &row.observed.upstream else { return };
    println!("\n    What the upstream got of `{}`:", row.case.name);
    println!("      {} {}", received.method, received.path);
    for (name, value) in &received.headers {
        println!("      {name}: {value}");
    }
    if !row.case.credentials().iter().any(|credential| received.contains(credential)) {
        println!("    The key is not among it.");
    }
}

fn verdict(row: &Row) -> &'static str {
    match row.observed.verdict {
        Verdict::Allow => "allow",
        Verdict::Deny => "deny",
    }
}

fn readable(time: Duration) -> String {
    let microseconds = time.as_secs_f64() * 1e6;
    if microseconds < 1000.0 {
        format!("{microseconds:.1} µs")
    } else {
        format!("{:.2} ms", microseconds / 1000.0)
    }
}
