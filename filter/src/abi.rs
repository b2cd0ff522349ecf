//! The boundary to the host: proxy-wasm ABI 0.2.1. The only unsafe code that
//! ships; two guests of the benches have theirs.
//!
//! The SDK's wrappers panic on a status they do not know and copy every header; these pass on
//! what the host says, and nothing a host does can make them panic.
#![allow(unsafe_code, reason = "calls to the host are foreign functions with pointers")]

use std::ptr::null_mut;

mod entries;
mod marks;
mod memory;

pub(crate) use memory::Received;

/// The status of a call that did what was asked.
const OK: u32 = 0;
/// The status of a call about something that is not there.
const NOT_FOUND: u32 = 1;
/// The status of a call about a context that does not exist.
const BAD_ARGUMENT: u32 = 2;
/// Buffer type PLUGIN_CONFIGURATION.
const PLUGIN_CONFIGURATION: u32 = 7;
/// Metric type COUNTER.
const COUNTER: u32 = 0;
/// Metric type GAUGE.
const GAUGE: u32 = 1;
/// No gRPC status: the host derives one.
const NO_GRPC_STATUS: i32 = -1;

/// The host refused a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Refused;

/// A header map of the stream in hand.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Map {
    RequestHeaders = 0,
    RequestTrailers = 1,
}

/// Severity of a log line.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Level {
    Info = 2,
    Warn = 3,
    Error = 4,
}

unsafe extern "C" {
    fn proxy_log(level: u32, message: *const u8, size: usize) -> u32;
    fn proxy_get_current_time_nanoseconds(time: *mut u64) -> u32;
    fn proxy_get_buffer_bytes(
        buffer: u32,
        start: usize,
        size: usize,
        data: *mut *mut u8,
        data_size: *mut usize,
    ) -> u32;
    fn proxy_get_header_map_pairs(map: u32, data: *mut *mut u8, size: *mut usize) -> u32;
    fn proxy_replace_header_map_value(
        map: u32,
        name: *const u8,
        name_size: usize,
        value: *const u8,
        value_size: usize,
    ) -> u32;
    fn proxy_remove_header_map_value(map: u32, name: *const u8, name_size: usize) -> u32;
    fn proxy_get_property(
        path: *const u8,
        size: usize,
        data: *mut *mut u8,
        data_size: *mut usize,
    ) -> u32;
    fn proxy_set_property(path: *const u8, size: usize, data: *const u8, data_size: usize) -> u32;
    fn proxy_set_tick_period_milliseconds(period: u32) -> u32;
    fn proxy_set_effective_context(context: u32) -> u32;
    fn proxy_call_foreign_function(
        name: *const u8,
        name_size: usize,
        arguments: *const u8,
        arguments_size: usize,
        data: *mut *mut u8,
        data_size: *mut usize,
    ) -> u32;
    fn proxy_define_metric(kind: u32, name: *const u8, size: usize, id: *mut u32) -> u32;
    fn proxy_increment_metric(id: u32, delta: i64) -> u32;
    fn proxy_record_metric(id: u32, value: u64) -> u32;
    fn proxy_send_local_response(
        status: u32,
        details: *const u8,
        details_size: usize,
        body: *const u8,
        body_size: usize,
        headers: *const u8,
        headers_size: usize,
        grpc_status: i32,
    ) -> u32;
}

#[link(wasm_import_module = "wasi_snapshot_preview1")]
unsafe extern "C" {
    /// The only function of WASI that the filter uses; ABI 0.2.1 has it, too.
    fn random_get(buffer: *mut u8, size: usize) -> u32;
}

/// Sixteen random bytes, fit for a secret; refused, too, where a host gives nothing and says that it did.
pub(crate) fn random() -> Result<[u8; 16], Refused> {
    let mut bytes = [0; 16];
    // SAFETY: the host writes as many bytes as `bytes` has during the call.
    accepted(unsafe { random_get(bytes.as_mut_ptr(), bytes.len()) })?;
    if bytes == [0; 16] { Err(Refused) } else { Ok(bytes) }
}

/// Writes a line to the host's log.
pub(crate) fn log(level: Level, message: &str) {
    // SAFETY: the host reads `message` during the call only.
    unsafe { proxy_log(level as u32, message.as_ptr(), message.len()) };
}

/// Nanoseconds of Unix time.
pub(crate) fn current_time() -> Result<u64, Refused> {
    let mut time = 0;
    // SAFETY: the host writes eight bytes to `time` during the call.
    accepted(unsafe { proxy_get_current_time_nanoseconds(&raw mut time) })?;
    Ok(time)
}

/// The plugin configuration; the host gives it inside of `on_configure` only.
pub(crate) fn plugin_configuration() -> Result<Received, Refused> {
    // SAFETY: both places are valid for the call.
    received(|data, size| unsafe {
        proxy_get_buffer_bytes(PLUGIN_CONFIGURATION, 0, usize::MAX, data, size)
    })
}

/// All fields of a map, in the form that [`Pairs`](crate::pairs::Pairs) reads.
pub(crate) fn headers(map: Map) -> Result<Received, Refused> {
    // SAFETY: both places are valid for the call.
    received(|data, size| unsafe { proxy_get_header_map_pairs(map as u32, data, size) })
}

/// A property; its path has zero bytes between the segments.
pub(crate) fn property(path: &[u8]) -> Result<Received, Refused> {
    // SAFETY: the host reads `path` during the call only; both places are valid for the call.
    received(|data, size| unsafe { proxy_get_property(path.as_ptr(), path.len(), data, size) })
}

/// Sets a property of the stream, which hosts keep as filter state.
pub(crate) fn set_property(path: &str, value: &[u8]) -> Result<(), Refused> {
    // SAFETY: the host reads both during the call only.
    accepted(unsafe { proxy_set_property(path.as_ptr(), path.len(), value.as_ptr(), value.len()) })
}

/// Makes `value` the only value of a header.
pub(crate) fn replace_header(map: Map, name: &str, value: &[u8]) -> Result<(), Refused> {
    // SAFETY: the host reads both during the call only.
    accepted(unsafe {
        proxy_replace_header_map_value(
            map as u32,
            name.as_ptr(),
            name.len(),
            value.as_ptr(),
            value.len(),
        )
    })
}

/// Removes all values of a header. Nothing but success will do: what a host does not find may be there.
pub(crate) fn remove_header(map: Map, name: &str) -> Result<(), Refused> {
    // SAFETY: the host reads `name` during the call only.
    accepted(unsafe { proxy_remove_header_map_value(map as u32, name.as_ptr(), name.len()) })
}

/// Answers the request here. `headers` is a serialized header map; `details` is for operators.
pub(crate) fn send_local_response(
    status: u16,
    details: &str,
    headers: &[u8],
    body: &[u8],
) -> Result<(), Refused> {
    // SAFETY: the host reads all of them during the call only.
    accepted(unsafe {
        proxy_send_local_response(
            status.into(),
            details.as_ptr(),
            details.len(),
            body.as_ptr(),
            body.len(),
            headers.as_ptr(),
            headers.len(),
            NO_GRPC_STATUS,
        )
    })
}

/// Asks for a tick in each such period.
pub(crate) fn set_tick_period(milliseconds: u32) -> Result<(), Refused> {
    // SAFETY: a call without pointers.
    accepted(unsafe { proxy_set_tick_period_milliseconds(milliseconds) })
}

/// Makes the calls that follow those of this context; whether the host says that there is none.
/// A host that does not know the call says something else.
fn enter_context(context: u32) -> Option<Gone> {
    // SAFETY: a call without pointers.
    let status = unsafe { proxy_set_effective_context(context) };
    (status == BAD_ARGUMENT).then_some(Gone)
}

/// The host has deleted a context.
struct Gone;

/// Calls what a host offers beyond the ABI, by its name; else the status.
fn call_foreign_function(name: &str, arguments: &[u8]) -> Result<Received, u32> {
    let mut status = OK;
    // SAFETY: the host reads `name` and `arguments` during the call only; both places are valid
    // for the call.
    let received = received(|data, size| unsafe {
        status = proxy_call_foreign_function(
            name.as_ptr(),
            name.len(),
            arguments.as_ptr(),
            arguments.len(),
            data,
            size,
        );
        status
    });
    received.map_err(|Refused| status)
}

/// A metric of the host.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Metric(u32);

impl Metric {
    /// A counter of this name. Hosts give a new id for each call, so keep it.
    pub(crate) fn counter(name: &str) -> Result<Self, Refused> {
        Self::define(COUNTER, name)
    }

    /// A gauge of this name. Hosts give a new id for each call, so keep it.
    pub(crate) fn gauge(name: &str) -> Result<Self, Refused> {
        Self::define(GAUGE, name)
    }

    /// Adds to a counter.
    pub(crate) fn add(self, delta: u64) -> Result<(), Refused> {
        let delta = i64::try_from(delta).unwrap_or(i64::MAX);
        // SAFETY: a call without pointers.
        accepted(unsafe { proxy_increment_metric(self.0, delta) })
    }

    /// Sets a gauge.
    pub(crate) fn set(self, value: u64) -> Result<(), Refused> {
        // SAFETY: a call without pointers.
        accepted(unsafe { proxy_record_metric(self.0, value) })
    }

    fn define(kind: u32, name: &str) -> Result<Self, Refused> {
        let mut id = 0;
        // SAFETY: the host reads `name` and writes four bytes to `id` during the call.
        accepted(unsafe { proxy_define_metric(kind, name.as_ptr(), name.len(), &raw mut id) })?;
        Ok(Self(id))
    }
}

fn accepted(status: u32) -> Result<(), Refused> {
    if status == OK { Ok(()) } else { Err(Refused) }
}

/// Takes over what a call returned. Hosts give nothing as a null pointer.
fn received(call: impl FnOnce(*mut *mut u8, *mut usize) -> u32) -> Result<Received, Refused> {
    let mut data: *mut u8 = null_mut();
    let mut size = 0;
    accepted(call(&raw mut data, &raw mut size))?;
    // SAFETY: the host got `data` from the only allocator that is exported, which gives exactly the
    // size asked for; the host has written all of it and keeps no pointer to it.
    Ok(unsafe { Received::take_over(data, size) })
}
