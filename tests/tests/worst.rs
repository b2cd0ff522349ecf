//! What requests cost that were made to cost as much as they can: more than others by their size alone. Some of these
//! once cost as much as ten thousand others and more, and a few of them stopped a proxy.
#![allow(clippy::unwrap_used, reason = "test code: a panic is a failed test")]

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use host_sim::{Host, Request};
use portcullis_tests::engine::simulator;
use portcullis_tests::samples;

/// What a caller would stop a proxy with.
struct Attack {
    what: &'static str,
    policy: fn() -> String,
    request: fn() -> Request,
    status: u16,
}

const ATTACKS: [Attack; 8] = [
    Attack {
        what: "thousands of credentials in a query beside one with escapes",
        policy: || with_credentials("{ query: api_key }"),
        request: || {
            let escapes = "%41".repeat(1_024);
            get(&format!("/orders?api_key={escapes}{}", "&api_key=a".repeat(5_000)))
        },
        status: 400,
    },
    Attack {
        what: "thousands of cookies beside a password",
        policy: || with_credentials("{ basic: user }, { cookie: key }"),
        request: || {
            let password = STANDARD.encode(format!("user:{}", "a".repeat(1_024)));
            get("/orders")
                .header("authorization", format!("Basic {password}"))
                .header("cookie", "key=a;".repeat(9_000))
        },
        status: 400,
    },
    Attack {
        what: "a long segment where many ways lead",
        policy: forked,
        request: || get(&format!("/orders{}/{}", "/a".repeat(8), "b".repeat(57_000))),
        status: 404,
    },
    Attack {
        what: "a long escaped segment where many ways lead",
        policy: forked,
        request: || get(&format!("/orders{}/{}", "/a".repeat(8), "%41".repeat(19_000))),
        status: 404,
    },
    Attack {
        what: "many entries of X-Forwarded-For",
        policy: || {
            let from = "gateway:\n  blocked_ips: [ 192.0.2.0/24 ]\n  client_address: { from: x-forwarded-for, trusted_hops: 16 }\n";
            samples::changed(samples::PLAIN, "gateway:\n", from).unwrap()
        },
        request: || get("/orders").header("x-forwarded-for", "a,".repeat(28_000)),
        status: 403,
    },
    Attack {
        what: "thousands of cookies before one that is removed",
        policy: || stripped("{ cookie: key }"),
        request: || get("/orders").header("cookie", format!("{}key=k", "a;".repeat(27_000))),
        status: 200,
    },
    Attack {
        what: "thousands of passwords of others, of which none is removed",
        policy: || stripped("{ basic: user }"),
        request: || get("/orders").header("authorization", "Basic bzpw,".repeat(5_000)),
        status: 200,
    },
    Attack {
        what: "thousands of names like one that no upstream may get",
        policy: || public(samples::PLAIN),
        request: || {
            let marks = "!#$%&'*+.^_`|~";
            let mark = |number: usize| marks.chars().nth(number % marks.len()).unwrap();
            (0..2_000).fold(get("/orders"), |request, number| {
                let [first, second, third] = [1, 14, 196].map(|place| mark(number / place));
                request.header(format!("x{first}http{second}method{third}override"), "PUT")
            })
        },
        status: 200,
    },
];

/// As many units of fuel as a byte may cost, with one source for each kind of credential: each of eight Basic users has
/// every line of `Authorization` decoded once more.
const MOST_PER_BYTE: u64 = 200;

#[test]
fn what_is_made_to_cost_much_costs_no_more_than_its_bytes() {
    let module = simulator::module().unwrap();
    for Attack { what, policy, request, status } in &ATTACKS {
        let table = samples::compile(&policy()).unwrap();
        let mut host = Host::builder(&module).fuel(true).configuration(table).start().unwrap();
        let outcome = host.request(request());
        assert_eq!(outcome.status(), Some(*status), "{what}: {outcome:?}");
        let (fuel, bytes) = (outcome.cost.fuel, outcome.cost.bytes_in);
        assert!(bytes > 50_000 && fuel < bytes * MOST_PER_BYTE, "{what}: {fuel} for {bytes} bytes");
    }
}

/// The same policy, in which everybody may call: what is done to a request that goes on is done.
fn public(document: &str) -> String {
    let orders = "orders: { base_path: /orders, public: true }";
    samples::changed(document, "orders: { base_path: /orders }", orders).unwrap()
}

fn stripped(sources: &str) -> String {
    let strips = ("strip_credential: false", "strip_credential: true");
    public(&samples::changed(&with_credentials(sources), strips.0, strips.1).unwrap())
}

fn with_credentials(sources: &str) -> String {
    samples::changed(samples::PLAIN, "{ header: x-api-key }", sources).unwrap()
}

/// All patterns of eight segments of which each is `a` or a parameter, and one more.
fn forked() -> String {
    let segment = |number: u32, place: u32| match number >> place & 1 {
        0 => "/a".to_owned(),
        _ => format!("/{{p{place}}}"),
    };
    let pattern = |number| (0..8).map(|place| segment(number, place)).collect::<String>();
    let endpoints: String =
        (0..256).map(|number| format!("      - {{ path: '{}/z' }}\n", pattern(number))).collect();
    samples::changed(
        samples::PLAIN,
        "orders: { base_path: /orders }",
        &format!("orders:\n    base_path: /orders\n    endpoints:\n{endpoints}"),
    )
    .unwrap()
}

fn get(path: &str) -> Request {
    Request::get(path).authority("api.example.com")
}
