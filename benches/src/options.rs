//! What bench programs are told.

use std::path::PathBuf;

use anyhow::Result;
use fastrand::Rng;

use crate::record::Record;
use crate::workspace;

/// Options that all bench programs share.
#[derive(Debug, Clone, clap::Args)]
pub struct Options {
    /// Smaller and with fewer samples: minutes become seconds
    #[arg(long)]
    pub quick: bool,
    /// Write the results to a CSV file in this folder
    #[arg(long, value_name = "FOLDER")]
    pub record: Option<PathBuf>,
}

impl Options {
    /// How often each kind of call has its turn.
    #[must_use]
    pub fn rounds(&self) -> usize {
        if self.quick { 4 } else { 40 }
    }

    /// Writes the record where that was asked.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn finish(&self, record: &Record) -> Result<()> {
        if let Some(folder) = &self.record {
            record.write(folder)?;
        }
        Ok(())
    }
}

/// Where a program draws at random: the same seed, the same choice.
#[derive(Debug, Clone, Copy, clap::Args)]
pub struct Seed {
    /// Seed of keys, paths and addresses
    #[arg(long = "seed", value_name = "S", default_value_t = 1)]
    pub number: u64,
}

impl Seed {
    /// A generator that begins anew.
    #[must_use]
    pub fn random(self) -> Rng {
        Rng::with_seed(self.number)
    }
}

/// Which filter is measured.
#[derive(Debug, Clone, clap::Args)]
pub struct Filter {
    /// The finished filter; left out, $PORTCULLIS_FILTER or target/portcullis.wasm
    #[arg(long, value_name = "FILE")]
    filter: Option<PathBuf>,
}

impl Filter {
    /// Where it is.
    ///
    /// # Errors
    /// Where there is no current folder.
    pub fn path(self) -> Result<PathBuf> {
        let named =
            self.filter.or_else(|| std::env::var_os("PORTCULLIS_FILTER").map(PathBuf::from));
        match named {
            Some(file) => Ok(file),
            None => Ok(workspace::target()?.join("portcullis.wasm")),
        }
    }
}
