//! The guest on wasmtime, set up as host-sim does it.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, anyhow, ensure};
use wasmtime::{Config, Engine, Instance, Memory, Module, Store, TypedFunc};

use crate::workspace;

/// The compiled module, from which any number of guests are made.
pub struct GuestModule {
    engine: Engine,
    module: Module,
}

/// One instance with its memory.
pub struct Guest {
    store: Store<()>,
    memory: Memory,
    incoming: TypedFunc<u32, u32>,
    take_table: TypedFunc<(), ()>,
    calls: [TypedFunc<(), u32>; Call::ALL.len()],
    /// Where the last request was written, and how long it was: most are as long as the one before.
    request: (u32, usize),
}

/// A call that can be timed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "the guest's own documentation says what each does")]
pub enum Call {
    Load,
    Sha256Table,
    Request,
    Decide,
    DecideRemembering,
    Digest,
    Nothing,
}

impl Call {
    const ALL: [Self; 7] = [
        Self::Load,
        Self::Sha256Table,
        Self::Request,
        Self::Decide,
        Self::DecideRemembering,
        Self::Digest,
        Self::Nothing,
    ];

    /// Whether it answers with the reason of a decision.
    #[must_use]
    pub fn decides(self) -> bool {
        matches!(self, Self::Decide | Self::DecideRemembering)
    }

    fn name(self) -> &'static str {
        match self {
            Self::Load => "load",
            Self::Sha256Table => "sha256_table",
            Self::Request => "request",
            Self::Decide => "decide",
            Self::DecideRemembering => "decide_remembering",
            Self::Digest => "digest",
            Self::Nothing => "nothing",
        }
    }
}

impl GuestModule {
    /// Builds the guest with the profile of the filter and compiles it. With `fuel`, every
    /// instruction is counted, which makes it slower: for counts, not for times.
    ///
    /// # Errors
    /// Where cargo or the engine fails.
    pub fn build(fuel: bool) -> Result<Self> {
        let file = build_module("portcullis-bench-guest")?;
        let mut config = Config::new();
        config.consume_fuel(fuel);
        // host-sim ends endless loops by epochs; it costs as much here.
        config.epoch_interruption(true);
        let engine = engine_result(Engine::new(&config))?;
        let module = engine_result(Module::from_file(&engine, &file))
            .with_context(|| format!("cannot compile {}", file.display()))?;
        Ok(Self { engine, module })
    }

    /// A guest without a table.
    ///
    /// # Errors
    /// Where the module lacks an export.
    pub fn start(&self) -> Result<Guest> {
        let mut store = Store::new(&self.engine, ());
        store.set_epoch_deadline(u64::MAX);
        // Only an engine that counts fuel takes any.
        let _ = store.set_fuel(u64::MAX);
        let instance = engine_result(Instance::new(&mut store, &self.module, &[]))?;
        let memory =
            instance.get_memory(&mut store, "memory").context("the guest has no memory")?;
        let incoming = engine_result(instance.get_typed_func(&mut store, "incoming"))?;
        let take_table = engine_result(instance.get_typed_func(&mut store, "take_table"))?;
        let mut calls = Vec::new();
        for call in Call::ALL {
            calls.push(engine_result(instance.get_typed_func(&mut store, call.name()))?);
        }
        let calls = calls.try_into().ok().context("a call is missing")?;
        Ok(Guest { store, memory, incoming, take_table, calls, request: (0, usize::MAX) })
    }
}

impl Guest {
    /// Hands over a table and has it proved.
    ///
    /// # Errors
    /// Where the guest refuses it or has no memory for it.
    pub fn load(&mut self, table: &[u8]) -> Result<()> {
        self.hand_over(table)?;
        ensure!(self.call(Call::Load)? == 1, "the guest refuses the table");
        Ok(())
    }

    /// Hands over the bytes of a table; [`Call::Load`] proves them.
    ///
    /// # Errors
    /// Where the guest has no memory for them.
    pub fn hand_over(&mut self, table: &[u8]) -> Result<()> {
        let at = self.allocate(table.len())?;
        self.memory.write(&mut self.store, usize::try_from(at)?, table)?;
        engine_result(self.take_table.call(&mut self.store, ()))
    }

    /// Hands over the next request.
    ///
    /// # Errors
    /// Where the guest refuses it.
    pub fn request(&mut self, block: &[u8]) -> Result<()> {
        if self.request.1 != block.len() {
            let at = self.allocate(block.len())?;
            self.request = (at, block.len());
        }
        self.memory.write(&mut self.store, usize::try_from(self.request.0)?, block)?;
        ensure!(self.call(Call::Request)? == 1, "the guest refuses the request");
        Ok(())
    }

    /// Makes one call.
    ///
    /// # Errors
    /// Where the guest traps.
    #[inline]
    pub fn call(&mut self, call: Call) -> Result<u32> {
        let function = self.calls.get(call as usize).context("no such call")?;
        engine_result(function.call(&mut self.store, ()))
    }

    /// Makes one call and counts its fuel: about one unit an instruction, the same in every run. The answer, and the
    /// fuel.
    ///
    /// # Errors
    /// Where the guest traps, or the engine counts no fuel.
    pub fn fuel(&mut self, call: Call) -> Result<(u32, u64)> {
        let before = engine_result(self.store.get_fuel())?;
        let answer = self.call(call)?;
        Ok((answer, before - engine_result(self.store.get_fuel())?))
    }

    fn allocate(&mut self, bytes: usize) -> Result<u32> {
        engine_result(self.incoming.call(&mut self.store, u32::try_from(bytes)?))
    }

    /// Bytes of its memory.
    #[must_use]
    pub fn memory(&self) -> usize {
        self.memory.data_size(&self.store)
    }
}

/// The engine's errors are of its own kind.
fn engine_result<T>(result: wasmtime::Result<T>) -> Result<T> {
    result.map_err(|error| anyhow!("{error:#}"))
}

/// Builds a package of the workspace as a module, with the profile of the filter and the instructions that it may use
/// in Envoy, and says where it is.
///
/// # Errors
/// Where cargo cannot build it.
pub fn build_module(package: &str) -> Result<PathBuf> {
    let target = "wasm32-unknown-unknown";
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let status = Command::new(cargo)
        .current_dir(workspace::root())
        .args(["build", "--quiet", "--package", package])
        .args(["--profile", "wasm", "--target", target])
        .env("CARGO_ENCODED_RUSTFLAGS", "-Ctarget-feature=+simd128")
        .status()
        .context("cannot start cargo")?;
    ensure!(
        status.success(),
        "`{package}` could not be built: cargo says why above; where it lacks the target, `rustup target add {target}`"
    );
    Ok(workspace::target()?
        .join(target)
        .join("wasm")
        .join(format!("{}.wasm", package.replace('-', "_"))))
}
