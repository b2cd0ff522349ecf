//! A new key in the place of an old one, which goes on for a while or ends at once.

use std::fmt;

use super::new_key;
use crate::edit::Change;
use crate::model::{Client, Digest, Key, LAST_MOMENT, Name, Window, show_time};

/// When a key ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// At a moment in Unix seconds.
    At(i64),
    /// It does not.
    Never,
}

/// How a key is rotated.
#[derive(Debug)]
pub struct Rotation {
    /// The moment of it, in Unix seconds.
    pub now: i64,
    /// How long the old key goes on, in seconds.
    pub overlap: u64,
    /// The name of the new key.
    pub name: Name,
    /// The digest of the new key.
    pub digest: Digest,
    /// The end of the new key; that of the old one where nothing is said.
    pub end: Option<End>,
}

/// Why a key cannot be rotated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CannotRotate {
    /// It is a legacy access profile.
    Profile,
    /// It is not valid yet at the moment when it is to end.
    NotYetValid,
    /// The old key would end after the last moment that a policy can name.
    TooLate,
    /// The new key would have ended before it begins.
    Ended(i64),
}

/// The changes that rotate a key: a new one that may do what the old one may, and an end of the
/// old one, unless that ends earlier by itself.
///
/// # Errors
/// When there is no sense in it.
pub fn rotate(client: &Client, old: &Key, rotation: Rotation) -> Result<Vec<Change>, CannotRotate> {
    let Rotation { now, overlap, name, digest, end } = rotation;
    if old.legacy.is_some() {
        return Err(CannotRotate::Profile);
    }
    let begins = old.window.not_before();
    let until = now.saturating_add_unsigned(overlap);
    if begins.is_some_and(|first| until < first) {
        return Err(CannotRotate::NotYetValid);
    }
    // A key ends a second after it begins at the earliest.
    let until = begins.map_or(until, |first| until.max(first.saturating_add(1)));
    if until > LAST_MOMENT {
        return Err(CannotRotate::TooLate);
    }
    // A rotation gives nobody more than there was, neither time nor anything else.
    let end = end.unwrap_or_else(|| old.window.expires().map_or(End::Never, End::At));
    let expires = match end {
        End::At(moment) => Some(moment),
        End::Never => None,
    };
    let window = Window::new(old.window.not_before().filter(|first| *first > now), expires);
    let window = window.filter(|_| expires.is_none_or(|moment| moment > now));
    let window = window.ok_or_else(|| CannotRotate::Ended(expires.unwrap_or(now)))?;
    let new = new_key(name, digest, window, old.rule.clone(), old.grant.clone());
    let mut changes = vec![Change::AddKey {
        client: client.name.clone(),
        key: new.into(),
        beside: Some(old.name.clone()),
    }];
    if old.window.expires().is_none_or(|moment| moment > until) {
        let (client, key) = (client.name.clone(), old.name.clone());
        changes.push(Change::SetKeyExpires { client, key, expires: until });
    }
    Ok(changes)
}

/// A name for the key that follows another one: its name with the day, `production-2026-11-25`,
/// and a number where the client has such a key.
pub fn fresh_name(client: &Client, old: &Name, now: i64) -> Option<Name> {
    let day: String = show_time(now).chars().take("2026-11-25".len()).collect();
    let stem = stem(old.as_str());
    let names = std::iter::once(format!("{stem}-{day}"))
        .chain((2_u32..).map(|number| format!("{stem}-{day}-{number}")));
    let taken = |name: &str| client.keys.iter().any(|key| key.name.as_str() == name);
    names
        .take(client.keys.len().saturating_add(1))
        .find(|name| !taken(name))
        .and_then(|name| Name::new(&name))
}

/// A name without the day that an earlier rotation has put at its end.
fn stem(name: &str) -> &str {
    let day =
        |text: &str| text.len() == "2026-11-25".len() && crate::model::parse_time(text).is_some();
    let unnumbered = name
        .rsplit_once('-')
        .filter(|(_, number)| number.parse::<u32>().is_ok_and(|number| number < 1_000))
        .map_or(name, |(rest, _)| rest);
    [name, unnumbered]
        .into_iter()
        .find_map(|name| {
            let (rest, end) = name.split_at_checked(name.len().checked_sub(10)?)?;
            rest.strip_suffix('-').filter(|rest| day(end) && !rest.is_empty())
        })
        .unwrap_or(name)
}

impl fmt::Display for CannotRotate {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Profile => formatter.write_str(
                "it is a legacy access profile; make it a key first: `portcullis profile migrate`",
            ),
            Self::NotYetValid => formatter.write_str(
                "it is not valid yet when it is to end; take it out with `portcullis key revoke --remove` and make a new one",
            ),
            Self::TooLate => write!(
                formatter,
                "the old key would end after {}, the last moment that a policy can name; give a shorter `--overlap`",
                show_time(LAST_MOMENT)
            ),
            Self::Ended(moment) => write!(
                formatter,
                "the new key would end on {}, before it begins; say with `--expires` when it ends",
                show_time(*moment)
            ),
        }
    }
}

impl std::error::Error for CannotRotate {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_replaced_and_nothing_else() {
        let cases = [
            ("production", "production"),
            ("production-2026-11-25", "production"),
            ("production-2026-11-25-2", "production"),
            ("production-2026-13-25", "production-2026-13-25"),
            ("2026-11-25", "2026-11-25"),
            ("-2026-11-25", "-2026-11-25"),
            ("worker-2", "worker-2"),
        ];
        for (name, expected) in cases {
            assert_eq!(stem(name), expected, "{name}");
        }
    }
}
