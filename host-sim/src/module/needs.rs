//! What a module needs of a host: its imports, and whether they are there.

use wasmtime::{
    Engine, Extern, ExternType, FuncType, ImportType, Linker, Memory, Ref, Store, Table, ValType,
};

use super::ModuleError;
use crate::abi::AbiVersion;
use crate::settings::Settings;
use crate::state::{Lasting, State};

/// Every import that is not there, or not with that type.
pub(super) fn unmet(
    engine: &Engine,
    module: &wasmtime::Module,
    linker: &Linker<State>,
    abi: AbiVersion,
) -> Vec<ModuleError> {
    // Nothing runs in it: things are looked up.
    let state = State::new(abi, &Settings::default(), Lasting::empty());
    let mut store = Store::new(engine, state);
    module.imports().filter_map(|import| unmet_by(linker, &mut store, &import, abi)).collect()
}

/// Whether the module brings nothing of its own where V8's host gives it what it wants: a memory,
/// a table (proxy-wasm-cpp-host, `v8.cc`).
pub(super) fn is_given(import: &ImportType<'_>) -> bool {
    matches!(import.ty(), ExternType::Memory(_) | ExternType::Table(_))
}

/// Makes what [is given](is_given), in this store; also the memory, if there is one.
///
/// # Errors
/// When it is of a kind that the engine does not have, or beyond the limits.
pub(super) fn give(
    linker: &mut Linker<State>,
    store: &mut Store<State>,
    module: &wasmtime::Module,
) -> wasmtime::Result<Option<Memory>> {
    let mut given = None;
    for import in module.imports() {
        let made: Extern = match import.ty() {
            ExternType::Memory(kind) => (*given.insert(Memory::new(&mut *store, kind)?)).into(),
            ExternType::Table(kind) => Table::new(&mut *store, kind, Ref::Func(None))?.into(),
            _ => continue,
        };
        linker.define(&mut *store, import.module(), import.name(), made)?;
    }
    Ok(given)
}

fn unmet_by(
    linker: &Linker<State>,
    store: &mut Store<State>,
    import: &ImportType<'_>,
    abi: AbiVersion,
) -> Option<ModuleError> {
    let (module, name) = (import.module().to_owned(), import.name().to_owned());
    let wanted = match import.ty() {
        ExternType::Func(wanted) => wanted,
        _ if is_given(import) => return None,
        other => {
            let expected = "a function, a memory or a table".to_owned();
            let found = kind_of(&other).to_owned();
            return Some(ModuleError::ImportType { module, name, expected, found });
        }
    };
    let Some(Extern::Func(function)) = linker.get_by_import(&mut *store, import) else {
        return Some(ModuleError::UnknownImport { module, name, abi });
    };
    let there = function.ty(&*store);
    (!FuncType::eq(&there, &wanted)).then(|| ModuleError::ImportType {
        module,
        name,
        expected: signature(&there),
        found: signature(&wanted),
    })
}

fn kind_of(kind: &ExternType) -> &'static str {
    match kind {
        ExternType::Func(_) => "a function",
        ExternType::Global(_) => "a global",
        ExternType::Table(_) => "a table",
        ExternType::Memory(_) => "a memory",
        ExternType::Tag(_) => "a tag",
    }
}

/// `(i32, i64) -> i32`.
pub(crate) fn signature(function: &FuncType) -> String {
    let list = |types: &mut dyn Iterator<Item = ValType>| {
        types.map(|kind| kind.to_string()).collect::<Vec<_>>().join(", ")
    };
    let results = list(&mut function.results());
    let results = if results.is_empty() { "nothing" } else { &results };
    format!("({}) -> {results}", list(&mut function.params()))
}
