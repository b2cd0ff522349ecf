//! A report for machines.

use serde_json::{Value, json};

use super::{Diagnostic, Report};
use crate::source::Place;

impl Report {
    /// `{"errors", "warnings", "diagnostics": [{"severity", "code", "message", "file",
    /// "line", "column", "span", "found", "help", "related"}]}`; `span` counts bytes;
    /// what does not apply is null.
    pub fn to_json(&self) -> Value {
        let diagnostics: Vec<Value> =
            self.diagnostics().iter().map(|diagnostic| self.one_to_json(diagnostic)).collect();
        json!({
            "errors": self.errors(),
            "warnings": self.warnings(),
            "diagnostics": diagnostics,
        })
    }

    fn one_to_json(&self, diagnostic: &Diagnostic) -> Value {
        let related: Vec<Value> = diagnostic
            .related
            .iter()
            .map(|related| {
                let mut value = self.place_to_json(Some(related.place));
                set(&mut value, "message", json!(related.message));
                value
            })
            .collect();
        let mut value = self.place_to_json(diagnostic.place);
        set(&mut value, "severity", json!(diagnostic.severity.name()));
        set(&mut value, "code", json!(diagnostic.code.name()));
        set(&mut value, "message", json!(diagnostic.message));
        set(&mut value, "found", json!(diagnostic.found));
        set(&mut value, "help", json!(diagnostic.help));
        set(&mut value, "related", json!(related));
        value
    }

    fn place_to_json(&self, place: Option<Place>) -> Value {
        match place {
            None => json!({
                "file": self.path(None), "line": null, "column": null, "span": null,
            }),
            Some(place) => {
                let (_, position) = self.locate(place);
                json!({
                    "file": self.path(Some(place)),
                    "line": position.line,
                    "column": position.column,
                    "span": { "offset": place.span.offset, "length": place.span.length },
                })
            }
        }
    }
}

fn set(object: &mut Value, name: &str, value: Value) {
    if let Value::Object(fields) = object {
        fields.insert(name.to_owned(), value);
    }
}
