//! A difference as a comment on a pull request.

use super::human::and_more;
use super::view::{ChangeView, DifferenceView};

/// How many changes of a direction are shown: a comment has to be read, and its length is bounded.
const SHOWN_CHANGES: usize = 20;
const SHOWN_ENDPOINTS: usize = 5;

impl DifferenceView {
    /// The verdict, the gains and the losses; whatever the difference, a few thousand words at most.
    pub fn to_markdown(&self) -> String {
        let mut lines = vec![format!("### Access: {}", self.verdict()), String::new()];
        for (title, changes) in [("Gained", &self.gained), ("Lost", &self.lost)] {
            if changes.is_empty() {
                continue;
            }
            lines.push(format!("**{title}**"));
            lines.push(String::new());
            lines.push("| who | to | from | when |".to_owned());
            lines.push("|---|---|---|---|".to_owned());
            lines.extend(changes.iter().take(SHOWN_CHANGES).map(row));
            lines.push(String::new());
            if let Some(more) = and_more(changes.len(), SHOWN_CHANGES) {
                lines.extend([more, String::new()]);
            }
        }
        if !self.settings.is_empty() {
            lines.extend(["**Settings**".to_owned(), String::new()]);
            lines.extend(self.settings.iter().map(|change| {
                let gain = if change.unbounded { "; counts as access gained" } else { "" };
                let (old, new) = (cell(&change.old), cell(&change.new));
                format!("- `{}`: {old} → {new} ({}{gain})", change.setting, change.meaning)
            }));
            lines.push(String::new());
        }
        if !self.answered_otherwise.is_empty() {
            let count = super::words::counted(self.answered_otherwise.len(), "class");
            lines.extend([
                format!("{count} of requests that neither policy lets in: answered otherwise."),
                String::new(),
            ]);
        }
        if !self.by_itself.is_empty() {
            lines.extend(["**By itself, in the new policy**".to_owned(), String::new()]);
            let events = self.by_itself.iter().take(SHOWN_CHANGES);
            lines.extend(events.map(|event| format!("- {}", cell(&event.words()))));
            lines.extend(
                and_more(self.by_itself.len(), SHOWN_CHANGES).map(|more| format!("- {more}")),
            );
            lines.push(String::new());
        }
        let gained = self.gained.iter().take(SHOWN_CHANGES);
        let commands: Vec<&str> = gained
            .filter_map(|change| change.witness.as_ref())
            .map(|witness| witness.command.as_str())
            .collect();
        if !commands.is_empty() {
            lines.push("<details><summary>A request for each gain</summary>\n\n```sh".to_owned());
            lines.extend(commands.iter().map(|command| (*command).to_owned()));
            lines.push("```\n</details>\n".to_owned());
        }
        lines.join("\n")
    }
}

fn row(change: &ChangeView) -> String {
    let access: Vec<String> = change
        .access
        .iter()
        .take(SHOWN_ENDPOINTS)
        .map(|access| {
            let endpoints = access.endpoints.iter().take(SHOWN_ENDPOINTS);
            let endpoints: Vec<String> = endpoints
                .map(|one| code(one.endpoint.as_deref().unwrap_or(&one.example)))
                .chain(and_more(access.endpoints.len(), SHOWN_ENDPOINTS))
                .collect();
            format!("{}: {}", cell(&access.title()), endpoints.join(", "))
        })
        .chain(and_more(change.access.len(), SHOWN_ENDPOINTS))
        .collect();
    format!(
        "| {} | {} | {} | {} |",
        cell(&change.owner_words()),
        access.join("<br>"),
        cell(&change.addresses.words),
        cell(change.when.as_deref().unwrap_or("always"))
    )
}

/// Text in a cell of a table: nothing in it ends the cell, or is taken for markup.
fn cell(text: &str) -> String {
    let mut escaped = String::new();
    for character in text.chars() {
        if "|\\`*_<>[]#&".contains(character) {
            escaped.push('\\');
        }
        escaped.push(character);
    }
    escaped
}

/// Code in a cell of a table.
fn code(text: &str) -> String {
    format!("`{}`", text.replace('`', "'").replace('|', "\\|"))
}
