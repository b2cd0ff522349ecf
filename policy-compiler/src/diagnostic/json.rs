//! A report for machines.

use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::{Value, json};

use super::{Diagnostic, Report};
use crate::text::Place;

impl Report {
    /// `{"errors", "warnings", "diagnostics": [{"severity", "code", "message", "file",
    /// "line", "column", "span", "found", "help", "related"}]}`; `span` counts bytes;
    /// what does not apply is null.
    pub fn as_json(&self) -> impl Serialize {
        AsJson { report: self, table: None }
    }

    /// The same with a field `table` beside the others.
    pub(crate) fn as_json_with(&self, table: Value) -> impl Serialize {
        AsJson { report: self, table: Some(table) }
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

/// Each diagnostic is made when it is written: a report may have a million of them.
struct AsJson<'r> {
    report: &'r Report,
    table: Option<Value>,
}

impl Serialize for AsJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_map(None)?;
        fields.serialize_entry("diagnostics", &Each(self.report))?;
        fields.serialize_entry("errors", &self.report.errors())?;
        if let Some(table) = &self.table {
            fields.serialize_entry("table", table)?;
        }
        fields.serialize_entry("warnings", &self.report.warnings())?;
        fields.end()
    }
}

struct Each<'r>(&'r Report);

impl Serialize for Each<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let diagnostics = self.0.diagnostics().iter();
        serializer.collect_seq(diagnostics.map(|diagnostic| self.0.one_to_json(diagnostic)))
    }
}

fn set(object: &mut Value, name: &str, value: Value) {
    if let Value::Object(fields) = object {
        fields.insert(name.to_owned(), value);
    }
}
