//! Memory, start and configuration of a contender.

use anyhow::Result;
use portcullis_benches::envoy::Memory;
use portcullis_benches::generations::Generations;
use portcullis_benches::statistics::{float, mebibytes};

use crate::report::Report;
use crate::running::Running;

/// What the Envoys of a contender took, one of each generation.
#[derive(Debug, Clone, Default)]
pub(crate) struct Resources {
    start: Generations,
    resident: Generations,
    proportional: Generations,
    heap: Generations,
}

impl Resources {
    /// Those of another Envoy, after its load.
    pub(crate) fn add(&mut self, running: &Running) -> Result<()> {
        let Memory { resident, proportional, heap } = running.memory()?;
        for (figures, value) in [
            (&mut self.start, running.start.as_secs_f64()),
            (&mut self.resident, mebibytes(resident)),
            (&mut self.proportional, mebibytes(proportional)),
            (&mut self.heap, mebibytes(heap)),
        ] {
            figures.begin();
            figures.push(value);
        }
        Ok(())
    }

    /// Whether there was no Envoy.
    pub(crate) fn is_empty(&self) -> bool {
        self.start.count() == 0
    }

    /// The medians, and by how much they are above those of an Envoy without a filter.
    pub(crate) fn report(
        &self,
        name: &str,
        keys: usize,
        configuration: usize,
        without: Option<&Self>,
        report: &mut Report,
    ) {
        let mut row = |measure: &str, values: &Generations, unit: &str| {
            if let Some(spread) = values.spread() {
                report.row(name, keys, measure, spread.median, unit);
            }
        };
        row("start", &self.start, "s");
        let mut bytes = Generations::default();
        bytes.push(float(configuration));
        row("configuration", &bytes, "bytes");
        for (measure, of) in [
            ("RSS", (|resources| &resources.resident) as fn(&Self) -> &Generations),
            ("PSS", |resources| &resources.proportional),
            ("heap in use", |resources| &resources.heap),
        ] {
            row(measure, of(self), "MiB");
            if let Some(without) = without {
                row(&format!("{measure} over none"), &of(self).less(of(without)), "MiB");
            }
        }
    }
}
