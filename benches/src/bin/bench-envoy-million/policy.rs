//! What Portcullis enforces here: as plain as what `api_key_auth` can say.

use policy_table::write::*;
use portcullis_benches::reference::{key, settings};
use sha2::{Digest, Sha256};

/// A table with so many keys, ten a client, each client granted the one collection there is. It has
/// no names, as `api_key_auth` knows none.
///
/// # Errors
/// Where the keys do not fit a table.
pub(crate) fn table(keys: usize) -> Result<Vec<u8>, WriteError> {
    let names: Vec<String> =
        (0..keys.div_ceil(10)).map(|client| format!("client-{client:07}")).collect();
    let mut writer = TableWriter::new(settings());
    writer.names(Names::Omit);
    let orders = Collection { name: "orders", version: "v1", active: true, public: false };
    let collection = writer.collection(orders);
    writer.endpoint(Endpoint {
        collection,
        hosts: vec![HostPattern::Any],
        path: vec![Segment::Literal(b"orders".into()), Segment::Parameter],
        rest: false,
        methods: Some(vec!["GET"]),
        active: true,
        name: "GET /orders/{id}".into(),
    });
    let grant = writer.grant(&[collection]);
    let client = |name| Client { name, active: true, rule: AddressRule::ANY, grant };
    let clients: Vec<ClientHandle> = names.iter().map(|name| writer.client(client(name))).collect();
    for (number, client) in (0..keys).map(|number| (number, clients.get(number / 10))) {
        let Some(client) = client else { continue };
        writer.key(Key {
            name: "k".into(),
            digest: Sha256::digest(key(number).as_bytes()).into(),
            client: *client,
            active: true,
            rule: AddressRule::ANY,
            grant: None,
            not_before: None,
            expires: None,
        });
    }
    writer.finish()
}
