//! A key appears once: where the command that made it prints it. No other output and no file has
//! it, whatever is run on whatever, and wherever a key was put that does not belong there.

#![allow(
    clippy::unwrap_used,
    clippy::string_slice,
    clippy::panic,
    reason = "helpers of tests may fail as tests do"
)]

mod support;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use policy_compiler::command::tree;
use support::{DIGEST, Folder};

const POLICY: &str = "version: 1
collections: { orders: { base_path: /orders } }
limits: { keys_per_client: 1000 }
clients:
  acme:
    collections: [ orders ]
    access_profiles: { old: { sha256: 60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752 } }
    keys:
      first: { sha256: 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08 }
  globex: { collections: [ orders ], key_files: [ globex.csv ] }
";

const KEY_FILE: &str =
    "name,sha256\nbatch,a0303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752\n";

/// What every command is run with, in turn; POLICY is a document, TABLE a table, KEY a key, OUT a
/// file that the command writes. Arguments are parted by blanks, `|` stands before standard input.
/// A command without a line here fails the test.
const INVOCATIONS: &[(&str, &[&str])] = &[
    ("init", &["made.yaml"]),
    ("schema", &[""]),
    ("completions", &["bash"]),
    ("man", &[""]),
    (
        "check",
        &["POLICY", "POLICY --json", "POLICY --format sarif", "POLICY --format github --verbose"],
    ),
    ("compile", &["POLICY -o OUT", "POLICY -o OUT --json --names omit"]),
    ("inspect", &["TABLE", "TABLE --json"]),
    ("resolve", &["policy.table.names KEY", "KEY KEY", "policy.table.names key-1 --json"]),
    (
        "explain",
        &[
            "TABLE --host a.example --path /orders --header x-api-key:KEY",
            "TABLE --host a.example --path /orders --header KEY",
            "TABLE --host KEY --path /KEY --header x-api-key:KEY --json",
            "TABLE --host a.example --path /orders?api_key=KEY --method KEY",
            "TABLE --requests - --json | {\"method\":\"GET\",\"host\":\"a.example\",\"path\":\"/orders\",\"headers\":[[\"x-api-key\",\"KEY\"]]}",
            "TABLE --requests - --json | {\"method\":\"GET\",\"host\":\"a.example\",\"path\":\"/KEY\",\"headers\":\"KEY\"}",
            "TABLE --requests - --json | KEY",
        ],
    ),
    ("key new", &["--client acme --name NEW POLICY", "--client acme --name NEW --dry-run POLICY"]),
    (
        "key rotate",
        &[
            "--client acme --name first --overlap 1d --new-name NEW POLICY",
            "--client acme --name first --overlap KEY POLICY",
        ],
    ),
    ("key refresh", &["--client globex --name batch --expires never --new-name NEW POLICY"]),
    (
        "key revoke",
        &["--client acme --name first POLICY", "--client acme --name batch --remove POLICY"],
    ),
    ("key activate", &["--client acme --name first POLICY"]),
    ("key deactivate", &["--client globex --name batch POLICY"]),
    ("key list", &["POLICY", "POLICY --json"]),
    (
        "key check",
        &["POLICY | KEY", "POLICY --json | KEY", "POLICY | xKEY", "POLICY --json | KEYx"],
    ),
    ("key hash", &["| KEY", "--json | KEY", "KEY | KEY"]),
    ("client activate", &["--client acme POLICY"]),
    ("client deactivate", &["--client acme --dry-run POLICY"]),
    ("profile migrate", &["--client acme --dry-run POLICY"]),
    ("emit envoy", &["TABLE", "TABLE --filter KEY", "TABLE --watch KEY", "TABLE --mode KEY"]),
    ("emit envoy-filter", &["TABLE", "TABLE --filter KEY"]),
    (
        "diff",
        &[
            "TABLE POLICY",
            "POLICY TABLE --json",
            "TABLE POLICY --markdown --over 90d",
            "TABLE KEY",
            "TABLE POLICY --at KEY",
        ],
    ),
    (
        "who-can",
        &[
            "TABLE --method GET --path /orders",
            "POLICY --method KEY --path /orders?api_key=KEY --host KEY --json",
            "TABLE --method GET --path /KEY",
        ],
    ),
    ("what-can", &["TABLE --client acme", "POLICY --key acme/first --json", "TABLE --client KEY"]),
    (
        "blast-radius",
        &[
            "TABLE --key acme/first",
            "TABLE --key KEY",
            "TABLE --sha256 KEY",
            "POLICY --stdin | KEY",
            "TABLE --stdin --json | KEY",
            "TABLE --stdin | xKEY",
        ],
    ),
    ("calendar", &["POLICY", "POLICY --json", "POLICY --ics", "TABLE --at KEY"]),
];

/// Wrong places for a key in the arguments of any command.
const MISPLACED: &[&str] = &[
    "KEY",
    "--KEY",
    "--name KEY POLICY",
    "--client KEY --name x POLICY",
    "--client acme --name KEY POLICY",
    "--client acme --name first --new-name KEY --overlap 1d POLICY",
    "POLICY KEY",
    "--at KEY POLICY",
    "--expires KEY --client acme --name x POLICY",
    "--json=KEY POLICY",
    "TABLE --KEY",
    "KEY.yaml",
    "--overlap KEY POLICY",
];

/// Wrong places for a key in the files of a policy: which file has which text instead of which.
const SPOILED: &[(&str, &str, &str)] = &[
    ("policy.yaml", DIGEST, "KEY"),
    (
        "policy.yaml",
        "{ sha256: 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08 }",
        "KEY",
    ),
    ("policy.yaml", "first:", "KEY:"),
    ("policy.yaml", "first:", "\"x KEY x\":"),
    ("policy.yaml", "acme:", "KEY:"),
    ("policy.yaml", "{ orders:", "{ KEY:"),
    ("policy.yaml", "[ orders ]", "[ KEY ]"),
    ("policy.yaml", "sha256: 9f86", "key: KEY, sha256: 9f86"),
    ("policy.yaml", "sha256: 9f86", "KEY: x, sha256: 9f86"),
    ("policy.yaml", "sha256: 9f86", "expires: KEY, sha256: 9f86"),
    ("policy.yaml", "sha256: 9f86", "allowed_ips: [ KEY ], sha256: 9f86"),
    ("policy.yaml", "base_path: /orders", "base_path: /KEY"),
    ("policy.yaml", "base_path: /orders", "base_path: /orders, hosts: [ KEY.example.com ]"),
    ("policy.yaml", "version: 1", "version: 1\ngateway: { realm: KEY }"),
    (
        "policy.yaml",
        "version: 1",
        "version: 1\ngateway: { credentials: [ { header: \"x-api-key: KEY\" }, { header: \":KEY\" }, { header: x-envoy-KEY } ] }",
    ),
    ("policy.yaml", "version: 1", "version: 1\ngateway: { credentials: [ { bearer: KEY } ] }"),
    (
        "policy.yaml",
        "version: 1",
        "version: 1\ngateway: { credentials: [ { header: x-api-key, bearer: KEY }, { basic: \"user:KEY\" } ] }",
    ),
    (
        "policy.yaml",
        "version: 1",
        "version: 1\ngateway: { credentials: [ { query: \"api_key=KEY\" }, { cookie: \"api_key=KEY\" } ] }",
    ),
    ("policy.yaml", "version: 1", "version: 1\ngateway: { credentials: { header: KEY } }"),
    ("policy.yaml", "version: 1", "version: KEY"),
    ("policy.yaml", "version: 1", "version: 1\nKEY: [ "),
    ("policy.yaml", "version: 1", "KEY\nversion: 1"),
    ("globex.csv", "a0303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752", "KEY"),
    ("globex.csv", "batch,", "KEY,"),
    ("globex.csv", "name,sha256", "KEY,sha256"),
    ("globex.csv", "name,sha256", "name,sha256,KEY"),
    ("globex.csv", "batch,", "batch,KEY,"),
];

#[test]
fn a_key_is_only_where_it_was_made() {
    let mut search = Search::new(folder(POLICY, KEY_FILE));
    // Keys of all three commands that make keys.
    search.run("key new", "--client acme --name mine POLICY", "");
    search.run("key rotate", "--client acme --name mine --overlap 9d --new-name next POLICY", "");
    search.run("key refresh", "--client acme --name next --new-name last POLICY", "");
    let keys = search.keys.clone();
    assert_eq!(keys.len(), 3);
    search.run("compile", "POLICY -o TABLE.unnamed --names omit", "");
    search.run("compile", "POLICY -o table", "");
    for (verb, key) in verbs().iter().zip(keys.iter().cycle()) {
        for arguments in invocations(verb).iter().chain(MISPLACED) {
            search.run(verb, arguments, key);
        }
    }
    assert!(search.keys.len() > 3, "commands with a name of their own made keys, too");
}

#[test]
fn a_key_in_the_wrong_place_of_a_policy_is_not_repeated() {
    let mut search = Search::new(folder(POLICY, KEY_FILE));
    search.run("key new", "--client acme --name mine POLICY", "");
    let key = search.keys.first().unwrap().clone();
    search.spoil(&key, &[]);
    assert_eq!(search.spoiled, SPOILED.len());
}

#[test]
fn what_stands_beside_keys_is_hidden_with_them() {
    let mut search = Search::new(folder(POLICY, KEY_FILE));
    search.run("key new", "--client acme --name mine POLICY", "");
    let key = search.keys.first().unwrap();
    let value = format!("\"{key} {key} hunter2-and-more\"");
    let spoiled = folder(&POLICY.replacen(DIGEST, &value, 1), KEY_FILE);
    let ran = spoiled.run("check policy.yaml");
    assert!(ran.code == 1 && ran.stderr.contains("sha256: "), "{ran:?}");
    assert!(!ran.stderr.contains("hunter2"), "{ran:?}");
}

/// Such a key has no checksum by which the last net under all output would know it.
#[test]
fn a_key_of_another_system_in_the_wrong_place_of_a_policy_is_not_repeated() {
    let mut search = Search::new(folder(POLICY, KEY_FILE));
    search.keys.push("NOT-A-REAL-KEY-7f3kq0Zx81mWc5Jr2Tn9Lb64".to_owned());
    // Where no key belongs, what nobody can tell from a name is shown.
    search.spoil("other", &["[ KEY ]", "version: KEY"]);
    assert!(search.spoiled > SPOILED.len() / 2, "{}", search.spoiled);
}

/// Whether a command reads a policy, and so may repeat what stands there.
fn reads_policies(verb: &str) -> bool {
    invocations(verb).iter().any(|arguments| arguments.contains("POLICY"))
}

fn folder(policy: &str, key_file: &str) -> Folder {
    let folder = Folder::new(&[("policy.yaml", policy), ("globex.csv", key_file)]);
    folder.write("sound.yaml", "version: 1\n");
    assert_eq!(folder.run("compile sound.yaml -o sound.table").code, 0);
    folder
}

/// Every command that there is, from the tree of the commands itself.
fn verbs() -> Vec<String> {
    fn leaves(command: &clap::Command, path: &str, found: &mut Vec<String>) {
        if command.get_subcommands().next().is_none() {
            found.push(path.trim().to_owned());
        }
        for inner in command.get_subcommands() {
            leaves(inner, &format!("{path} {}", inner.get_name()), found);
        }
    }
    let mut found = Vec::new();
    leaves(&tree(), "", &mut found);
    found
}

fn invocations(verb: &str) -> &'static [&'static str] {
    let found = INVOCATIONS.iter().find(|(other, _)| *other == verb);
    found.unwrap_or_else(|| panic!("add what `portcullis {verb}` is to be run with")).1
}

struct Search {
    folder: Folder,
    /// Every key that was printed.
    keys: Vec<String>,
    /// How many commands were run.
    ran: usize,
    /// In how many places a key was found to be one.
    spoiled: usize,
}

impl Search {
    fn new(folder: Folder) -> Self {
        Self { folder, keys: Vec::new(), ran: 0, spoiled: 0 }
    }

    /// Runs a command and looks for every key in all that there is then.
    fn run(&mut self, verb: &str, arguments: &str, key: &str) {
        self.ran += 1;
        let (arguments, input) = arguments.split_once('|').unwrap_or((arguments, ""));
        let table = if self.folder.file("table").exists() { "table" } else { "sound.table" };
        let fill = |text: &str| {
            let text =
                text.replace("POLICY", "policy.yaml").replace("TABLE", table).replace("OUT", "out");
            text.replace("NEW", &format!("new-{}", self.ran)).replace("KEY", key)
        };
        let words: Vec<String> =
            format!("{verb} {arguments}").split_whitespace().map(fill).collect();
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let ran = self.folder.run_with(&words, &fill(input.trim_start()));
        let what = format!("portcullis {verb} {arguments}");
        assert!((0..=2).contains(&ran.code), "{what}: {}", ran.stderr);
        let makes_keys = matches!(verb, "key new" | "key rotate" | "key refresh");
        let new = ran.stdout.trim_end();
        let mut stdout = ran.stdout.as_str();
        if makes_keys && ran.code == 0 && new.starts_with("pc_live_") {
            assert!(!self.keys.iter().any(|known| known == new), "{what}");
            self.keys.push(new.to_owned());
            stdout = "";
        }
        for needle in self.keys.iter().flat_map(|key| needles(key)) {
            assert!(!stdout.contains(&needle), "stdout of {what}");
            assert!(!ran.stderr.contains(&needle), "stderr of {what}");
        }
        self.look_into_files(&what);
    }

    /// Puts the first key into the files of a policy, each time elsewhere, and runs every command that reads
    /// them; `argument` is what these are given for one. Texts to put it in may be left out.
    fn spoil(&mut self, argument: &str, but_for: &[&str]) {
        let key = self.keys.first().unwrap().clone();
        let spoiled = SPOILED.iter().filter(|(.., after)| !but_for.contains(after));
        for (file, before, after) in spoiled {
            let spoil = |name: &str, text: &str| {
                let spoiled = text.replacen(before, &after.replace("KEY", &key), 1);
                assert!(name != *file || spoiled != text, "{before}");
                if name == *file { spoiled } else { text.to_owned() }
            };
            let policy = spoil("policy.yaml", POLICY);
            self.folder = folder(&policy, &spoil("globex.csv", KEY_FILE));
            // Where a key of another system is taken for a name, nothing tells it from one.
            if self.folder.run("check policy.yaml").code == 0 {
                continue;
            }
            self.spoiled += 1;
            for verb in verbs().iter().filter(|verb| reads_policies(verb)) {
                invocations(verb).iter().for_each(|arguments| self.run(verb, arguments, argument));
            }
        }
    }

    /// The files that the test itself has spoiled have the key, all others must not.
    fn look_into_files(&self, what: &str) {
        let spoiled =
            |text: &[u8]| self.keys.first().is_some_and(|key| contains(text, key.as_bytes()));
        for name in self.folder.names() {
            // Some commands make a folder of whatever name they are given.
            if self.folder.file(&name).is_dir() {
                continue;
            }
            let content = std::fs::read(self.folder.file(&name)).unwrap();
            if matches!(name.as_str(), "policy.yaml" | "globex.csv")
                && self.is_spoiled()
                && spoiled(&content)
            {
                continue;
            }
            for needle in self.keys.iter().flat_map(|key| needles(key)) {
                assert!(!contains(&content, needle.as_bytes()), "file {name} after {what}");
            }
        }
    }

    fn is_spoiled(&self) -> bool {
        !self.folder.file("table").exists()
    }
}

/// A key in every form in which somebody could read it.
fn needles(key: &str) -> Vec<String> {
    let random = &key[key.len() - 36..key.len() - 6];
    let hex = |text: &str| text.bytes().map(|byte| format!("{byte:02x}")).collect::<String>();
    let mut needles = vec![random.to_owned(), hex(random), hex(random).to_uppercase()];
    // The random part is in the base64 of whatever has it, in one of three ways.
    for lead in ["", "x", "xx"] {
        let text = format!("{lead}{random}");
        for encoded in [STANDARD.encode(&text), URL_SAFE_NO_PAD.encode(&text)] {
            needles.push(encoded[lead.len() * 4 / 3 + 1..36].to_owned());
        }
    }
    needles
}

fn contains(text: &[u8], needle: &[u8]) -> bool {
    memchr::memmem::find(text, needle).is_some()
}
