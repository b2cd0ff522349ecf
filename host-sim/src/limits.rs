//! What a guest may have of memory and tables, all of them together.

use wasmtime::ResourceLimiter;

/// Elements of all tables: as many as V8, Envoy's engine, gives one of them.
const TABLE_ELEMENTS: usize = 10_000_000;

/// The limits of one VM, and how much of them is taken.
#[derive(Debug)]
pub(crate) struct Limits {
    /// In bytes, and in elements.
    memory: Limit,
    tables: Limit,
}

#[derive(Debug)]
struct Limit {
    most: usize,
    taken: usize,
}

impl Limits {
    /// `memory` is in bytes.
    pub(crate) fn new(memory: usize) -> Self {
        Self {
            memory: Limit { most: memory, taken: 0 },
            tables: Limit { most: TABLE_ELEMENTS, taken: 0 },
        }
    }
}

impl Limit {
    /// Something grows; true when it may.
    fn grow(&mut self, from: usize, to: usize, own_limit: Option<usize>) -> bool {
        let taken = self.taken.saturating_sub(from).saturating_add(to);
        let may = taken <= self.most && own_limit.is_none_or(|limit| to <= limit);
        if may {
            self.taken = taken;
        }
        may
    }
}

impl ResourceLimiter for Limits {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        Ok(self.memory.grow(current, desired, maximum))
    }

    fn table_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        Ok(self.tables.grow(current, desired, maximum))
    }
}
