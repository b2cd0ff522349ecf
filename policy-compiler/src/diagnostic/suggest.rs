//! The name that was probably meant.

use strsim::osa_distance;

/// Names beyond this many are not looked at: comparing them all would take longer than
/// reading the document.
const MAX_CANDIDATES: usize = 1_000;

/// What has more characters is no slip of the hand in a name, of which none is as long.
const MAX_CHARACTERS: usize = 200;

/// The closest of the known names, as a sentence for the help; nothing when none is close.
pub(crate) fn did_you_mean(
    wrong: &str,
    known: impl IntoIterator<Item = impl AsRef<str>>,
) -> Option<String> {
    let length = wrong.chars().take(MAX_CHARACTERS).count();
    if length == MAX_CHARACTERS {
        return None;
    }
    // Names differ by a slip of the hand, not by a third of their letters.
    let limit = (length / 3).max(1);
    known
        .into_iter()
        .take(MAX_CANDIDATES)
        .filter(|name| name.as_ref().chars().take(MAX_CHARACTERS).count().abs_diff(length) <= limit)
        .map(|name| (osa_distance(wrong, name.as_ref()), name))
        .filter(|(distance, _)| *distance <= limit)
        .min_by(|(one, name), (other, its)| (one, name.as_ref()).cmp(&(other, its.as_ref())))
        .map(|(_, name)| format!("did you mean `{}`?", name.as_ref()))
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
    fn what_cannot_be_close_is_not_compared() {
        let long = "x".repeat(100_000);
        assert_eq!(did_you_mean(&long, [format!("{long}y")]), None);
        assert_eq!(
            did_you_mean("orders", [long.as_str(), "orderz"]).as_deref(),
            Some("did you mean `orderz`?")
        );
    }
}
