//! The contexts of a VM: one root for each plugin and configuration, and one for each stream.

use std::collections::BTreeMap;

use crate::context::{Context, Root};
use crate::cost::Activity;
use crate::plugin::Plugin;
use crate::stream::{Connection, Farewell, Stream};

/// All contexts by id. Id 0 is the VM itself, which has no state here.
#[derive(Debug, Default)]
pub(crate) struct Contexts {
    known: BTreeMap<u32, Context>,
    /// Connections that the module has taken leave of, and that the host has not: see [`Self::end`].
    ended: BTreeMap<u32, Box<Connection>>,
    last: u32,
    /// The context whose callback is running.
    current: u32,
    /// The context that host functions act for instead, or 0.
    effective: u32,
    /// The callback that is running has sent a local reply, for whichever context.
    replied: bool,
    /// Streams and connections that the module has wishes for.
    wishing: Vec<u32>,
}

impl Contexts {
    pub(crate) fn add_root(&mut self, plugin: Plugin) -> u32 {
        self.add(Context::Root(Box::new(Root::new(plugin))))
    }

    pub(crate) fn add_stream(&mut self, stream: Stream) -> u32 {
        self.add(Context::Stream(Box::new(stream)))
    }

    pub(crate) fn add_connection(&mut self, connection: Connection) -> u32 {
        self.add(Context::Connection(Box::new(connection)))
    }

    pub(crate) fn remove(&mut self, id: u32) -> Option<Context> {
        self.known.remove(&id)
    }

    pub(crate) fn root(&mut self, id: u32) -> Option<&mut Root> {
        match self.known.get_mut(&id)? {
            Context::Root(root) => Some(root),
            _ => None,
        }
    }

    pub(crate) fn stream(&mut self, id: u32) -> Option<&mut Stream> {
        match self.known.get_mut(&id)? {
            Context::Stream(stream) => Some(stream),
            _ => None,
        }
    }

    /// A connection, whether or not the module has taken leave of it.
    pub(crate) fn connection(&mut self, id: u32) -> Option<&mut Connection> {
        match self.known.get_mut(&id) {
            Some(Context::Connection(connection)) => Some(connection),
            Some(_) => None,
            None => self.ended.get_mut(&id).map(Box::as_mut),
        }
    }

    /// What has happened in a stream or a connection.
    pub(crate) fn activity(&mut self, id: u32) -> Option<&mut Activity> {
        match self.known.get_mut(&id) {
            Some(Context::Root(_)) => None,
            Some(Context::Stream(stream)) => Some(&mut stream.activity),
            Some(Context::Connection(connection)) => Some(&mut connection.activity),
            None => self.ended.get_mut(&id).map(|connection| &mut connection.activity),
        }
    }

    /// The module has taken leave of a context. A connection stays for its outcome, unless it has been told:
    /// it ends when it is closed, and is asked for later.
    pub(crate) fn end(&mut self, id: u32) {
        if let Some(Context::Connection(connection)) = self.known.remove(&id)
            && !connection.told
        {
            self.ended.insert(id, connection);
        }
    }

    /// Takes a connection out, for its outcome.
    pub(crate) fn remove_connection(&mut self, id: u32) -> Option<Box<Connection>> {
        match self.known.remove(&id) {
            Some(Context::Connection(connection)) => Some(connection),
            _ => self.ended.remove(&id),
        }
    }

    pub(crate) fn get_mut(&mut self, id: u32) -> Option<&mut Context> {
        self.known.get_mut(&id)
    }

    pub(crate) fn roots(&self) -> impl Iterator<Item = (u32, &Root)> {
        self.known.iter().filter_map(|(id, context)| match context {
            Context::Root(root) => Some((*id, root.as_ref())),
            _ => None,
        })
    }

    pub(crate) fn roots_mut(&mut self) -> impl Iterator<Item = &mut Root> {
        self.known.values_mut().filter_map(|context| match context {
            Context::Root(root) => Some(root.as_mut()),
            _ => None,
        })
    }

    /// Bytes that are kept.
    pub(crate) fn held(&self) -> usize {
        let ended = self.ended.values().map(|connection| connection.held());
        self.known.values().map(Context::held).chain(ended).sum()
    }

    /// The contexts for which `proxy_done` was called.
    pub(crate) fn done(&self) -> Vec<u32> {
        let all = self.known.iter();
        all.filter(|(_, context)| context.farewell() == Farewell::Done).map(|(id, _)| *id).collect()
    }

    /// Whether a stream still belongs to a root.
    pub(crate) fn is_used(&self, root: u32) -> bool {
        self.known.values().any(|context| context.root() == Some(root))
    }

    /// A callback of this context begins.
    pub(crate) fn enter(&mut self, id: u32) {
        self.current = id;
        self.effective = 0;
    }

    /// The callback that is running sends a local reply.
    pub(crate) fn note_reply(&mut self) {
        self.replied = true;
    }

    /// Whether a local reply was sent since somebody asked.
    pub(crate) fn take_replied(&mut self) -> bool {
        std::mem::take(&mut self.replied)
    }

    /// False when there is no such context.
    pub(crate) fn set_effective(&mut self, id: u32) -> bool {
        let known = id == 0 || self.known.contains_key(&id);
        if known {
            self.effective = id;
        }
        known
    }

    /// The context that host functions act for; none when that is the VM itself.
    pub(crate) fn active_context(&mut self) -> Option<&mut Context> {
        let active = self.active();
        self.known.get_mut(&active)
    }

    /// The stream that host functions act for, if it is one.
    pub(crate) fn active_stream(&mut self) -> Option<&mut Stream> {
        self.stream(self.active())
    }

    /// The root that host functions act for: the context itself, or its stream's.
    pub(crate) fn active_root_id(&self) -> u32 {
        let active = self.active();
        self.known.get(&active).and_then(Context::root).unwrap_or(active)
    }

    /// The root whose callback runs, or that of the stream whose callback runs, whatever context is
    /// in effect.
    pub(crate) fn current_root(&mut self) -> Option<&mut Root> {
        let root = self.known.get(&self.current).and_then(Context::root).unwrap_or(self.current);
        self.root(root)
    }

    pub(crate) fn active_root(&mut self) -> Option<&mut Root> {
        self.root(self.active_root_id())
    }

    /// An effective context that is gone counts for nothing.
    pub(crate) fn active(&self) -> u32 {
        if self.effective != 0 && self.known.contains_key(&self.effective) {
            self.effective
        } else {
            self.current
        }
    }

    /// The module has a wish for the context that host functions act for.
    pub(crate) fn note_wish(&mut self) {
        let active = self.active();
        if !self.wishing.contains(&active) {
            self.wishing.push(active);
        }
    }

    /// Streams and connections with wishes that are not fulfilled, in the order they were made.
    pub(crate) fn take_wishing(&mut self) -> Vec<u32> {
        std::mem::take(&mut self.wishing)
    }

    /// Ids are not used again while their context lives.
    fn add(&mut self, context: Context) -> u32 {
        loop {
            self.last = self.last.wrapping_add(1);
            if self.last != 0 && !self.known.contains_key(&self.last) {
                self.known.insert(self.last, context);
                return self.last;
            }
        }
    }
}
