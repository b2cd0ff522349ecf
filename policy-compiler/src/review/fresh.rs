//! Words that stand for all that no table names.

/// A word that is not taken: `word`, or `word` with a number.
pub(super) fn fresh(word: &str, taken: impl Fn(&str) -> bool) -> String {
    let numbered = (2_u64..).map(|number| format!("{word}{number}"));
    let mut words = std::iter::once(word.to_owned()).chain(numbered);
    words.find(|word| !taken(word)).unwrap_or_default()
}
