//! How a host function is bound to the name it is imported by.

/// Links functions of one import module.
///
/// `proxy_log(level, message, size) => log(level, Slice::new(message, size));` links the import
/// `proxy_log` with three 32-bit parameters to `log(&mut Call, …)`. A parameter of another type
/// says so: `value as u64`. `$answer` turns what the function returns into the guest's number.
macro_rules! bind {
    ($linker:ident, $module:expr, $answer:path, {
        $($name:ident($($parameter:ident $(as $type:ty)?),*) => $function:ident($($argument:expr),*);)*
    }) => {$(
        $linker.func_wrap(
            $module,
            stringify!($name),
            |caller: wasmtime::Caller<'_, crate::state::State>
             $(, $parameter: bind!(@type $($type)?))*| {
                crate::memory::enter(caller, stringify!($name), |call| {
                    $answer($function(call $(, $argument)*))
                })
            },
        )?;
    )*};
    (@type) => { u32 };
    (@type $type:ty) => { $type };
}

pub(crate) use bind;
