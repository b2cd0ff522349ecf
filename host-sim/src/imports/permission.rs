//! What may be called while a module starts.

use std::fmt;

use crate::state::Permission;

impl Permission {
    /// Whether a function may be called now (proxy-wasm-cpp-host, `WasmBase::startVm` and
    /// `allocMemory`).
    pub(crate) fn covers(self, name: &str) -> bool {
        match self {
            Self::All => true,
            Self::Start => match name {
                "proxy_log" | "emscripten_notify_memory_growth" => true,
                "fd_read" | "fd_seek" | "fd_close" | "path_open" | "proc_exit" | "sched_yield"
                | "pthread_equal" => false,
                _ => !name.starts_with("proxy_") && !name.starts_with("envoy_"),
            },
            Self::Allocation => {
                let logs = matches!(name, "proxy_log" | "fd_write" | "clock_time_get");
                logs || name == "emscripten_notify_memory_growth"
            }
            Self::StartSection => name == "emscripten_notify_memory_growth",
        }
    }
}

impl fmt::Display for Permission {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::All => "",
            Self::StartSection => {
                "in the start section: host functions cannot be called there (Envoy crashes)"
            }
            Self::Start => "while the module starts, before `proxy_on_context_create`",
            Self::Allocation => "while the guest allocates memory for the host",
        })
    }
}
