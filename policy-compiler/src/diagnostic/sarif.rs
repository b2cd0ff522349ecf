//! A report as SARIF 2.1.0, for code scanning and editors.

use std::collections::BTreeSet;
use std::path::{Component, Path};

use serde_json::{Value, json};

use super::{Code, Diagnostic, Report};
use crate::escape::percent;
use crate::text::Place;

/// Where the schema of the format is kept (SARIF 2.1.0, section 3.13.3).
const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

impl Report {
    /// The report as one run; names of files are given relative to `base`, the working
    /// directory.
    pub fn to_sarif(&self, base: &Path) -> Value {
        let codes: BTreeSet<Code> =
            self.diagnostics().iter().map(|diagnostic| diagnostic.code).collect();
        let codes: Vec<Code> = codes.into_iter().collect();
        let rules: Vec<Value> = codes.iter().map(|code| rule(*code)).collect();
        let results = self.diagnostics().iter();
        let results: Vec<Value> = results.map(|one| self.result(one, &codes, base)).collect();
        json!({
            "$schema": SCHEMA,
            "version": "2.1.0",
            "runs": [{
                "tool": { "driver": {
                    "name": "portcullis",
                    "semanticVersion": env!("CARGO_PKG_VERSION"),
                    "rules": rules,
                } },
                "columnKind": "unicodeCodePoints",
                "results": results,
            }],
        })
    }

    fn result(&self, diagnostic: &Diagnostic, codes: &[Code], base: &Path) -> Value {
        let related = diagnostic.related.iter().map(|related| {
            let mut location = self.location(Some(related.place), base);
            if let Value::Object(fields) = &mut location {
                fields.insert("message".to_owned(), json!({ "text": related.message }));
            }
            location
        });
        let text = match diagnostic.help.as_str() {
            "" => diagnostic.message.clone(),
            help => format!("{}\n{help}", diagnostic.message),
        };
        json!({
            "ruleId": diagnostic.code.name(),
            "ruleIndex": codes.binary_search(&diagnostic.code).unwrap_or_default(),
            "level": diagnostic.severity.name(),
            "message": { "text": text },
            "locations": [self.location(diagnostic.place, base)],
            "relatedLocations": related.collect::<Vec<Value>>(),
        })
    }

    fn location(&self, place: Option<Place>, base: &Path) -> Value {
        let uri = uri(&self.path(place), base);
        let Some(place) = place else {
            return json!({ "physicalLocation": { "artifactLocation": { "uri": uri } } });
        };
        let (_, start) = self.locate(place);
        let end = self.locate_end(place);
        json!({ "physicalLocation": {
            "artifactLocation": { "uri": uri },
            "region": {
                "startLine": start.line,
                "startColumn": start.column,
                "endLine": end.line,
                "endColumn": end.column,
            },
        } })
    }
}

fn rule(code: Code) -> Value {
    let summary = code.summary();
    match code {
        Code::Lint(lint) => json!({
            "id": lint.code(),
            "name": lint.name(),
            "shortDescription": { "text": summary },
            "help": { "text": lint.text(), "markdown": lint.text() },
            "defaultConfiguration": {
                "level": if lint.is_error() { "error" } else { "warning" },
            },
        }),
        _ => json!({
            "id": code.name(),
            "shortDescription": { "text": summary },
            "help": { "text": format!("{summary}; each result says what to do") },
            "defaultConfiguration": { "level": "error" },
        }),
    }
}

/// A file's name as a reference of RFC 3986: relative where it lies below the base.
fn uri(name: &str, base: &Path) -> String {
    let path = Path::new(name);
    let path = path.strip_prefix(base).unwrap_or(path);
    let parts = path.components().filter_map(|part| match part {
        Component::CurDir | Component::RootDir | Component::Prefix(_) => None,
        Component::ParentDir => Some("..".to_owned()),
        Component::Normal(part) => {
            let mut escaped = String::new();
            percent(part.as_encoded_bytes(), &mut escaped);
            Some(escaped)
        }
    });
    let joined = parts.collect::<Vec<String>>().join("/");
    if path.has_root() { format!("file:///{joined}") } else { joined }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uris() {
        let base = Path::new("/home/user");
        let cases = [
            ("policy.yaml", "policy.yaml"),
            ("./a b/polïcy.yaml", "a%20b/pol%C3%AFcy.yaml"),
            ("../policy.yaml", "../policy.yaml"),
            ("/home/user/net/works.txt", "net/works.txt"),
            ("/srv/policy.yaml", "file:///srv/policy.yaml"),
        ];
        for (name, expected) in cases {
            assert_eq!(uri(name, base), expected, "{name}");
        }
    }
}
