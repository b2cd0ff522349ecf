//! The root context: takes the configuration and gives each request the table in force.

use std::cell::RefCell;
use std::rc::Rc;

use policy_table::Secret;
use proxy_wasm::traits::{Context, RootContext};

use crate::abi::{self, Level, Refused};
use crate::changes::Changes;
use crate::contexts::{Contexts, Owner};
use crate::counters::Counters;
use crate::metrics;
use crate::reply::Replies;
use crate::settings::{self, Loaded, SettingsError};

proxy_wasm::main! {{
    proxy_wasm::set_root_context(|root| Box::new(Gateway { root, is_shown: false }));
}}

thread_local! {
    static CONTEXTS: RefCell<Contexts<Rc<InForce>>> =
        const { RefCell::new(Contexts::new()) };
}

/// How often counts are handed to the host, in milliseconds.
const TICK_PERIOD: u32 = 5_000;

/// How soon a table is shown to be in force, in milliseconds. Not at once: Envoy tries each
/// configuration in a module of its own, which then ends, and may drop it all the same.
const FIRST_TICK: u32 = 100;

/// The plugin, whose last good configuration is in force.
struct Gateway {
    root: u32,
    /// Whether operators have been shown its table.
    is_shown: bool,
}

/// A configuration that requests are decided by, and what was decided by it.
pub(crate) struct InForce {
    pub(crate) loaded: Loaded,
    pub(crate) replies: Replies,
    pub(crate) counters: Counters,
    /// What is changed of a request that goes on, if anything ever is.
    pub(crate) changes: Option<Changes>,
    /// Since when, in seconds of Unix time; `None` where the host cannot tell.
    loaded_at: Option<u64>,
}

impl InForce {
    /// Hands the counts since the last time to the host.
    fn report(&self) {
        self.counters.take(self.loaded.table(), metrics::add);
    }
}

/// A table that was replaced is let go by its last request: its last counts must not be lost.
impl Drop for InForce {
    fn drop(&mut self) {
        self.report();
    }
}

impl Context for Gateway {}

impl RootContext for Gateway {
    /// A refused configuration leaves the last good one in force; the host keeps its own as well.
    fn on_configure(&mut self, size: usize) -> bool {
        let loaded = match load(size) {
            Ok(loaded) => loaded,
            Err(error) => {
                abi::log(Level::Error, &format!("portcullis: configuration refused: {error}"));
                return false;
            }
        };
        log_loaded(&loaded);
        let counters = Counters::new(loaded.settings.client_metrics);
        let replies = Replies::new(loaded.table());
        let changes = Changes::of(loaded.table().settings(), loaded.settings.mode);
        let loaded_at = abi::current_time().ok().map(|now| now / 1_000_000_000);
        let in_force = InForce { loaded, replies, counters, changes, loaded_at };
        let before = with_contexts(|contexts| contexts.set(self.root, Rc::new(in_force)));
        // Only now: it hands its counts to the host.
        drop(before);
        self.is_shown = false;
        // A host without ticks gets the counts when the table is replaced.
        let _ = abi::set_tick_period(FIRST_TICK);
        true
    }

    fn on_tick(&mut self) {
        if let Some(in_force) = with_contexts(|contexts| contexts.get(self.root)).flatten() {
            in_force.report();
        }
        show_tables();
        if !self.is_shown {
            self.is_shown = true;
            let _ = abi::set_tick_period(TICK_PERIOD);
        }
    }
}

/// What a table needs beside itself, and the message where there is no room for it: what is kept free for these
/// before a configuration of any size is asked for.
const RESERVE_BYTES: usize = 256 * 1024;

/// Reads the configuration, of so many bytes, and proves the table in it.
fn load(size: usize) -> Result<Loaded, SettingsError> {
    let reserved = settings::reserve(RESERVE_BYTES);
    let received = abi::plugin_configuration();
    let reserved = reserved.map(drop);
    let configuration = match received {
        Ok(received) => received.into_vec(),
        // Hosts refuse to hand over what they find no room for.
        Err(Refused) if size > 0 => return Err(SettingsError::NoMemory),
        Err(Refused) => Vec::new(),
    };
    reserved?;
    // A host without randomness gets the same decisions, a little later.
    let secret = abi::random().ok().map(Secret);
    Loaded::from_configuration(configuration, secret.as_ref())
}

/// A plugin begins; `false` where it has begun before.
pub(crate) fn root_begins(root: u32) -> bool {
    with_contexts(|contexts| contexts.add_root(root)).unwrap_or(false)
}

/// The host tells of each stream whose it is, to the module that asks for that.
pub(crate) fn contexts_are_told() {
    with_contexts(Contexts::set_told);
}

/// Has a plugin marked where it is not the only one, so that its streams can be told from those
/// of others. One that is alone needs no mark: whoever comes later gets one.
pub(crate) fn mark(root: u32, set: impl FnOnce(u32) -> Result<(), Refused>) {
    if with_contexts(|contexts| contexts.needs_mark(root)) == Some(false) {
        return;
    }
    match set(root) {
        Ok(()) => drop(with_contexts(|contexts| contexts.set_marked(root))),
        Err(Refused) => abi::log(
            Level::Error,
            "portcullis: this host runs several plugins in one module and cannot say which of them a request is for: \
             requests are denied until one is left; load `portcullis-portable.wasm` here",
        ),
    }
}

/// A request begins.
pub(crate) fn stream_created(stream: u32, root: u32) {
    with_contexts(|contexts| contexts.add_stream(stream, root));
}

/// What decides a request whose headers have come.
pub(crate) fn take_stream(stream: u32) -> Owner<Rc<InForce>> {
    with_contexts(|contexts| contexts.take_stream(stream)).unwrap_or(Owner::Known(None))
}

/// What decides requests with this mark.
pub(crate) fn by_mark(mark: Option<u32>) -> Option<Rc<InForce>> {
    with_contexts(|contexts| contexts.by_mark(mark)).flatten()
}

/// Hands the counts of all plugins to the host.
pub(crate) fn report_all() {
    in_force().iter().for_each(|in_force| in_force.report());
}

/// What is in force for any plugin of this module.
pub(crate) fn in_force() -> Vec<Rc<InForce>> {
    with_contexts(|contexts| contexts.all()).unwrap_or_default()
}

/// Shows operators which tables are in force in this module.
fn show_tables() {
    let in_force = in_force();
    let ids = in_force.iter().map(|one| one.loaded.table().id().to_string());
    metrics::show_tables(ids, in_force.iter().filter_map(|one| one.loaded_at).max());
}

/// The plugins of this module but one.
pub(crate) fn other_roots(root: u32) -> Vec<u32> {
    with_contexts(|contexts| contexts.other_roots(root)).unwrap_or_default()
}

/// The host has deleted a plugin.
pub(crate) fn root_gone(root: u32) {
    let before = with_contexts(|contexts| contexts.remove_root(root));
    // Only now: it hands its counts to the host.
    drop(before);
}

/// Never borrowed twice: nothing that is done with them calls the host.
fn with_contexts<T>(act: impl FnOnce(&mut Contexts<Rc<InForce>>) -> T) -> Option<T> {
    CONTEXTS.with(|contexts| contexts.try_borrow_mut().ok().map(|mut contexts| act(&mut contexts)))
}

fn log_loaded(loaded: &Loaded) {
    let counts = loaded.table().counts();
    let message = format!(
        "portcullis: table {} in force, mode {}: {} clients, {} keys, {} endpoints",
        loaded.table().id(),
        loaded.settings.mode.name(),
        counts.clients,
        counts.keys,
        counts.endpoints
    );
    abi::log(Level::Info, &message);
}
