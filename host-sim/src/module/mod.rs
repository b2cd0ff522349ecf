//! Compiled modules.

mod error;
mod needs;

use std::collections::BTreeSet;
use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use wasmtime::{Config, Engine, ExternType, Instance, InstancePre, Linker, Memory, Store};

pub use error::ModuleError;
pub(crate) use error::check_beginning;
pub(crate) use needs::signature;

use crate::abi::AbiVersion;
use crate::imports;
use crate::state::State;

/// A compiled module: made once, shared by any number of hosts and threads.
#[derive(Clone)]
pub struct Module(Arc<Inner>);

struct Inner {
    bytes: Vec<u8>,
    abi: AbiVersion,
    plain: Compiled,
    /// Counting fuel is compiled in, so it is a module of its own, made when first asked for.
    with_fuel: OnceLock<Result<Compiled, ModuleError>>,
}

/// A module for one engine.
pub(crate) struct Compiled {
    pub(crate) engine: Engine,
    module: wasmtime::Module,
    linker: Linker<State>,
    /// With all imports bound; none of a module that imports a memory or a table, which is another
    /// one in each store.
    bound: Option<InstancePre<State>>,
}

impl Compiled {
    /// Makes an instance, and the memory that it imports, if it does.
    ///
    /// # Errors
    /// When it traps in its start section, or is beyond the limits of the store.
    pub(crate) fn instantiate(
        &self,
        store: &mut Store<State>,
    ) -> wasmtime::Result<(Instance, Option<Memory>)> {
        if let Some(bound) = &self.bound {
            return Ok((bound.instantiate(store)?, None));
        }
        let mut linker = self.linker.clone();
        let memory = needs::give(&mut linker, store, &self.module)?;
        Ok((linker.instantiate(store, &self.module)?, memory))
    }
}

/// What every export begins with that says an ABI version.
pub(crate) const MARKER: &str = "proxy_abi_version_";

/// How it begins where a proxy has an ABI of its own.
const ANY_MARKER: &str = "proxy_abi_";

/// How often deadlines are looked at.
pub(crate) const EPOCH: Duration = Duration::from_millis(10);

impl Module {
    /// Compiles a module in the binary format, and binds its imports.
    ///
    /// # Errors
    /// When a proxy could not load the module either; see [`ModuleError`].
    pub fn from_bytes(bytes: impl Into<Vec<u8>>) -> Result<Self, ModuleError> {
        let bytes = bytes.into();
        let (abi, plain) = compile(&bytes, false)?;
        Ok(Self(Arc::new(Inner { bytes, abi, plain, with_fuel: OnceLock::new() })))
    }

    /// The ABI version that the module is built for.
    pub fn abi_version(&self) -> AbiVersion {
        self.0.abi
    }

    /// What an operator can allow this module: the host functions that it imports, and the
    /// callbacks that it exports.
    pub(crate) fn capabilities(&self) -> BTreeSet<String> {
        let module = &self.0.plain.module;
        let imports = module.imports().map(|import| import.name().to_owned());
        let exports = module.exports().map(|export| export.name().to_owned());
        let callbacks = exports.filter(|name| name.starts_with("proxy_on_"));
        imports.chain(callbacks).collect()
    }

    pub(crate) fn compiled(&self, fuel: bool) -> Result<&Compiled, ModuleError> {
        if !fuel {
            return Ok(&self.0.plain);
        }
        let compiled = self.0.with_fuel.get_or_init(|| {
            let (_, compiled) = compile(&self.0.bytes, true)?;
            Ok(compiled)
        });
        compiled.as_ref().map_err(Clone::clone)
    }
}

fn compile(bytes: &[u8], fuel: bool) -> Result<(AbiVersion, Compiled), ModuleError> {
    check_beginning(bytes)?;
    let invalid = |error: wasmtime::Error| ModuleError::Invalid { message: format!("{error:#}") };
    let mut config = Config::new();
    config.consume_fuel(fuel);
    config.epoch_interruption(true);
    let engine = Engine::new(&config).map_err(invalid)?;
    let module =
        wasmtime::Module::new(&engine, bytes).map_err(|error| error::rejected(bytes, &error))?;
    let abi = abi_version(&module)?;
    if !exports_function(&module, "malloc")
        && !exports_function(&module, "proxy_on_memory_allocate")
    {
        return Err(ModuleError::Allocator);
    }
    let linker = imports::linker(&engine, abi).map_err(invalid)?;
    if let Some(unmet) = needs::unmet(&engine, &module, &linker, abi).into_iter().next() {
        return Err(unmet);
    }
    let given = module.imports().any(|import| needs::is_given(&import));
    let bound = if given { None } else { Some(linker.instantiate_pre(&module).map_err(invalid)?) };
    watch(&engine)?;
    Ok((abi, Compiled { engine, module, linker, bound }))
}

/// Every import of a module that no proxy of its ABI version provides, or not with that type; of a
/// module without an ABI version that cannot be known.
///
/// # Errors
/// When the bytes are no module.
#[cfg(feature = "command")]
pub(crate) fn unmet_imports(bytes: &[u8]) -> Result<Vec<ModuleError>, ModuleError> {
    let engine = Engine::default();
    let module =
        wasmtime::Module::new(&engine, bytes).map_err(|error| error::rejected(bytes, &error))?;
    let Ok(abi) = abi_version(&module) else { return Ok(Vec::new()) };
    let invalid = |error: wasmtime::Error| ModuleError::Invalid { message: format!("{error:#}") };
    let linker = imports::linker(&engine, abi).map_err(invalid)?;
    Ok(needs::unmet(&engine, &module, &linker, abi))
}

/// The first marker that is known counts, as in the reference host.
fn abi_version(module: &wasmtime::Module) -> Result<AbiVersion, ModuleError> {
    let mut unknown = None;
    for export in module.exports().filter(|export| export.name().starts_with(ANY_MARKER)) {
        let name = export.name();
        let is_function = matches!(export.ty(), ExternType::Func(_));
        let version = name.strip_prefix(MARKER).and_then(AbiVersion::from_marker);
        match version.filter(|_| is_function) {
            Some(version) => return Ok(version),
            None if is_function => unknown = unknown.or(Some(format!("`{name}`"))),
            None => unknown = unknown.or(Some(format!("`{name}`, which is no function"))),
        }
    }
    Err(ModuleError::AbiVersion { found: unknown.unwrap_or_else(|| "none".to_owned()) })
}

fn exports_function(module: &wasmtime::Module, name: &str) -> bool {
    matches!(module.get_export(name), Some(ExternType::Func(_)))
}

/// Starts the thread that lets time pass for deadlines. It ends with the engine.
fn watch(engine: &Engine) -> Result<(), ModuleError> {
    let engine = engine.weak();
    let tick = move || {
        while let Some(engine) = engine.upgrade() {
            engine.increment_epoch();
            drop(engine);
            std::thread::sleep(EPOCH);
        }
    };
    std::thread::Builder::new()
        .name("host-sim-watchdog".to_owned())
        .spawn(tick)
        .map(drop)
        .map_err(|error| ModuleError::Watchdog { message: error.to_string() })
}

impl fmt::Debug for Module {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Module").field("abi", &self.0.abi).finish_non_exhaustive()
    }
}
