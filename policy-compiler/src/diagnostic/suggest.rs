//! The name that was probably meant.

use strsim::osa_distance;

/// Names beyond this many are not looked at: comparing them all would take longer than
/// reading the document.
const MAX_CANDIDATES: usize = 1_000;

/// What has more characters is no slip of the hand in a name, of which none is as long.
const MAX_CHARACTERS: usize = 200;

/// What differs more is another name, however long both are.
const MOST_SLIPS_IN_A_NAME: usize = 2;

/// The closest of the words that a document may have, as a question for the help; nothing when none is close.
pub(crate) fn did_you_mean(
    wrong: &str,
    known: impl IntoIterator<Item = impl AsRef<str>>,
) -> Option<String> {
    closest(wrong, known, usize::MAX, |_| true)
}

/// The same of names that people chose. Those that differ in a number, or are one or two characters long,
/// are siblings rather than slips of the hand.
pub(crate) fn did_you_mean_name(
    wrong: &str,
    known: impl IntoIterator<Item = impl AsRef<str>>,
) -> Option<String> {
    let is_word = wrong.chars().nth(2).is_some();
    closest(wrong, known, MOST_SLIPS_IN_A_NAME, |name| is_word && digits(name).eq(digits(wrong)))
}

fn digits(name: &str) -> impl Iterator<Item = char> {
    name.chars().filter(char::is_ascii_digit)
}

fn closest(
    wrong: &str,
    known: impl IntoIterator<Item = impl AsRef<str>>,
    most: usize,
    may_be_meant: impl Fn(&str) -> bool,
) -> Option<String> {
    let length = wrong.chars().take(MAX_CHARACTERS).count();
    if length == MAX_CHARACTERS {
        return None;
    }
    // Names differ by a slip of the hand, not by a third of their letters.
    let limit = (length / 3).clamp(1, most);
    known
        .into_iter()
        .take(MAX_CANDIDATES)
        .filter(|name| name.as_ref().chars().take(MAX_CHARACTERS).count().abs_diff(length) <= limit)
        .filter(|name| may_be_meant(name.as_ref()))
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
    fn siblings_are_no_slips_of_the_hand() {
        let known = ["customer-0041", "partner-payments-prod", "acme", "c1", "eu"];
        for other in ["customer-0042", "partner-payments-dev", "acme2", "c2", "c", "us"] {
            assert_eq!(did_you_mean_name(other, known), None, "{other}");
        }
        for (slip, meant) in [("custmer-0041", "customer-0041"), ("acne", "acme")] {
            let question = format!("did you mean `{meant}`?");
            assert_eq!(did_you_mean_name(slip, known).as_deref(), Some(&*question));
        }
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
