//! Updates in a real Envoy, by file-based xDS, while requests keep flowing.
#![allow(clippy::unwrap_used, clippy::panic, reason = "test code: a panic is a failed test")]

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use portcullis_tests::engine::{Envoy, EnvoyOptions};
use portcullis_tests::samples;
use portcullis_tests::waiting::wait;

#[test]
fn a_bad_table_leaves_the_good_one_in_force_while_requests_flow() {
    let options = EnvoyOptions { watched: true, proxy_protocol: false, ..EnvoyOptions::default() };
    let good = samples::compile(&both_keys("first-key")).unwrap();
    let envoy = Envoy::start(&good, &options).unwrap();
    let address = envoy.address();
    let (ended, sent) = (AtomicBool::new(false), AtomicU64::new(0));
    std::thread::scope(|scope| {
        // A key that every table here has: not one of its requests may fail, whatever the updates do.
        let flow = scope.spawn(|| {
            while !ended.load(Ordering::Relaxed) {
                assert_eq!(
                    status(address, "everlasting-key"),
                    200,
                    "after {} requests",
                    sent.load(Ordering::Relaxed)
                );
                sent.fetch_add(1, Ordering::Relaxed);
            }
        });
        let checks =
            std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| check(&envoy, &good, &sent)));
        ended.store(true, Ordering::Relaxed);
        flow.join().unwrap();
        checks.unwrap();
    });
    println!("{} requests, none failed", sent.load(Ordering::Relaxed));
}

fn check(envoy: &Envoy, good: &[u8], sent: &AtomicU64) {
    let address = envoy.address();
    let lds = envoy.lds().unwrap();
    let mut flipped = good.to_vec();
    *flipped.get_mut(good.len() / 2).unwrap() ^= 1;
    let bad: [&[u8]; 3] = [&flipped, good.get(..good.len() / 2).unwrap(), b""];
    for (count, table) in (1..).zip(bad) {
        lds.replace(table).unwrap();
        wait("the update to be rejected", || {
            envoy.statistic("listener_manager.lds.update_rejected").unwrap() == count
        });
        assert_eq!(status(address, "first-key"), 200);
        assert_eq!(status(address, "second-key"), 401);
        wait_for_flow(sent);
    }
    let log = envoy.log();
    assert!(
        log.contains("SHA-256 of the content") && log.contains("expected") && log.contains("found"),
        "{log}"
    );

    lds.replace(&samples::compile(&both_keys("second-key")).unwrap()).unwrap();
    wait("the new table", || status(address, "second-key") == 200);
    wait("the end of the old table", || status(address, "first-key") == 401);
    wait_for_flow(sent);
    assert_eq!(envoy.statistic("listener_manager.lds.update_rejected").unwrap(), 3);
}

/// Lets the flow send some requests under the tables that are in force now.
fn wait_for_flow(sent: &AtomicU64) {
    let enough = sent.load(Ordering::Relaxed) + 25;
    wait("requests of the flow", || sent.load(Ordering::Relaxed) >= enough);
}

fn both_keys(key: &str) -> String {
    let everlasting =
        format!("{}      always: {{ sha256: sha256(everlasting-key) }}\n", samples::PLAIN);
    everlasting.replace("first-key", key)
}

fn status(address: SocketAddr, key: &str) -> u16 {
    samples::status(address, key).unwrap()
}
