//! A disagreement as a file of cases, to be kept until it is understood.

use std::fmt::Write;
use std::path::PathBuf;

use anyhow::{Context, Result};
use serde_json::json;

use crate::judgement::Judgement;
use crate::latin1;
use crate::places;
use crate::request::Request;

/// Writes the file; what it expects is what the oracle says. Without `timed` the request is sent at any time, as Envoy
/// needs it.
pub(super) fn save(
    seed: u64,
    document: &str,
    request: &Request,
    expected: &Judgement,
    timed: bool,
) -> Result<PathBuf> {
    let folder = places::root().join("tests").join("cases").join("found");
    std::fs::create_dir_all(&folder)
        .with_context(|| format!("cannot make {}", folder.display()))?;
    let file = folder.join(format!("seed-{seed}.yaml"));
    let text = cases(seed, document, request, expected, timed)?;
    std::fs::write(&file, text).with_context(|| format!("cannot write {}", file.display()))?;
    Ok(file)
}

/// The file's text.
fn cases(
    seed: u64,
    document: &str,
    request: &Request,
    expected: &Judgement,
    timed: bool,
) -> Result<String> {
    let mut text = format!("# Found by random requests: PORTCULLIS_SEED={seed}\npolicy: |\n");
    for line in document.lines() {
        let _ = writeln!(text, "  {line}");
    }
    let headers: Vec<(String, String)> = request
        .headers
        .iter()
        .map(|(name, value)| (latin1::text(name), latin1::text(value)))
        .collect();
    let mut expect =
        json!({ "verdict": expected.verdict().code(), "reason": expected.reason.code() });
    for (name, value) in [
        ("status", expected.status().map(|status| json!(status))),
        ("client", expected.client.as_ref().map(|client| json!(client))),
    ] {
        if let (Some(fields), Some(value)) = (expect.as_object_mut(), value) {
            fields.insert(name.to_owned(), value);
        }
    }
    let address =
        request.address.map_or_else(|| "unknown".to_owned(), |address| address.to_string());
    let lines = [
        ("name", json!(format!("seed {seed}"))),
        ("method", json!(std::str::from_utf8(&request.method)?)),
        ("host", json!(std::str::from_utf8(&request.host)?)),
        ("path", json!(std::str::from_utf8(&request.path)?)),
        ("headers", json!(headers)),
        ("address", json!(address)),
        ("time", json!(timed.then_some(jiff::Timestamp::from_second(request.now)?))),
        ("expect", expect),
    ];
    text.push_str("requests:\n");
    for (number, (name, value)) in lines.iter().enumerate() {
        let indent = if number == 0 { "  - " } else { "    " };
        let _ = writeln!(text, "{indent}{name}: {}", escaped(&value.to_string()));
    }
    Ok(text)
}

/// JSON may have control characters beyond ASCII as they stand; YAML may not.
fn escaped(json: &str) -> String {
    let escape = |character: char| match character {
        '\u{7f}'..='\u{9f}' => format!("\\u{:04x}", u32::from(character)),
        other => other.to_string(),
    };
    json.chars().map(escape).collect()
}
