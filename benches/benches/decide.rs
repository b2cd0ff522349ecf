//! What a decision and a load cost, by number of keys.
#![allow(
    clippy::expect_used,
    missing_docs,
    reason = "a bench that cannot make its table has nothing to measure"
)]

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use policy_table::{Table, decide};
use portcullis_benches::{headers, key, request, table};
use sha2::{Digest, Sha256};

fn decisions(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("decide");
    group.bench_function("sha256 of the key alone", |bencher| {
        let key = key(7);
        bencher.iter(|| Sha256::digest(black_box(key.as_bytes())));
    });
    for keys in [1_000, 100_000, 1_000_000] {
        let bytes = table(keys).expect("a table");
        let table = Table::from_bytes(&bytes).expect("a proved table");
        // A stride that visits all keys in an order that no cache guesses.
        for (what, offset) in [("hit", 0), ("miss", keys)] {
            let wanted: Vec<String> =
                (0..4_096).map(|number| key(offset + number * 7_919 % keys)).collect();
            let mut next = (0..wanted.len()).cycle();
            group.bench_function(BenchmarkId::new(what, keys), |bencher| {
                bencher.iter(|| {
                    let key = next.next().and_then(|position| wanted.get(position)).expect("a key");
                    decide(&table, &request(black_box(&headers(key))))
                });
            });
        }
    }
    group.finish();
}

fn load(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("load");
    group.sample_size(10);
    for keys in [1_000, 100_000, 1_000_000] {
        let bytes = table(keys).expect("a table");
        group.throughput(Throughput::Bytes(bytes.len() as u64));
        group.bench_function(BenchmarkId::new("prove", keys), |bencher| {
            bencher.iter(|| Table::from_bytes(black_box(&bytes)).expect("a proved table").counts());
        });
        group.bench_function(BenchmarkId::new("sha256 of the bytes", keys), |bencher| {
            bencher.iter(|| Sha256::digest(black_box(&bytes)));
        });
    }
    group.finish();
}

criterion_group!(benches, decisions, load);
criterion_main!(benches);
