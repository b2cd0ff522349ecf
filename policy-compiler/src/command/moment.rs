//! The time that a command looks at.

use clap::Args;

use super::{Outcome, output};
use crate::model::{parse_period, parse_time};
use crate::review::Span;

/// The moment at which a command is run.
#[derive(Debug, Args)]
pub(super) struct Moment {
    /// The moment that counts as now: a date or an RFC 3339 time
    #[arg(long, value_name = "TIME", value_parser = read_time)]
    at: Option<i64>,
}

impl Moment {
    pub(super) fn now(&self) -> i64 {
        self.at.unwrap_or_else(super::now)
    }
}

/// A moment or a span of time.
#[derive(Debug, Args)]
pub(super) struct When {
    /// Look at one moment: a date, which means midnight UTC, or an RFC 3339 time
    #[arg(long, value_name = "TIME", value_parser = read_time)]
    at: Option<i64>,
    /// Look at so long a time from now, or from `--at`: `90d` or `12h`
    #[arg(long, value_name = "PERIOD", value_parser = read_period)]
    over: Option<i64>,
}

impl When {
    /// One moment, a span, or all of the time from now on: what is past is decided no more.
    pub(super) fn span(&self) -> Result<Span, Outcome> {
        let from = self.at.unwrap_or_else(super::now);
        let until = self.over.map(|seconds| from.saturating_add(seconds));
        match (until, self.at) {
            (Some(_), _) => Span::new(Some(from), until),
            (None, Some(at)) => Some(Span::at(at)),
            (None, None) => Span::new(Some(from), None),
        }
        .ok_or_else(|| output::refuse("no moment lies in that time"))
    }
}

/// Reads a time as documents write it.
pub(super) fn read_time(text: &str) -> Result<i64, &'static str> {
    parse_time(text)
        .ok_or("not a time: write `2027-01-01T00:00:00Z` or a date, which means midnight UTC")
}

/// Reads a period as documents write it, in seconds.
pub(super) fn read_period(text: &str) -> Result<i64, &'static str> {
    let seconds = parse_period(text).and_then(|seconds| i64::try_from(seconds).ok());
    seconds.ok_or("not a period: write a number and a unit, `12h` or `30d`")
}
