//! Several workers of one proxy, and several plugins in one VM.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may panic")]

mod common;

use common::{built, data, module, said};
use host_sim::{Host, Metric, Plugin, Proxy, Refusal, Request};

/// Registers the queue `q` when its configuration is `reads`, and puts `item` into the queue of
/// the VM `reader` for every request.
fn queues() -> String {
    format!(
        r#"{}
        (func (export "proxy_on_configure") (param i32 i32) (result i32)
            (if (i32.gt_u (local.get 1) (i32.const 0)) (then
                (call $note (call $register_shared_queue (i32.const 1030) (i32.const 1) (i32.const 200)))
                (call $note (i32.load (i32.const 200)))))
            (i32.const 1))
        (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
            (call $note (call $resolve_shared_queue (i32.const 1024) (i32.const 6) (i32.const 1030) (i32.const 1) (i32.const 200)))
            (call $note (call $enqueue_shared_queue (i32.load (i32.const 200)) (i32.const 1031) (i32.const 4)))
            (i32.const 0))
        (func (export "proxy_on_queue_ready") (param i32 i32)
            (call $note (local.get 0)) (call $note (local.get 1))
            (drop (call $dequeue_shared_queue (local.get 1) (i32.const 100) (i32.const 104))) (call $say))"#,
        data(1024, "readerqitem")
    )
}

#[test]
fn a_queue_carries_between_vms() {
    let module = module(&queues());
    let proxy = Proxy::new();
    let worker = |vm_id: &str, configuration: &str| -> Host {
        let builder = Host::builder(&module).vm_id(vm_id).configuration(configuration);
        builder.in_proxy(&proxy).start().unwrap()
    };
    let mut writer = worker("writer", "");
    assert_eq!(said(&writer.request(Request::get("/")).logs), "1 1", "there is no queue yet");
    let mut reader = worker("reader", "reads");
    assert_eq!(said(&reader.start_activity().logs), "0 1");
    assert_eq!(said(&writer.request(Request::get("/")).logs), "0 0");
    assert_eq!(said(&writer.run_pending().logs), "", "it is not for the writer");
    assert_eq!(said(&reader.run_pending().logs), "1 1 item");
    assert_eq!(said(&reader.run_pending().logs), "");
    // Whoever registers last is told.
    let mut other = worker("reader", "reads");
    drop(writer.request(Request::get("/")));
    assert_eq!(said(&reader.run_pending().logs), "");
    assert_eq!(said(&other.run_pending().logs), "1 1 item");
}

/// As in Envoy, where the queue belongs to the root context that registered it last.
#[test]
fn a_configuration_that_is_refused_takes_its_queues_along() {
    let refusing = queues().replace(
        "(i32.const 1))\n        (func (export \"proxy_on_request_headers",
        "(i32.ne (local.get 1) (i32.const 6)))\n        (func (export \"proxy_on_request_headers",
    );
    let mut host = built(&refusing, |builder| builder.vm_id("reader").configuration("reads"));
    assert_eq!(said(&host.request(Request::get("/")).logs), "0 0 1 1 item");
    let error = host.configure("refuse").unwrap_err();
    assert_eq!(error.refusal, Refusal::Refused("proxy_on_configure"));
    assert_eq!(said(&host.request(Request::get("/")).logs), "0 0");
}

const COUNTS: &str = r#"
    (data (i32.const 1024) "hitskeyv")
    (global $metric (mut i32) (i32.const 0))
    (func (export "proxy_on_configure") (param i32 i32) (result i32)
        (drop (call $define_metric (i32.const 0) (i32.const 1024) (i32.const 4) (i32.const 200)))
        (global.set $metric (i32.load (i32.const 200))) (i32.const 1))
    (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
        (drop (call $increment_metric (global.get $metric) (i64.const 1)))
        (call $note (call $get_shared_data (i32.const 1028) (i32.const 3) (i32.const 100) (i32.const 104) (i32.const 108)))
        (drop (call $set_shared_data (i32.const 1028) (i32.const 3) (i32.const 1031) (i32.const 1) (i32.const 0)))
        (i32.const 0))
"#;

#[test]
fn workers_share_metrics_and_the_data_of_their_vm_id() {
    let module = module(COUNTS);
    let proxy = Proxy::new();
    let start = |vm_id: &str| Host::builder(&module).vm_id(vm_id).in_proxy(&proxy).start().unwrap();
    let (mut one, mut two, mut other) = (start("a"), start("a"), start("b"));
    let ask = |host: &mut Host| said(&host.request(Request::get("/")).logs);
    assert_eq!(ask(&mut one), "1");
    assert_eq!(ask(&mut two), "0", "the other worker has set it");
    assert_eq!(ask(&mut other), "1", "another VM id has data of its own");
    assert_eq!(proxy.metric("hits"), Some(Metric::Counter(3)));
    assert_eq!(proxy.shared_data("a", "key"), Some(b"v".to_vec()));
    assert_eq!(one.shared_data("key"), Some(b"v".to_vec()));
    assert_eq!(proxy.shared_data("c", "key"), None);
}

#[test]
fn workers_run_on_their_own_threads() {
    let module = module(COUNTS);
    let proxy = Proxy::new();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let mut worker = Host::builder(&module).in_proxy(&proxy).start().unwrap();
                for _ in 0..100 {
                    assert!(worker.request(Request::get("/")).continued());
                }
            });
        }
    });
    assert_eq!(proxy.metric("hits"), Some(Metric::Counter(400)));
}

/// Says the plugin's name on every request; refuses the configuration `bad`.
const NAMED: &str = r#"
    (data (i32.const 1024) "plugin_name")
    (func (export "proxy_on_configure") (param i32 i32) (result i32)
        (drop (call $get_buffer_bytes (i32.const 7) (i32.const 0) (local.get 1) (i32.const 100) (i32.const 104)))
        (call $note (local.get 0)) (call $say)
        (i32.ne (i32.load8_u (i32.load (i32.const 100))) (i32.const 98)))
    (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
        (drop (call $get_property (i32.const 1024) (i32.const 11) (i32.const 100) (i32.const 104))) (call $say)
        (i32.const 0))
"#;

fn two_plugins() -> Host {
    built(NAMED, |builder| {
        builder
            .plugin_name("first")
            .configuration("one")
            .plugin(Plugin::new("second").root_id("s").configuration("two"))
    })
}

#[test]
fn plugins_of_one_vm_have_root_contexts_of_their_own() {
    let mut host = two_plugins();
    assert_eq!(said(&host.start_activity().logs), "1 one 2 two");
    assert_eq!(host.root_contexts(), 2);
    assert_eq!(said(&host.request(Request::get("/")).logs), "first");
    assert_eq!(said(&host.request(Request::get("/").to_plugin("second")).logs), "second");
}

#[test]
fn each_plugin_gets_configurations_of_its_own() {
    let mut host = two_plugins();
    assert_eq!(said(&host.configure_plugin("second", "new").unwrap().logs), "3 new");
    assert_eq!(host.root_contexts(), 2);
    assert_eq!(said(&host.request(Request::get("/").to_plugin("second")).logs), "second");
    assert!(host.configure_plugin("second", "bad").is_err());
    let error = host.configure_plugin("third", "new").unwrap_err();
    assert_eq!(error.refusal, Refusal::NoSuchPlugin("third".to_owned()));
}

#[test]
fn two_root_contexts_of_one_plugin_live_side_by_side_while_a_stream_lasts() {
    let mut host = two_plugins();
    let stream = host.open(Request::get("/").unanswered());
    host.configure("new").unwrap();
    assert_eq!(host.root_contexts(), 3);
    drop(host.close(stream));
    assert_eq!(host.root_contexts(), 2);
}

/// Puts two items into its queue for each that it is told of.
#[test]
fn a_queue_that_feeds_itself_has_an_end() {
    let put =
        "(drop (call $enqueue_shared_queue (global.get $queue) (i32.const 1024) (i32.const 1)))";
    let body = format!(
        r#"(global $queue (mut i32) (i32.const 0))
        (func (export "proxy_on_configure") (param i32 i32) (result i32)
            (drop (call $register_shared_queue (i32.const 1024) (i32.const 1) (i32.const 200)))
            (global.set $queue (i32.load (i32.const 200))) (i32.const 1))
        (func (export "proxy_on_queue_ready") (param i32 i32) {put} {put})
        {}"#,
        common::on_request_headers(&format!("{put} (i32.const 0)"))
    );
    let mut host = common::host(&body);
    let outcome = host.request(Request::get("/"));
    let told = outcome.callbacks.iter().filter(|one| one.name == "proxy_on_queue_ready").count();
    assert!((10_000..40_000).contains(&told), "{told}");
}
