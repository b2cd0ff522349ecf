//! `portcullis explain`.

use std::convert::Infallible;
use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use clap::Args;
use policy_table::settings::ClientAddress;
use policy_table::walk::KeptDigest;
use policy_table::{Reason, Table, decide};
use serde::Serialize;

use super::moment::read_time;
use super::policy::{is_stdin, require_stdin_once};
use super::{Outcome, find, output, policy};
use crate::explain::{Answer, Check, Presented, RequestData, explain_as};
use crate::review::read_place;

/// Tells how a table decides a request, check by check
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  portcullis explain policy.table --host api.example.com --path /orders \\\n      --header 'x-api-key: ...' --address 203.0.113.7 --at 2026-06-01\n  portcullis explain policy.table --host api.example.com --path /orders --as-key acme/production\n  portcullis explain policy.table --requests requests.jsonl --json\n\nA line of requests.jsonl is {\"method\",\"host\",\"path\",\"headers\":[[name,value],...],\"address\",\"time\"}.\nExits 0 whatever the verdict is, 1 when TABLE is no table and no valid document, 2 when a request\nmakes no sense."
)]
pub(super) struct ExplainArguments {
    /// The table, or the policy document; `-` is stdin
    table: PathBuf,
    /// The method of the request
    #[arg(long, default_value = "GET", conflicts_with = "requests")]
    method: String,
    /// The host of the request
    #[arg(long, required_unless_present = "requests", conflicts_with = "requests")]
    host: Option<String>,
    /// The path of the request, with its query
    #[arg(long, required_unless_present = "requests", conflicts_with = "requests")]
    path: Option<String>,
    /// A header of the request, 'name: value'; repeatable
    #[arg(long, value_name = "HEADER", conflicts_with = "requests")]
    header: Vec<String>,
    /// The address that the connection comes from
    #[arg(long, conflicts_with = "requests")]
    address: Option<IpAddr>,
    /// The moment of the request: a date or an RFC 3339 time; now without it
    #[arg(long, value_name = "TIME", value_parser = read_time)]
    at: Option<i64>,
    /// Decide as if the request carried this key of the policy, whose text is not needed, and no other
    /// credential, whatever its headers and its path say
    #[arg(long, value_name = "CLIENT/KEY", group = "presented", conflicts_with = "requests")]
    as_key: Option<String>,
    /// The same by the SHA-256 of a key: 64 hexadecimal digits, or the first 32
    #[arg(long, value_name = "DIGITS", value_parser = find::read_digest, group = "presented", conflicts_with = "requests")]
    sha256: Option<KeptDigest>,
    /// Where that key stands instead of the first place that the policy names: `header:NAME`,
    /// `bearer`, `basic:USER`, `query:NAME` or `cookie:NAME`
    #[arg(long, value_name = "PLACE", value_parser = place_text, requires = "presented", conflicts_with = "requests")]
    place: Option<String>,
    /// Decides every line of a JSON Lines file; `-` is stdin
    #[arg(long, value_name = "FILE")]
    requests: Option<PathBuf>,
    /// Write JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(arguments: &ExplainArguments) -> Outcome {
    let now = arguments.at.unwrap_or_else(super::now);
    let requests_from_stdin = arguments.requests.as_deref().is_some_and(is_stdin);
    if let Err(outcome) = require_stdin_once(&arguments.table, requests_from_stdin) {
        return outcome;
    }
    policy::open(&arguments.table, |table| match &arguments.requests {
        Some(path) => Ok(explain_lines(table, path, now, arguments.json)),
        None => match request(arguments, now) {
            Some(request) => {
                let key = presented(arguments, table)?;
                Ok(explain_one(table, &request, key, arguments.json))
            }
            // The header is not repeated: it may be the key.
            None => Err(output::refuse("a header is written `--header 'name: value'`")),
        },
    })
}

/// The key that the request is to carry beside what its headers say.
fn presented<'a>(
    arguments: &'a ExplainArguments,
    table: &Table<'a>,
) -> Result<Option<Presented<'a>>, Outcome> {
    let digest = match (&arguments.as_key, arguments.sha256) {
        (Some(name), _) => {
            let key = find::key_in_table(table, name)?;
            table.key_facts(key).map(|facts| facts.digest)
        }
        (None, digest) => digest,
    };
    let Some(digest) = digest else {
        return Ok(None);
    };
    let place = match &arguments.place {
        None => find::usual_place(table)?,
        Some(text) => read_place(text).ok_or_else(|| {
            output::refuse(format!("`{text}` is no place: write one such as `header:x-api-key`"))
        })?,
    };
    Ok(Some((digest, place)))
}

/// Names of headers have no case, and tables have them in lower case.
fn place_text(text: &str) -> Result<String, Infallible> {
    Ok(match text.split_once(':') {
        Some(("header", name)) => format!("header:{}", name.to_ascii_lowercase()),
        _ => text.to_owned(),
    })
}

#[derive(Serialize)]
struct Explanation<'t> {
    #[serde(flatten)]
    answer: Answer<'t>,
    checks: Vec<Check>,
}

fn explain_one(
    table: &Table<'_>,
    request: &RequestData,
    key: Option<Presented<'_>>,
    json: bool,
) -> Outcome {
    let (decision, checks) = explain_as(table, request, key);
    let answer = Answer::of(table, &decision);
    if decision.reason == Reason::AddressUnknown {
        let argument = match table.settings().client_address {
            ClientAddress::Connection => "--address",
            ClientAddress::XForwardedFor { .. } => "--header 'x-forwarded-for: ...'",
        };
        output::say_line(format!("note: no address is known: give one with `{argument}`"));
    }
    if json {
        return output::json(&Explanation { answer, checks });
    }
    let rows: Vec<String> = checks.iter().map(row).collect();
    output::data(format!("{}\n\n{}", headline(&answer), rows.join("\n")))
}

fn explain_lines(table: &Table<'_>, path: &Path, now: i64, json: bool) -> Outcome {
    let reader: Box<dyn BufRead> = if is_stdin(path) {
        Box::new(io::stdin().lock())
    } else {
        match File::open(path) {
            Ok(file) => Box::new(BufReader::new(file)),
            Err(error) => return output::unreadable(path, &error),
        }
    };
    let name = if is_stdin(path) { "stdin".into() } else { path.to_string_lossy() };
    let mut writer = output::Lines::new();
    let mut ended = false;
    for (line, number) in reader.lines().zip(1_u64..) {
        let request = line.map_err(|error| error.to_string()).and_then(|line| {
            // A byte order mark is no part of the first line.
            let line = line.strip_prefix('\u{feff}').filter(|_| number == 1).unwrap_or(&line);
            // Nothing but empty lines may stand after the last request: answers are told by their line.
            let was_ended = std::mem::replace(&mut ended, line.trim().is_empty());
            match (was_ended, ended) {
                (_, true) => Ok(None),
                (true, false) => Err("an empty line stands before it".to_owned()),
                (false, false) => {
                    RequestData::from_json(line, now).map(Some).map_err(|error| error.to_string())
                }
            }
        });
        let request = match request {
            Ok(Some(request)) => request,
            Ok(None) => continue,
            Err(problem) => {
                // What was decided so far is on its way before the complaint.
                return match writer.finish() {
                    Outcome::Success => {
                        output::refuse(format!("line {number} of {name}: {problem}"))
                    }
                    failed => failed,
                };
            }
        };
        let decision = request.with_plain(|plain| decide(table, plain));
        let answer = Answer::of(table, &decision);
        let written = if json { writer.json(&answer) } else { writer.text(&headline(&answer)) };
        if !written {
            break;
        }
    }
    writer.finish()
}

fn request(arguments: &ExplainArguments, time: i64) -> Option<RequestData> {
    let bytes = |text: &Option<String>| text.clone().unwrap_or_default().into_bytes();
    Some(RequestData {
        method: arguments.method.clone().into_bytes(),
        host: bytes(&arguments.host),
        path: bytes(&arguments.path),
        headers: arguments.header.iter().map(|text| header(text)).collect::<Option<_>>()?,
        address: arguments.address,
        time,
    })
}

/// The name and the value of a header, without blanks and tabs around them: whatever else is there, a proxy
/// leaves to the filter.
fn header(text: &str) -> Option<(Vec<u8>, Vec<u8>)> {
    let (name, value) = text.split_once(':')?;
    let [name, value] = [name, value].map(|part| part.trim_matches([' ', '\t']));
    (!name.is_empty()).then(|| (name.into(), value.into()))
}

/// `deny 401 key_expired client=acme key=old`.
fn headline(answer: &Answer<'_>) -> String {
    let status = answer.status.map(|status| status.to_string());
    let named = [
        ("client", answer.client.as_deref()),
        ("key", answer.key.as_deref()),
        ("collection", answer.collection),
        ("endpoint", answer.endpoint),
    ];
    let names = named.iter().filter_map(|(what, name)| Some(format!("{what}=`{}`", (*name)?)));
    let words: Vec<String> = std::iter::once(answer.verdict.to_owned())
        .chain(status)
        .chain(std::iter::once(answer.reason.to_owned()))
        .chain(names)
        .collect();
    words.join(" ")
}

fn row(check: &Check) -> String {
    let outcome = match check.outcome {
        crate::explain::Outcome::Passed => "passed",
        crate::explain::Outcome::Ended => "ended here",
        crate::explain::Outcome::NotReached => "not reached",
    };
    format!("{:2}  {:26}  {outcome:11}  {}", check.check, check.name, check.detail)
        .trim_end()
        .to_owned()
}
