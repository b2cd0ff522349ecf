//! The part of WASI that a proxy has nothing for: files and sockets.
//!
//! Every function links, and answers what the reference host answers (proxy-wasm-cpp-host,
//! `exports.cc`): mostly that there is no such thing.

use wasmtime::Linker;

use super::link::bind;
use super::wasi::{BAD_DESCRIPTOR, Done, Errno, errno};
use crate::memory::Call;
use crate::state::State;

const NOT_A_DIRECTORY: Errno = Errno(20);
const NO_ENTRY: Errno = Errno(44);
const NO_SUCH_FUNCTION: Errno = Errno(52);
const NOT_SUPPORTED: Errno = Errno(58);

pub(super) fn link(linker: &mut Linker<State>, module: &str) -> wasmtime::Result<()> {
    bind!(linker, module, errno, {
        fd_advise(_descriptor, _offset as u64, _length as u64, _advice) => nothing();
        fd_close(_descriptor) => nothing();
        fd_seek(_descriptor, _offset as i64, _whence, _at) => nothing();
        fd_allocate(descriptor, _offset as u64, _length as u64) => standard_only(descriptor);
        fd_datasync(descriptor) => standard_only(descriptor);
        fd_sync(descriptor) => standard_only(descriptor);
        fd_fdstat_get(descriptor, at) => describe(descriptor, at);
        fd_fdstat_set_rights(descriptor, _base as u64, _inheriting as u64)
            => standard_only(descriptor);
        fd_filestat_set_size(descriptor, _size as u64) => standard_only(descriptor);
        fd_filestat_set_times(descriptor, _accessed as u64, _modified as u64, _flags)
            => standard_only(descriptor);
        fd_tell(descriptor, at) => tell(descriptor, at);
        fd_renumber(from, to) => renumber(from, to);
        fd_readdir(_descriptor, _buffer, _size, _cookie as u64, size_at)
            => zero_and(size_at, NOT_A_DIRECTORY);
        fd_filestat_get(_descriptor, _at) => fail(BAD_DESCRIPTOR);
        fd_prestat_get(_descriptor, _at) => fail(BAD_DESCRIPTOR);
        fd_prestat_dir_name(_descriptor, _path, _size) => fail(NO_SUCH_FUNCTION);
        fd_fdstat_set_flags(_descriptor, _flags) => fail(NO_SUCH_FUNCTION);
        fd_read(_descriptor, _vectors, _count, _read_at) => fail(NO_SUCH_FUNCTION);
        fd_pread(_descriptor, _vectors, _count, _offset as u64, _read_at)
            => fail(NO_SUCH_FUNCTION);
        path_open(
            _descriptor, _directory_flags, _path, _size, _open_flags, _base as u64,
            _inheriting as u64, _flags, _opened_at
        ) => fail(NO_ENTRY);
        path_create_directory(_descriptor, _path, _size) => fail(NOT_SUPPORTED);
        path_filestat_get(_descriptor, _flags, _path, _size, _at) => fail(NOT_SUPPORTED);
        path_filestat_set_times(
            _descriptor, _flags, _path, _size, _accessed as u64, _modified as u64, _time_flags
        ) => fail(NOT_SUPPORTED);
        path_link(_from, _flags, _path, _size, _to, _new_path, _new_size)
            => fail(NOT_SUPPORTED);
        path_readlink(_descriptor, _path, _path_size, _buffer, _size, size_at)
            => zero_and(size_at, NOT_SUPPORTED);
        path_remove_directory(_descriptor, _path, _size) => fail(NOT_SUPPORTED);
        path_rename(_from, _path, _size, _to, _new_path, _new_size) => fail(NOT_SUPPORTED);
        path_symlink(_path, _size, _descriptor, _new_path, _new_size) => fail(NOT_SUPPORTED);
        path_unlink_file(_descriptor, _path, _size) => fail(NOT_SUPPORTED);
        sock_accept(_descriptor, _flags, socket_at) => zero_and(socket_at, NOT_SUPPORTED);
        sock_recv(_descriptor, _vectors, _count, _flags, size_at, _flags_at)
            => zero_and(size_at, NOT_SUPPORTED);
        sock_send(_descriptor, _vectors, _count, _flags, size_at)
            => zero_and(size_at, NOT_SUPPORTED);
        sock_shutdown(_descriptor, _how) => fail(NOT_SUPPORTED);
    });
    Ok(())
}

/// Standard output and standard error take everything and change nothing.
fn standard_only(_: &mut Call<'_>, descriptor: u32) -> Done {
    if matches!(descriptor, 1 | 2) { Ok(()) } else { Err(BAD_DESCRIPTOR) }
}

/// A character device of unknown kind that can be written to.
fn describe(call: &mut Call<'_>, descriptor: u32, at: u32) -> Done {
    standard_only(call, descriptor)?;
    let words = [0_u64, 64, 0].map(u64::to_le_bytes);
    // The reference host does not look whether it could write.
    let _ = call.write(at, words.as_flattened());
    Ok(())
}

fn tell(call: &mut Call<'_>, descriptor: u32, at: u32) -> Done {
    standard_only(call, descriptor)?;
    Ok(call.write(at, &0_u64.to_le_bytes())?)
}

fn renumber(call: &mut Call<'_>, from: u32, to: u32) -> Done {
    standard_only(call, from)?;
    standard_only(call, to)?;
    Err(NOT_SUPPORTED)
}

fn zero_and(call: &mut Call<'_>, at: u32, errno: Errno) -> Done {
    call.write(at, &0_u32.to_le_bytes())?;
    Err(errno)
}

fn fail(_: &mut Call<'_>, errno: Errno) -> Done {
    Err(errno)
}

fn nothing(_: &mut Call<'_>) -> Done {
    Ok(())
}
