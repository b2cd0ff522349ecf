//! The callbacks a module exports. One that is missing is skipped, and costs nothing.

use wasmtime::{AsContextMut, Export, Instance, Memory, TypedFunc, WasmParams, WasmResults};

use crate::abi::AbiVersion;
use crate::capabilities::Capabilities;
use crate::module::signature;
use crate::profile::{Allocator, Rules};
use crate::state::Guest;

/// A callback, if the module exports it.
pub(crate) type Callback<Parameters, Results> = Option<TypedFunc<Parameters, Results>>;

/// A context, and up to four numbers with it.
type One = (u32,);
type Two = (u32, u32);
type Three = (u32, u32, u32);
type Five = (u32, u32, u32, u32, u32);

/// The callbacks that the module exports. Those for headers have another type in ABI 0.1.0.
pub(crate) struct Exports {
    pub(crate) entry: Entry,
    pub(crate) on_context_create: Callback<Two, ()>,
    pub(crate) on_vm_start: Callback<Two, u32>,
    pub(crate) on_configure: Callback<Two, u32>,
    pub(crate) on_tick: Callback<One, ()>,
    pub(crate) on_queue_ready: Callback<Two, ()>,
    pub(crate) on_foreign_function: Callback<Three, ()>,
    pub(crate) on_resolve_dns: Callback<Three, ()>,
    pub(crate) on_new_connection: Callback<One, u32>,
    pub(crate) on_downstream_data: Callback<Three, u32>,
    pub(crate) on_upstream_data: Callback<Three, u32>,
    pub(crate) on_downstream_connection_close: Callback<Two, ()>,
    pub(crate) on_upstream_connection_close: Callback<Two, ()>,
    pub(crate) on_request_headers: OnHeaders,
    pub(crate) on_request_body: Callback<Three, u32>,
    pub(crate) on_request_trailers: Callback<Two, u32>,
    pub(crate) on_response_headers: OnHeaders,
    pub(crate) on_response_body: Callback<Three, u32>,
    pub(crate) on_response_trailers: Callback<Two, u32>,
    pub(crate) on_http_call_response: Callback<Five, ()>,
    pub(crate) on_grpc_receive_initial_metadata: Callback<Three, ()>,
    pub(crate) on_grpc_receive: Callback<Three, ()>,
    pub(crate) on_grpc_receive_trailing_metadata: Callback<Three, ()>,
    pub(crate) on_grpc_close: Callback<Three, ()>,
    pub(crate) on_log: Callback<One, ()>,
    pub(crate) on_done: Callback<One, u32>,
    pub(crate) on_delete: Callback<One, ()>,
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
#[derive(Default)]
pub(crate) enum OnHeaders {
    #[default]
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
    /// Callbacks that the proxy never enters count as not exported.
    pub(crate) fn of(
        instance: &Instance,
        store: &mut impl AsContextMut,
        abi: AbiVersion,
        rules: &'static Rules,
        capabilities: &Capabilities,
    ) -> Result<Self, WrongType> {
        let mut finder = Finder { instance, store, skip: rules.missing_callbacks, capabilities };
        let initialize = finder.find("_initialize")?;
        let reactor = initialize.is_some();
        let main = if reactor { finder.find("main")? } else { None };
        let entry = Entry {
            main_void: if reactor { finder.find("__main_void")? } else { None },
            start: if reactor { None } else { finder.find("_start")? },
            main,
            initialize,
        };
        // Never entered here, and yet of the wrong type they keep a proxy from loading the module.
        let _: Callback<Two, u32> = finder.find("proxy_validate_configuration")?;
        let _: Callback<Two, u32> = finder.find("proxy_on_request_metadata")?;
        let _: Callback<Two, u32> = finder.find("proxy_on_response_metadata")?;
        let has_foreign = abi != AbiVersion::V0_1_0;
        Ok(Self {
            entry,
            on_context_create: finder.find("proxy_on_context_create")?,
            on_vm_start: finder.find("proxy_on_vm_start")?,
            on_configure: finder.find("proxy_on_configure")?,
            on_tick: finder.find("proxy_on_tick")?,
            on_queue_ready: finder.find("proxy_on_queue_ready")?,
            on_foreign_function: match has_foreign {
                true => finder.find("proxy_on_foreign_function")?,
                false => None,
            },
            on_resolve_dns: finder.find("envoy_on_resolve_dns")?,
            on_new_connection: finder.find("proxy_on_new_connection")?,
            on_downstream_data: finder.find("proxy_on_downstream_data")?,
            on_upstream_data: finder.find("proxy_on_upstream_data")?,
            on_downstream_connection_close: finder.find("proxy_on_downstream_connection_close")?,
            on_upstream_connection_close: finder.find("proxy_on_upstream_connection_close")?,
            on_request_headers: finder.headers("proxy_on_request_headers", abi)?,
            on_request_body: finder.find("proxy_on_request_body")?,
            on_request_trailers: finder.find("proxy_on_request_trailers")?,
            on_response_headers: finder.headers("proxy_on_response_headers", abi)?,
            on_response_body: finder.find("proxy_on_response_body")?,
            on_response_trailers: finder.find("proxy_on_response_trailers")?,
            on_http_call_response: finder.find("proxy_on_http_call_response")?,
            on_grpc_receive_initial_metadata: finder
                .find("proxy_on_grpc_receive_initial_metadata")?,
            on_grpc_receive: finder.find("proxy_on_grpc_receive")?,
            on_grpc_receive_trailing_metadata: finder
                .find("proxy_on_grpc_receive_trailing_metadata")?,
            on_grpc_close: finder.find("proxy_on_grpc_close")?,
            on_log: finder.find("proxy_on_log")?,
            on_done: finder.find("proxy_on_done")?,
            on_delete: finder.find("proxy_on_delete")?,
        })
    }
}

/// Memory and allocator. The reference host takes whatever memory is exported, the last of several,
/// under any name (`v8.cc`), and else the one that is imported.
pub(crate) fn guest(
    instance: &Instance,
    store: &mut impl AsContextMut,
    imported: Option<Memory>,
    rules: &'static Rules,
) -> Result<Guest, WrongType> {
    let exported = instance.exports(&mut *store).filter_map(Export::into_memory).last();
    let memory = exported.or(imported).ok_or_else(|| WrongType {
        name: "memory",
        message: "expected a memory, found none".to_owned(),
    })?;
    let (first, second) = match rules.allocator {
        Allocator::Malloc => ("malloc", "proxy_on_memory_allocate"),
        Allocator::MemoryAllocate => ("proxy_on_memory_allocate", "malloc"),
    };
    let capabilities = &Capabilities::default();
    let mut finder = Finder { instance, store, skip: &[], capabilities };
    let allocate = match finder.find(first)? {
        Some(allocate) => Some(allocate),
        None => finder.find(second)?,
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
    skip: &'static [&'static str],
    /// A callback that the operator does not let be called is as good as missing.
    capabilities: &'a Capabilities,
}

impl<Store: AsContextMut> Finder<'_, Store> {
    fn find<Parameters: WasmParams, Results: WasmResults>(
        &mut self,
        name: &'static str,
    ) -> Result<Callback<Parameters, Results>, WrongType> {
        if self.skip.contains(&name) || !self.capabilities.cover_callback(name) {
            return Ok(None);
        }
        let Some(function) = self.instance.get_func(&mut *self.store, name) else {
            return Ok(None);
        };
        let typed = function.typed(&*self.store);
        typed.map(Some).map_err(|error| {
            let found = signature(&function.ty(&*self.store));
            let message = format!("{error:#}; it is `{found}`, which other versions may have");
            WrongType { name, message }
        })
    }

    fn headers(&mut self, name: &'static str, abi: AbiVersion) -> Result<OnHeaders, WrongType> {
        let found = match abi {
            AbiVersion::V0_1_0 => self.find(name)?.map(OnHeaders::WithoutEnd),
            _ => self.find(name)?.map(OnHeaders::WithEnd),
        };
        Ok(found.unwrap_or(OnHeaders::Missing))
    }
}
