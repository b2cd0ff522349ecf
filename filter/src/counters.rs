//! Decisions counted in the module, to be handed to the host now and then: a host call a request
//! would cost more than the decision.

use std::cell::Cell;

use policy_table::{Decision, Reason, Table, Verdict};

use crate::reply::HOST_CALL_FAILED;

/// Counts of one table's decisions since they were last taken.
pub struct Counters {
    /// In the order of [`Reason::ALL`].
    reasons: Vec<Cell<u64>>,
    /// Denied because the host refused a call.
    failures: Cell<u64>,
    /// Allowed and denied, of each client that is counted, then of all others together.
    clients: Vec<[Cell<u64>; 2]>,
}

/// Most clients that can be counted one by one: each is two counters in every worker's host.
pub const MAX_COUNTED_CLIENTS: u32 = 10_000;

impl Counters {
    /// Counters by verdict and reason and, for the first `clients` of the table, by client.
    #[must_use]
    pub fn new(clients: u32) -> Self {
        let clients = match clients {
            0 => 0,
            clients => clients.min(MAX_COUNTED_CLIENTS) as usize + 1,
        };
        Self {
            reasons: vec![Cell::new(0); Reason::ALL.len()],
            failures: Cell::new(0),
            clients: vec![[Cell::new(0), Cell::new(0)]; clients],
        }
    }

    /// Counts a decision.
    pub fn count(&self, decision: &Decision) {
        // Reasons are numbered in the order of `Reason::ALL`.
        if let Some(counter) = self.reasons.get(decision.reason as usize) {
            add_one(counter);
        }
        if let Some(client) = decision.client
            && let Some((others, counted)) = self.clients.split_last()
        {
            let [allowed, denied] = counted.get(client.number() as usize).unwrap_or(others);
            add_one(if decision.verdict() == Verdict::Allow { allowed } else { denied });
        }
    }

    /// Counts a request that was denied because the host refused a call.
    pub fn count_failure(&self) {
        add_one(&self.failures);
    }

    /// Hands over every count above zero under the name of its metric, and begins anew.
    pub fn take(&self, table: &Table<'_>, mut hand_over: impl FnMut(&str, u64)) {
        for (reason, counter) in Reason::ALL.iter().zip(&self.reasons) {
            let count = counter.take();
            if count > 0 {
                hand_over(&name(reason.verdict(), reason.code()), count);
            }
        }
        let failures = self.failures.take();
        if failures > 0 {
            hand_over(&name(Verdict::Deny, HOST_CALL_FAILED), failures);
        }
        let others = self.clients.len().saturating_sub(1);
        for (position, counters) in self.clients.iter().enumerate() {
            for (verdict, counter) in [Verdict::Allow, Verdict::Deny].into_iter().zip(counters) {
                let count = counter.take();
                if count > 0 {
                    let client = match table.client(position).filter(|_| position < others) {
                        Some(client) => metric_label(&table.client_name(client)),
                        None => OTHER_CLIENTS.into(),
                    };
                    hand_over(&format!("portcullis.client.{client}.{}", verdict.code()), count);
                }
            }
        }
    }
}

/// The metric that counts decisions with this verdict and reason.
#[must_use]
pub fn name(verdict: Verdict, reason: &str) -> String {
    format!("portcullis.{}.{reason}", verdict.code())
}

/// Stands for the clients that are not counted one by one; no client's label begins like this.
const OTHER_CLIENTS: &str = "_others";

/// A name as part of a metric's name, in which a dot separates parts.
fn metric_label(name: &str) -> String {
    let safe = |character: char| character.is_ascii_alphanumeric() || "-_".contains(character);
    let label = name.chars().map(|character| if safe(character) { character } else { '_' });
    let label: String = label.collect();
    if label.starts_with('_') { format!("x{label}") } else { label }
}

fn add_one(counter: &Cell<u64>) {
    counter.set(counter.get().saturating_add(1));
}

#[cfg(test)]
mod tests {
    use policy_table::write::*;

    use super::*;

    fn table() -> Vec<u8> {
        let mut writer = TableWriter::new(crate::settings::tests::settings());
        let grant = writer.grant(&[]);
        for name in ["acme", "globex.eu", "initech"] {
            writer.client(Client { name, active: true, rule: AddressRule::ANY, grant });
        }
        writer.finish().unwrap()
    }

    fn decision(table: &Table<'_>, reason: Reason, client: Option<usize>) -> Decision {
        Decision {
            client: client.and_then(|client| table.client(client)),
            ..Decision::early(reason)
        }
    }

    fn taken(counters: &Counters, table: &Table<'_>) -> Vec<(String, u64)> {
        let mut taken = Vec::new();
        counters.take(table, |name, count| taken.push((name.to_owned(), count)));
        taken
    }

    #[test]
    fn decisions_are_counted_by_verdict_and_reason_and_taken_once() {
        let bytes = table();
        let table = Table::from_bytes(&bytes).unwrap();
        let counters = Counters::new(0);
        counters.count(&decision(&table, Reason::Granted, Some(0)));
        counters.count(&decision(&table, Reason::Granted, Some(1)));
        counters.count(&decision(&table, Reason::KeyExpired, Some(1)));
        counters.count_failure();
        assert_eq!(
            taken(&counters, &table),
            [
                ("portcullis.deny.key_expired".into(), 1),
                ("portcullis.allow.granted".into(), 2),
                ("portcullis.deny.host_call_failed".into(), 1),
            ]
        );
        assert_eq!(taken(&counters, &table), []);
    }

    #[test]
    fn clients_are_counted_up_to_the_bound_and_the_others_together() {
        let bytes = table();
        let table = Table::from_bytes(&bytes).unwrap();
        let counters = Counters::new(2);
        for client in [0, 1, 1, 2] {
            counters.count(&decision(&table, Reason::CollectionNotGranted, Some(client)));
        }
        counters.count(&decision(&table, Reason::Granted, Some(2)));
        counters.count(&decision(&table, Reason::CredentialMissing, None));
        let clients: Vec<_> = taken(&counters, &table)
            .into_iter()
            .filter(|(name, _)| name.contains(".client."))
            .collect();
        assert_eq!(
            clients,
            [
                ("portcullis.client.acme.deny".into(), 1),
                ("portcullis.client.globex_eu.deny".into(), 2),
                ("portcullis.client._others.allow".into(), 1),
                ("portcullis.client._others.deny".into(), 1),
            ]
        );
    }

    #[test]
    fn a_bound_beyond_the_table_takes_no_more_than_the_limit() {
        assert_eq!(Counters::new(u32::MAX).clients.len(), 10_001);
    }
}
