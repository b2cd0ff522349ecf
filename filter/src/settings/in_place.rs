//! Base64, decoded where it stands: a table is most of the memory of a module, and has no room beside itself
//! for its text.

use std::ops::Range;

use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use base64::{DecodeError, DecodeSliceError, Engine as _};

/// The bytes that a part of a text is in base64.
///
/// # Errors
/// Where it is none; places are counted from its begin.
pub(super) fn decode_base64(mut text: Vec<u8>, part: Range<usize>) -> Result<Vec<u8>, DecodeError> {
    let (mut read, mut written) = (part.start, 0_usize);
    while read < part.end {
        let end = part.end.min(read.saturating_add(CHARACTERS));
        let mut decoded = [0; BYTES];
        let piece = text.get(read..end).unwrap_or_default();
        let length = ENGINE.decode_slice(piece, &mut decoded).map_err(|error| {
            let before = read.saturating_sub(part.start);
            match error {
                DecodeSliceError::DecodeError(error) => behind(error, before),
                // INVARIANT: a piece has no more bytes than there is room for.
                DecodeSliceError::OutputSliceTooSmall => DecodeError::InvalidLength(before),
            }
        })?;
        // Only the last piece may end with padding.
        if end < part.end && length < BYTES {
            return Err(DecodeError::InvalidPadding);
        }
        let next = written.saturating_add(length);
        // INVARIANT: four characters that were read give three bytes at most.
        if let (Some(place), Some(decoded)) = (text.get_mut(written..next), decoded.get(..length)) {
            place.copy_from_slice(decoded);
        }
        (read, written) = (end, next);
    }
    text.truncate(written);
    text.shrink_to_fit();
    Ok(text)
}

/// How much is decoded at once.
const CHARACTERS: usize = 1_024;
const BYTES: usize = CHARACTERS / 4 * 3;

/// The standard alphabet; writers differ about the padding.
const ENGINE: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// An error in what stands behind so many characters.
fn behind(error: DecodeError, before: usize) -> DecodeError {
    match error {
        DecodeError::InvalidByte(at, byte) => {
            DecodeError::InvalidByte(at.saturating_add(before), byte)
        }
        DecodeError::InvalidLastSymbol { offset, symbol, symbol_value } => {
            let offset = offset.saturating_add(before);
            DecodeError::InvalidLastSymbol { offset, symbol, symbol_value }
        }
        DecodeError::InvalidLength(length) => {
            DecodeError::InvalidLength(length.saturating_add(before))
        }
        DecodeError::InvalidPadding => DecodeError::InvalidPadding,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn decoded(before: &str, text: &str, after: &str) -> Result<Vec<u8>, DecodeError> {
        let whole = [before, text, after].concat().into_bytes();
        decode_base64(whole, before.len()..before.len() + text.len())
    }

    proptest! {
        #[test]
        fn it_is_what_decoding_beside_it_gives(
            bytes in prop::collection::vec(any::<u8>(), 0..5_000),
            before in 0_usize..40,
            after in 0_usize..40,
            broken in proptest::option::weighted(0.5, (any::<prop::sample::Index>(), "[ =!A]")),
        ) {
            let mut text = ENGINE.encode(&bytes);
            if let Some((place, character)) = broken.filter(|_| !text.is_empty()) {
                let place = place.index(text.len());
                text.replace_range(place..place + 1, &character);
            }
            let found = decoded(&"{".repeat(before), &text, &"}".repeat(after));
            match ENGINE.decode(&text) {
                Ok(expected) => prop_assert_eq!(found, Ok(expected)),
                // Which of several mistakes is told, and how, may differ: pieces are looked at in turn.
                Err(_) => prop_assert!(found.is_err(), "{}", text),
            }
        }
    }

    #[test]
    fn places_are_counted_from_the_begin_of_the_text() {
        let text = "A".repeat(3_000);
        let broken = format!("{text}!{text}");
        assert_eq!(decoded("{", &broken, "}"), Err(DecodeError::InvalidByte(3_000, b'!')));
    }

    #[test]
    fn padding_ends_a_text() {
        let padded = format!("{}==", "A".repeat(CHARACTERS - 2));
        assert_eq!(decoded("", &padded, "").map(|bytes| bytes.len()), Ok(BYTES - 2));
        assert_eq!(decoded("", &padded.repeat(2), ""), Err(DecodeError::InvalidPadding));
    }
}
