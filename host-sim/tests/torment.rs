//! Torment: modules that fail closed hold, modules that do not are found.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may panic")]

mod common;

use common::module;
use host_sim::torment::{FindingKind, Report, Torment};
use host_sim::{FailurePolicy, Host, Profile, Proxy, Request, Response};

/// Lets pass who has an `x-key`, by `then` where the host says that it is not there, and by
/// `otherwise` where the host says anything else.
fn guard(then: &str, otherwise: &str) -> String {
    format!(
        r#"(data (i32.const 1024) "x-key")
        (func $deny (drop (call $send_local_response (i32.const 403) (i32.const 0) (i32.const 0)
            (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const -1))))
        (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
            (local $status i32)
            (local.set $status (call $get_header_map_value
                (i32.const 0) (i32.const 1024) (i32.const 5) (i32.const 100) (i32.const 104)))
            (if (i32.eqz (local.get $status)) (then (return (i32.const 0))))
            (if (i32.eq (local.get $status) (i32.const 1)) (then {then}) (else {otherwise}))
            (i32.const 1))"#
    )
}

const DENY: &str = "(call $deny)";
const PASS: &str = "(return (i32.const 0))";

fn torment(body: &str) -> Report {
    torment_with(body, FailurePolicy::FailClosed)
}

fn torment_with(body: &str, policy: FailurePolicy) -> Report {
    let module = module(body);
    Torment::new(Host::builder(&module).failure_policy(policy))
        .request("without a key", Request::get("/"))
        .request("with a key", Request::get("/").header("x-key", "k"))
        .run(|_| {})
        .unwrap()
}

fn faults(report: &Report, kind: FindingKind) -> Vec<String> {
    report.of_kind(kind).map(|finding| format!("{}: {}", finding.request, finding.trial)).collect()
}

#[test]
fn a_module_that_fails_closed_holds() {
    let report = torment(&guard(DENY, DENY));
    assert!(report.holds(), "{:#?}", report.findings);
    assert_eq!(report.findings, []);
    assert_eq!(report.denied(), 1);
    let [without, with] = &report.tallies[..] else { panic!("{report:?}") };
    assert_eq!((without.verdict, without.status, without.denied), ("local_reply", Some(403), true));
    assert_eq!((with.verdict, with.status, with.denied), ("continued", Some(200), false));
    assert_eq!((without.passed, without.refused), (0, without.trials));
    // A get and a reply: twelve statuses and a trap each; a callback that traps.
    assert!(without.trials > 2 * 13, "{without:?}");
    assert!(with.passed > 0 && with.refused > 0, "{with:?}");
}

#[test]
fn a_module_that_takes_a_failure_for_a_key_is_found() {
    let report = torment(&guard(DENY, PASS));
    assert!(!report.holds());
    let through = faults(&report, FindingKind::Through);
    // Every status but 0 (which is no fault) and 1, which it knows.
    let statuses =
        through.iter().filter(|fault| fault.contains("`proxy_get_header_map_value` answers"));
    assert_eq!(statuses.count(), 11, "{through:#?}");
    assert!(
        through.contains(
            &"without a key: call 1 of `proxy_get_header_map_value` answers 10 (internal failure)"
                .to_owned()
        )
    );
    // Taken away, it answers 10 as well.
    assert!(
        through.contains(&"without a key: `proxy_get_header_map_value` is not allowed".to_owned())
    );
    let finding = report.of_kind(FindingKind::Through).next().unwrap();
    assert_eq!(finding.detail, "continued (200) instead of local_reply (403)");
}

#[test]
fn a_module_that_traps_is_told_of_but_holds() {
    let report = torment(&guard(DENY, "unreachable"));
    assert!(report.holds(), "{:#?}", report.findings);
    let trapped = faults(&report, FindingKind::Trapped);
    assert!(trapped.len() >= 11, "{trapped:#?}");
    assert_eq!(report.tallies[0].trapped + report.tallies[1].trapped, trapped.len() as u64);
}

#[test]
fn with_fail_open_a_trap_lets_the_next_one_through() {
    let report = torment_with(&guard(DENY, "unreachable"), FailurePolicy::FailOpen);
    assert!(!report.holds());
    let after = faults(&report, FindingKind::ThroughAfterwards);
    assert!(
        after.contains(&"without a key: call 1 of `proxy_send_local_response` traps".to_owned()),
        "{after:#?}"
    );
}

#[test]
fn a_module_that_remembers_a_fault_is_found() {
    // Once the host has failed it, it lets everything pass.
    let remembers = guard(DENY, "(global.set $open (i32.const 1)) (call $deny)").replace(
        "(local $status i32)",
        "(local $status i32) (if (global.get $open) (then (return (i32.const 0))))",
    );
    let report = torment(&format!("(global $open (mut i32) (i32.const 0)) {remembers}"));
    assert!(!report.holds());
    assert_eq!(faults(&report, FindingKind::Through), [""; 0]);
    let after = faults(&report, FindingKind::ThroughAfterwards);
    assert_eq!(after.len(), 11, "{after:#?}");
}

#[test]
fn a_request_that_passes_with_other_headers_is_told() {
    // Does not look whether the header that it takes off is off.
    let strips = r#"(data (i32.const 1024) "x-key")
        (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
            (drop (call $remove_header_map_value (i32.const 0) (i32.const 1024) (i32.const 5)))
            (i32.const 0))"#;
    let report = torment(strips);
    assert!(report.holds() && report.denied() == 0);
    let altered: Vec<_> = report.of_kind(FindingKind::Altered).collect();
    assert!(altered.len() >= 12, "{altered:#?}");
    assert_eq!(altered[0].detail, "with header `x-key: k`");
}

#[test]
fn a_module_that_starts_badly_is_found() {
    // Denies only when it could read its configuration.
    let careless = r#"(global $ready (mut i32) (i32.const 0))
        (func (export "proxy_on_configure") (param i32 i32) (result i32)
            (global.set $ready (i32.eqz (call $get_buffer_bytes
                (i32.const 7) (i32.const 0) (local.get 1) (i32.const 100) (i32.const 104))))
            (i32.const 1))
        (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
            (global.get $ready))"#;
    let report = torment(careless);
    let through = faults(&report, FindingKind::Through);
    assert!(
        through.contains(
            &"with a key: at the start call 1 of `proxy_get_buffer_bytes` answers 7 (empty)"
                .to_owned()
        ),
        "{through:#?}"
    );
    assert!(through.contains(&"with a key: `proxy_on_configure` is not allowed".to_owned()));
    assert!(report.starts >= 13 && report.starts_refused >= 1, "{report:?}");
}

#[test]
fn a_module_that_loops_ends_at_its_deadline() {
    let loops = guard(DENY, "(loop $again (br $again))");
    let module = module(&loops);
    let report = Torment::new(Host::builder(&module))
        .deadline(std::time::Duration::from_millis(10))
        .request("without a key", Request::get("/"))
        .run(|_| {})
        .unwrap();
    assert!(report.holds());
    let trapped = report.of_kind(FindingKind::Trapped).next().unwrap();
    assert!(trapped.detail.contains("deadline"), "{trapped:?}");
}

#[test]
fn a_request_that_ends_now_so_now_so_is_not_judged() {
    // Denies every other request.
    let fickle = r#"(global $count (mut i32) (i32.const 0))
        (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
            (global.set $count (i32.add (global.get $count) (i32.const 1)))
            (i32.rem_u (global.get $count) (i32.const 2)))"#;
    let report = torment(fickle);
    assert!(report.tallies.iter().all(|tally| !tally.steady && tally.trials == 0));
    assert_eq!((report.denied(), report.findings.len()), (0, 0));
    assert!(!report.holds(), "of nothing that was tested");
}

#[test]
fn a_module_that_traps_by_itself_is_found_and_does_not_hold() {
    let report = torment(&common::on_request_headers("unreachable"));
    assert!(report.tallies.iter().all(|tally| tally.traps && !tally.steady && tally.trials == 0));
    assert_eq!(
        faults(&report, FindingKind::Trapped),
        ["without a key: without faults", "with a key: without faults"]
    );
    assert_eq!((report.holds(), report.skipped()), (false, 2));
    // Of one request that is tested and one that is not, something can be said.
    let one = guard(DENY, DENY).replace("(return (i32.const 0))", "(unreachable)");
    let report = torment(&one);
    assert_eq!((report.holds(), report.skipped(), report.denied()), (true, 1, 1));
}

#[test]
fn many_calls_are_tried_in_part() {
    let logs = format!(
        "(global $left (mut i32) (i32.const 0)) {}",
        common::on_request_headers(
            "(global.set $left (i32.const 350))
             (loop $again
                (drop (call $log (i32.const 2) (i32.const 0) (i32.const 1)))
                (global.set $left (i32.sub (global.get $left) (i32.const 1)))
                (br_if $again (global.get $left)))
             (i32.const 0)"
        )
    );
    // 12 statuses and a trap for each call that is tried, and what else happens to a request.
    let trials = torment(&logs).tallies[0].trials;
    assert!((13 * 50..13 * 100 + 100).contains(&trials), "{trials}");
}

#[test]
fn a_fault_whose_turn_does_not_come_is_told() {
    // Only the first VM of a proxy finds nothing in the shared data, and puts something there.
    let first = r#"(func (export "proxy_on_configure") (param i32 i32) (result i32)
        (if (i32.eq (i32.const 1) (call $get_shared_data (i32.const 1024) (i32.const 1)
                (i32.const 100) (i32.const 104) (i32.const 108)))
            (then (drop (call $set_shared_data (i32.const 1024) (i32.const 1)
                (i32.const 1024) (i32.const 1) (i32.const 0)))))
        (i32.const 1))"#;
    let module = module(first);
    let builder = Host::builder(&module).in_proxy(&Proxy::new());
    let report = Torment::new(builder).request("plain", Request::get("/")).run(|_| {}).unwrap();
    // 12 statuses and a trap of `proxy_set_shared_data`.
    assert_eq!(report.never_struck, 13, "{report:#?}");
}

#[test]
fn a_module_that_ticks_and_calls_out_has_an_end() {
    // Each tick makes a call that nobody answers, and that waits for 24 days.
    let ticking = r#"(data (i32.const 1024) "auth")
        (data (i32.const 1040) "\03\00\00\00\07\00\00\00\03\00\00\00\05\00\00\00\01\00\00\00\0a\00\00\00\04\00\00\00:method\00GET\00:path\00/\00:authority\00auth\00")
        (func $ask (drop (call $http_call (i32.const 1024) (i32.const 4) (i32.const 1040) (i32.const 64)
            (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0x7fffffff) (i32.const 100))))
        (func (export "proxy_on_configure") (param i32 i32) (result i32)
            (drop (call $set_tick_period_milliseconds (i32.const 1))) (i32.const 1))
        (func (export "proxy_on_tick") (param i32) (call $ask))
        (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
            (call $ask) (i32.const 1))
        (func (export "proxy_on_http_call_response") (param i32 i32 i32 i32 i32))"#;
    let module = module(ticking);
    let report = Torment::new(Host::builder(&module))
        .request("plain", Request::get("/"))
        .run(|_| {})
        .unwrap();
    assert!(report.holds() && report.denied() == 1, "{:#?}", report.findings);
}

#[test]
fn a_tick_that_goes_wrong() {
    // Once its tick fails, it lets everything pass.
    let ticking = r#"(global $open (mut i32) (i32.const 0))
        (func (export "proxy_on_configure") (param i32 i32) (result i32)
            (drop (call $set_tick_period_milliseconds (i32.const 1000))) (i32.const 1))
        (func (export "proxy_on_tick") (param i32)
            (if (call $get_current_time_nanoseconds (i32.const 100))
                (then (global.set $open (i32.const 1)))))
        (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
            (i32.eqz (global.get $open)))"#;
    let report = torment(ticking);
    let through = faults(&report, FindingKind::Through);
    assert!(
        through.contains(
            &"with a key: in the tick call 1 of `proxy_get_current_time_nanoseconds` answers 12 (unimplemented)".to_owned()
        ),
        "{through:#?}"
    );
}

#[test]
fn a_callout_that_nobody_answers_lets_nothing_through() {
    // Asks a service, and does with its answer what `{}` says; a failed call has no headers.
    let asking = |failed: &str| {
        format!(
            r#"(data (i32.const 1024) "auth")
            (data (i32.const 1040) "\03\00\00\00\07\00\00\00\03\00\00\00\05\00\00\00\01\00\00\00\0a\00\00\00\04\00\00\00:method\00GET\00:path\00/\00:authority\00auth\00")
            (global $stream (mut i32) (i32.const 0))
            (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
                (global.set $stream (local.get 0))
                (drop (call $http_call (i32.const 1024) (i32.const 4) (i32.const 1040) (i32.const 64)
                    (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 1000) (i32.const 100)))
                (i32.const 1))
            (func (export "proxy_on_http_call_response") (param i32 i32 i32 i32 i32)
                (drop (call $set_effective_context (global.get $stream)))
                (if (i32.eqz (local.get 2)) (then {failed}) (else
                    (drop (call $send_local_response (i32.const 403) (i32.const 0) (i32.const 0)
                        (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const -1))))))"#
        )
    };
    let torment = |failed: &str| {
        let module = module(&asking(failed));
        // In Envoy a timeout is a response with status 504; in the specification it has no headers.
        let builder = Host::builder(&module)
            .profile(Profile::Strict)
            .on_http_call("auth", |_| Response::new(403).into());
        Torment::new(builder).request("plain", Request::get("/")).run(|_| {}).unwrap()
    };
    let closed = torment("nop");
    assert_eq!((closed.tallies[0].status, closed.holds()), (Some(403), true), "{closed:#?}");
    let open = torment("(drop (call $continue_stream (i32.const 0)))");
    assert!(
        faults(&open, FindingKind::Through).contains(&"plain: callouts time out".to_owned()),
        "{open:#?}"
    );
}

#[test]
fn each_header_map_is_cut_at_every_length_of_its_own() {
    // Asks for the map twice in one callback, the second time with 22 bytes more, and lets pass where that is
    // not what it gets.
    let twice = format!(
        r#"(data (i32.const 1024) "x-more") {}"#,
        common::on_request_headers(
            "(local $size i32)
             (drop (call $get_header_map_pairs (i32.const 0) (i32.const 100) (i32.const 104)))
             (local.set $size (i32.load (i32.const 104)))
             (drop (call $add_header_map_value (i32.const 0) (i32.const 1024) (i32.const 6)
                (i32.const 1024) (i32.const 6)))
             (drop (call $get_header_map_pairs (i32.const 0) (i32.const 100) (i32.const 104)))
             (i32.eq (i32.load (i32.const 104)) (i32.add (local.get $size) (i32.const 22)))"
        )
    );
    let module = module(&twice);
    let outcome = Host::builder(&module).start().unwrap().request(Request::get("/"));
    let first = (outcome.cost.bytes_in - 22) / 2;
    let torment = Torment::new(Host::builder(&module)).request("plain", Request::get("/"));
    let through = faults(&torment.run(|_| {}).unwrap(), FindingKind::Through);
    for (nth, size) in [(1, first), (2, first + 22)] {
        let cuts: Vec<_> = (0..size)
            .map(|bytes| {
                format!(
                    "plain: call {nth} of `proxy_get_header_map_pairs` gives only {bytes} bytes"
                )
            })
            .collect();
        assert!(cuts.iter().all(|cut| through.contains(cut)), "{nth}: {through:#?}");
    }
    let cuts = through.iter().filter(|fault| fault.contains(" gives only ")).count();
    assert_eq!(cuts as u64, 2 * first + 22, "no cut cuts nothing");
}

#[test]
fn a_request_that_passes_with_other_trailers_is_told() {
    // Does not look whether the trailer that it takes off is off.
    let strips = r#"(data (i32.const 1024) "x-key")
        (func (export "proxy_on_request_trailers") (param i32 i32) (result i32)
            (drop (call $remove_header_map_value (i32.const 1) (i32.const 1024) (i32.const 5)))
            (i32.const 0))"#;
    let module = module(strips);
    let request = Request::post("/").chunk("body").trailer("x-key", "k");
    let report =
        Torment::new(Host::builder(&module)).request("plain", request).run(|_| {}).unwrap();
    let altered: Vec<_> = report.of_kind(FindingKind::Altered).collect();
    assert!(altered.len() >= 12, "{altered:#?}");
    assert_eq!(altered[0].detail, "with trailer `x-key: k`");
}

#[test]
fn every_stretch_tells_how_far_it_is() {
    let ticking = r#"(func (export "proxy_on_configure") (param i32 i32) (result i32)
            (drop (call $set_tick_period_milliseconds (i32.const 1000))) (i32.const 1))
        (func (export "proxy_on_tick") (param i32)
            (drop (call $get_current_time_nanoseconds (i32.const 100))))"#;
    let module = module(ticking);
    let torment = Torment::new(Host::builder(&module)).request("plain", Request::get("/"));
    let mut told = Vec::new();
    torment.run(|thousandths| told.push(thousandths)).unwrap();
    assert!(told.is_sorted() && told.last() == Some(&1000), "{told:?}");
    // One request, the start, what is not allowed, the tick.
    for stretch in 0..4 {
        let within = 250 * stretch + 1..250 * (stretch + 1);
        assert!(told.iter().any(|done| within.contains(done)), "{within:?}: {told:?}");
    }
}
