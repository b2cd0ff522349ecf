//! Everything that a table can be asked.

use policy_table::{Decision, Table};

use super::ask::get;

/// Asks about everything that is in a table, by position and a little beyond.
pub fn ask_about_content(table: &Table<'_>) -> usize {
    let counts = table.counts();
    let mut seen = table.settings().realm.len() + usize::from(table.id().0[0]);
    for position in 0..=counts.clients {
        let name = table.client(position).map(|client| table.client_name(client).len());
        assert_eq!(name.is_some(), position < counts.clients);
        seen += name.unwrap_or(0);
    }
    for position in 0..=counts.keys {
        let name = table.key(position).map(|key| table.key_name(key).len());
        assert_eq!(name.is_some(), position < counts.keys);
        seen += name.unwrap_or(0);
    }
    seen + table.sections().map(|section| section.bytes).sum::<usize>()
}

/// Asks about everything that a decision names.
pub fn ask_about_decision(table: &Table<'_>, decision: &Decision) -> usize {
    let client = decision.client.map_or(0, |client| table.client_name(client).len());
    let key = decision.key.map_or(0, |key| table.key_name(key).len());
    let endpoint = decision.endpoint.map_or(0, |endpoint| {
        assert_eq!(table.endpoint_collection(endpoint), decision.collection);
        table.endpoint_name(endpoint).len()
    });
    let collection = decision.collection.map_or(0, |collection| {
        table.collection_name(collection).len() + table.collection_version(collection).len()
    });
    let methods = table.method_names(decision.allowed_methods).map(str::len).sum::<usize>();
    client + key + endpoint + collection + methods + usize::from(decision.check)
}

/// Whatever the reader lets through must answer every question without a panic.
pub fn ask_everything(table: &Table<'_>) -> usize {
    let mut seen = ask_about_content(table);
    for path in ["/orders", "/orders/7/lines/1", "/reports/x", "/closed", "/x", "/tenant/%41", "*"]
    {
        let keys = ["acme-plain", "acme-office", "acme-window", "globex-plain", "nobody"];
        let addresses = ["10.0.0.1", "203.0.113.5", "2001:db8::5"].into_iter().cycle();
        for (key, address) in keys.into_iter().zip(addresses) {
            let ask = get(path).host("a.example.com").key(key).from(address);
            seen += ask_about_decision(table, &ask.decide(table));
        }
        let ask = get(path).method("TRACE").nowhere();
        seen += ask_about_decision(table, &ask.decide(table));
    }
    seen
}
