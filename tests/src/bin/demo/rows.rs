//! What became of each request, and whether it is what was expected.

use anyhow::{Context, Result};
use portcullis_tests::case::{Case, Cases};
use portcullis_tests::engine::Engine;
use portcullis_tests::observed::Observed;

/// All requests through one engine.
pub(crate) struct Rows {
    pub(crate) engine: &'static str,
    pub(crate) rows: Vec<Row>,
}

/// One request through one engine.
pub(crate) struct Row {
    pub(crate) case: Case,
    pub(crate) observed: Observed,
    pub(crate) differences: Vec<String>,
}

impl Rows {
    /// Sends every request.
    pub(crate) fn send(engine: &mut impl Engine, cases: &Cases) -> Result<Self> {
        let mut rows = Vec::new();
        for case in &cases.requests {
            if !engine.runs(case) {
                continue;
            }
            let observed = engine
                .send(case)
                .with_context(|| format!("{}: request `{}`", engine.name(), case.name))?;
            let mut differences = case.expect.differences(&observed);
            differences.extend(leaks(case, &observed));
            rows.push(Row { case: case.clone(), observed, differences });
        }
        Ok(Self { engine: engine.name(), rows })
    }

    /// A sentence for everything that is not as expected.
    pub(crate) fn wrong(&self) -> Vec<String> {
        let sentence = |row: &Row| {
            let lines = row.differences.iter();
            lines
                .map(|line| format!("{}: `{}`: {line}", self.engine, row.case.name))
                .collect::<Vec<_>>()
        };
        self.rows.iter().flat_map(sentence).collect()
    }

    /// A sentence for every request that two engines decide differently.
    pub(crate) fn disagreements(&self, other: &Self) -> Vec<String> {
        self.pairs(other)
            .filter(|(one, two)| one.decided() != two.decided())
            .map(|(one, two)| {
                format!(
                    "`{}`: {} says {:?}, {} says {:?}",
                    one.case.name,
                    self.engine,
                    one.decided(),
                    other.engine,
                    two.decided()
                )
            })
            .collect()
    }

    /// The requests that two engines were given, not all can be given all.
    pub(crate) fn pairs<'a>(&'a self, other: &'a Self) -> impl Iterator<Item = (&'a Row, &'a Row)> {
        self.rows.iter().filter_map(|one| {
            let same = |two: &&Row| two.case.name == one.case.name;
            Some((one, other.rows.iter().find(same)?))
        })
    }
}

impl Row {
    fn decided(&self) -> (String, Option<u16>, &str) {
        (format!("{:?}", self.observed.verdict), self.observed.status, &self.observed.reason)
    }
}

/// The upstream must never see the credential.
fn leaks(case: &Case, observed: &Observed) -> Option<String> {
    let received = observed.upstream.as_ref()?;
    let leaked = case.credentials().into_iter().any(|credential| received.contains(&credential));
    leaked.then(|| "the upstream got the key".to_owned())
}
