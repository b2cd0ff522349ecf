//! A report for people: one excerpt, one arrow and one remedy a problem.

use std::fmt;

use miette::{GraphicalReportHandler, GraphicalTheme, LabeledSpan, SourceCode};

use super::excerpt::Excerpt;
use super::{Diagnostic, Report, Severity};
use crate::text::Place;

/// More than this many are only counted: nobody reads on, and `--format json` has them all.
const MAX_SHOWN: usize = 200;

/// How a report looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// Colours and box drawing, for a terminal.
    Colour,
    /// ASCII only, for logs and files.
    Plain,
}

impl Report {
    /// The whole report as text; empty when there is nothing to say.
    pub fn render(&self, style: Style) -> String {
        let theme = match style {
            Style::Colour => GraphicalTheme::unicode(),
            Style::Plain => GraphicalTheme::none(),
        };
        let handler = GraphicalReportHandler::new_themed(theme)
            .with_context_lines(1)
            .with_links(false)
            .with_width(100);
        let mut text = String::new();
        for diagnostic in self.diagnostics().iter().take(MAX_SHOWN) {
            let shown = Shown::new(self, diagnostic);
            // Writing to a string cannot fail; what a handler refuses is shown as one line.
            if handler.render_report(&mut text, &shown).is_err() {
                text.push_str(&diagnostic.message);
            }
            text.push('\n');
        }
        let hidden = self.diagnostics().len().saturating_sub(MAX_SHOWN);
        if hidden > 0 {
            text.push_str(&format!("... and {hidden} more; `--format json` lists them all\n"));
        }
        text
    }
}

/// A diagnostic as miette wants to see it.
#[derive(Debug)]
struct Shown {
    severity: miette::Severity,
    code: Option<String>,
    message: String,
    help: Option<String>,
    excerpt: Option<Excerpt>,
    related: Vec<Self>,
}

impl Shown {
    fn new(report: &Report, diagnostic: &Diagnostic) -> Self {
        let related = diagnostic.related.iter().map(|related| Self {
            severity: miette::Severity::Advice,
            code: None,
            message: related.message.clone(),
            help: None,
            excerpt: excerpt(report, diagnostic, Some(related.place)),
            related: Vec::new(),
        });
        Self {
            severity: match diagnostic.severity {
                Severity::Error => miette::Severity::Error,
                Severity::Warning => miette::Severity::Warning,
            },
            code: Some(diagnostic.code.title()),
            message: diagnostic.message.clone(),
            help: Some(diagnostic.help.clone()).filter(|help| !help.is_empty()),
            excerpt: excerpt(report, diagnostic, diagnostic.place),
            related: related.collect(),
        }
    }
}

fn excerpt(report: &Report, diagnostic: &Diagnostic, place: Option<Place>) -> Option<Excerpt> {
    report.excerpt(place?, diagnostic)
}

impl fmt::Display for Shown {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)
    }
}

impl std::error::Error for Shown {}

impl miette::Diagnostic for Shown {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.code.as_ref().map(|code| Box::new(code) as Box<dyn fmt::Display>)
    }

    fn severity(&self) -> Option<miette::Severity> {
        Some(self.severity)
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.help.as_ref().map(|help| Box::new(help) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.excerpt.as_ref().map(|excerpt| excerpt as &dyn SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let label = self.excerpt.as_ref()?.label();
        let span = LabeledSpan::new(Some("here".to_owned()), label.start, label.len());
        Some(Box::new(std::iter::once(span)))
    }

    fn related<'a>(&'a self) -> Option<Box<dyn Iterator<Item = &'a dyn miette::Diagnostic> + 'a>> {
        let related = self.related.iter().map(|one| one as &dyn miette::Diagnostic);
        Some(Box::new(related))
    }
}
