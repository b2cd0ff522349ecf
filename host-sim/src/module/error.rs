//! Why bytes are no module that a proxy could load.

use thiserror::Error;
use wasmparser::{Validator, WasmFeatures};

use crate::abi::AbiVersion;

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
    /// WebAssembly, with something in it that this host's engine does not run.
    #[error(
        "a valid WebAssembly module, but it needs {feature}, which this host does not have; \
         build it without"
    )]
    Feature {
        /// The first thing that it needs, in words.
        feature: &'static str,
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
        "the import `{module}` `{name}` is unknown: ABI version {abi} and WASI have no such function; \
         build the module without it, or for the version that has it"
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
    #[error(
        "the import `{module}` `{name}` has the wrong type: expected {expected}, found {found}; \
         build the module with an SDK for the ABI version that it exports"
    )]
    ImportType {
        /// The module it is imported from.
        module: String,
        /// Its name.
        name: String,
        /// What the host has, as `(i32, i32) -> i32`.
        expected: String,
        /// What the module wants.
        found: String,
    },
    /// The host could not hand any value to the module.
    #[error(
        "no allocator is exported: expected `malloc` or `proxy_on_memory_allocate`, found neither; \
         build the module with a proxy-wasm SDK, or export one"
    )]
    Allocator,
    /// The thread that ends infinite loops could not be started.
    #[error("the watchdog thread did not start: {message}")]
    Watchdog {
        /// What the system said.
        message: String,
    },
}

/// What proxies may run and this host's engine does not, in words; what includes another first.
const FEATURES: [(WasmFeatures, &str); 6] = [
    (WasmFeatures::THREADS, "threads (shared memory, atomic instructions)"),
    (WasmFeatures::LEGACY_EXCEPTIONS, "exceptions in their legacy form"),
    (WasmFeatures::EXCEPTIONS, "exceptions"),
    (WasmFeatures::GC, "garbage collection"),
    (WasmFeatures::GC_TYPES, "references to values of the host (`externref`)"),
    (WasmFeatures::STACK_SWITCHING, "stack switching"),
];

/// What to say of bytes that the engine did not take.
pub(super) fn rejected(bytes: &[u8], error: &wasmtime::Error) -> ModuleError {
    let is_valid = |features| Validator::new_with_features(features).validate_all(bytes).is_ok();
    let needed = FEATURES.iter().find(|(feature, _)| !is_valid(WasmFeatures::all() - *feature));
    if let Some((_, feature)) = needed.filter(|_| is_valid(WasmFeatures::all())) {
        return ModuleError::Feature { feature };
    }
    ModuleError::Invalid { message: format!("{error:#}") }
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
