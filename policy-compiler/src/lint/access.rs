//! Rules that let no address in.

use std::rc::Rc;
use std::sync::Arc;

use foldhash::{HashMap, HashMapExt};

use super::intervals::{Sets, Union};
use super::keys::shown_name;
use super::{Lint, warning};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::intervals::{Intervals, meet};
use crate::model::{AddressRule, Policy};
use crate::source::quote;
use crate::text::Place;

/// Rules of gateway, client and key hold together. Where those of the gateway let nobody in,
/// nothing is said about its clients, and so on.
pub(super) fn check(policy: &Policy, sets: &mut Sets, diagnostics: &mut Diagnostics) {
    let gateway = Admission::new(&policy.gateway.rule, sets);
    if admits_nobody(&[&gateway], sets) {
        let rule = &policy.gateway.rule;
        let entry = rule.allowed.placed().chain(rule.blocked.placed()).next();
        if let Some((_, place)) = entry {
            diagnostics.push(report(place, "the gateway lets no address in".to_owned()));
        }
        return;
    }
    // Clients share rules, and so do keys: each rule, and each two of them, is looked at once.
    let mut alone: HashMap<*const AddressRule, bool> = HashMap::new();
    let mut together: HashMap<[*const AddressRule; 2], bool> = HashMap::new();
    for client in policy.clients.iter().filter(|client| client.active) {
        let rule = Arc::as_ptr(&client.rule);
        let useless = *alone.entry(rule).or_insert_with(|| {
            admits_nobody(&[&Admission::new(&client.rule, sets), &gateway], sets)
        });
        if useless {
            let message =
                format!("client {} can call from no address", quote(client.name.as_str()));
            diagnostics.push(report(client.place.0, message));
            continue;
        }
        let mut outer = None;
        for key in client.keys.iter().filter(|key| key.active) {
            let useless = *together.entry([rule, Arc::as_ptr(&key.rule)]).or_insert_with(|| {
                let own = Admission::new(&key.rule, sets);
                own.says_something() && {
                    let outer = outer.get_or_insert_with(|| Admission::new(&client.rule, sets));
                    admits_nobody(&[&own, outer, &gateway], sets)
                }
            });
            if useless {
                let message = format!(
                    "key {} of client {} can be used from no address",
                    shown_name(client, key),
                    quote(client.name.as_str())
                );
                diagnostics.push(report(key.place.0, message));
            }
        }
    }
}

fn report(place: Place, message: String) -> Diagnostic {
    warning(Lint::AlwaysBlocked, place, message).help(
        "an address must be allowed, and not blocked, by the rules of gateway, client and key together: allow another one, or block less",
    )
}

/// Whom one rule lets in.
struct Admission {
    blocked: Union,
    /// Any address, if there is none.
    allowed: Option<Union>,
}

impl Admission {
    fn new(rule: &AddressRule, sets: &mut Sets) -> Self {
        let allowed = (!rule.allowed.entries().is_empty()).then(|| sets.of(&rule.allowed));
        Self { blocked: sets.of(&rule.blocked), allowed }
    }

    fn says_something(&self) -> bool {
        self.allowed.is_some() || !self.blocked.own.is_empty() || !self.blocked.named.is_empty()
    }
}

/// Whether no address is let in by all.
///
/// An address that is let in is in one part of each list of allowed ones, its own entries or the
/// named lists: each choice of parts is looked at. What the named lists say together is shared by
/// all rules that name them; what is left to do is about the own entries.
fn admits_nobody(rules: &[&Admission], sets: &mut Sets) -> bool {
    let outside: Vec<&Intervals> = rules.iter().map(|rule| rule.blocked.own.as_ref()).collect();
    let allowed: Vec<&Union> = rules.iter().filter_map(|rule| rule.allowed.as_ref()).collect();
    let mut choices: Vec<(Rc<Intervals>, Vec<&Intervals>)> = vec![(Rc::clone(&sets.all), vec![])];
    for union in allowed {
        let with_named: Vec<_> = choices
            .iter()
            .map(|(named, own)| (sets.both(named, &union.named), own.clone()))
            .collect();
        for (_, own) in &mut choices {
            own.push(&union.own);
        }
        choices.extend(with_named);
    }
    !choices.into_iter().any(|(named, mut inside)| {
        let blocked = rules.iter().map(|rule| &rule.blocked.named);
        let named = blocked.fold(named, |left, blocked| sets.without(&left, blocked));
        inside.push(&named);
        meet(&inside, &outside)
    })
}

#[cfg(test)]
mod tests {
    use std::fmt::Write;
    use std::path::Path;

    use super::*;
    use crate::lint::Survey;
    use crate::load_text;

    /// A thousand keys, each with a rule of its own over a list that is blocked, too.
    #[test]
    fn what_lists_have_in_common_is_worked_out_once() {
        let mut text = "version: 1\ncollections: { a: { base_path: /, endpoints: [ { path: /b } ] } }\nip_lists:\n  huge: [ 192.0.2.1".to_owned();
        for at in 0..500 {
            let _ = write!(text, ", 10.{}.{}.0/25", at / 256, at % 256);
        }
        text += " ]\nlimits: { keys_per_client: 1000 }\nclients:\n  c:\n    collections: [ a ]\n    keys:\n";
        for key in 0..1_000 {
            let own = format!("198.51.{}.{}", key / 256, key % 256);
            let _ = writeln!(
                text,
                "      k{key}: {{ sha256: \"{key:032x}{key:032x}\", allowed_ips: [ {{ list: huge }}, {own} ], blocked_ips: [ {{ list: huge }}, {own} ] }}"
            );
        }
        let policy =
            load_text("policy.yaml", text, Path::new(""), &Default::default()).unwrap().policy;
        let (mut sets, mut diagnostics) = (Sets::default(), Diagnostics::default());
        check(&policy, &mut sets, &mut diagnostics);
        crate::lint::entries::check(
            &policy,
            &Survey::of(&policy).rules,
            &mut sets,
            &mut diagnostics,
        );
        assert!(sets.combinations <= 3, "{}", sets.combinations);
        let found = diagnostics.into_report(crate::text::Sources::default());
        assert_eq!(found.warnings(), 1_000);
    }
}
