//! Whether reports have colours: what the user says, then the environment, then the terminal.

use std::ffi::OsString;
use std::io::{self, IsTerminal};
use std::sync::OnceLock;

use clap::ValueEnum;

use crate::diagnostic::Style;

/// When reports have colours.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum When {
    /// On a terminal, unless the environment says otherwise
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// What `--color` says; it holds for the whole run of the process.
static CHOICE: OnceLock<When> = OnceLock::new();

/// Keeps what `--color` says, before anything is shown.
pub(super) fn choose(when: When) {
    CHOICE.get_or_init(|| when);
}

/// The style for stderr.
pub(super) fn style() -> Style {
    style_of(&io::stderr())
}

/// The style for a stream.
pub(super) fn style_of(stream: &impl IsTerminal) -> Style {
    let when = CHOICE.get().copied().unwrap_or_default();
    style_for(when, stream.is_terminal(), |name| std::env::var_os(name))
}

/// NO_COLOR as no-color.org has it, CLICOLOR and CLICOLOR_FORCE as bixense.com/clicolors.
fn style_for(when: When, terminal: bool, variable: impl Fn(&str) -> Option<OsString>) -> Style {
    let set = |name| variable(name).filter(|value| !value.is_empty());
    let is = |name, expected: &str| variable(name).is_some_and(|value| value == expected);
    let colour = match when {
        When::Always => true,
        When::Never => false,
        When::Auto if set("NO_COLOR").is_some() => false,
        When::Auto if set("CLICOLOR_FORCE").is_some_and(|value| value != "0") => true,
        When::Auto => terminal && !is("CLICOLOR", "0") && !is("TERM", "dumb"),
    };
    if colour { Style::Colour } else { Style::Plain }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What `--color` says, whether stderr is a terminal, the environment; colours or none.
    type Case<'c> = (When, bool, &'c [(&'c str, &'c str)], bool);

    #[test]
    fn the_nearest_word_counts() {
        let cases: [Case; 13] = [
            (When::Auto, true, &[], true),
            (When::Auto, false, &[], false),
            (When::Auto, true, &[("NO_COLOR", "1")], false),
            (When::Auto, true, &[("NO_COLOR", "")], true),
            (When::Auto, true, &[("CLICOLOR", "0")], false),
            (When::Auto, true, &[("TERM", "dumb")], false),
            (When::Auto, false, &[("CLICOLOR_FORCE", "1")], true),
            (When::Auto, false, &[("CLICOLOR_FORCE", "0")], false),
            (When::Auto, false, &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")], false),
            (When::Always, false, &[], true),
            (When::Always, true, &[("NO_COLOR", "1")], true),
            (When::Never, true, &[], false),
            (When::Never, true, &[("CLICOLOR_FORCE", "1")], false),
        ];
        for (when, terminal, environment, colour) in cases {
            let variable = |name: &str| {
                environment.iter().find(|(known, _)| *known == name).map(|(_, value)| value.into())
            };
            let style = style_for(when, terminal, variable);
            assert_eq!(style == Style::Colour, colour, "{when:?} {terminal} {environment:?}");
        }
    }
}
