//! Keys in clear text: those of a policy, and those that only look like one.

use std::fmt::Write;

use proptest::prelude::*;
use proptest::sample::select;

use crate::oracle::checksum;

/// What a key looks like. Together with its place in the policy it is one text, and no other key has that.
#[derive(Debug, Clone, Copy)]
pub(super) enum Form {
    /// A word, as other systems may have issued it.
    Word,
    /// 64 hexadecimal characters.
    Hexadecimal,
    /// With characters that mean something in queries, cookies and headers.
    Special,
    /// The product's own form, with the right checksum.
    Own,
    /// Nearly the product's own form: the policy has its digest, and still it is malformed.
    Broken,
    /// As long as a credential may be.
    Longest,
    /// One byte longer.
    TooLong,
}

/// How a key is sent.
#[derive(Debug, Clone, Copy)]
pub(super) enum Sent {
    Right,
    OneCharacterChanged(u8),
    LastCharacterMissing,
    InCapitals,
    TwiceInARow,
    WithBlankInside,
    Empty,
    Unknown,
    /// The product's own form with the right checksum, and nobody's key.
    UnknownOwn,
    /// Bytes that are no text.
    NoText,
}

pub(super) fn form() -> impl Strategy<Value = Form> {
    prop_oneof![
        6 => Just(Form::Word),
        1 => Just(Form::Hexadecimal),
        3 => Just(Form::Special),
        4 => Just(Form::Own),
        1 => Just(Form::Broken),
        1 => Just(Form::Longest),
        1 => Just(Form::TooLong),
    ]
}

pub(super) fn sent() -> impl Strategy<Value = Sent> {
    prop_oneof![
        12 => Just(Sent::Right),
        2 => any::<u8>().prop_map(Sent::OneCharacterChanged),
        2 => select(vec![
            Sent::LastCharacterMissing,
            Sent::InCapitals,
            Sent::TwiceInARow,
            Sent::WithBlankInside,
            Sent::Empty,
            Sent::Unknown,
            Sent::UnknownOwn,
            Sent::NoText,
        ]),
    ]
}

/// The key of a client, in clear text.
pub(super) fn text(form: Form, prefix: &str, client: usize, key: usize) -> String {
    let word = format!("c{client}k{key}");
    match form {
        Form::Word => format!("key-{word}"),
        Form::Hexadecimal => word.bytes().cycle().take(32).fold(String::new(), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        }),
        Form::Special => format!("{word} a+b%41&c=d,e:f"),
        Form::Own => own(prefix, &word),
        Form::Broken => format!("{prefix}_{word}"),
        Form::Longest => format!("{word:x<1024}"),
        Form::TooLong => format!("{word:x<1025}"),
    }
}

/// The bytes that are sent for a key.
pub(super) fn bytes(sent: Sent, key: &str, prefix: &str) -> Vec<u8> {
    let text = match sent {
        Sent::Right => key.to_owned(),
        Sent::OneCharacterChanged(at) => changed(key, usize::from(at)),
        Sent::LastCharacterMissing => {
            key.chars().take(key.chars().count().saturating_sub(1)).collect()
        }
        Sent::InCapitals => key.to_ascii_uppercase(),
        Sent::TwiceInARow => format!("{key}{key}"),
        Sent::WithBlankInside => format!("{key} {key}"),
        Sent::Empty => String::new(),
        Sent::Unknown => "nobodys-key".to_owned(),
        Sent::UnknownOwn => own(prefix, "nobody"),
        Sent::NoText => return vec![0x80, 0xC3, 0xFF],
    };
    text.into_bytes()
}

fn own(prefix: &str, word: &str) -> String {
    let random = format!("{word:X<30}");
    format!("{prefix}_{random}{}", checksum(random.as_bytes()))
}

fn changed(key: &str, at: usize) -> String {
    let at = at % key.len().max(1);
    let other = |character| if character == 'Q' { 'R' } else { 'Q' };
    key.chars()
        .enumerate()
        .map(|(place, character)| if place == at { other(character) } else { character })
        .collect()
}
