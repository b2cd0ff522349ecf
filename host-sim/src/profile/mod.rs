//! Proxies that differ, and in what.
//!
//! Everything in which the simulated proxies differ is a field of `Rules`; the rest of the
//! simulator asks the rules and never which proxy it is. The tables are in `tables.rs`, and
//! `docs/profiles.md` says where each entry comes from.

mod tables;

/// The proxy whose behaviour is simulated.
///
/// ```
/// # use host_sim::{Host, Module, Profile};
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let wasm = wat::parse_str(r#"(module (memory (export "memory") 1)
/// #   (func (export "proxy_abi_version_0_2_1")) (func (export "malloc") (param i32) (result i32) (i32.const 8)))"#)?;
/// let module = Module::from_bytes(wasm)?;
/// let host = Host::builder(&module).profile(Profile::Gcp).start()?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "command", derive(clap::ValueEnum))]
pub enum Profile {
    /// Envoy 1.40, and what is built on it: Istio, Envoy Gateway, Higress.
    #[default]
    Envoy,
    /// Google Cloud's Service Extensions, as its published tester behaves and its documentation
    /// limits it.
    Gcp,
    /// nginx with Kong's `ngx_wasm_module`.
    Nginx,
    /// No proxy at all: the specification of ABI 0.2.1 to the letter.
    Strict,
}

/// What becomes of a frame that was shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    Pass,
    /// Of headers: hold everything. Of a piece of the body: hold it, and show all of it next time.
    Hold,
    /// Of headers: hold them, and go on showing the rest. Of a piece of the body: hold it, and
    /// show only what is new next time.
    HoldThis,
    /// Of a piece of the body: it is gone.
    Drop,
}

/// What a proxy does where proxies differ.
#[derive(Debug)]
pub(crate) struct Rules {
    /// The most memory a VM may have, in bytes, unless the host is built with another limit.
    pub(crate) memory_limit: usize,
    /// Host functions that the proxy does not have.
    pub(crate) missing_functions: &'static [&'static str],
    pub(crate) missing_function: MissingFunction,
    /// Callbacks that the proxy never enters.
    pub(crate) missing_callbacks: &'static [&'static str],
    pub(crate) repeated_headers: RepeatedHeaders,
    pub(crate) closed_map: ClosedMap,
    pub(crate) map_size: MapSize,
    /// The most bytes and pairs of a map that a module hands over; more is an empty map.
    pub(crate) pair_limits: Option<(usize, usize)>,
    /// Whether header callbacks are told when there is no body; otherwise they are told that
    /// there may be one.
    pub(crate) headers_tell_end: bool,
    pub(crate) closed_body: ClosedBody,
    pub(crate) body_edits: BodyEdits,
    pub(crate) vm_configuration: Readable,
    pub(crate) plugin_configuration: Readable,
    pub(crate) actions: Actions,
    pub(crate) local_reply: LocalReplyPath,
    pub(crate) recorded_counter: RecordedCounter,
    /// Whether a counter refuses to be incremented by 0.
    pub(crate) zero_increment_is_refused: bool,
    pub(crate) clock: ClockKind,
    pub(crate) properties: PropertyForm,
    /// Whether there are the foreign functions by which expressions are evaluated.
    pub(crate) evaluates_expressions: bool,
    /// Whether `source.address` has its port.
    pub(crate) address_has_port: bool,
    pub(crate) timeout: Timeout,
    /// Whether details follow the text of a status with which a gRPC service ends a call.
    pub(crate) grpc_message_has_details: bool,
    pub(crate) farewell: FarewellOrder,
    pub(crate) allocator: Allocator,
    /// Whether `proxy_continue_stream` can continue the upstream's side of a connection.
    pub(crate) upstream_continues: bool,
    /// Whether the module is told who closed the upstream's side of a connection.
    pub(crate) upstream_close_is_known: bool,
}

/// What happens to a module that calls a function that is not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MissingFunction {
    /// It is told `UNIMPLEMENTED`.
    Unimplemented,
    Trap,
}

/// What a module sees of a header that came more than once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RepeatedHeaders {
    /// By name the first value, and all of them among the pairs.
    First,
    /// The same, but of some well-known names Envoy keeps one value, with `,` between the parts.
    FirstOrJoined,
    /// One value with `, ` between the parts, everywhere; headers in the order of their names.
    Joined,
}

/// What a module is told of a map that is not there now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ClosedMap {
    /// By name `BAD_ARGUMENT`, as pairs an empty map.
    EmptyPairs,
    /// `BAD_ARGUMENT`.
    BadArgument,
    /// Nothing: headers that have come can be read until the stream ends.
    StaysReadable,
}

/// What `proxy_get_header_map_size` counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MapSize {
    /// Bytes of names and values.
    Bytes,
    /// Entries.
    Entries,
    /// Bytes of the serialized map.
    Serialized,
}

/// What a body is outside its callback.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ClosedBody {
    Empty,
    NotFound,
    Trap,
}

/// Which parts of a body a module can replace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BodyEdits {
    /// It can replace the beginning, prepend and append.
    Ends,
    Anywhere,
}

/// When a configuration can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Readable {
    Always,
    InItsCallback,
    Never,
}

/// What the numbers mean that callbacks return.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Actions {
    /// Envoy's filter statuses.
    FilterStatus,
    /// 0 is to continue, anything else is to pause.
    ContinueOrPause,
}

/// Where a local reply goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LocalReplyPath {
    /// Through the module's response callbacks.
    ThroughResponse,
    /// To the client.
    Direct,
}

/// What recording a value does to a counter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RecordedCounter {
    Adds,
    Sets,
    Traps,
}

/// Which clock a module sees, until somebody sets it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ClockKind {
    Wall,
    /// It stands at this many nanoseconds since 1970.
    Frozen(u64),
}

impl ClockKind {
    /// Where it stands; none for a clock that goes.
    pub(crate) fn stands_at(self) -> Option<u64> {
        match self {
            Self::Wall => None,
            Self::Frozen(time) => Some(time),
        }
    }
}

/// What properties there are, and in which form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PropertyForm {
    /// Envoy's attributes, in Envoy's encoding.
    Encoded,
    /// Envoy's attributes, each as text.
    Text,
    /// Those that the caller has set.
    GivenOnly,
}

/// What a module is told of a call whose time is up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Timeout {
    /// A response with status 504; of a gRPC call what Envoy makes of it, status 14.
    Response,
    /// A failure: no headers; of a gRPC call status 4.
    Failure,
}

/// What comes at the end of a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FarewellOrder {
    /// `proxy_on_log`, `proxy_on_done`, `proxy_on_delete`, whatever `proxy_on_done` returns. (Of
    /// connections `proxy_on_done` comes first. Root contexts do not log, and are waited for.)
    LogFirst,
    /// Of every context `proxy_on_done`, and then, once the module is done, `proxy_on_log` and
    /// `proxy_on_delete`.
    DoneFirst,
}

/// Which of a module's allocators is used when it exports both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Allocator {
    Malloc,
    MemoryAllocate,
}

impl Profile {
    pub(crate) const fn rules(self) -> &'static Rules {
        match self {
            Self::Envoy => &tables::ENVOY,
            Self::Gcp => &tables::GCP,
            Self::Nginx => &tables::NGINX,
            Self::Strict => &tables::STRICT,
        }
    }
}

impl Rules {
    /// Whether the proxy does not have a host function. The names are in order.
    pub(crate) fn lacks(&self, function: &str) -> bool {
        self.missing_functions.binary_search(&function).is_ok()
    }

    /// Whether of some well-known names one value is kept, to which others are joined.
    pub(crate) fn joins_known_names(&self) -> bool {
        self.repeated_headers == RepeatedHeaders::FirstOrJoined
    }

    /// What a callback has returned that sent a local reply, whatever it did return: in proxy-wasm-cpp-host
    /// (`stopNextIteration`) the most it can, also where the reply is for another stream or for none.
    pub(crate) fn after_reply(&self, action: u32) -> u32 {
        if self.actions == Actions::FilterStatus { u32::MAX } else { action }
    }

    /// What the action means that a headers callback returned. `stops_headers_only` is Envoy's
    /// setting `allow_on_headers_stop_iteration`.
    pub(crate) fn on_headers(&self, action: u32, stops_headers_only: bool) -> Action {
        match (self.actions, action) {
            (_, 0) => Action::Pass,
            // ContinueAndEndStream, which Envoy's wasm filter takes for Continue.
            (Actions::FilterStatus, 2) => Action::Pass,
            (Actions::FilterStatus, 1) if stops_headers_only => Action::HoldThis,
            _ => Action::Hold,
        }
    }

    /// What the action means that a body callback returned.
    pub(crate) fn on_body(&self, action: u32) -> Action {
        match (self.actions, action) {
            (_, 0) => Action::Pass,
            (Actions::ContinueOrPause, _) | (Actions::FilterStatus, 1) => Action::Hold,
            (Actions::FilterStatus, 2) => Action::HoldThis,
            (Actions::FilterStatus, _) => Action::Drop,
        }
    }

    /// What the action means that a trailers callback returned.
    pub(crate) fn on_trailers(&self, action: u32) -> Action {
        if action == 0 { Action::Pass } else { Action::Hold }
    }
}
