//! A difference for people, on a terminal.

use super::events::{Event, EventKind};
use super::opens::OpensView;
use super::view::{AccessView, ChangeView, DifferenceView, EndpointView, KeyView};
use crate::counted::{counted, grouped};

/// How a text is set off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Paint {
    /// With colours, for a terminal.
    Colours,
    /// As plain text.
    Plain,
}

/// How many of each thing are shown before the rest is counted.
const SHOWN_KEYS: usize = 5;
const SHOWN_ENDPOINTS: usize = 8;
const SHOWN_ANSWERS: usize = 5;

impl DifferenceView {
    /// All of it, for people.
    pub fn to_human(&self, paint: Paint) -> String {
        let mut lines = Vec::new();
        for (what, sign, colour, changes) in
            [("gained", '+', Colour::Red, &self.gained), ("lost", '-', Colour::Green, &self.lost)]
        {
            if !changes.is_empty() {
                lines.push(colour.paint(paint, &format!("access {what}")));
            }
            for change in changes {
                lines.push(colour.paint(paint, &format!("  {sign} {}", change.owner_words())));
                lines.extend(change.detail().into_iter().map(|line| format!("      {line}")));
            }
        }
        for change in &self.settings {
            let unbounded = if change.unbounded { "; counts as access gained" } else { "" };
            let (setting, old, new) = (change.setting, &change.old, &change.new);
            lines.push(format!(
                "setting `{setting}`: {old} -> {new} ({}{unbounded})",
                change.meaning
            ));
        }
        if !self.answered_otherwise.is_empty() {
            lines.push("refused by both, answered otherwise".to_owned());
        }
        for answer in self.answered_otherwise.iter().take(SHOWN_ANSWERS) {
            lines.push(format!("    {}: {} -> {}", answer.example, answer.old, answer.new));
        }
        lines.extend(
            and_more(self.answered_otherwise.len(), SHOWN_ANSWERS)
                .map(|more| format!("    {more}")),
        );
        if !self.by_itself.is_empty() {
            lines.push("by itself, in the new policy".to_owned());
            lines.extend(self.by_itself.iter().map(|event| format!("    {}", event.words())));
        }
        lines.push(self.verdict());
        lines.join("\n")
    }

    /// What it comes to, in a sentence.
    pub(super) fn verdict(&self) -> String {
        let from = match (&self.looked_at.from, &self.looked_at.until) {
            (Some(from), Some(until)) => format!(" from {from} until {until}"),
            (Some(from), None) => format!(" from {from} on"),
            (None, Some(until)) => format!(" until {until}"),
            (None, None) => String::new(),
        };
        let unbounded = self.settings.iter().any(|change| change.unbounded);
        match (self.gained.len(), self.lost.len()) {
            (0, 0) if unbounded => {
                format!("a setting changed that may give access to anyone{from}")
            }
            (0, 0) => format!("no difference in access{from}"),
            (gained, lost) => {
                format!("{} of access, {}{from}", counted(gained, "gain"), counted(lost, "loss"))
            }
        }
    }
}

impl OpensView {
    /// All of it, for people.
    pub fn to_human(&self, paint: Paint) -> String {
        let mut lines = Vec::new();
        for change in &self.access {
            lines.push(Colour::Green.paint(paint, &change.owner_words()));
            lines.extend(change.detail().into_iter().map(|line| format!("    {line}")));
        }
        if lines.is_empty() {
            lines.push("nobody, nothing: no such request is let in".to_owned());
        }
        lines.join("\n")
    }
}

impl Event {
    /// When, who and what.
    pub fn words(&self) -> String {
        format!("{}  {}", self.time, self.title())
    }

    /// Who and what.
    pub(super) fn title(&self) -> String {
        let owner = owner_words(self.client.as_deref().unwrap_or_default(), &self.keys);
        match (self.event, self.keys.len()) {
            (EventKind::Starts, 1) => format!("{owner} becomes valid"),
            (EventKind::Starts, _) => format!("{owner} become valid"),
            (EventKind::Expires, 1) => format!("{owner} expires"),
            (EventKind::Expires, _) => format!("{owner} expire"),
            (EventKind::Frozen, _) => "legacy access profiles are frozen".to_owned(),
            (EventKind::ProfilesEnd, _) => "legacy access profiles end".to_owned(),
        }
    }
}

/// `client acme, key production`, or `client acme, 1,000 keys: a, b, c, d, e … and 995 more`.
fn owner_words(client: &str, keys: &[KeyView]) -> String {
    let names: Vec<&str> = keys.iter().take(SHOWN_KEYS).map(|key| key.name.as_str()).collect();
    let names = names.join(", ");
    let more = and_more(keys.len(), SHOWN_KEYS).map_or(String::new(), |more| format!(" {more}"));
    match keys.len() {
        1 => format!("client {client}, key {names}"),
        count => format!("client {client}, {}: {names}{more}", counted(count, "key")),
    }
}

impl ChangeView {
    /// Whose access it is.
    pub(super) fn owner_words(&self) -> String {
        match &self.client {
            None => "anyone, without a credential".to_owned(),
            Some(client) => owner_words(client, &self.keys),
        }
    }

    /// Where the key stands, if the policies differ about that.
    pub(super) fn place_words(&self) -> Option<String> {
        self.places_differ.then(|| format!("with the key in {}", self.places.join(" or ")))
    }

    /// To what, from where, when, and the proof.
    fn detail(&self) -> Vec<String> {
        let mut lines = Vec::new();
        for access in &self.access {
            lines.push(format!("to {}", access.title()));
            let endpoints = access.endpoints.iter().take(SHOWN_ENDPOINTS);
            lines.extend(endpoints.map(|endpoint| format!("   {}", endpoint.words())));
            lines.extend(
                and_more(access.endpoints.len(), SHOWN_ENDPOINTS).map(|more| format!("   {more}")),
            );
        }
        lines.push(format!("from {}", self.addresses.words));
        lines.extend(self.when.clone());
        lines.extend(self.place_words());
        lines.extend(self.witness.as_ref().map(|witness| witness.command.clone()));
        lines
    }
}

impl AccessView {
    /// The collection and why it is open.
    pub(super) fn title(&self) -> String {
        match (&self.collection, self.reason) {
            (Some(collection), "public") => format!("collection {collection} (public)"),
            (Some(collection), _) => format!("collection {collection}"),
            (None, "preflight") => "CORS preflights".to_owned(),
            (None, _) => "paths that no endpoint matches".to_owned(),
        }
    }
}

impl EndpointView {
    /// The endpoint, and for which methods where not for all of its own.
    fn words(&self) -> String {
        match (&self.endpoint, self.difference()) {
            (Some(endpoint), Some(difference)) => format!("{endpoint} {difference}"),
            (Some(endpoint), None) => endpoint.clone(),
            (None, _) => format!("{}, such as {}", self.method_words(), self.example),
        }
    }

    /// The methods, and what the other policy makes of them, where it is not the same endpoint there.
    pub(super) fn difference(&self) -> Option<String> {
        let other = self.other_policy.as_deref().filter(|_| !self.same_endpoint)?;
        Some(format!("({}; in the other policy: {other})", self.method_words()))
    }

    pub(super) fn method_words(&self) -> String {
        let others = self.methods.contains(&None);
        let others = match (others, self.small_letters) {
            (true, true) => Some("every other method"),
            (true, false) => Some("every other method without a small letter"),
            (false, true) => Some("every other method with a small letter"),
            (false, false) => None,
        };
        let named = self.methods.iter().flatten().map(String::as_str);
        named.chain(others).collect::<Vec<_>>().join(", ")
    }
}

/// Says how many are not shown.
pub(super) fn and_more(count: usize, shown: usize) -> Option<String> {
    let more = count.saturating_sub(shown);
    (more > 0).then(|| format!("… and {} more", grouped(more)))
}

#[derive(Clone, Copy)]
enum Colour {
    Red,
    Green,
}

impl Colour {
    fn paint(self, paint: Paint, text: &str) -> String {
        let code = match self {
            Self::Red => 31,
            Self::Green => 32,
        };
        match paint {
            Paint::Colours => format!("\u{1b}[{code}m{text}\u{1b}[0m"),
            Paint::Plain => text.to_owned(),
        }
    }
}
