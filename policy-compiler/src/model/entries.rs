//! Comma-separated text: its entries, and where each stands.

use crate::text::Span;

/// The entries of a comma-separated text and where they stand; blanks around them do not count.
/// `written` is what stands at `span` for the text: in quotes, with escapes, over lines, as it may be.
///
/// Each entry is looked for between its own commas, so that all are found in one go. What is written
/// in another way than it reads stands where the whole text does.
pub(super) fn entries<'t>(
    text: &'t str,
    written: &'t str,
    span: Span,
) -> impl Iterator<Item = (&'t str, Span)> {
    let all_blank = text.trim().is_empty();
    // An escape may be a comma, and an alias is written without any.
    let alike = commas(written) == commas(text);
    let mut parts = written.split(',');
    let mut start = 0_usize;
    text.split(',').filter(move |_| !all_blank).map(move |entry| {
        let entry = entry.trim();
        let part = parts.next().unwrap_or_default();
        let at = part.find(entry).filter(|_| alike);
        let place = at.map_or(span, |at| span.part(start.saturating_add(at), entry.len()));
        start = start.saturating_add(part.len()).saturating_add(1);
        (entry, place)
    })
}

fn commas(text: &str) -> usize {
    memchr::memchr_iter(b',', text.as_bytes()).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What stands where each entry is said to be.
    fn found<'t>(text: &'t str, written: &'t str) -> Vec<(&'t str, &'t str)> {
        let span = Span::new(0, written.len());
        entries(text, written, span)
            .map(|(entry, span)| (entry, written.get(span.start()..span.end()).unwrap()))
            .collect()
    }

    #[test]
    fn entries_are_found_where_they_are_written() {
        let written = "\"1.1.1.1,\\x20\\\n  2.2.2.2,1\\u002e1.1.1, 1.1.1.1\"";
        let expected = [
            ("1.1.1.1", "1.1.1.1"),
            ("2.2.2.2", "2.2.2.2"),
            ("1.1.1.1", written),
            ("1.1.1.1", "1.1.1.1"),
        ];
        assert_eq!(found("1.1.1.1, 2.2.2.2,1.1.1.1, 1.1.1.1", written), expected);
        let last = entries("a, b, a", "a, b, a", Span::new(10, 7)).last();
        assert_eq!(last, Some(("a", Span::new(16, 1))));
    }

    #[test]
    fn commas_that_are_escaped_leave_the_place_of_the_whole() {
        let written = "\"a\\x2cb,c\"";
        let expected = [("a", written), ("b", written), ("c", written)];
        assert_eq!(found("a,b,c", written), expected);
        assert_eq!(found("a,b", "*alias"), [("a", "*alias"), ("b", "*alias")]);
    }

    #[test]
    fn blanks_are_no_entry_but_nothing_between_commas_is() {
        assert_eq!(found(" ", " "), []);
        assert_eq!(found("a,,", "a,,"), [("a", "a"), ("", ""), ("", "")]);
    }
}
