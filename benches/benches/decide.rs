//! What a decision and a load cost natively, by the size of the policy.
#![allow(
    clippy::expect_used,
    missing_docs,
    reason = "a bench that cannot make its table has nothing to measure"
)]

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use fastrand::Rng;
use policy_table::{Reason, Table};
use portcullis_bench_guest::{Subject, sha256};
use portcullis_benches::listed::{self, Origin, Place, Says};
use portcullis_benches::networks::Networks;
use portcullis_benches::reference::{Ending, Reference};

/// Requests of a kind, in turn.
const REQUESTS: usize = 4_096;

fn decide(criterion: &mut Criterion) {
    let base = Reference::with_keys(100_000);
    for keys in [1_000, 100_000, 1_000_000] {
        let reference = Reference::with_keys(keys);
        let table = reference.table().expect("a table");
        for ending in [Ending::Granted, Ending::CredentialUnknown] {
            let name = if ending == Ending::Granted { "keys, hit" } else { "keys, unknown key" };
            time(criterion, name, keys, &table, &requests(&reference, ending), ending.reason());
        }
    }
    for clients in [10, 1_000, 100_000] {
        grow(criterion, "clients", clients, &Reference { clients, ..base });
    }
    for endpoints in [1, 50, 1_000] {
        grow(criterion, "endpoints", 20 * endpoints, &Reference { endpoints, ..base });
    }
    for prefixes in [1, 100, 10_000] {
        grow(criterion, "ranges", prefixes, &Reference { address_rules: 1, prefixes, ..base });
    }
}

/// Addresses in and outside of one list of 70,000 prefixes, on every key. All are granted: a list that they are in
/// allows them, and one that they are not in blocks others.
fn addresses(criterion: &mut Criterion) {
    let list = [Networks::made(1)];
    for origin in Origin::ALL {
        let mut random = Rng::with_seed(1);
        let [networks] = &list;
        let requests: Vec<Vec<u8>> = (0..REQUESTS)
            .filter_map(|number| {
                let address = origin.address(networks, &mut random)?;
                Some(listed::request_from(address, number % 1_000))
            })
            .collect();
        let says = if origin.is_hit() { Says::Allowed } else { Says::Blocked };
        let table = listed::table(1_000, Place::Keys(&list), says).expect("a table");
        let name = format!("ranges, {}", origin.name());
        time(criterion, &name, networks.prefixes().len(), &table, &requests, Reason::Granted);
    }
}

fn digest(criterion: &mut Criterion) {
    let key = portcullis_benches::reference::key(7);
    criterion.bench_function("digest of the key", |bencher| {
        bencher.iter(|| sha256(black_box(key.as_bytes())));
    });
}

fn load(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("load");
    group.sample_size(10);
    for keys in [1_000, 100_000, 1_000_000] {
        let table = Reference::with_keys(keys).table().expect("a table");
        group.throughput(Throughput::Bytes(table.len() as u64));
        group.bench_function(BenchmarkId::new("prove", keys), |bencher| {
            bencher.iter(|| Table::from_bytes(black_box(&table)).expect("a proved table").counts());
        });
        group.bench_function(BenchmarkId::new("sha256 of the bytes", keys), |bencher| {
            bencher.iter(|| sha256(black_box(&table)));
        });
    }
    group.finish();
}

fn grow(criterion: &mut Criterion, by: &str, amount: usize, reference: &Reference) {
    let table = reference.table().expect("a table");
    let requests = requests(reference, Ending::Granted);
    time(criterion, by, amount, &table, &requests, Reason::Granted);
}

fn requests(reference: &Reference, ending: Ending) -> Vec<Vec<u8>> {
    let mut random = Rng::with_seed(1);
    (0..REQUESTS)
        .map(|_| reference.request_ending(ending, random.usize(..reference.keys), &mut random))
        .collect()
}

/// Times decisions of requests in turn; each is taken apart before the clock starts.
fn time(
    criterion: &mut Criterion,
    by: &str,
    amount: usize,
    table: &[u8],
    requests: &[Vec<u8>],
    reason: Reason,
) {
    let mut subjects: Vec<Subject<'_>> = Vec::new();
    for request in requests {
        let mut subject = Subject::default();
        subject.request(request).expect("a request");
        subjects.push(subject);
    }
    let table = Table::from_bytes(table).expect("a proved table");
    let wrong = subjects.iter().filter(|subject| subject.decide_by(&table) != reason as u32);
    assert_eq!(wrong.count(), 0, "decisions that end otherwise than with `{}`", reason.code());
    let mut next = subjects.iter().cycle();
    criterion.benchmark_group("decide").bench_function(BenchmarkId::new(by, amount), |bencher| {
        bencher.iter(|| next.next().expect("a request").decide_by(black_box(&table)));
    });
}

criterion_group!(benches, digest, decide, addresses, load);
criterion_main!(benches);
