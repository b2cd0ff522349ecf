//! Compares the oracle with a subject, until they disagree.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Result, anyhow, bail};
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use super::found;
use super::kitchen::Kitchen;
use super::policy::PolicySketch;
use super::recipe::Recipe;
use super::subject::{Reading, Subject};
use crate::judgement::Judgement;
use crate::oracle;
use crate::request::Request;

/// How long a policy or request may be made smaller: each step starts an engine anew.
const PATIENCE: Duration = Duration::from_secs(20);

/// How far things have come.
#[derive(Debug, Clone, Default)]
pub struct Progress {
    /// Policies that were compiled.
    pub policies: u64,
    /// Documents that turned out to be no policy.
    pub no_policies: u64,
    /// Requests that both judged, to the same end.
    pub decisions: u64,
    /// Requests that the proxy refused by itself.
    pub refused: u64,
    /// How often each reason was given.
    pub reasons: BTreeMap<&'static str, u64>,
}

/// Two readings of the same policy that differ, as small as they could be made.
#[derive(Debug)]
pub struct Disagreement {
    /// The seed of its policy: with it the same policy comes first.
    pub seed: u64,
    /// The policy.
    pub document: String,
    /// The request.
    pub request: Request,
    /// What the oracle says.
    pub oracle: Judgement,
    /// What the subject says, or why it says nothing.
    pub subject: String,
    /// Where it was saved as a case.
    pub saved: PathBuf,
}

/// Compares policy after policy, each with so many requests, while `go_on` says so.
///
/// Policy number `n` has the seed `seed + n`.
pub fn compare(
    subject: &Subject,
    seed: u64,
    requests: usize,
    mut go_on: impl FnMut(&Progress) -> bool,
) -> Result<Progress> {
    let mut progress = Progress::default();
    let mut next = seed;
    while go_on(&progress) {
        compare_policy(subject, next, requests, &mut progress)?;
        next = next.wrapping_add(1);
    }
    Ok(progress)
}

/// The seed to begin with: that of the environment, or one by the clock.
pub fn seed() -> Result<u64> {
    match std::env::var("PORTCULLIS_SEED") {
        Ok(text) => {
            text.parse().map_err(|_| anyhow!("PORTCULLIS_SEED is `{text}`, which is no number"))
        }
        Err(_) => Ok(u64::try_from(jiff::Timestamp::now().as_microsecond())?),
    }
}

/// Chance that a seed repeats.
pub fn chance(seed: u64) -> TestRng {
    let mut bytes = [0; 32];
    for (byte, value) in bytes.iter_mut().zip(seed.to_le_bytes()) {
        *byte = value;
    }
    TestRng::from_seed(RngAlgorithm::ChaCha, &bytes)
}

fn compare_policy(
    subject: &Subject,
    seed: u64,
    requests: usize,
    progress: &mut Progress,
) -> Result<()> {
    let mut runner = runner(seed);
    let policy = PolicySketch::any()
        .new_tree(&mut runner)
        .map_err(|reason| anyhow!("no policy: {reason}"))?;
    let sketch = policy.current();
    let Some(compiled) = sketch.compile() else {
        progress.no_policies += 1;
        return Ok(());
    };
    progress.policies += 1;
    let mut reading = subject.read(&compiled)?;
    let kitchen = Kitchen::new(&sketch, &compiled.policy);
    let recipes = Recipe::any();
    let decisions_before = progress.decisions;
    for _ in 0..requests {
        let recipe =
            recipes.new_tree(&mut runner).map_err(|reason| anyhow!("no request: {reason}"))?;
        let request = kitchen.cook(&recipe.current());
        match agreement(&compiled.policy, reading.as_mut(), &request) {
            Agreement::Agreed(reason) => {
                progress.decisions += 1;
                *progress.reasons.entry(reason).or_default() += 1;
            }
            Agreement::Refused => progress.refused += 1,
            Agreement::Differ(first) => {
                drop(reading);
                return Err(anyhow!("{}", shrunk(subject, seed, policy, recipe, *first)?));
            }
        }
    }
    if progress.decisions == decisions_before {
        bail!("PORTCULLIS_SEED={seed}: the proxy refused every request by itself");
    }
    Ok(())
}

enum Agreement {
    Agreed(&'static str),
    Refused,
    Differ(Box<Difference>),
}

/// A request as the subject got it, what the oracle says of it, and what the subject says.
type Difference = (Request, Judgement, String);

fn agreement(
    policy: &policy_compiler::model::Policy,
    reading: &mut dyn Reading,
    request: &Request,
) -> Agreement {
    let Some(received) = reading.received(request) else { return Agreement::Refused };
    let mut expected = oracle::judge(policy, &received);
    if !reading.names_endpoints() {
        expected.endpoint = None;
    }
    match reading.judge(request) {
        Ok(None) => Agreement::Refused,
        Ok(Some(found)) if found == expected => Agreement::Agreed(expected.reason.code()),
        Ok(Some(found)) => Agreement::Differ(Box::new((received, expected, format!("{found:?}")))),
        Err(error) => Agreement::Differ(Box::new((received, expected, format!("{error:#}")))),
    }
}

/// Makes request, policy and again the request as small as they disagree. A disagreement that does not come again is
/// told as it came first.
fn shrunk(
    subject: &Subject,
    seed: u64,
    mut policy: impl ValueTree<Value = PolicySketch>,
    mut recipe: impl ValueTree<Value = Recipe>,
    first: Difference,
) -> Result<Disagreement> {
    let differ = |sketch: &PolicySketch, recipe: &Recipe| {
        let compiled = sketch.compile()?;
        let mut reading = subject.read(&compiled).ok()?;
        let request = Kitchen::new(sketch, &compiled.policy).cook(recipe);
        match agreement(&compiled.policy, reading.as_mut(), &request) {
            Agreement::Differ(difference) => Some(*difference),
            _ => None,
        }
    };
    let whole = policy.current();
    let smaller = shrink(&mut recipe, |recipe| differ(&policy.current(), recipe).is_some());
    let sketch = shrink(&mut policy, |sketch| differ(sketch, &smaller).is_some());
    let smallest = shrink(&mut recipe, |recipe| differ(&sketch, recipe).is_some());
    let found = differ(&sketch, &smallest).or_else(|| differ(&sketch, &smaller));
    let timed = !matches!(subject, Subject::Envoy);
    let (sketch, (request, oracle, subject)) = match found {
        Some(found) => (sketch, found),
        None => (whole, (first.0, first.1, format!("{} (once: it did not come again)", first.2))),
    };
    let document = sketch.document();
    let saved = found::save(seed, &document, &request, &oracle, timed)?;
    Ok(Disagreement { seed, document, request, oracle, subject, saved })
}

/// The simplest value that still fails, as far as time allows.
fn shrink<T: ValueTree>(tree: &mut T, fails: impl Fn(&T::Value) -> bool) -> T::Value {
    let start = Instant::now();
    let mut simplest = tree.current();
    let mut failing = true;
    while start.elapsed() < PATIENCE && if failing { tree.simplify() } else { tree.complicate() } {
        let value = tree.current();
        failing = fails(&value);
        if failing {
            simplest = value;
        }
    }
    simplest
}

fn runner(seed: u64) -> TestRunner {
    let config = Config { failure_persistence: None, ..Config::default() };
    TestRunner::new_with_rng(config, chance(seed))
}

impl fmt::Display for Disagreement {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let Self { seed, document, request, oracle, subject, saved } = self;
        writeln!(formatter, "oracle and subject disagree; saved as {}", saved.display())?;
        writeln!(formatter, "seed:    PORTCULLIS_SEED={seed}")?;
        writeln!(
            formatter,
            "request: {} {} at {}",
            text(&request.method),
            text(&request.path),
            text(&request.host)
        )?;
        for (name, value) in &request.headers {
            writeln!(formatter, "         {}: {:?}", text(name), text(value))?;
        }
        writeln!(formatter, "         from {:?}, at {}", request.address, request.now)?;
        writeln!(formatter, "oracle:  {oracle:?}")?;
        writeln!(formatter, "subject: {subject}")?;
        write!(formatter, "policy:\n{document}")
    }
}
