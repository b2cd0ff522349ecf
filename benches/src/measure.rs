//! Times of single calls, natively and in WebAssembly.

use std::hint::black_box;
use std::time::Instant;

use anyhow::{Result, ensure};
use policy_table::Reason;
use portcullis_bench_guest::{Subject, sha256};

use crate::samples::Samples;
use crate::wasm::{Call, Guest};

/// Calls of one kind in a row, before it is the next kind's turn.
pub const BLOCK: usize = 5_000;

/// Where requests are decided.
pub trait Place {
    /// What it is called in a record.
    const NAME: &'static str;

    /// Hands over the next request.
    ///
    /// # Errors
    /// Where it is none.
    fn request(&mut self, block: &[u8]) -> Result<()>;

    /// Makes one call.
    ///
    /// # Errors
    /// Where it traps.
    fn call(&mut self, call: Call) -> Result<u32>;
}

impl Place for Guest {
    const NAME: &'static str = "in WebAssembly";

    fn request(&mut self, block: &[u8]) -> Result<()> {
        Guest::request(self, block)
    }

    #[inline]
    fn call(&mut self, call: Call) -> Result<u32> {
        Guest::call(self, call)
    }
}

/// The guest's own steps, natively, with the bytes of the table.
pub struct Native<'a> {
    table: &'a [u8],
    subject: Subject<'a>,
}

impl<'a> Native<'a> {
    /// With a table.
    ///
    /// # Errors
    /// Where the table is refused.
    pub fn new(table: &'a [u8]) -> Result<Self> {
        let mut subject = Subject::default();
        subject.load(table)?;
        Ok(Self { table, subject })
    }
}

impl Place for Native<'_> {
    const NAME: &'static str = "natively";

    fn request(&mut self, block: &[u8]) -> Result<()> {
        ensure!(self.subject.request(block).is_some(), "the request cannot be read");
        Ok(())
    }

    #[inline]
    fn call(&mut self, call: Call) -> Result<u32> {
        // The compiler must not know what is in it.
        let native = black_box(self);
        Ok(black_box(match call {
            Call::Decide => native.subject.decide(),
            Call::DecideRemembering => native.subject.decide_remembering(),
            Call::Digest => native.subject.digest(),
            Call::Load => {
                let proved = native.subject.load(native.table).is_ok();
                u32::from(proved)
            }
            Call::Sha256Table => sha256(native.table),
            Call::Request | Call::Nothing => native.subject.nothing(),
        }))
    }
}

/// Requests and how all of them end.
pub struct Batch {
    /// One block each.
    pub blocks: Vec<Vec<u8>>,
    /// The reason of every decision.
    pub reason: Reason,
}

impl Batch {
    /// So many requests that `make` makes.
    pub fn new(count: usize, reason: Reason, make: impl FnMut(usize) -> Vec<u8>) -> Self {
        Self { blocks: (0..count).map(make).collect(), reason }
    }

    /// Hands over each request without a clock, then times the call.
    ///
    /// # Errors
    /// Where a call traps, or a decision is another than it should be.
    pub fn time(&self, place: &mut impl Place, call: Call, into: &mut Samples) -> Result<()> {
        for block in &self.blocks {
            place.request(block)?;
            let start = Instant::now();
            let answer = place.call(call)?;
            into.push(start.elapsed());
            self.check(call, answer)?;
        }
        Ok(())
    }

    /// The mean fuel of the call over all requests, without that of a call that does nothing.
    ///
    /// # Errors
    /// As [`time`](Self::time).
    pub fn fuel(&self, guest: &mut Guest, call: Call) -> Result<u64> {
        let mut fuel = 0;
        for block in &self.blocks {
            Guest::request(guest, block)?;
            let (answer, spent) = guest.fuel(call)?;
            let (_, nothing) = guest.fuel(Call::Nothing)?;
            fuel += spent - nothing;
            self.check(call, answer)?;
        }
        Ok(fuel / (self.blocks.len().max(1) as u64))
    }

    fn check(&self, call: Call, answer: u32) -> Result<()> {
        ensure!(
            !call.decides() || answer == self.reason as u32,
            "a decision ended otherwise than with `{}`",
            self.reason.code()
        );
        Ok(())
    }
}
