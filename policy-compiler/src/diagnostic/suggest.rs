//! The name that was probably meant.

/// Names beyond this many are not looked at: comparing them all would take longer than
/// reading the document.
const MAX_CANDIDATES: usize = 1_000;

/// The closest of the known names, as a sentence for the help; nothing when none is close.
pub(crate) fn did_you_mean(
    wrong: &str,
    known: impl IntoIterator<Item = impl AsRef<str>>,
) -> Option<String> {
    // Names differ by a slip of the hand, not by a third of their letters.
    let limit = (wrong.chars().count() / 3).max(1);
    known
        .into_iter()
        .take(MAX_CANDIDATES)
        .map(|name| (distance(wrong, name.as_ref()), name))
        .filter(|(distance, _)| *distance <= limit)
        .min_by(|(one, name), (other, its)| (one, name.as_ref()).cmp(&(other, its.as_ref())))
        .map(|(_, name)| format!("did you mean `{}`?", name.as_ref()))
}

/// How many letters to insert, delete, replace or swap with the next (restricted
/// Damerau-Levenshtein distance).
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut before_last: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for (row, from) in a.iter().enumerate() {
        let mut current = vec![row.saturating_add(1)];
        for (column, to) in b.iter().enumerate() {
            let at = |line: &[usize], index: usize| line.get(index).copied().unwrap_or(usize::MAX);
            let replaced = at(&last, column).saturating_add(usize::from(from != to));
            let deleted = at(&last, column.saturating_add(1)).saturating_add(1);
            let inserted = at(&current, column).saturating_add(1);
            let mut best = replaced.min(deleted).min(inserted);
            let swapped = row > 0
                && column > 0
                && a.get(row.saturating_sub(1)) == Some(to)
                && b.get(column.saturating_sub(1)) == Some(from);
            if swapped {
                best = best.min(at(&before_last, column.saturating_sub(1)).saturating_add(1));
            }
            current.push(best);
        }
        before_last = std::mem::replace(&mut last, current);
    }
    last.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn close_names_are_found() {
        let known = ["collections", "clients", "gateway"];
        assert_eq!(
            did_you_mean("colections", known).as_deref(),
            Some("did you mean `collections`?")
        );
        assert_eq!(did_you_mean("cleints", known).as_deref(), Some("did you mean `clients`?"));
        assert_eq!(did_you_mean("routes", known), None);
    }

    #[test]
    fn distances() {
        for (a, b, expected) in
            [("", "", 0), ("a", "", 1), ("ab", "ba", 1), ("kitten", "sitting", 3)]
        {
            assert_eq!(distance(a, b), expected, "{a} {b}");
        }
    }
}
