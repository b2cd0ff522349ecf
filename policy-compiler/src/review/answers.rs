//! Requests that are let in by neither of two tables, but answered otherwise.

use serde::Serialize;

use super::classes::Class;
use super::difference::Difference;

/// Requests without a credential that both tables refuse, each in its way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OtherAnswer {
    /// One of them: method, host and path.
    pub example: String,
    /// Why the old table refuses them.
    pub old: &'static str,
    /// Why the new table refuses them.
    pub new: &'static str,
}

/// What is answered otherwise to requests without a credential, whatever their address: one entry a
/// class of requests.
pub fn other_answers(difference: &Difference<'_>) -> Vec<OtherAnswer> {
    let answers = difference.classes.iter().filter_map(|class| {
        let [old, new] = difference.tables;
        let [old_route, new_route] = class.routes;
        let (old, new) = (old_route.refusal(old)?, new_route.refusal(new)?);
        (old.status() != new.status()).then(|| OtherAnswer {
            example: example(class),
            old: old.code(),
            new: new.code(),
        })
    });
    answers.collect()
}

fn example(class: &Class) -> String {
    let example = &class.example;
    format!("{} {}{}", example.method, example.host, example.path)
}
