//! The contexts of a VM: one root for each configuration, and one for each stream.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::stream::Stream;

/// All contexts by id. Id 0 is the VM itself, which has no state here.
#[derive(Debug, Default)]
pub(crate) struct Contexts {
    known: BTreeMap<u32, Context>,
    last: u32,
    /// The context whose callback is running.
    current: u32,
    /// The context that host functions act for instead, or 0.
    effective: u32,
}

#[derive(Debug)]
pub(crate) enum Context {
    Root(Root),
    Stream(Box<Stream>),
}

/// A plugin under one configuration.
#[derive(Debug)]
pub(crate) struct Root {
    pub(crate) configuration: Arc<[u8]>,
    /// The module may read the configuration now.
    pub(crate) configuring: bool,
    /// Milliseconds between ticks; 0 for none.
    pub(crate) tick_period: u32,
    pub(crate) farewell: Farewell,
}

/// How far a root context is on its way out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Farewell {
    Live,
    /// `proxy_on_done` returned false: the module will call `proxy_done`.
    Awaited,
    /// `proxy_done` was called: `proxy_on_delete` comes next.
    Done,
}

impl Contexts {
    pub(crate) fn add_root(&mut self, configuration: Arc<[u8]>) -> u32 {
        self.add(Context::Root(Root {
            configuration,
            configuring: false,
            tick_period: 0,
            farewell: Farewell::Live,
        }))
    }

    pub(crate) fn add_stream(&mut self, stream: Stream) -> u32 {
        self.add(Context::Stream(Box::new(stream)))
    }

    pub(crate) fn remove(&mut self, id: u32) -> Option<Context> {
        self.known.remove(&id)
    }

    pub(crate) fn root(&mut self, id: u32) -> Option<&mut Root> {
        match self.known.get_mut(&id)? {
            Context::Root(root) => Some(root),
            Context::Stream(_) => None,
        }
    }

    pub(crate) fn stream(&mut self, id: u32) -> Option<&mut Stream> {
        match self.known.get_mut(&id)? {
            Context::Stream(stream) => Some(stream),
            Context::Root(_) => None,
        }
    }

    pub(crate) fn roots(&self) -> impl Iterator<Item = (u32, &Root)> {
        self.known.iter().filter_map(|(id, context)| match context {
            Context::Root(root) => Some((*id, root)),
            Context::Stream(_) => None,
        })
    }

    /// Whether a stream still belongs to a root.
    pub(crate) fn is_used(&self, root: u32) -> bool {
        self.known
            .values()
            .any(|context| matches!(context, Context::Stream(stream) if stream.root == root))
    }

    /// A callback of this context begins.
    pub(crate) fn enter(&mut self, id: u32) {
        self.current = id;
        self.effective = 0;
    }

    /// False when there is no such context.
    pub(crate) fn set_effective(&mut self, id: u32) -> bool {
        let known = id == 0 || self.known.contains_key(&id);
        if known {
            self.effective = id;
        }
        known
    }

    /// The stream that host functions act for, if it is one.
    pub(crate) fn active_stream(&mut self) -> Option<&mut Stream> {
        self.stream(self.active())
    }

    /// The root that host functions act for: the context itself, or its stream's.
    pub(crate) fn active_root_id(&self) -> u32 {
        let active = self.active();
        match self.known.get(&active) {
            Some(Context::Stream(stream)) => stream.root,
            _ => active,
        }
    }

    /// An effective context that is gone counts for nothing.
    pub(crate) fn active(&self) -> u32 {
        if self.effective != 0 && self.known.contains_key(&self.effective) {
            self.effective
        } else {
            self.current
        }
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
