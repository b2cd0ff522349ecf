//! Keys in clear text that found their way into a policy, kept out of every message.

use std::borrow::Cow;
use std::ops::Range;

use policy_table::key_format::{CHECKSUM_CHARACTERS, ENTROPY_CHARACTERS, checksum};

/// What a key has after its prefix and the `_`.
const KEY_BODY_CHARACTERS: usize = ENTROPY_CHARACTERS + CHECKSUM_CHARACTERS;

/// The characters a key is made of: those of bearer tokens (RFC 6750 §2.1), and letters and digits of
/// all scripts.
fn is_key_character(character: char) -> bool {
    character.is_alphanumeric() || matches!(character, '-' | '.' | '_' | '~' | '+' | '/' | '=')
}

/// How many characters after the prefix make a word a key rather than a name.
const MIN_SECRET_CHARACTERS: usize = 8;

/// Words at least this long that are not a digest are hidden where the place of a word in
/// the document is not known: in a document that is no YAML.
const MIN_LONG_WORD: usize = 16;

/// What people call a field or column that holds the key itself.
const NAMES_OF_A_KEY: [&str; 8] =
    ["api_key", "apikey", "key", "password", "plain", "secret", "token", "value"];

/// Whether a field or column of this name is meant to hold a key in clear text.
pub(crate) fn is_name_of_a_key(name: &str) -> bool {
    NAMES_OF_A_KEY.contains(&name.to_ascii_lowercase().as_str())
}

/// The text with every word masked that begins like a key of this policy, or is a key of any.
pub(crate) fn mask_keys(text: &str, key_prefix: &str) -> String {
    mask_words(text, |word| begins_like_key(word, key_prefix) || holds_key(word))
}

/// The text with every key masked that Portcullis made, for whichever policy: the last net under
/// all output.
pub(crate) fn mask_own_keys(text: &str) -> Cow<'_, str> {
    if holds_key(text) { Cow::Owned(mask_words(text, holds_key)) } else { Cow::Borrowed(text) }
}

/// Whether a key that Portcullis made is in a text.
pub(crate) fn holds_key(text: &str) -> bool {
    keys_in(text).next().is_some()
}

/// Where in a text keys are that Portcullis made, for whichever policy: after some `_` the random
/// characters and the checksum of these, which no other word has by chance.
pub(crate) fn keys_in(text: &str) -> impl Iterator<Item = Range<usize>> {
    let bytes = text.as_bytes();
    // Most texts are shorter than any key.
    let searched = if bytes.len() > KEY_BODY_CHARACTERS { bytes } else { &[] };
    memchr::memchr_iter(b'_', searched).filter_map(move |at| {
        let body = bytes.get(at.saturating_add(1)..)?;
        let (entropy, rest) = body.split_at_checked(ENTROPY_CHARACTERS)?;
        let holds =
            entropy.iter().all(u8::is_ascii_alphanumeric) && rest.starts_with(&checksum(entropy));
        if !holds {
            return None;
        }
        let is_of_prefix = |byte: &&u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_');
        let prefix = bytes.get(..at)?.iter().rev().take_while(is_of_prefix).count();
        Some(at.saturating_sub(prefix)..at.saturating_add(1).saturating_add(KEY_BODY_CHARACTERS))
    })
}

/// Where the keys in a text end that Portcullis made.
pub(crate) struct KeyEnds(Vec<usize>);

impl KeyEnds {
    pub(crate) fn of(text: &str) -> Self {
        Self(keys_in(text).map(|key| key.end).collect())
    }

    /// Whether a key is in a part of the text, whatever of its prefix is.
    pub(crate) fn any_in(&self, part: Range<usize>) -> bool {
        let first = part.start.saturating_add(1).saturating_add(KEY_BODY_CHARACTERS);
        let next = self.0.get(self.0.partition_point(|end| *end < first));
        next.is_some_and(|end| *end <= part.end)
    }
}

/// The text with every word masked that is long enough to be a key, but not a digest.
pub(crate) fn mask_long_words(text: &str) -> String {
    mask_words(text, |word| {
        word.len() >= MIN_LONG_WORD
            && !(word.len() == 64 && word.bytes().all(|byte| byte.is_ascii_hexdigit()))
    })
}

/// The text with every word masked that is long enough to be a key and has letters and digits, as
/// keys have, or as many of either in a row: no address and no time does.
pub(crate) fn mask_tokens(text: &str) -> String {
    mask_words(text, |word| {
        let is_long = |text: &str| text.chars().nth(MIN_LONG_WORD.saturating_sub(1)).is_some();
        let mixed = word.contains(char::is_alphabetic) && word.contains(char::is_numeric);
        let in_a_row = || word.split(|character: char| !character.is_alphanumeric()).any(is_long);
        is_long(word) && (mixed || in_a_row())
    })
}

/// As many stars as the text has characters, so that columns stay what they were.
pub(crate) fn stars(text: &str) -> String {
    text.chars().map(|_| '*').collect()
}

/// Whether a word has the prefix of this policy's keys and something after it.
pub(crate) fn begins_like_key(word: &str, key_prefix: &str) -> bool {
    !key_prefix.is_empty()
        && word.match_indices(key_prefix).any(|(at, _)| {
            word.get(at.saturating_add(key_prefix.len())..)
                .and_then(|rest| rest.strip_prefix('_'))
                .is_some_and(|secret| secret.len() >= MIN_SECRET_CHARACTERS)
        })
}

fn mask_words(text: &str, is_secret: impl Fn(&str) -> bool) -> String {
    let mut masked = String::with_capacity(text.len());
    let mut rest = text;
    while !rest.is_empty() {
        let length = rest.find(|character| !is_key_character(character)).unwrap_or(rest.len());
        let (word, after) = rest.split_at(length);
        if is_secret(word) {
            masked.push_str(&stars(word));
        } else {
            masked.push_str(word);
        }
        let mut characters = after.chars();
        masked.extend(characters.next());
        rest = characters.as_str();
    }
    masked
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_masked_and_nothing_else() {
        let text = "unknown field `pc_live_NOTAREALKEY` beside `pc_live` and `pc_live_a`";
        assert_eq!(
            mask_keys(text, "pc_live"),
            "unknown field `*******************` beside `pc_live` and `pc_live_a`"
        );
    }

    #[test]
    fn tokens_are_masked_and_addresses_are_not() {
        let text =
            "203.0.113.10-203.0.113.256 2001:db8::1/129 2027-01-01T00:00:00Z next-year-or-later";
        assert_eq!(mask_tokens(text), text);
        for token in ["NOT-A-REAL-KEY-0001", "sk-NotARealKeyAtAll", "1234567890123456"] {
            assert_eq!(mask_tokens(token), "*".repeat(token.len()));
        }
        assert_eq!(mask_tokens("ключ-секрет-12345"), "*".repeat(17));
        assert_eq!(mask_tokens("ключ-секрет-123"), "ключ-секрет-123");
    }

    #[test]
    fn keys_of_every_policy_are_known_by_their_checksum() {
        // The public example of GitHub's own documentation of the format, for another prefix.
        let key = ["x", "_zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ", "0mLq17"].concat();
        let text = format!("there is no client `{key}` in /tmp/{key}.yaml");
        let masked = mask_own_keys(&text);
        assert!(
            !masked.contains("zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ") && masked.contains("client `**")
        );
        assert_eq!(masked.len(), text.len());
        let parts: Vec<&str> = keys_in(&text).map(|range| text.get(range).unwrap()).collect();
        assert_eq!(parts, [&key, &key]);
        let ends = KeyEnds::of(&text);
        for start in 0..text.len() {
            for end in start..=text.len() {
                let holds = holds_key(text.get(start..end).unwrap());
                assert_eq!(ends.any_in(start..end), holds, "{start} {end}");
            }
        }
        let typing_error = text.replace("0mLq17", "0mLq18");
        assert_eq!(mask_own_keys(&typing_error), typing_error);
    }

    #[test]
    fn digests_are_no_secrets() {
        let digest = "0123456789abcdef".repeat(4);
        assert_eq!(mask_long_words(&digest), digest);
        assert_eq!(mask_long_words("é NOT-A-REAL-KEY-BUT-LONG"), format!("é {}", "*".repeat(23)));
    }
}
