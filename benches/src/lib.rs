//! Tables and requests of any size, and what measures them.

pub mod fuel;
pub mod listed;
pub mod measure;
pub mod networks;
pub mod options;
pub mod record;
pub mod reference;
pub mod samples;
pub mod wasm;

pub mod policies;

use policy_table::PlainRequest;
use policy_table::write::*;
use sha2::{Digest, Sha256};

/// The clear text of key number `number`.
#[must_use]
pub fn key(number: usize) -> String {
    format!("not-a-real-key-of-a-bench-{number:014}")
}

/// A table with this many keys, ten a client, each client granted one collection, and one
/// endpoint with a parameter.
///
/// # Errors
/// Where the keys do not fit a table.
pub fn table(keys: usize) -> Result<Vec<u8>, WriteError> {
    let names: Vec<String> =
        (0..keys.div_ceil(10)).map(|client| format!("client-{client:07}")).collect();
    let mut writer = TableWriter::new(Settings {
        client_address: ClientAddress::Connection,
        credentials: [CredentialSource::Header("x-api-key")].into_iter().collect(),
        forward: Forward::default(),
        strip_credential: false,
        unmatched: Unmatched::Deny,
        preflight: Preflight::Authorize,
        realm: "bench",
        key_prefix: "pc_bench",
    });
    let collection = writer.collection(Collection {
        name: "orders",
        version: "v1",
        active: true,
        public: false,
    });
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
    let clients: Vec<_> = names.iter().map(|name| writer.client(client(name))).collect();
    for number in 0..keys {
        let Some(client) = clients.get(number / 10) else { continue };
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

/// A request of a browser's size with this key.
#[must_use]
pub fn request<'a>(headers: &'a [(&'a [u8], &'a [u8])]) -> PlainRequest<'a> {
    PlainRequest {
        method: b"GET",
        host: b"api.example.com",
        path: b"/orders/4711?page=2",
        headers,
        address: None,
        now: 0,
    }
}

/// Header fields with this key, as a proxy has them.
#[must_use]
pub fn headers(key: &str) -> Vec<(&[u8], &[u8])> {
    vec![
        (b":authority", b"api.example.com"),
        (b":path", b"/orders/4711?page=2"),
        (b":method", b"GET"),
        (b":scheme", b"https"),
        (b"user-agent", b"curl/8.5.0"),
        (b"accept", b"*/*"),
        (b"accept-encoding", b"gzip, deflate"),
        (b"x-api-key", key.as_bytes()),
        (b"x-forwarded-proto", b"https"),
        (b"x-request-id", b"7f8b1a36-7a86-4f07-9d0a-3f1f5be1a0c4"),
    ]
}
