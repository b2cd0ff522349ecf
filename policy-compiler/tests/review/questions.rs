//! What the questions answer against every request of a small space; and samples against themselves.

use std::path::Path;

use policy_compiler::compile_text;
use policy_compiler::review::{Direction, Owner, Question, Span, compare};
use policy_table::{Reason, Table, decide};

use crate::brute::{Space, request};
use crate::chance::Chance;
use crate::equality::{Case, Tally, at, draft, from, judge};
use crate::policies::{Draft, KEYS, kept_digest};

const POLICIES: u64 = 200;

fn nothing() -> Vec<u8> {
    compile_text("nothing", "version: 1".to_owned(), Path::new(""), &Default::default())
        .unwrap()
        .table
}

#[test]
fn what_a_policy_opens_is_what_requests_get() {
    let (nothing, mut tally) = (nothing(), Tally::default());
    for seed in 0..POLICIES {
        let (draft, table) = draft(&mut Chance::new(seed), Draft::random);
        let document = draft.document();
        let space = Space::of([&document, ""]);
        if let Err(problem) = judge(&nothing, &table, &space, &mut tally) {
            panic!("seed {seed}: {problem}\n{document}");
        }
    }
    assert!(tally.gained > 10_000 && tally.lost == 0, "{tally:?}");
}

#[test]
fn who_can_and_blast_radius_are_what_requests_get() {
    let nothing = nothing();
    let nothing = Table::from_bytes(&nothing).unwrap();
    let (mut granted, mut refused) = (0, 0);
    for seed in 0..POLICIES {
        let mut chance = Chance::new(seed);
        let (draft, table) = draft(&mut chance, Draft::random);
        let table = Table::from_bytes(&table).unwrap();
        let document = draft.document();
        let space = Space::of([&document, ""]);
        let (host, path) = (*chance.one_of(space.hosts), *chance.one_of(space.paths));
        let method = ("GET", false);
        let asked = request(method, host, path, None, None);
        let mut who = compare(&nothing, &table, Span::ALWAYS);
        asked.with_plain(|plain| who.answer(Question::Who(plain)));
        let place = table.settings().credentials[0];
        for key in 0..KEYS.len() {
            let Some(index) = table.find_key(kept_digest(key)) else { continue };
            let mut radius = compare(&nothing, &table, Span::ALWAYS);
            radius.answer(Question::Key(index));
            let only = Owner::Keys(table.key_facts(index).unwrap().client, vec![index]);
            assert!(radius.gained.iter().all(|change| change.owner == only), "seed {seed}");
            let carried = Some((key, place));
            let who = Case { tables: [&nothing, &table], difference: &who };
            let radius = Case { tables: [&nothing, &table], difference: &radius };
            let class = radius.class(host, path, method).unwrap();
            for address in &space.addresses {
                let mut request = request(method, host, path, carried, *address);
                for time in &space.times {
                    request.time = *time;
                    let decision = request.with_plain(|plain| decide(&table, plain));
                    let expected = usize::from(decision.reason == Reason::Granted);
                    for (question, case) in [("who-can", &who), ("blast-radius", &radius)] {
                        let changes = case.changes_of(Direction::Gained, carried);
                        let here = from(&changes, *address);
                        let here: Vec<_> =
                            here.into_iter().filter(|one| one.classes.contains(&class)).collect();
                        assert_eq!(
                            at(&here, *time),
                            expected,
                            "seed {seed} {question} {request:?}"
                        );
                    }
                    granted += expected;
                    refused += 1 - expected;
                }
            }
        }
    }
    assert!(granted > 100 && refused > 100, "{granted} granted, {refused} refused");
}

#[test]
fn no_sample_differs_from_itself() {
    let documents =
        std::fs::read_dir("tests/documents").unwrap().map(|entry| entry.unwrap().path());
    let mut compared = 0;
    for path in documents.chain(["../examples/acme/policy.yaml".into()]) {
        let Ok(compiled) = policy_compiler::compile_file(&path, &Default::default()) else {
            continue;
        };
        let (one, other) = (compiled.table.clone(), compiled.table);
        let (one, other) = (Table::from_bytes(&one).unwrap(), Table::from_bytes(&other).unwrap());
        let difference = compare(&one, &other, Span::ALWAYS);
        assert!(difference.gained.is_empty() && difference.lost.is_empty(), "{}", path.display());
        compared += 1;
    }
    assert!(compared > 2, "{compared}");
}
