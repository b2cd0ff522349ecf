//! A difference as a comment on a pull request.

use super::human::and_more;
use super::view::{ChangeView, DifferenceView, EndpointView, WitnessView};
use crate::counted::counted;

/// How many changes of a direction are shown: a comment has to be read.
const SHOWN_CHANGES: usize = 20;
const SHOWN_ENDPOINTS: usize = 5;

/// Longer texts are cut.
const SHOWN_CHARACTERS: usize = 160;

/// How many bytes each list may take: GitHub refuses comments of more than 65,536 characters, and
/// what stands around the lists takes a few hundred.
const GAINED_BYTES: usize = 20_000;
const LOST_BYTES: usize = 12_000;
const COMMANDS_BYTES: usize = 16_000;
const EVENTS_BYTES: usize = 8_000;

impl DifferenceView {
    /// The verdict, the gains and the losses; whatever the difference, at most 60,000 bytes.
    pub fn to_markdown(&self) -> String {
        let mut lines = vec![format!("### Access: {}", self.verdict()), String::new()];
        let directions = [("Gained", &self.gained, GAINED_BYTES), ("Lost", &self.lost, LOST_BYTES)];
        for (title, changes, bytes) in directions {
            if changes.is_empty() {
                continue;
            }
            lines.push(format!("**{title}**"));
            lines.push(String::new());
            lines.push("| who | to | from | when |".to_owned());
            lines.push("|---|---|---|---|".to_owned());
            let (shown, more) = fitting(changes.iter().map(row), bytes);
            lines.extend(shown);
            lines.push(String::new());
            if let Some(more) = more {
                lines.extend([more, String::new()]);
            }
        }
        if !self.settings.is_empty() {
            lines.extend(["**Settings**".to_owned(), String::new()]);
            lines.extend(self.settings.iter().map(|change| {
                let gain = if change.unbounded { "; counts as access gained" } else { "" };
                let (old, new) = (cell(&cut(&change.old)), cell(&cut(&change.new)));
                format!("- `{}`: {old} → {new} ({}{gain})", change.setting, change.meaning)
            }));
            lines.push(String::new());
        }
        if !self.answered_otherwise.is_empty() {
            let count = counted(self.answered_otherwise.len(), "class");
            lines.extend([
                format!("{count} of requests that neither policy lets in: answered otherwise."),
                String::new(),
            ]);
        }
        if !self.by_itself.is_empty() {
            lines.extend(["**By itself, in the new policy**".to_owned(), String::new()]);
            let events = self.by_itself.iter().map(|event| format!("- {}", cell(&event.words())));
            let (shown, more) = fitting(events, EVENTS_BYTES);
            lines.extend(shown);
            lines.extend(more.map(|more| format!("- {more}")));
            lines.push(String::new());
        }
        let witnesses: Vec<&WitnessView> =
            self.gained.iter().filter_map(|change| change.witness.as_ref()).collect();
        let commands = witnesses.iter().map(|witness| witness.command.clone());
        let (commands, more) = fitting(commands, COMMANDS_BYTES);
        if !commands.is_empty() {
            lines.push("<details><summary>A request for each gain</summary>\n\n```sh".to_owned());
            lines.extend(commands);
            lines.extend(more.map(|more| format!("# {more}")));
            lines.push("```\n</details>\n".to_owned());
        }
        lines.join("\n")
    }
}

/// The first lines, as many as there is room for, and how many are left out.
fn fitting(
    lines: impl ExactSizeIterator<Item = String>,
    bytes: usize,
) -> (Vec<String>, Option<String>) {
    let count = lines.len();
    let (mut shown, mut left) = (Vec::new(), bytes);
    for line in lines.take(SHOWN_CHANGES) {
        // With its line end.
        let Some(rest) = left.checked_sub(line.len().saturating_add(1)) else { break };
        left = rest;
        shown.push(line);
    }
    let more = and_more(count, shown.len());
    (shown, more)
}

fn row(change: &ChangeView) -> String {
    let access: Vec<String> = change
        .access
        .iter()
        .take(SHOWN_ENDPOINTS)
        .map(|access| {
            let endpoints = access.endpoints.iter().take(SHOWN_ENDPOINTS);
            let endpoints: Vec<String> = endpoints
                .map(endpoint)
                .chain(and_more(access.endpoints.len(), SHOWN_ENDPOINTS))
                .collect();
            format!("{}: {}", cell(&access.title()), endpoints.join(", "))
        })
        .chain(and_more(change.access.len(), SHOWN_ENDPOINTS))
        .chain(change.place_words().map(|words| cell(&words)))
        .collect();
    format!(
        "| {} | {} | {} | {} |",
        cell(&change.owner_words()),
        access.join("<br>"),
        cell(&change.addresses.words),
        cell(change.when.as_deref().unwrap_or("always"))
    )
}

/// What it is in this policy, and for which methods it is something else in the other one.
fn endpoint(one: &EndpointView) -> String {
    match (&one.endpoint, one.difference()) {
        (Some(endpoint), Some(difference)) => {
            format!("{} {}", code(endpoint), cell(&cut(&difference)))
        }
        (Some(endpoint), None) => code(endpoint),
        (None, _) => format!("{}, such as {}", cell(&cut(&one.method_words())), code(&one.example)),
    }
}

/// What parts a name from the sign that would make a link of it: a space without width.
const NO_LINK: &str = "&#8203;";

/// Text in a cell of a table: nothing in it ends the cell, is taken for markup, makes a link or calls
/// somebody (`@name`), which is looked for when all markup is gone.
fn cell(text: &str) -> String {
    let mut escaped = String::new();
    for (at, character) in text.char_indices() {
        let (before, after) = text.split_at_checked(at).unwrap_or_default();
        let last = before.as_bytes().last_chunk::<3>();
        if character == '.' && last.is_some_and(|last| last.eq_ignore_ascii_case(b"www")) {
            escaped.push_str(NO_LINK);
        }
        if "|\\`*_~<>[]#&".contains(character) {
            escaped.push('\\');
        }
        escaped.push(character);
        if matches!(character, '@' | '#') || after.starts_with("://") {
            escaped.push_str(NO_LINK);
        }
    }
    escaped
}

/// Code in a cell of a table.
fn code(text: &str) -> String {
    format!("`{}`", cut(text).replace('`', "'").replace('|', "\\|"))
}

fn cut(text: &str) -> String {
    let mut shown: String = text.chars().take(SHOWN_CHARACTERS).collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_stays_text() {
        for (text, expected) in [
            ("acme, key ci", "acme, key ci"),
            ("@admin #1", "@&#8203;admin \\#&#8203;1"),
            ("~~gone~~ *b* a|b", "\\~\\~gone\\~\\~ \\*b\\* a\\|b"),
            ("https://a.example WwW.b.example", "https:&#8203;//a.example WwW&#8203;.b.example"),
            ("until 2026-01-01T00:00:00Z", "until 2026-01-01T00:00:00Z"),
        ] {
            assert_eq!(cell(text), expected);
        }
    }

    #[test]
    fn lists_are_bounded() {
        let lines = |count: usize, length: usize| vec!["x".repeat(length); count].into_iter();
        assert_eq!(fitting(lines(3, 9), 30).0.len(), 3);
        let (shown, more) = fitting(lines(5, 9), 30);
        assert_eq!((shown.len(), more.as_deref()), (3, Some("… and 2 more")));
        let (shown, more) = fitting(lines(30, 1), 1_000);
        assert_eq!((shown.len(), more.as_deref()), (20, Some("… and 10 more")));
    }
}
