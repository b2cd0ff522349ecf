//! What is wrong with a policy, as data.
//!
//! A message says what is wrong (lower case, no full stop, the user's words in backticks);
//! the help says what to do. Whatever may be a key in clear text is never repeated: see
//! the module `secret`.

mod clear_text;
mod code;
mod excerpt;
mod gather;
mod github;
mod json;
mod lint;
mod render;
mod report;
mod sarif;
pub(crate) mod secret;
mod suggest;

pub(crate) use clear_text::HASH_HELP;
pub use code::Code;
pub use lint::Lint;
pub use render::Style;
pub use report::Report;
pub(crate) use suggest::{did_you_mean, did_you_mean_name};

use crate::text::Place;

/// One thing to say about a policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// Whether it stops the compiler.
    pub severity: Severity,
    /// The stable name of the rule.
    pub code: Code,
    /// What is wrong.
    pub message: String,
    /// Where; a problem of the whole document has no place.
    pub place: Option<Place>,
    /// The text that was found there; left out where it may be a key.
    pub found: Option<String>,
    /// What to do about it.
    pub help: String,
    /// Other places that belong to it.
    pub related: Vec<Related>,
}

/// Whether a diagnostic stops the compiler.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// No table is written.
    Error,
    /// The table is written; the author should look at it.
    Warning,
}

/// Another place that explains a diagnostic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Related {
    /// What is there.
    pub message: String,
    /// Where it is.
    pub place: Place,
}

impl Severity {
    /// `error` or `warning`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
        }
    }
}

impl Diagnostic {
    pub(crate) fn error(code: Code, place: Place, message: impl Into<String>) -> Self {
        Self { place: Some(place), ..Self::of_document(code, message, "") }
    }

    /// An error without a place.
    pub(crate) fn of_document(
        code: Code,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> Self {
        Self {
            severity: Severity::Error,
            code,
            message: message.into(),
            place: None,
            found: None,
            help: help.into(),
            related: Vec::new(),
        }
    }

    pub(crate) fn warning(code: Code, place: Place, message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(code, place, message) }
    }

    pub(crate) fn found(mut self, text: impl Into<String>) -> Self {
        self.found = Some(text.into());
        self
    }

    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = help.into();
        self
    }

    pub(crate) fn related(mut self, place: Place, message: impl Into<String>) -> Self {
        self.related.push(Related { message: message.into(), place });
        self
    }
}

/// Collects what is to be said while a policy is read.
#[derive(Debug, Default)]
pub(crate) struct Diagnostics {
    list: Vec<Diagnostic>,
    /// How many errors were said.
    errors: usize,
    /// Places that may hold a key in clear text: no excerpt shows them.
    secrets: Vec<Place>,
    /// How keys of this policy begin, as far as it is known yet.
    key_prefix: String,
}

impl Diagnostics {
    pub(crate) fn push(&mut self, diagnostic: Diagnostic) {
        let is_error = diagnostic.severity == Severity::Error;
        self.errors = self.errors.saturating_add(usize::from(is_error));
        self.list.push(diagnostic);
    }

    /// Nothing of this place may ever be shown.
    pub(crate) fn hide(&mut self, place: Place) {
        self.secrets.push(place);
    }

    pub(crate) fn set_key_prefix(&mut self, prefix: &str) {
        prefix.clone_into(&mut self.key_prefix);
    }

    /// How many errors were said.
    pub(crate) fn errors(&self) -> usize {
        self.errors
    }

    pub(crate) fn has_errors(&self) -> bool {
        self.errors > 0
    }

    /// Whether nothing keeps the policy from being whole: what a lint says does not.
    pub(crate) fn only_lints(&self) -> bool {
        self.list.iter().all(|diagnostic| matches!(diagnostic.code, Code::Lint(_)))
    }

    /// Everything that was said, in the order of files and places.
    pub(crate) fn into_report(mut self, sources: crate::text::Sources) -> Report {
        self.tell_keys(&sources);
        for diagnostic in &mut self.list {
            diagnostic.mask(&self.key_prefix);
            let file = diagnostic.place.and_then(|place| sources.file(place.file));
            if file.is_some_and(crate::text::SourceFile::is_foreign) {
                diagnostic.unquote();
            }
        }
        self.list.sort_by(|a, b| (a.place, a.code.name()).cmp(&(b.place, b.code.name())));
        self.tell_keys_once();
        Report::new(sources, self.list, self.secrets, self.key_prefix)
    }
}

impl Diagnostic {
    /// A last net under every message: whatever begins like a key is masked.
    fn mask(&mut self, key_prefix: &str) {
        let texts = [Some(&mut self.message), self.found.as_mut(), Some(&mut self.help)];
        for text in texts.into_iter().flatten() {
            *text = secret::mask_keys(text, key_prefix);
        }
        for related in &mut self.related {
            related.message = secret::mask_keys(&related.message, key_prefix);
        }
    }

    /// Takes out what the message quotes: a document that a stranger has changed may name any file of
    /// the machine that checks it. What lints speak of was understood: addresses and names.
    fn unquote(&mut self) {
        if matches!(self.code, Code::Lint(_)) || self.found.take().is_none() {
            return;
        }
        // What is quoted may hold backticks itself.
        let quoted = self.message.find('`').zip(self.message.rfind('`'));
        if let Some((first, last)) = quoted.filter(|(first, last)| first < last) {
            self.message.replace_range(first.saturating_add(1)..last, "...");
        }
    }
}
