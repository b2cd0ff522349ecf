//! A credential where it stands in the request, in the form in which it stands there.

use arrayvec::ArrayVec;
use base64::Engine as _;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};

use super::MAX_CREDENTIAL_BYTES;
use super::parse::percent_decoded;
use crate::settings::MAX_USER_BYTES;

/// A credential, not yet decoded: most requests need no copy.
#[derive(Clone, Copy)]
pub(super) enum Carrier<'r> {
    /// As it stands.
    Plain(&'r [u8]),
    /// With percent escapes.
    Percent(&'r [u8]),
    /// The password in base64 of `user:password`, for a user name of so many bytes.
    Basic { token: &'r [u8], user_bytes: usize },
    /// Something that claims to be a credential but cannot be read.
    Unreadable,
}

/// Longest `user:password`, decoded, that is looked at.
const BASIC_BYTES: usize = MAX_CREDENTIAL_BYTES * 2;

/// Room for what a token holds, for the lines of a field in turn: to clear it takes longer than to decode most of them.
pub(super) struct Decoded([u8; BASIC_BYTES]);

impl Decoded {
    pub(super) const EMPTY: Self = Self([0; BASIC_BYTES]);

    /// What a token holds; `None` where that cannot be read.
    fn of(&mut self, token: &[u8]) -> Option<&[u8]> {
        let length = BASE64.decode_slice(token, &mut self.0).ok()?;
        self.0.get(..length)
    }
}

/// As much of a token as is surely no longer: four characters are three bytes.
const BASIC_TOKEN_BYTES: usize = BASIC_BYTES / 3 * 4;

const _: () = assert!(MAX_USER_BYTES + 1 + MAX_CREDENTIAL_BYTES <= BASIC_BYTES);

/// The standard alphabet; clients differ about the padding.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

impl<'r> Carrier<'r> {
    /// The credential in what follows `Basic`; `None` where it names another user.
    pub(super) fn basic(token: &'r [u8], user: &str, decoded: &mut Decoded) -> Option<Self> {
        if token.is_empty() {
            return None;
        }
        // Of another user it does not matter how long the password is.
        let head = token.get(..BASIC_TOKEN_BYTES).unwrap_or(token);
        let Some(decoded) = decoded.of(head) else {
            return Some(Self::Unreadable);
        };
        let found =
            decoded.iter().position(|byte| *byte == b':').and_then(|colon| decoded.get(..colon));
        match found {
            None => Some(Self::Unreadable),
            Some(found) if found == user.as_bytes() => {
                Some(Self::Basic { token, user_bytes: user.len() })
            }
            Some(_) => None,
        }
    }

    /// Whether nothing is there.
    pub(super) fn is_empty(&self) -> bool {
        match self {
            Self::Plain(bytes) | Self::Percent(bytes) => bytes.is_empty(),
            Self::Basic { .. } => self.with_bytes(<[u8]>::is_empty).unwrap_or(false),
            Self::Unreadable => false,
        }
    }

    /// Whether both are the same credential, or neither can be read: of two users, each takes the
    /// same broken line for its own.
    pub(super) fn same(&self, other: &Self) -> bool {
        self.with_bytes(|own| other.with_bytes(|others| own == others) == Some(true))
            .unwrap_or_else(|| other.with_bytes(|_| ()).is_none())
    }

    /// Gives the credential, decoded, to `use_bytes`; `None` where it cannot be read or is
    /// longer than [`MAX_CREDENTIAL_BYTES`].
    // A credential that stands as it is never gets here.
    #[inline(never)]
    pub(super) fn with_bytes<T>(&self, use_bytes: impl FnOnce(&[u8]) -> T) -> Option<T> {
        let within = |bytes: &[u8]| bytes.len() <= MAX_CREDENTIAL_BYTES;
        match self {
            Self::Plain(bytes) => within(bytes).then(|| use_bytes(bytes)),
            Self::Percent(bytes) if !bytes.contains(&b'%') => {
                within(bytes).then(|| use_bytes(bytes))
            }
            Self::Percent(bytes) => {
                let mut buffer = ArrayVec::<u8, MAX_CREDENTIAL_BYTES>::new();
                for byte in percent_decoded(bytes) {
                    buffer.try_push(byte).ok()?;
                }
                Some(use_bytes(&buffer))
            }
            Self::Basic { token, user_bytes } => {
                let mut decoded = Decoded::EMPTY;
                let password = decoded.of(token)?.get(user_bytes.checked_add(1)?..)?;
                within(password).then(|| use_bytes(password))
            }
            Self::Unreadable => None,
        }
    }
}
