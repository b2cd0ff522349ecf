//! How names and values are written in a document, so that nothing else can be read into them.

use crate::escape::double_quoted;

/// How words are written.
#[derive(Debug, Clone, Copy)]
pub(super) enum Words {
    /// Without quotes where nothing else can be read into them.
    Plain,
    /// In double quotes, as JSON has them.
    Quoted,
}

impl Words {
    /// The name of a thing or of a field.
    pub(super) fn name(self, name: &str) -> String {
        match self {
            Self::Plain => yaml_name(name),
            Self::Quoted => double_quoted(name),
        }
    }

    /// A value that nothing else can be read into: a digest, a time, `true` or `false`.
    pub(super) fn value(self, value: &str) -> String {
        match self {
            Self::Quoted if !matches!(value, "true" | "false") => double_quoted(value),
            _ => value.to_owned(),
        }
    }
}

/// A name as YAML: plain where nothing can be read into it, else in double quotes.
pub(super) fn yaml_name(name: &str) -> String {
    const OTHER_MEANINGS: [&str; 9] = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"];
    let plain = name.starts_with(|first: char| first.is_ascii_alphabetic())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
        && !OTHER_MEANINGS.contains(&name.to_ascii_lowercase().as_str());
    if plain { name.to_owned() } else { double_quoted(name) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_mean_something_else_are_quoted() {
        let cases = [
            ("production", "production"),
            ("a-b_1", "a-b_1"),
            ("1e3", "\"1e3\""),
            ("No", "\"No\""),
            ("a: b", "\"a: b\""),
            ("say \"hi\\\"", "\"say \\\"hi\\\\\\\"\""),
        ];
        for (name, expected) in cases {
            assert_eq!(yaml_name(name), expected, "{name}");
        }
    }
}
