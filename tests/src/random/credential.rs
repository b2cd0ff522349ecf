//! Credentials: in every place, in every dress, several at a time.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE};
use policy_compiler::model::CredentialSource;
use proptest::prelude::*;
use proptest::sample::Index;

use super::key::{self, Sent};

/// Variants are few for most parts of a dress; the first is the plain one.
const VARIANTS: u8 = 12;

const GAPS: &[&str] = &[" ", " ", " ", "  ", "\t", " \t ", "", ",", "\u{b}", " ,", " x,"];
const PADS: &[&str] = &["", "", "", " ", "\t", " \t "];
const BEARER: &[&str] =
    &["Bearer", "bearer", "bEaReR", "BEARER", "Bearers", "Beare", "Token", "Basic"];
const BASIC: &[&str] = &["Basic", "basic", "bASIC", "BASIC", "Basics", "Basi", "Digest", "Bearer"];
const USERS: &[&str] =
    &["api-token", "api-token", "api-token", "API-TOKEN", "someone", "second", "", "api-token "];
const QUERY_NAMES: &[&str] = &[
    "api_key",
    "api%5Fkey",
    "%61pi_key",
    "API_KEY",
    "api_key%20",
    "api%255Fkey",
    "+api_key",
    "api_key[]",
];
const COOKIE_NAMES: &[&str] = &[
    "api_key",
    " api_key",
    "api_key ",
    "\tapi_key\t",
    "API_KEY",
    "xapi_key",
    "api%5Fkey",
    "\"api_key\"",
];

/// One credential in a request.
#[derive(Debug, Clone)]
pub(super) struct Placement {
    /// Where: one of the policy's sources.
    place: Index,
    /// Another key than the first placement has.
    other: Option<(Index, Sent)>,
    dress: Dress,
    twice: bool,
}

/// How it is written: numbers of variants.
#[derive(Debug, Clone, Copy)]
struct Dress {
    name: u8,
    gap: u8,
    pad: u8,
    form: u8,
}

/// What credentials add to a request.
#[derive(Debug, Default)]
pub(super) struct Served {
    pub(super) headers: Vec<(Vec<u8>, Vec<u8>)>,
    pub(super) parameters: Vec<String>,
}

pub(super) fn placement() -> impl Strategy<Value = Placement> {
    let variant = || prop_oneof![5 => Just(0), 1 => 0..VARIANTS];
    let dress = (variant(), variant(), variant(), variant());
    let other = proptest::option::weighted(0.3, (any::<Index>(), key::sent()));
    let twice = proptest::bool::weighted(0.1);
    (any::<Index>(), other, dress, twice).prop_map(
        |(place, other, (name, gap, pad, form), twice)| Placement {
            place,
            other,
            dress: Dress { name, gap, pad, form },
            twice,
        },
    )
}

impl Placement {
    /// Writes the credential into a request that may carry `main` elsewhere, too.
    pub(super) fn serve(
        &self,
        sources: &[CredentialSource],
        main: &[u8],
        keys: &[String],
        prefix: &str,
        served: &mut Served,
    ) {
        let Some(source) = sources.get(self.place.index(sources.len().max(1))) else { return };
        let key = match &self.other {
            Some((index, sent)) => {
                let key = keys.get(index.index(keys.len().max(1))).map_or("nobody", String::as_str);
                key::bytes(*sent, key, prefix)
            }
            None => main.to_vec(),
        };
        for _ in 0..=u8::from(self.twice) {
            self.dress.write(source, &key, served);
        }
    }
}

impl Dress {
    fn write(self, source: &CredentialSource, key: &[u8], served: &mut Served) {
        let (gap, pad) = (variant(GAPS, self.gap).as_bytes(), variant(PADS, self.pad).as_bytes());
        let authorization = |words: &[&'static str], token: &[u8]| {
            let scheme = variant(words, self.name).as_bytes();
            (b"authorization".to_vec(), [pad, scheme, gap, token, pad].concat())
        };
        match source {
            CredentialSource::Header(name) => {
                let name = if self.name == 0 {
                    name.as_str().to_owned()
                } else {
                    name.as_str().to_ascii_uppercase()
                };
                served.headers.push((name.into_bytes(), [pad, key, pad].concat()));
            }
            CredentialSource::Bearer => served.headers.push(authorization(BEARER, key)),
            CredentialSource::Basic(_) => {
                served.headers.push(authorization(BASIC, self.encoded(key).as_bytes()))
            }
            CredentialSource::Query(_) => {
                served.parameters.push(format!(
                    "{}={}",
                    variant(QUERY_NAMES, self.name),
                    self.escaped(key)
                ));
            }
            CredentialSource::Cookie(_) => {
                let name = variant(COOKIE_NAMES, self.name).as_bytes();
                let pair = [name, b"=", pad, key, pad].concat();
                let value = match self.form {
                    0 => pair,
                    1 => [&pair, b"; a=1".as_slice()].concat(),
                    2 => [b"a=1; ".as_slice(), &pair].concat(),
                    3 => [b"a=1;".as_slice(), &pair, b";b".as_slice()].concat(),
                    4 => [b"a=\"".as_slice(), &pair, b"\"".as_slice()].concat(),
                    5 => [name, b"=\"", key, b"\""].concat(),
                    6 => [&pair, b"; ".as_slice(), &pair].concat(),
                    7 => [b";;".as_slice(), &pair, b";".as_slice()].concat(),
                    8 => [name, b"; ", &pair].concat(),
                    _ => [b"api_key=; ".as_slice(), &pair].concat(),
                };
                served.headers.push((b"Cookie".to_vec(), value));
            }
        }
    }

    /// The key as a password, in base64 of many kinds.
    fn encoded(self, key: &[u8]) -> String {
        let plain = [variant(USERS, self.pad).as_bytes(), b":", key].concat();
        match self.form {
            0 => STANDARD.encode(plain),
            1 => STANDARD_NO_PAD.encode(plain),
            2 => URL_SAFE.encode(plain),
            3 => STANDARD.encode(key),
            4 => STANDARD.encode(plain) + "=",
            5 => STANDARD.encode(plain) + "!",
            6 => STANDARD.encode(plain).replace('=', " ="),
            7 => STANDARD.encode(plain).chars().skip(1).collect(),
            8 => STANDARD.encode(plain).trim_end_matches('=').to_owned() + "=",
            9 => STANDARD.encode([&plain, b":more".as_slice()].concat()),
            10 => "=".to_owned(),
            _ => String::new(),
        }
    }

    /// The key as the value of a parameter, with escapes of many kinds.
    fn escaped(self, key: &[u8]) -> String {
        let needed = |byte: u8| !(byte.is_ascii_alphanumeric() || b"-_.~+/=?".contains(&byte));
        let escape = |all: bool| {
            let one = |byte: &u8| match *byte {
                byte if all || needed(byte) => format!("%{byte:02x}"),
                byte => char::from(byte).to_string(),
            };
            key.iter().map(one).collect::<String>()
        };
        match self.form {
            0 => escape(false),
            1 => escape(true),
            2 => escape(false).replace('%', "%25"),
            3 => escape(false).to_ascii_uppercase(),
            4 => escape(false) + "%",
            5 => escape(false) + "%zz",
            6 => escape(false) + "&api_key",
            7 => escape(false) + "&&api_key=",
            8 => "=".to_owned() + &escape(false),
            9 => escape(false).replace('+', "%20"),
            _ => escape(false) + "%20",
        }
    }
}

fn variant(variants: &[&'static str], number: u8) -> &'static str {
    variants.get(usize::from(number)).or(variants.first()).copied().unwrap_or_default()
}
