//! Paths: those of a policy's endpoints, and what attackers make of them.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

/// What may stand for `{name}`.
const FILLINGS: &[&str] =
    &["1", "2", "a", "b", "a", "b", "x.y", "é", "%C3%A9", "a%20b", "...", "%2e%2e", "", "A"];

/// What may stand for `**`.
const RESTS: &[&str] = &[
    "",
    "",
    "a",
    "a",
    "b",
    "a/b",
    "a/b",
    "a/",
    "1/2/3",
    "1/2/3",
    "é/%C3%A9",
    "a//b",
    "..",
    "x%2fy",
    ".%E2%80%8E./a",
    "a%e2%80%ae",
    "%e2%82%ac",
];

/// What may be put in anywhere.
const INSERTS: &[&str] = &[
    "/", "//", "/./", "/../", "/..", "/.", "%2e", "%2E%2E", "/%2e/", "/%2e%2e/", "/.%2e/", "..;/",
    ";", ";v=1", "%3B", "\\", "%5c", "%5C", "%2f", "%2F", "%3f", "%3F", "%252f", "%252e", "%00",
    "%0a", "%1F", "%7f", "%20", " ", "\t", "\u{7f}", "\u{1}", "#", "%23", "%", "%2", "%zz",
    "%u002f", "*", "**", "{x}", "é", "%c3%a9", "%ff", "?", "&", "=", "+", "~", ".", "a", "b",
];

/// Whole paths.
const WHOLE: &[&str] =
    &["", "*", "/", "//", "/..", "/.", "a", "http://api.example.com/a", "**", "/*", "?", "/?a"];

#[derive(Debug, Clone)]
pub(super) struct PathRecipe {
    fillings: Vec<&'static str>,
    rest: &'static str,
    changes: Vec<Change>,
}

#[derive(Debug, Clone)]
enum Change {
    Insert(Index, &'static str),
    Remove(Index),
    InCapitals(Index),
    Escape(Index, Escape),
    Whole(&'static str),
    /// Many segments: more than any pattern has.
    Deep,
}

#[derive(Debug, Clone, Copy)]
enum Escape {
    Upper,
    Lower,
    Twice,
}

pub(super) fn path() -> impl Strategy<Value = PathRecipe> {
    let escape = select(vec![Escape::Upper, Escape::Lower, Escape::Twice]);
    let change = prop_oneof![
        6 => (any::<Index>(), select(INSERTS)).prop_map(|(at, text)| Change::Insert(at, text)),
        2 => any::<Index>().prop_map(Change::Remove),
        1 => any::<Index>().prop_map(Change::InCapitals),
        3 => (any::<Index>(), escape).prop_map(|(at, how)| Change::Escape(at, how)),
        1 => select(WHOLE).prop_map(Change::Whole),
        1 => Just(Change::Deep),
    ];
    let changes = prop_oneof![8 => Just(Vec::new()), 2 => vec(change, 1..3)];
    (vec(select(FILLINGS), 2), select(RESTS), changes)
        .prop_map(|(fillings, rest, changes)| PathRecipe { fillings, rest, changes })
}

impl PathRecipe {
    /// A path for this pattern.
    pub(super) fn cook(&self, pattern: &str) -> String {
        let mut path = pattern.to_owned();
        for (name, filling) in ["{x}", "{y}"].iter().zip(&self.fillings) {
            path = path.replace(name, filling);
        }
        if let Some(before) = path.strip_suffix("/**") {
            path = if self.rest.is_empty() {
                before.to_owned()
            } else {
                format!("{before}/{}", self.rest)
            };
        }
        self.changes.iter().fold(path, |path, change| change.apply(&path))
    }
}

impl Change {
    fn apply(&self, path: &str) -> String {
        let parts = |at: &Index| {
            let characters: Vec<char> = path.chars().collect();
            let at = at.index(characters.len().max(1));
            let (before, after) = characters.split_at(at.min(characters.len()));
            let rest: String = after.iter().skip(1).collect();
            (before.iter().collect::<String>(), after.first().copied().unwrap_or('/'), rest)
        };
        match self {
            Self::Insert(at, text) => {
                let (before, character, after) = parts(at);
                format!("{before}{character}{text}{after}")
            }
            Self::Remove(at) => {
                let (before, _, after) = parts(at);
                before + &after
            }
            Self::InCapitals(at) => {
                let (before, character, after) = parts(at);
                format!("{before}{}{after}", character.to_ascii_uppercase())
            }
            Self::Escape(at, how) => {
                let (before, character, after) = parts(at);
                let mut buffer = [0; 4];
                let escaped: String = character
                    .encode_utf8(&mut buffer)
                    .bytes()
                    .map(|byte| how.escape(byte))
                    .collect();
                before + &escaped + &after
            }
            Self::Whole(text) => (*text).to_owned(),
            Self::Deep => path.to_owned() + &"/a".repeat(70),
        }
    }
}

impl Escape {
    fn escape(self, byte: u8) -> String {
        match self {
            Self::Upper => format!("%{byte:02X}"),
            Self::Lower => format!("%{byte:02x}"),
            Self::Twice => format!("%25{byte:02x}"),
        }
    }
}
