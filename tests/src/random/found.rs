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
        ("client", Some(json!(name(&expected.client)))),
        ("key", Some(json!(name(&expected.key)))),
        ("collection", Some(json!(name(&expected.collection)))),
        ("response", expected.allow.as_ref().map(|allow| json!({ "allow": allow }))),
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

/// As cases say that there is none.
fn name(name: &Option<String>) -> &str {
    name.as_deref().unwrap_or("-")
}

/// JSON may have control characters beyond ASCII as they stand; YAML may not.
fn escaped(json: &str) -> String {
    let escape = |character: char| match character {
        '\u{7f}'..='\u{9f}' => format!("\\u{:04x}", u32::from(character)),
        other => other.to_string(),
    };
    json.chars().map(escape).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "test code: a panic is a failed test")]
mod tests {
    use std::time::Duration;

    use policy_table::Reason;

    use super::*;
    use crate::case::Cases;
    use crate::observed::Observed;

    #[test]
    fn a_saved_case_fails_while_anything_that_can_be_seen_differs() {
        let request = Request {
            method: b"PUT".to_vec(),
            host: b"api.example.com".to_vec(),
            path: b"/orders".to_vec(),
            headers: Vec::new(),
            address: None,
            now: 0,
        };
        let expected = Judgement {
            collection: Some("orders".to_owned()),
            allow: Some("GET".to_owned()),
            ..Judgement::of(Reason::MethodNotAllowed)
        };
        let text = cases(7, "version: 1", &request, &expected, true).unwrap();
        let cases: Cases = serde_saphyr::from_str(&text).unwrap();
        let [case] = &cases.requests[..] else { panic!("one case: {text}") };
        let differences = |judgement: Judgement| {
            case.expect.differences(&Observed::judged(judgement, Duration::ZERO)).len()
        };
        assert_eq!(differences(expected.clone()), 0);
        for other in [
            Judgement { client: Some("acme".to_owned()), ..expected.clone() },
            Judgement { key: Some("first".to_owned()), ..expected.clone() },
            Judgement { collection: None, ..expected.clone() },
            Judgement { allow: Some("GET, HEAD".to_owned()), ..expected.clone() },
        ] {
            assert_eq!(differences(other.clone()), 1, "{other:?}");
        }
    }
}
