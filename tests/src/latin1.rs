//! Bytes as the characters of the same number (ISO 8859-1), so that none is lost where only text can stand.

/// Bytes as characters.
pub fn text(bytes: &[u8]) -> String {
    bytes.iter().copied().map(char::from).collect()
}

/// Characters as bytes; a text with a character beyond them stands for its UTF-8.
pub fn bytes(text: &str) -> Vec<u8> {
    let single: Option<Vec<u8>> =
        text.chars().map(|character| u8::try_from(character).ok()).collect();
    single.unwrap_or_else(|| text.as_bytes().to_vec())
}
