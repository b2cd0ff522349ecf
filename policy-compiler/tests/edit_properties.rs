//! Random documents, random edits: the result means what it is to mean and nothing outside the
//! edited place is touched, or the edit is refused.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "helpers of tests may fail as tests do"
)]

mod support;

use std::cell::Cell;

use policy_compiler::edit::{Change, Document};
use policy_compiler::key::{End, Rotation, migrate, new_key, rotate};
use policy_compiler::load_text;
use policy_compiler::model::{Client, Digest, Key, Name, Policy, Window, show_time};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use support::Folder;

const NOW: i64 = 1_780_000_000;

/// Draws one thing after the other from a seed.
struct Draw(u64);

impl Draw {
    fn below(&mut self, bound: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % bound
    }

    fn one_in(&mut self, count: usize) -> bool {
        self.below(count) == 0
    }

    fn pick<'a>(&mut self, choices: &[&'a str]) -> &'a str {
        choices[self.below(choices.len())]
    }
}

/// A document that is being written, in mixed styles and with comments that are all different.
struct Writer {
    draw: Draw,
    text: String,
    comments: usize,
    keys: usize,
    /// Anchors that exist so far, of lists and of times.
    anchors: [usize; 2],
}

impl Writer {
    fn comment(&mut self) -> String {
        self.comments += 1;
        format!("# c{}.", self.comments)
    }

    /// A line at an indentation, now and then with a comment behind or above it.
    fn line(&mut self, indent: usize, line: &str) {
        let blanks = " ".repeat(indent);
        if self.draw.one_in(6) {
            let comment = self.comment();
            let deeper = " ".repeat(self.draw.below(3));
            self.text.push_str(&format!("{blanks}{deeper}{comment}\n"));
        }
        if self.draw.one_in(12) {
            self.text.push('\n');
        }
        let comment =
            if self.draw.one_in(4) { format!("  {}", self.comment()) } else { String::new() };
        self.text.push_str(&format!("{blanks}{line}{comment}\n"));
    }

    fn name(&mut self, name: &str) -> String {
        match self.draw.below(4) {
            0 => format!("\"{name}\""),
            1 => format!("'{name}'"),
            _ => name.to_owned(),
        }
    }

    /// A list or a time: written out, with an anchor, or an alias.
    fn shared(&mut self, kind: usize, value: &str) -> String {
        match self.draw.below(8) {
            0 => {
                self.anchors[kind] += 1;
                format!("&{}{} {value}", ["list", "time"][kind], self.anchors[kind])
            }
            1 if self.anchors[kind] > 0 => {
                format!("*{}{}", ["list", "time"][kind], 1 + self.draw.below(self.anchors[kind]))
            }
            _ => value.to_owned(),
        }
    }

    fn fields(&mut self, profile: bool) -> Vec<String> {
        self.keys += 1;
        let mut fields = vec![format!("sha256: {:016x}{}", self.keys, &support::DIGEST[16..])];
        if self.draw.one_in(3) {
            fields.push(format!("active: {}", self.draw.pick(&["true", "false"])));
        }
        if self.draw.one_in(2) {
            let time =
                self.draw.pick(&["2027-01-01", "\"2027-01-01\"", "'2030-06-01T00:00:00+02:00'"]);
            fields.push(format!("expires: {}", self.shared(1, time)));
        }
        if self.draw.one_in(3) {
            let list = self.draw.pick(&[
                "[ 10.0.0.1, { list: office } ]",
                "[]",
                "\"10.0.0.0/8, 10.1.0.0-10.2.0.0\"",
            ]);
            fields.push(format!("allowed_ips: {}", self.shared(0, list)));
        }
        if self.draw.one_in(4) {
            fields.push("collections: [ orders ]".to_owned());
        }
        if profile && self.draw.one_in(2) {
            fields.push("created: 2023-01-01".to_owned());
        }
        let at = self.draw.below(fields.len());
        fields.swap(0, at);
        fields
    }

    fn flow_keys(&mut self, names: &[String], profile: bool) -> String {
        let keys: Vec<String> = names
            .iter()
            .map(|name| {
                let fields = self.fields(profile).join(", ");
                format!("{}: {{{fields}}}", self.name(name))
            })
            .collect();
        if keys.is_empty() { "{}".to_owned() } else { format!("{{ {} }}", keys.join(", ")) }
    }

    fn keys(&mut self, indent: usize, step: usize, names: &[String], profile: bool) {
        let section = if profile { "access_profiles" } else { "keys" };
        if names.is_empty() || self.draw.one_in(4) {
            let keys = self.flow_keys(names, profile);
            self.line(indent, &format!("{section}: {keys}"));
            return;
        }
        self.line(indent, &format!("{section}:"));
        for name in names {
            let (name, fields) = (self.name(name), self.fields(profile));
            match self.draw.below(4) {
                0 => self.line(indent + step, &format!("{name}: {{ {} }}", fields.join(", "))),
                1 => {
                    self.line(indent + step, &format!("{name}: {{"));
                    for field in fields {
                        self.line(indent + 2 * step, &format!("{field},"));
                    }
                    self.line(indent + step, "}");
                }
                _ => {
                    self.line(indent + step, &format!("{name}:"));
                    fields.iter().for_each(|field| self.line(indent + 2 * step, field));
                }
            }
        }
    }

    fn client(&mut self, name: &str, step: usize) {
        let keys: Vec<String> = (0..self.draw.below(4)).map(|key| format!("key-{key}")).collect();
        let profiles: Vec<String> =
            (0..self.draw.below(3)).map(|key| format!("profile-{key}")).collect();
        let name = self.name(name);
        if self.draw.one_in(5) {
            let (keys, profiles) = (self.flow_keys(&keys, false), self.flow_keys(&profiles, true));
            let active = self.draw.pick(&["", "active: false, ", "description: a # b, "]);
            let active = if active.contains('#') { "description: \"a # b\", " } else { active };
            self.line(
                step,
                &format!("{name}: {{ {active}collections: [ orders ], keys: {keys}, access_profiles: {profiles} }}"),
            );
            return;
        }
        self.line(step, &format!("{name}:"));
        let mut parts = [0, 1, 2, 3, 4];
        for last in (1..parts.len()).rev() {
            parts.swap(last, self.draw.below(last + 1));
        }
        for part in parts {
            match part {
                0 if self.draw.one_in(2) => self.line(2 * step, "active: true"),
                1 => self.line(2 * step, "collections: [ orders ]"),
                2 => self.keys(2 * step, step, &keys, false),
                3 => self.keys(2 * step, step, &profiles, true),
                4 if self.draw.one_in(3) => {
                    self.line(2 * step, "description: |");
                    let blanks = " ".repeat(3 * step);
                    self.text.push_str(&format!("{blanks}of # two\n{blanks}lines\n"));
                }
                _ => {}
            }
        }
    }
}

fn document(seed: u64) -> (String, Draw) {
    let mut writer =
        Writer { draw: Draw(seed), text: String::new(), comments: 0, keys: 0, anchors: [0; 2] };
    writer.line(0, "version: 1");
    writer.line(0, "collections: { orders: { base_path: /a }, reports: { base_path: /b } }");
    writer.line(0, "ip_lists: { office: [ 203.0.113.0/24 ] }");
    writer.line(0, "clients:");
    let step = 2 + writer.draw.below(3);
    for name in ["acme", "globex", "initech"].iter().take(1 + writer.draw.below(3)) {
        writer.client(name, step);
    }
    if writer.draw.one_in(2) {
        writer.line(0, "legacy: { ends: 2028-01-01 }");
    }
    if writer.draw.one_in(4) {
        writer.text.pop();
    }
    let text = if writer.draw.one_in(4) { writer.text.replace('\n', "\r\n") } else { writer.text };
    (text, writer.draw)
}

/// One edit, and what it makes of a key: judged without the code that makes it.
struct Edit {
    changes: Vec<Change>,
    client: Name,
    /// Every key of the client that changes, and what it is to be; nothing for one that goes.
    becomes: Vec<(Name, Option<Key>)>,
    active: Option<bool>,
    removes: bool,
}

fn edit(policy: &Policy, draw: &mut Draw) -> Option<Edit> {
    let client = &policy.clients[draw.below(policy.clients.len())];
    let name = || client.name.clone();
    let pick = |draw: &mut Draw| match client.keys.len() {
        0 => None,
        count => client.keys.get(draw.below(count)),
    };
    let plain =
        |changes, becomes| Edit { changes, client: name(), becomes, active: None, removes: false };
    let digest = Digest::of(b"another one");
    let end = NOW + 86_400;
    Some(match draw.below(7) {
        0 => {
            let new = Name::new(draw.pick(&["new", "no", "1e3", "a: b", "# c0."])).unwrap();
            let window = Window::new(Some(NOW), draw.one_in(2).then_some(end)).unwrap();
            let key = new_key(new.clone(), digest, window, client.rule.clone(), None);
            let change = Change::AddKey { client: name(), key: key.clone().into(), beside: None };
            plain(vec![change], vec![(new, Some(key))])
        }
        1 => {
            let active = draw.one_in(2);
            let change = Change::SetClientActive { client: name(), active };
            Edit { active: Some(active), ..plain(vec![change], Vec::new()) }
        }
        2 => {
            let (key, active) = (pick(draw)?, draw.one_in(2));
            let change = Change::SetKeyActive { client: name(), key: key.name.clone(), active };
            plain(
                vec![change],
                vec![(key.name.clone(), Some(with(key, |key| key.active = active)))],
            )
        }
        3 => {
            let key = pick(draw)?;
            let change =
                Change::SetKeyExpires { client: name(), key: key.name.clone(), expires: end };
            plain(vec![change], vec![(key.name.clone(), Some(ending(key, end)))])
        }
        4 => {
            let key = pick(draw)?;
            let change = Change::RemoveKey { client: name(), key: key.name.clone() };
            Edit { removes: true, ..plain(vec![change], vec![(key.name.clone(), None)]) }
        }
        5 => {
            let old = pick(draw).filter(|key| key.legacy.is_none())?;
            let new = Name::new("fresh").unwrap();
            let rotation =
                Rotation { now: NOW, overlap: 86_400, name: new.clone(), digest, end: None };
            let changes = rotate(client, old, rotation).ok()?;
            let fresh = with(old, |key| {
                (key.name, key.digest, key.active) = (new.clone(), digest, true);
            });
            plain(changes, vec![(old.name.clone(), Some(ending(old, end))), (new, Some(fresh))])
        }
        _ => {
            let profile = pick(draw).filter(|key| key.legacy.is_some())?;
            let migration = migrate(policy, client, &[profile], Some(End::At(end)), true).ok()?;
            let key = with(&ending(profile, end), |key| key.legacy = None);
            plain(migration.changes, vec![(profile.name.clone(), Some(key))])
        }
    })
}

fn with(key: &Key, change: impl FnOnce(&mut Key)) -> Key {
    let mut key = key.clone();
    change(&mut key);
    key
}

/// The key as it is when it ends at a moment which is earlier than every other end here.
fn ending(key: &Key, end: i64) -> Key {
    with(key, |key| {
        key.window = Window::new(key.window.not_before(), Some(end)).unwrap();
        if let Some(profile) = &mut key.legacy {
            profile.expires = Some(end);
        }
    })
}

/// What a policy says, as text: apart from where it stands, and from the order of keys.
fn meaning(policy: &Policy) -> String {
    let mut clients: Vec<String> = policy.clients.iter().map(client_meaning).collect();
    clients.sort();
    let collections: Vec<&str> = policy.collections.iter().map(|one| one.name.as_str()).collect();
    format!("{:?} {collections:?}\n{}", policy.legacy, clients.join("\n"))
}

fn client_meaning(client: &Client) -> String {
    let mut keys: Vec<String> = client.keys.iter().map(key_meaning).collect();
    keys.sort();
    format!(
        "{} {} {:?} {:?} {:?}\n{}",
        client.name,
        client.active,
        client.grant,
        client.description,
        client.rule.allowed.entries().len(),
        keys.join("\n")
    )
}

fn key_meaning(key: &Key) -> String {
    let Key { name, digest, active, rule, grant, window, legacy, .. } = key;
    let entries = |list: &policy_compiler::model::AddressList| {
        let entries = list.ranges().map(|range| range.to_string());
        entries.collect::<Vec<String>>()
    };
    let ends = window.expires().map(show_time);
    format!(
        "  {name} {digest} {active} {:?} {:?} {grant:?} {:?} {ends:?} {legacy:?}",
        entries(&rule.allowed),
        entries(&rule.blocked),
        window.not_before()
    )
}

#[test]
fn an_edit_does_what_it_is_to_do_or_nothing() {
    let folder = Folder::new(&[]);
    let (made, refused) = (Cell::new(0_u32), Cell::new(0_u32));
    let mut runner =
        TestRunner::new(Config { cases: 1_000, failure_persistence: None, ..Config::default() });
    runner
        .run(&any::<u64>(), |seed| {
            let (text, mut draw) = document(seed);
            folder.write("policy.yaml", &text);
            let document = Document::look_at(&folder.file("policy.yaml"))
                .unwrap_or_else(|reason| panic!("{text}\n{reason}\n{}", reason.report().unwrap()));
            let policy = document.policy();
            let Some(edit) = edit(policy, &mut draw) else { return Ok(()) };
            match document.propose(&edit.changes) {
                Ok(proposal) => {
                    made.set(made.get() + 1);
                    judge(policy, &text, proposal.text(), &edit);
                }
                Err(_) => {
                    refused.set(refused.get() + 1);
                    assert_eq!(folder.text("policy.yaml"), text);
                }
            }
            Ok(())
        })
        .unwrap();
    let (made, refused) = (made.get(), refused.get());
    println!("{made} edits made, {refused} refused");
    assert!(made > 9 * refused && refused > 0, "{made} edits made, {refused} refused");
}

fn judge(before: &Policy, text: &str, edited: &str, edit: &Edit) {
    let mut expected = before.clone();
    let client = expected.clients.iter_mut().find(|client| client.name == edit.client).unwrap();
    client.active = edit.active.unwrap_or(client.active);
    for (name, key) in &edit.becomes {
        client.keys.retain(|other| other.name != *name);
        client.keys.extend(key.clone());
    }
    let after =
        load_text("policy.yaml", edited.to_owned(), std::path::Path::new(""), &Default::default())
            .unwrap()
            .policy;
    assert_eq!(meaning(&after), meaning(&expected), "{text}\n{edited}");

    // Every comment is still there, once, but those of a key that went.
    let comments = |text: &str| {
        let found = text.match_indices("# c").filter_map(|(at, _)| {
            text[at + 3..].split_once('.').map(|(number, _)| number.to_owned())
        });
        let mut found: Vec<String> =
            found.filter(|number| number.parse::<u32>().is_ok_and(|number| number > 0)).collect();
        found.sort();
        found
    };
    let (old, new) = (comments(text), comments(edited));
    if edit.removes {
        assert!(new.iter().all(|comment| old.contains(comment)));
    } else {
        assert_eq!(old, new, "{text}\n{edited}");
    }

    // Line ends are as they were.
    if text.contains('\r') {
        assert_eq!(edited.matches("\r\n").count(), edited.matches('\n').count(), "{edited:?}");
    } else {
        assert!(!edited.contains('\r'));
    }
    assert_eq!(text.ends_with('\n'), edited.ends_with('\n'), "{text}\n{edited}");

    // One change is one place: what stands before and after it is as it was, byte for byte.
    if let [change] = edit.changes.as_slice() {
        let (gone, mut come) = middle(text, edited);
        // Comments may stand between `{}` and what went.
        let without_braces = edited.match_indices(" {}").map(|(at, braces)| {
            let rest = &edited[at + braces.len()..];
            middle(text, &format!("{}{rest}", &edited[..at])).1
        });
        if matches!(change, Change::RemoveKey { .. }) && without_braces.min() == Some(0) {
            come = 0;
        }
        let (may_go, may_come) = match change {
            Change::AddKey { .. } => (0, usize::MAX),
            Change::RemoveKey { .. } => (usize::MAX, " {}".len()),
            Change::MigrateProfile { .. } => (usize::MAX, usize::MAX),
            // A value, or a line with a field.
            _ => (40, 60),
        };
        assert!(gone <= may_go && come <= may_come, "{gone} {come} {change:?}\n{text}\n{edited}");
    }
    // No other line is gone, whatever the edit is: lines of other keys least of all.
    let lines: Vec<&str> = edited.lines().collect();
    let gone = text.lines().filter(|line| !lines.contains(line));
    let gone: Vec<&str> = gone.collect();
    let others = before.clients.iter().flat_map(|client| {
        let changed = |key: &Key| {
            edit.becomes.iter().any(|(name, _)| *name == key.name) && client.name == edit.client
        };
        client.keys.iter().filter(move |key| !changed(key))
    });
    for key in others {
        let digest = key.digest.to_string();
        let block =
            |line: &&&str| line.trim_start().starts_with("sha256:") && line.contains(&digest);
        assert!(!gone.iter().any(|line| block(&line)), "{text}\n{edited}");
    }
}

/// How many bytes went and came between the beginning and the end that two texts share.
fn middle(before: &str, after: &str) -> (usize, usize) {
    let start = before.bytes().zip(after.bytes()).take_while(|(a, b)| a == b).count();
    let (before, after) = (&before.as_bytes()[start..], &after.as_bytes()[start..]);
    let end = before.iter().rev().zip(after.iter().rev()).take_while(|(a, b)| a == b).count();
    (before.len() - end, after.len() - end)
}
