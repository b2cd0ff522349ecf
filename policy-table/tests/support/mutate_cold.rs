//! Damage to settings and names that still decodes, so that it gets past the codec.

use super::checker::{Cold, read_cold};
use super::choose::Choose;
use super::parts::Parts;

/// Texts that stand at the edge of what a field may hold.
const TEXTS: [&[u8]; 19] = [
    b"",
    b"x-api-key",
    b"X-Key",
    b"a b",
    b" ",
    b"a\r\nb",
    b"a:b",
    b"\"",
    b"\\",
    b"\x7F",
    b"~",
    "\u{e9}".as_bytes(),
    "\u{9b}".as_bytes(),
    b"\xFF",
    b"!#$%&'*+-.^_`|~9",
    b"GET",
    b"eighteen_character",
    b"nineteen_characters",
    b"\0",
];

/// Changes one thing in the cold section. Where the section does not decode any more, nothing.
pub fn change(parts: &mut Parts, choose: &mut impl Choose) {
    if let Ok(mut cold) = read_cold(parts.bytes("cold")) {
        mutate(&mut cold, choose);
        *parts.section("cold") = cold.write();
    }
}

/// What is new in the cold section, in words.
pub fn describe(before: &Parts, after: &Parts) -> String {
    let lines = |parts: &Parts| -> Vec<String> {
        let cold = read_cold(parts.bytes("cold"));
        format!("{cold:#?}").lines().map(str::to_owned).collect()
    };
    let before = lines(before);
    let new: Vec<_> = lines(after).into_iter().filter(|line| !before.contains(line)).collect();
    format!("cold: {}", new.join(" "))
}

fn mutate(cold: &mut Cold, choose: &mut impl Choose) {
    match choose.below(16) {
        0 => cold.trusted_hops = Some([0, 1, 2, 15, 16, 17, 0xFF][choose.below(7)]),
        1 => cold.trusted_hops = None,
        2 => {
            let position = choose.below(cold.credentials.len());
            if let Some(credential) = cold.credentials.get_mut(position) {
                credential.0 = choose.below(6) as u32;
            }
        }
        3 => {
            let position = choose.below(cold.credentials.len());
            if let Some(credential) = cold.credentials.get_mut(position) {
                credential.1 = text(choose);
            }
        }
        4 => {
            let length = choose.below(10);
            cold.credentials.resize(length, (choose.below(5) as u32, text(choose)));
        }
        5 => cold.forward[choose.below(3)] = None,
        6 => cold.forward[choose.below(3)] = Some(text(choose)),
        7 => match choose.below(3) {
            0 => cold.strip_credential = !cold.strip_credential,
            1 => cold.unmatched = choose.below(3) as u32,
            _ => cold.preflight = choose.below(3) as u32,
        },
        8 => cold.realm = text(choose),
        9 => cold.key_prefix = text(choose),
        10 => cold.gateway_rule = [0, 1, 2, 3, 4, u32::MAX - 1, u32::MAX][choose.below(7)],
        11 => {
            let length = choose.below(34);
            cold.methods.resize(length, text(choose));
        }
        12 => {
            let position = choose.below(cold.methods.len());
            if let Some(method) = cold.methods.get_mut(position) {
                *method = text(choose);
            }
        }
        13 => {
            let list = &mut cold.optional_names[choose.below(2)];
            *list = if list.is_some() { None } else { Some(Default::default()) };
        }
        list => {
            let names = match (list, choose.below(3)) {
                (14, position) => &mut cold.names[position],
                (_, position) => {
                    let Some(names) = &mut cold.optional_names[position % 2] else { return };
                    names
                }
            };
            match choose.below(5) {
                0 => names.text = text(choose),
                1 => {
                    // A name longer by some text, and all ends after it moved.
                    let added = text(choose);
                    names.text.splice(0..0, added.iter().copied());
                    for end in names.ends.as_chunks_mut::<4>().0 {
                        *end = (u32::from_le_bytes(*end) + added.len() as u32).to_le_bytes();
                    }
                }
                2 => {
                    let length = names.ends.len();
                    names.ends.truncate(choose.below(length + 1));
                }
                3 => {
                    let last = names.ends.len().saturating_sub(4);
                    let end = names.ends[last..].to_vec();
                    names.ends.extend(end);
                }
                _ => {
                    let count = names.ends.len() / 4;
                    let length = names.text.len() as u32;
                    let position = choose.below(count);
                    let value = [0, 1, length.wrapping_sub(1), length, length + 1, u32::MAX]
                        [choose.below(6)];
                    if let Some(end) = names.ends.as_chunks_mut::<4>().0.get_mut(position) {
                        *end = value.to_le_bytes();
                    }
                }
            }
        }
    }
}

fn text(choose: &mut impl Choose) -> Vec<u8> {
    TEXTS[choose.below(TEXTS.len())].to_vec()
}
