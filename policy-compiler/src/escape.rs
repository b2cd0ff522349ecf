//! Texts written so that other formats take them for nothing else.

use std::path::Path;

/// Adds bytes as a part of a URI: everything but unreserved characters is percent-encoded
/// (RFC 3986, section 2.3).
pub(crate) fn percent(bytes: &[u8], to: &mut String) {
    for byte in bytes {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(byte) {
            to.push(char::from(*byte));
        } else {
            to.push_str(&format!("%{byte:02X}"));
        }
    }
}

/// Two hexadecimal digits, in lower case, for each byte.
pub(crate) fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A text in double quotes, as YAML 1.2 (section 7.3.1) and JSON read them.
pub(crate) fn double_quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for character in text.chars() {
        match character {
            '\\' | '"' => quoted.extend(['\\', character]),
            control if control.is_control() => {
                quoted.push_str(&format!("\\u{:04x}", u32::from(control)));
            }
            other => quoted.push(other),
        }
    }
    quoted.push('"');
    quoted
}

/// A path for people, on one line whatever its name is: a document chooses the names of its files, and
/// what is shown of it must be no line, and no colour, of its own making.
pub(crate) fn shown(path: &Path) -> String {
    let mut shown = String::new();
    for character in path.to_string_lossy().chars() {
        if character.is_control() {
            shown.extend(character.escape_default());
        } else {
            shown.push(character);
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_stay_what_they_are() {
        let mut uri = "/".to_owned();
        percent("a b/~é".as_bytes(), &mut uri);
        assert_eq!(uri, "/a%20b%2F~%C3%A9");
        let text = "a\\b \"c\"\n\u{7f}é";
        assert_eq!(double_quoted(text), "\"a\\\\b \\\"c\\\"\\u000a\\u007fé\"");
        assert_eq!(shown(Path::new("a\\b\n\u{1b}é")), "a\\b\\n\\u{1b}é");
        assert_eq!(serde_json::from_str::<String>(&double_quoted(text)).unwrap(), text);
    }
}
