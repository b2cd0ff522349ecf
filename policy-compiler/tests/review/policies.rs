//! Small random policies, and small changes of them.

use policy_compiler::compile_text;
use policy_compiler::diagnostic::Code;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use crate::chance::Chance;

/// The texts of all keys that a random policy may have.
pub(crate) const KEYS: [&str; 4] =
    ["not-a-real-key-0", "not-a-real-key-1", "not-a-real-key-2", "not-a-real-key-3"];

/// What random rules are made of.
const ENTRIES: [&str; 5] =
    ["10.0.0.0/31", "10.0.0.1-10.0.0.4", "0.0.0.0/0", "2001:db8::/127", "::/0"];

pub(crate) const DATES: [&str; 3] =
    ["2030-01-01T00:00:00Z", "2030-01-01T00:00:02Z", "2031-01-01T00:00:00Z"];

const PATTERNS: [&str; 9] =
    ["/", "/a", "/a/", "/a/b", "/a/{id}", "/{id}/b", "/{id}", "/a/**", "/**"];

/// A policy as a value, so that a change can be made to any part of it.
#[derive(Clone)]
pub(crate) struct Draft {
    topics: Topics,
    gateway: Map<String, Value>,
    collections: Vec<(String, Value)>,
    clients: Vec<Client>,
}

/// What a policy and its changes speak of: of all at once, the space of requests would be large.
#[derive(Clone, Copy)]
struct Topics {
    addresses: bool,
    dates: bool,
    hosts: bool,
    places: bool,
}

impl Topics {
    fn random(chance: &mut Chance) -> Self {
        let mut speaks = |percent| chance.percent(percent);
        Self { addresses: speaks(40), dates: speaks(35), hosts: speaks(40), places: speaks(25) }
    }
}

#[derive(Clone)]
struct Client {
    name: String,
    says: Map<String, Value>,
    /// Name, position in [`KEYS`], and what the key says.
    keys: Vec<(String, usize, Map<String, Value>)>,
}

impl Draft {
    pub(crate) fn random(chance: &mut Chance) -> Self {
        let topics = Topics::random(chance);
        let count = 1 + chance.below(3);
        let mut names = ["one", "two", "three"].map(str::to_owned).to_vec();
        names.truncate(count);
        let collections: Vec<_> =
            names.into_iter().map(|name| (name, collection(chance, topics))).collect();
        let mut draft =
            Self { topics, gateway: gateway(chance, topics), collections, clients: Vec::new() };
        let mut keys: Vec<usize> = (0..KEYS.len()).collect();
        for name in &["acme", "globex"][..1 + chance.below(2)] {
            let mut client =
                Client { name: (*name).to_owned(), says: draft.client(chance), keys: Vec::new() };
            for _ in 0..1 + chance.below(2) {
                let digest = keys.remove(chance.below(keys.len()));
                let says = key(chance, topics, &client.says);
                client.keys.push((format!("key{digest}"), digest, says));
            }
            draft.clients.push(client);
        }
        draft
    }

    /// The same but for one to three changes.
    pub(crate) fn changed(&self, chance: &mut Chance) -> Self {
        let mut draft = self.clone();
        for _ in 0..1 + chance.below(3) {
            draft.change(chance);
        }
        draft
    }

    fn change(&mut self, chance: &mut Chance) {
        let topics = self.topics;
        let client = chance.below(self.clients.len());
        match chance.below(11) {
            0 => self.gateway = gateway(chance, self.topics),
            1 | 2 => {
                let at = chance.below(self.collections.len());
                self.collections[at].1 = collection(chance, self.topics);
            }
            3 => self.collections.reverse(),
            4 => {
                let at = chance.below(self.collections.len());
                self.collections[at].0.push('x');
            }
            5 => self.clients[client].says = self.client(chance),
            6 => self.clients[client].name.push('x'),
            7 => self.clients.reverse(),
            _ if self.clients[client].keys.is_empty() => {}
            8 => drop(self.clients[client].keys.remove(0)),
            _ => {
                let client = &mut self.clients[client];
                let at = chance.below(client.keys.len());
                client.keys[at].2 = key(chance, topics, &client.says);
            }
        }
    }

    fn client(&self, chance: &mut Chance) -> Map<String, Value> {
        let names: Vec<String> = self.collections.iter().map(|(name, _)| name.clone()).collect();
        let least = usize::from(chance.percent(90));
        let mut says = Map::new();
        says.insert("collections".into(), json!(chance.some_of(&names, least)));
        rules(chance, self.topics, &mut says);
        inactive(chance, &mut says, 5);
        says
    }

    /// The policy document: JSON is YAML.
    pub(crate) fn document(&self) -> String {
        let collections: Map<String, Value> = self.collections.iter().cloned().collect();
        let names: Vec<&String> = self.collections.iter().map(|(name, _)| name).collect();
        // A grant may name what was renamed or is gone.
        let known = |says: &Map<String, Value>| {
            let mut says = says.clone();
            if let Some(Value::Array(granted)) = says.get_mut("collections") {
                granted.retain(|name| names.iter().any(|known| name == known.as_str()));
            }
            says
        };
        let clients: Map<String, Value> = self
            .clients
            .iter()
            .map(|client| {
                let mut says = known(&client.says);
                let granted = says["collections"].clone();
                let keys: Map<String, Value> = client
                    .keys
                    .iter()
                    .map(|(name, digest, says)| {
                        let mut says = known(says);
                        if let Some(Value::Array(narrowed)) = says.get_mut("collections") {
                            narrowed.retain(|name| granted.as_array().unwrap().contains(name));
                        }
                        says.insert("sha256".into(), json!(sha256(KEYS[*digest])));
                        (name.clone(), says.into())
                    })
                    .collect();
                says.insert("keys".into(), keys.into());
                (client.name.clone(), says.into())
            })
            .collect();
        let mut document = Map::new();
        document.insert("version".into(), json!(1));
        document.insert("gateway".into(), self.gateway.clone().into());
        document.insert("collections".into(), collections.into());
        document.insert("clients".into(), clients.into());
        Value::from(document).to_string()
    }

    /// The table, unless two random endpoints cannot be told apart.
    pub(crate) fn table(&self) -> Option<Vec<u8>> {
        let compiled =
            compile_text("random", self.document(), std::path::Path::new("."), &Default::default());
        match compiled {
            Ok(compiled) => Some(compiled.table),
            Err(report) => {
                let overlaps =
                    report.diagnostics().iter().any(|one| one.code == Code::OverlappingEndpoints);
                assert!(overlaps, "{report}\n{}", self.document());
                None
            }
        }
    }
}

/// What a table keeps of the SHA-256 of a key.
pub(crate) fn kept_digest(key: usize) -> [u8; 16] {
    *Sha256::digest(KEYS[key]).first_chunk().unwrap()
}

/// The SHA-256 of a key in hexadecimal.
pub(crate) fn sha256(key: &str) -> String {
    Sha256::digest(key).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn gateway(chance: &mut Chance, topics: Topics) -> Map<String, Value> {
    let header = json!({ "header": "x-api-key" });
    let places = [
        json!([header]),
        json!([header, { "query": "api_key" }]),
        json!([{ "bearer": true }, header]),
        json!([{ "basic": "user" }, { "cookie": "session" }]),
    ];
    let mut says = Map::new();
    if topics.places && chance.percent(80) {
        says.insert("credentials".into(), chance.one_of(&places).clone());
    }
    if chance.percent(10) {
        says.insert("unmatched".into(), json!("allow"));
    }
    if chance.percent(15) {
        says.insert("preflight".into(), json!("allow"));
    }
    if topics.addresses && chance.percent(20) {
        let hops = 1 + chance.below(2);
        let from = json!({ "from": "x-forwarded-for", "trusted_hops": hops });
        says.insert("client_address".into(), from);
    }
    rules(chance, topics, &mut says);
    says
}

fn collection(chance: &mut Chance, topics: Topics) -> Value {
    let mut says = Map::new();
    let hosts = [json!(["x.test"]), json!(["*.x.test"]), json!(["x.test", "y.x.test"])];
    if topics.hosts && chance.percent(80) {
        says.insert("hosts".into(), chance.one_of(&hosts).clone());
    }
    says.insert("base_path".into(), json!(chance.one_of(&["/", "/a", "/b"])));
    if chance.percent(15) {
        says.insert("public".into(), json!(true));
    }
    inactive(chance, &mut says, 7);
    let methods = [json!(["GET"]), json!(["GET", "POST"]), json!(["OPTIONS"]), json!(["purge"])];
    let endpoints: Vec<Value> = (0..1 + chance.below(3))
        .map(|_| {
            let mut endpoint = Map::new();
            endpoint.insert("path".into(), json!(chance.one_of(&PATTERNS)));
            if chance.percent(60) {
                endpoint.insert("methods".into(), chance.one_of(&methods).clone());
            }
            inactive(chance, &mut endpoint, 7);
            endpoint.into()
        })
        .collect();
    says.insert("endpoints".into(), endpoints.into());
    says.into()
}

fn key(chance: &mut Chance, topics: Topics, client: &Map<String, Value>) -> Map<String, Value> {
    let mut says = Map::new();
    rules(chance, topics, &mut says);
    inactive(chance, &mut says, 7);
    let (first, last) = (chance.below(DATES.len()), chance.below(DATES.len()));
    if topics.dates && chance.percent(40) && first < last {
        says.insert("not_before".into(), json!(DATES[first]));
    }
    if topics.dates && chance.percent(50) {
        says.insert("expires".into(), json!(DATES[first.max(last)]));
    }
    if chance.percent(20) {
        let granted = client["collections"].as_array().unwrap();
        says.insert("collections".into(), json!(chance.some_of(granted, 0)));
    }
    says
}

fn rules(chance: &mut Chance, topics: Topics, says: &mut Map<String, Value>) {
    for field in ["allowed_ips", "blocked_ips"] {
        if topics.addresses && chance.percent(25) {
            let entries: Vec<&str> =
                (0..1 + chance.below(2)).map(|_| *chance.one_of(&ENTRIES)).collect();
            says.insert(field.into(), json!(entries));
        }
    }
}

fn inactive(chance: &mut Chance, says: &mut Map<String, Value>, percent: usize) {
    if chance.percent(percent) {
        says.insert("active".into(), json!(false));
    }
}
