//! Words of a shell, for commands that are shown to be run.

use std::path::Path;

/// A word as a shell takes it for one (POSIX, Shell Command Language, 2.2.2).
pub(crate) fn word(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./:,+@%".contains(&byte);
    if !text.is_empty() && text.bytes().all(plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// A path as a word that no command takes for an option; `-` alone stays what it means.
pub(crate) fn path(path: &Path) -> String {
    let text = path.display().to_string();
    if text.len() > 1 && text.starts_with('-') { word(&format!("./{text}")) } else { word(&text) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_taken_for_what_they_are() {
        for (text, expected) in [
            ("policy.yaml", "policy.yaml"),
            ("", "''"),
            ("a b", "'a b'"),
            ("it's", r"'it'\''s'"),
            ("$HOME", "'$HOME'"),
            ("~", "'~'"),
        ] {
            assert_eq!(word(text), expected);
        }
        for (text, expected) in [("-", "-"), ("-x/a b", "'./-x/a b'"), ("--", "./--")] {
            assert_eq!(path(Path::new(text)), expected);
        }
    }
}
