//! What it is about a path that two servers could disagree about, in words.

use policy_table::AmbiguousPath;
use policy_table::walk::ambiguity;

/// What stands in a path that could be read in two ways, to be put behind `which has`; `None` of any other path.
pub(super) fn in_words(path: &[u8]) -> Option<&'static str> {
    Some(match ambiguity(path)? {
        AmbiguousPath::DotSegment => "a segment `.` or `..`",
        AmbiguousPath::EmptySegment => "two slashes in a row",
        AmbiguousPath::Backslash => "a backslash",
        AmbiguousPath::EscapedSlash => "an escaped slash",
        AmbiguousPath::EscapedQuestionMark => "an escaped question mark",
        AmbiguousPath::DirectionMark => "a letter that only says which way to read",
        AmbiguousPath::ControlByte => "a blank or a control byte",
        AmbiguousPath::NotAscii => "a byte that is not ASCII and not escaped",
        AmbiguousPath::NotUtf8 => "escapes that are no UTF-8",
        AmbiguousPath::BrokenEscape => "a `%` without two hexadecimal digits",
        AmbiguousPath::Parameter => "a `;`",
        AmbiguousPath::Fragment => "a `#`",
        AmbiguousPath::NoSlash => "no slash in front",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_path_is_told_what_is_wrong_with_it() {
        for (path, words) in [
            ("/a/%2e%2E/b", "a segment `.` or `..`"),
            ("/a//b", "two slashes in a row"),
            ("/a/%5c", "a backslash"),
            ("/a%2Fb", "an escaped slash"),
            ("/a%3fb", "an escaped question mark"),
            ("/a/.%E2%80%8E.", "a letter that only says which way to read"),
            ("/a b", "a blank or a control byte"),
            ("/\u{e9}", "a byte that is not ASCII and not escaped"),
            ("/%ff", "escapes that are no UTF-8"),
            ("/%2", "a `%` without two hexadecimal digits"),
            ("/a;b", "a `;`"),
            ("/a#b", "a `#`"),
            ("a/b", "no slash in front"),
        ] {
            assert_eq!(in_words(path.as_bytes()), Some(words), "{path}");
        }
        assert_eq!(in_words(b"/a/b?c=%2F"), None);
    }
}
