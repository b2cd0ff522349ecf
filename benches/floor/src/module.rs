//! What the host enters, and what is called there.
#![allow(unsafe_code, reason = "calls to the host are foreign functions with pointers")]

use core::ptr::{null, null_mut};
use core::sync::atomic::{AtomicU8, Ordering::Relaxed};

use sha2::{Digest, Sha256};

const REQUEST_HEADERS: u32 = 0;
const PLUGIN_CONFIGURATION: u32 = 7;
const CONTINUE: u32 = 0;
const PAUSE: u32 = 1;

/// As long as a key: one block of SHA-256 with its padding.
const BLOCK: usize = 40;

#[link(wasm_import_module = "env")]
unsafe extern "C" {
    fn proxy_get_buffer_bytes(
        buffer: u32,
        start: usize,
        size: usize,
        data: *mut *mut u8,
        data_size: *mut usize,
    ) -> u32;
    fn proxy_get_header_map_pairs(map: u32, data: *mut *const u8, size: *mut usize) -> u32;
    fn proxy_get_property(
        path: *const u8,
        size: usize,
        data: *mut *const u8,
        data_size: *mut usize,
    ) -> u32;
    fn proxy_replace_header_map_value(
        map: u32,
        name: *const u8,
        name_size: usize,
        value: *const u8,
        value_size: usize,
    ) -> u32;
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
    fn proxy_remove_header_map_value(map: u32, name: *const u8, name_size: usize) -> u32;
}

/// First letter of the configuration.
static CALLS: AtomicU8 = AtomicU8::new(0);
/// A byte of the last digest, so that no compiler leaves the hash out.
static DIGEST: AtomicU8 = AtomicU8::new(0);

/// Where the host writes what it returns, each time over the last: nothing is kept.
static mut ARENA: [u8; 65_536] = [0; 65_536];

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}

#[unsafe(no_mangle)]
extern "C" fn proxy_abi_version_0_2_1() {}

/// Hosts look for this name first.
#[unsafe(no_mangle)]
extern "C" fn malloc(size: usize) -> *mut u8 {
    if size <= 65_536 { (&raw mut ARENA).cast() } else { null_mut() }
}

#[unsafe(no_mangle)]
extern "C" fn proxy_on_configure(_root: u32, _size: usize) -> u32 {
    let (mut data, mut size) = (null_mut(), 0);
    // SAFETY: both places are valid for the call, and the host wrote `size` bytes to `data`.
    let first = unsafe {
        let status = proxy_get_buffer_bytes(
            PLUGIN_CONFIGURATION,
            0,
            usize::MAX,
            &raw mut data,
            &raw mut size,
        );
        if status == 0 && size > 0 { data.read() } else { 0 }
    };
    CALLS.store(first, Relaxed);
    u32::from(matches!(first, b'e' | b'k' | b'a' | b'c' | b'd'))
}

#[unsafe(no_mangle)]
extern "C" fn proxy_on_request_headers(_context: u32, _count: u32, _end: u32) -> u32 {
    let calls = CALLS.load(Relaxed);
    if calls == b'e' {
        return CONTINUE;
    }
    let (mut data, mut size) = (null(), 0);
    // SAFETY: all places are valid for the calls, which keep no pointer, and the host wrote `size`
    // bytes to `data`.
    unsafe {
        proxy_get_header_map_pairs(REQUEST_HEADERS, &raw mut data, &raw mut size);
        let block = core::slice::from_raw_parts(data, size.min(BLOCK));
        DIGEST.store(Sha256::digest(block).first().copied().unwrap_or(0), Relaxed);
        match calls {
            b'a' => {
                let path = b"source\0address";
                proxy_get_property(path.as_ptr(), path.len(), &raw mut data, &raw mut size);
            }
            b'c' => {
                remove(b"x-api-key");
                replace(b"x-client-id", b"client-0000000");
                replace(b"x-key-id", b"key-0");
            }
            b'd' => {
                proxy_send_local_response(401, null(), 0, null(), 0, null(), 0, -1);
                return PAUSE;
            }
            _ => {}
        }
    }
    CONTINUE
}

/// SAFETY: the host reads `name` during the call only.
unsafe fn remove(name: &[u8]) {
    unsafe { proxy_remove_header_map_value(REQUEST_HEADERS, name.as_ptr(), name.len()) };
}

/// SAFETY: the host reads both during the call only.
unsafe fn replace(name: &[u8], value: &[u8]) {
    unsafe {
        proxy_replace_header_map_value(
            REQUEST_HEADERS,
            name.as_ptr(),
            name.len(),
            value.as_ptr(),
            value.len(),
        )
    };
}
