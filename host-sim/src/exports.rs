//! The callbacks a module exports. One that is missing is skipped, and costs nothing.

use wasmtime::{AsContextMut, Instance, Memory, TypedFunc, WasmParams, WasmResults};

use crate::module::AbiVersion;
use crate::state::Guest;

/// A callback of a context: its id, and up to three numbers.
pub(crate) type Callback1<Results> = Option<TypedFunc<u32, Results>>;
pub(crate) type Callback2<Results> = Option<TypedFunc<(u32, u32), Results>>;
pub(crate) type Callback3<Results> = Option<TypedFunc<(u32, u32, u32), Results>>;

#[derive(Clone)]
pub(crate) struct Exports {
    pub(crate) entry: Entry,
    pub(crate) on_context_create: Callback2<()>,
    pub(crate) on_vm_start: Callback2<u32>,
    pub(crate) on_configure: Callback2<u32>,
    pub(crate) on_tick: Callback1<()>,
    pub(crate) on_queue_ready: Callback2<()>,
    pub(crate) on_request_headers: OnHeaders,
    pub(crate) on_request_body: Callback3<u32>,
    pub(crate) on_response_headers: OnHeaders,
    pub(crate) on_response_body: Callback3<u32>,
    pub(crate) on_log: Callback1<()>,
    pub(crate) on_done: Callback1<u32>,
    pub(crate) on_delete: Callback1<()>,
}

/// What is run before any callback.
#[derive(Clone)]
pub(crate) struct Entry {
    pub(crate) initialize: Option<TypedFunc<(), ()>>,
    pub(crate) main: Option<TypedFunc<(u32, u32), u32>>,
    pub(crate) main_void: Option<TypedFunc<(), u32>>,
    pub(crate) start: Option<TypedFunc<(), ()>>,
}

/// The callback for headers, which tells the end of the stream since ABI 0.2.0.
#[derive(Clone)]
pub(crate) enum OnHeaders {
    Missing,
    WithoutEnd(TypedFunc<(u32, u32), u32>),
    WithEnd(TypedFunc<(u32, u32, u32), u32>),
}

/// An export has another type than the ABI gives it.
#[derive(Debug)]
pub(crate) struct WrongType {
    pub(crate) name: &'static str,
    pub(crate) message: String,
}

impl Exports {
    pub(crate) fn of(
        instance: &Instance,
        store: &mut impl AsContextMut,
        abi: AbiVersion,
    ) -> Result<Self, WrongType> {
        let mut finder = Finder { instance, store };
        let initialize = finder.find("_initialize")?;
        let reactor = initialize.is_some();
        let main = if reactor { finder.find("main").unwrap_or_default() } else { None };
        let entry = Entry {
            main_void: if reactor { finder.find("__main_void")? } else { None },
            start: if reactor { None } else { finder.find("_start")? },
            main,
            initialize,
        };
        Ok(Self {
            entry,
            on_context_create: finder.find("proxy_on_context_create")?,
            on_vm_start: finder.find("proxy_on_vm_start")?,
            on_configure: finder.find("proxy_on_configure")?,
            on_tick: finder.find("proxy_on_tick")?,
            on_queue_ready: finder.find("proxy_on_queue_ready")?,
            on_request_headers: finder.headers("proxy_on_request_headers", abi)?,
            on_request_body: finder.find("proxy_on_request_body")?,
            on_response_headers: finder.headers("proxy_on_response_headers", abi)?,
            on_response_body: finder.find("proxy_on_response_body")?,
            on_log: finder.find("proxy_on_log")?,
            on_done: finder.find("proxy_on_done")?,
            on_delete: finder.find("proxy_on_delete")?,
        })
    }
}

/// Memory and allocator; `malloc` comes first, as in the reference host.
pub(crate) fn guest(
    instance: &Instance,
    store: &mut impl AsContextMut,
) -> Result<Guest, WrongType> {
    let memory: Option<Memory> = instance.get_memory(&mut *store, "memory");
    let memory = memory.ok_or_else(|| WrongType {
        name: "memory",
        message: "expected a memory, found none".to_owned(),
    })?;
    let mut finder = Finder { instance, store };
    let allocate = match finder.find("malloc")? {
        Some(allocate) => Some(allocate),
        None => finder.find("proxy_on_memory_allocate")?,
    };
    let allocate = allocate.ok_or_else(|| WrongType {
        name: "proxy_on_memory_allocate",
        message: "expected a function, found none".to_owned(),
    })?;
    Ok(Guest { memory, allocate })
}

struct Finder<'a, Store> {
    instance: &'a Instance,
    store: &'a mut Store,
}

impl<Store: AsContextMut> Finder<'_, Store> {
    fn find<Parameters: WasmParams, Results: WasmResults>(
        &mut self,
        name: &'static str,
    ) -> Result<Option<TypedFunc<Parameters, Results>>, WrongType> {
        let Some(function) = self.instance.get_func(&mut *self.store, name) else {
            return Ok(None);
        };
        let typed = function.typed(&*self.store);
        typed.map(Some).map_err(|error| WrongType { name, message: format!("{error:#}") })
    }

    fn headers(&mut self, name: &'static str, abi: AbiVersion) -> Result<OnHeaders, WrongType> {
        let found = match abi {
            AbiVersion::V0_1_0 => self.find(name)?.map(OnHeaders::WithoutEnd),
            _ => self.find(name)?.map(OnHeaders::WithEnd),
        };
        Ok(found.unwrap_or(OnHeaders::Missing))
    }
}
