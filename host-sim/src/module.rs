//! Compiled modules.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use thiserror::Error;
use wasmtime::{Config, Engine, ExternType, InstancePre, UnknownImportError};

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

/// The version of the ABI that a module is built for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs, reason = "the names say it")]
pub enum AbiVersion {
    V0_1_0,
    V0_2_0,
    V0_2_1,
}

/// Why bytes are no module that a proxy could load.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ModuleError {
    /// Not the binary format of a module at all.
    #[error("not a WebAssembly module: expected a file that begins with `\\0asm`, found {found}")]
    NotAModule {
        /// What there is instead, in words.
        found: String,
    },
    /// Not WebAssembly, or WebAssembly that the engine does not accept.
    #[error("not a valid WebAssembly module: {message}")]
    Invalid {
        /// What the engine found.
        message: String,
    },
    /// No function is exported that says which ABI version the module is built for.
    #[error(
        "the ABI version is missing: expected one of the exports \
         `proxy_abi_version_0_1_0`, `proxy_abi_version_0_2_0`, `proxy_abi_version_0_2_1`, \
         found {found}; build the module with a proxy-wasm SDK"
    )]
    AbiVersion {
        /// `none`, or the marker of a version that is not known.
        found: String,
    },
    /// An import that no proxy of this ABI version provides.
    #[error(
        "the import `{module}` `{name}` is unknown: ABI version {abi} and WASI have no such function"
    )]
    UnknownImport {
        /// The module it is imported from.
        module: String,
        /// Its name.
        name: String,
        /// The version that the module is built for.
        abi: AbiVersion,
    },
    /// An import of the right name and the wrong type.
    #[error("an import has the wrong type: {message}")]
    ImportType {
        /// What the engine found.
        message: String,
    },
    /// The host could not hand any value to the module.
    #[error(
        "no allocator is exported: expected `malloc` or `proxy_on_memory_allocate`, found neither"
    )]
    Allocator,
    /// The thread that ends infinite loops could not be started.
    #[error("the watchdog thread did not start: {message}")]
    Watchdog {
        /// What the system said.
        message: String,
    },
}

/// A module for one engine, with all imports bound.
pub(crate) struct Compiled {
    pub(crate) engine: Engine,
    pub(crate) instance: InstancePre<State>,
}

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
        let module = self.0.plain.instance.module();
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

/// An import that keeps a module from being loaded.
#[cfg(feature = "command")]
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Missing {
    pub(crate) module: String,
    pub(crate) name: String,
    pub(crate) why: String,
}

/// Every import of a module that no proxy of its ABI version provides, or not with that type.
///
/// # Errors
/// When the bytes are no module, or have no ABI version.
#[cfg(feature = "command")]
pub(crate) fn missing_imports(bytes: &[u8]) -> Result<Vec<Missing>, ModuleError> {
    let invalid = |error: wasmtime::Error| ModuleError::Invalid { message: format!("{error:#}") };
    let engine = Engine::default();
    let module = wasmtime::Module::new(&engine, bytes).map_err(invalid)?;
    let abi = abi_version(&module)?;
    let mut linker = imports::linker(&engine, abi).map_err(invalid)?;
    let mut missing = Vec::new();
    loop {
        let Err(error) = linker.instantiate_pre(&module) else { return Ok(missing) };
        let Some(unknown) = error.downcast_ref::<UnknownImportError>() else {
            let why = format!("{error:#}");
            missing.push(Missing { module: String::new(), name: String::new(), why });
            return Ok(missing);
        };
        let (from, name) = (unknown.module().to_owned(), unknown.name().to_owned());
        // A stand-in, so that the search goes on behind it.
        let ExternType::Func(function) = unknown.ty() else {
            let why = "only functions can be imported".to_owned();
            missing.push(Missing { module: from, name, why });
            return Ok(missing);
        };
        let nothing =
            |_: wasmtime::Caller<'_, State>, _: &[wasmtime::Val], _: &mut [wasmtime::Val]| Ok(());
        linker.func_new(&from, &name, function, nothing).map_err(invalid)?;
        let why = format!("ABI version {abi} and WASI have no such function");
        missing.push(Missing { module: from, name, why });
    }
}

/// Whether bytes begin as a module does; what they do not begin with is nobody's to find out.
pub(crate) fn check_beginning(bytes: &[u8]) -> Result<(), ModuleError> {
    /// The version of components, where modules have 1.
    const COMPONENT: &[u8] = b"\0asm\x0d\0\x01\0";
    let found = if bytes.is_empty() {
        "an empty file".to_owned()
    } else if bytes.starts_with(COMPONENT) {
        "a component; build a core module".to_owned()
    } else if bytes.starts_with(b"\0asm") {
        return Ok(());
    } else if bytes.trim_ascii_start().starts_with(b"(module") {
        "a module as text; bring it into the binary format first, with wat2wasm for instance"
            .to_owned()
    } else {
        format!("`{}`", bytes.get(..4).unwrap_or(bytes).escape_ascii())
    };
    Err(ModuleError::NotAModule { found })
}

fn compile(bytes: &[u8], fuel: bool) -> Result<(AbiVersion, Compiled), ModuleError> {
    check_beginning(bytes)?;
    let invalid = |error: wasmtime::Error| ModuleError::Invalid { message: format!("{error:#}") };
    let mut config = Config::new();
    config.consume_fuel(fuel);
    config.epoch_interruption(true);
    let engine = Engine::new(&config).map_err(invalid)?;
    let module = wasmtime::Module::new(&engine, bytes).map_err(invalid)?;
    let abi = abi_version(&module)?;
    if !exports_function(&module, "malloc")
        && !exports_function(&module, "proxy_on_memory_allocate")
    {
        return Err(ModuleError::Allocator);
    }
    let linker = imports::linker(&engine, abi).map_err(invalid)?;
    let instance = linker.instantiate_pre(&module).map_err(|error| {
        match error.downcast_ref::<UnknownImportError>() {
            Some(unknown) => ModuleError::UnknownImport {
                module: unknown.module().to_owned(),
                name: unknown.name().to_owned(),
                abi,
            },
            None => ModuleError::ImportType { message: format!("{error:#}") },
        }
    })?;
    watch(&engine)?;
    Ok((abi, Compiled { engine, instance }))
}

/// The first marker counts, as in the reference host.
fn abi_version(module: &wasmtime::Module) -> Result<AbiVersion, ModuleError> {
    let mut unknown = None;
    for export in module.exports() {
        match (export.name(), export.ty()) {
            ("proxy_abi_version_0_1_0", ExternType::Func(_)) => return Ok(AbiVersion::V0_1_0),
            ("proxy_abi_version_0_2_0", ExternType::Func(_)) => return Ok(AbiVersion::V0_2_0),
            ("proxy_abi_version_0_2_1", ExternType::Func(_)) => return Ok(AbiVersion::V0_2_1),
            (name, _) if name.starts_with("proxy_abi_version_") => {
                unknown = Some(format!("`{name}`"));
            }
            _ => {}
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

impl fmt::Display for AbiVersion {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::V0_1_0 => "0.1.0",
            Self::V0_2_0 => "0.2.0",
            Self::V0_2_1 => "0.2.1",
        })
    }
}
