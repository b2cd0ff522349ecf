//! Text of modules and files, as people get to see it; JSON has it as it is.

/// The most characters of a cell of a table.
const CELL: usize = 1000;

/// The most characters of a text that has lines of its own.
const TEXT: usize = 2000;

/// The text without characters that a terminal would obey; it may have several lines.
pub(crate) fn printable(text: &str) -> String {
    escaped(text.chars(), |character| matches!(character, '\n' | '\t'))
}

/// The text in one line, and cut where it is longer than people read.
pub(crate) fn cell(text: &str) -> String {
    escaped(cut(text, CELL).chars(), |_| false)
}

/// The text, cut where it is longer than people read.
pub(crate) fn text(text: &str) -> String {
    cut(text, TEXT)
}

fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => text.get(..end).unwrap_or(text).to_owned() + "…",
        None => text.to_owned(),
    }
}

fn escaped(characters: impl Iterator<Item = char>, stays: impl Fn(char) -> bool) -> String {
    let mut escaped = String::new();
    for character in characters {
        if character.is_control() && !stays(character) {
            escaped.extend(character.escape_default());
        } else {
            escaped.push(character);
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_has_nothing_to_obey() {
        let text = "über\u{1b}[31m\n\t\u{9b}\u{7f}\r";
        assert_eq!(printable(text), "über\\u{1b}[31m\n\t\\u{9b}\\u{7f}\\r");
        assert_eq!(cell(text), "über\\u{1b}[31m\\n\\t\\u{9b}\\u{7f}\\r");
    }

    #[test]
    fn long_texts_are_cut_between_characters() {
        assert_eq!(cell(&"é".repeat(CELL)), "é".repeat(CELL));
        assert_eq!(cell(&"é".repeat(70_000)), "é".repeat(CELL) + "…");
        assert_eq!(text(&"é".repeat(70_000)), "é".repeat(TEXT) + "…");
    }
}
