//! A report for GitHub Actions: one workflow command a diagnostic, which marks its line.
//!
//! Source: docs.github.com, "Workflow commands for GitHub Actions", and the escapes of
//! `@actions/core` (`command.ts`).

use super::{Diagnostic, Report, Severity};
use crate::text::Position;

impl Report {
    /// One line a diagnostic: `::error file=policy.yaml,line=3,...,title=L003 shadowed-entry::message`.
    pub fn to_github(&self) -> String {
        self.diagnostics().iter().map(|diagnostic| self.one_to_github(diagnostic)).collect()
    }

    fn one_to_github(&self, diagnostic: &Diagnostic) -> String {
        let command = match diagnostic.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        let file = self.path(diagnostic.place).into_owned();
        let mut properties: Vec<(&str, String)> = vec![("file", file)];
        if let Some(place) = diagnostic.place {
            let (_, start) = self.locate(place);
            properties.push(("line", start.line.to_string()));
            properties.extend(span(start, self.locate_end(place)));
        }
        properties.push(("title", diagnostic.code.title()));
        let properties: Vec<String> = properties
            .into_iter()
            .map(|(name, value)| format!("{name}={}", escape_property(&value)))
            .collect();
        let text = match diagnostic.help.as_str() {
            "" => diagnostic.message.clone(),
            help => format!("{}\n{help}", diagnostic.message),
        };
        format!("::{command} {}::{}\n", properties.join(","), escape_text(&text))
    }
}

/// The rest of the place. Columns are taken for places on one line alone.
fn span(start: Position, end: Position) -> Vec<(&'static str, String)> {
    if start.line != end.line {
        return vec![("endLine", end.line.to_string())];
    }
    // The last column is part of the place, here.
    let last = end.column.saturating_sub(1).max(start.column);
    vec![("col", start.column.to_string()), ("endColumn", last.to_string())]
}

fn escape_text(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn escape_property(text: &str) -> String {
    escape_text(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_ends_a_command_early() {
        assert_eq!(escape_text("50 %\r\n::error::"), "50 %25%0D%0A::error::");
        assert_eq!(escape_property("C:\\a,b%3A"), "C%3A\\a%2Cb%253A");
    }
}
