//! `portcullis explain`.

use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use clap::Args;
use policy_table::{Table, decide};
use serde::Serialize;

use super::{Outcome, output, table};
use crate::explain::{Answer, Check, RequestData, explain};
use crate::model::parse_time;

/// Tells how a table decides a request, check by check
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  portcullis explain policy.table --host api.example.com --path /orders \\\n      --header 'x-api-key: ...' --address 203.0.113.7 --at 2026-06-01\n  portcullis explain policy.table --requests requests.jsonl --json\n\nA line of requests.jsonl is {\"method\",\"host\",\"path\",\"headers\":[[name,value],...],\"address\",\"time\"}.\nExits 0 whatever the verdict is, 1 when TABLE is no table, 2 when a request makes no sense."
)]
pub(super) struct ExplainArguments {
    /// The table
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
    #[arg(long, value_name = "TIME", value_parser = parse_moment)]
    at: Option<i64>,
    /// Decides every line of a JSON Lines file; `-` is stdin
    #[arg(long, value_name = "FILE")]
    requests: Option<PathBuf>,
    /// Write JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(arguments: &ExplainArguments) -> Outcome {
    let now = arguments.at.unwrap_or_else(super::now);
    table::open(&arguments.table, |_, table| match &arguments.requests {
        Some(path) => explain_lines(table, path, now, arguments.json),
        None => match request(arguments, now) {
            Some(request) => explain_one(table, &request, arguments.json),
            // The header is not repeated: it may be the key.
            None => output::refuse("a header is written `--header 'name: value'`"),
        },
    })
}

#[derive(Serialize)]
struct Explanation<'t> {
    #[serde(flatten)]
    answer: Answer<'t>,
    checks: Vec<Check>,
}

fn explain_one(table: &Table<'_>, request: &RequestData, json: bool) -> Outcome {
    let (decision, checks) = explain(table, request);
    let answer = Answer::of(table, &decision);
    if json {
        return output::json(&Explanation { answer, checks });
    }
    let rows: Vec<String> = checks.iter().map(row).collect();
    output::data(format!("{}\n\n{}", headline(&answer), rows.join("\n")))
}

fn explain_lines(table: &Table<'_>, path: &Path, now: i64, json: bool) -> Outcome {
    let reader: Box<dyn BufRead> = if path == Path::new("-") {
        Box::new(io::stdin().lock())
    } else {
        match File::open(path) {
            Ok(file) => Box::new(BufReader::new(file)),
            Err(error) => {
                return output::refuse(format!("cannot read `{}`: {error}", path.display()));
            }
        }
    };
    let name = if path == Path::new("-") { "stdin".into() } else { path.to_string_lossy() };
    let mut writer = output::Lines::new();
    for (line, number) in reader.lines().zip(1_u64..) {
        let request = line
            .map_err(|error| error.to_string())
            .and_then(|line| RequestData::from_json(&line, now).map_err(|error| error.to_string()));
        let request = match request {
            Ok(request) => request,
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

/// The name and the value of a header.
fn header(text: &str) -> Option<(Vec<u8>, Vec<u8>)> {
    let (name, value) = text.split_once(':')?;
    let (name, value) = (name.trim(), value.trim());
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

fn parse_moment(text: &str) -> Result<i64, String> {
    parse_time(text).ok_or_else(|| "expected a date or an RFC 3339 time".to_owned())
}
